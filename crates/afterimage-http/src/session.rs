//! `/session`: how a browser exchanges the token for a cookie.
//!
//! Invariant: the token is in one request only and in no page, cache or referrer after it.

use crate::error::{Answer, Failures, HttpError};
use crate::extract::{Json, Query};
use crate::state::HttpState;
use afterimage_api::dto::{SessionCreate, SessionQuery};
use afterimage_base::ErrorKind;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};

/// Lets a browser in by a link: sets the session cookie and goes on to the console.
#[utoipa::path(get, path = "/session", operation_id = "openSession", tag = "session",
    params(SessionQuery), security(()),
    responses((status = 303, description = "The cookie is set; go on to the console."), Failures))]
pub(crate) async fn open(
    State(state): State<HttpState>,
    Query(query): Query<SessionQuery>,
) -> Answer<Response> {
    begin(&state, &query.token, Redirect::to("/").into_response())
}

/// Lets a browser in: sets the session cookie.
#[utoipa::path(post, path = "/session", operation_id = "createSession", tag = "session",
    request_body = SessionCreate, security(()),
    responses((status = 204, description = "The cookie is set."), Failures))]
pub(crate) async fn create(
    State(state): State<HttpState>,
    Json(body): Json<SessionCreate>,
) -> Answer<Response> {
    begin(&state, &body.token, StatusCode::NO_CONTENT.into_response())
}

fn begin(state: &HttpState, token: &str, mut response: Response) -> Answer<Response> {
    if !state.gate.is_token(token) {
        return Err(HttpError::new(
            ErrorKind::Unauthenticated,
            "this token does not open this recorder; `afterimage serve` prints the right link",
        ));
    }
    let headers = response.headers_mut();
    headers.insert(header::SET_COOKIE, state.gate.session_cookie());
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}
