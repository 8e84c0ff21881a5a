//! `/check`: verifying the archive while recording goes on.

use crate::error::{Answer, Failures};
use crate::extract::Json;
use crate::state::HttpState;
use afterimage_api::Caller;
use afterimage_api::dto::{CheckCreate, CheckView};
use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json as JsonAnswer};

/// Begins a check; one runs at a time.
#[utoipa::path(post, path = "/check", operation_id = "startCheck", tag = "archive",
    request_body = CheckCreate, responses((status = 202, body = CheckView), Failures))]
pub(super) async fn start(
    State(state): State<HttpState>,
    Extension(caller): Extension<Caller>,
    Json(body): Json<CheckCreate>,
) -> Answer<(StatusCode, JsonAnswer<CheckView>)> {
    let status = state.api.start_check(caller, body.parse()?).await?;
    Ok((StatusCode::ACCEPTED, JsonAnswer(status.into())))
}

/// How far the check has come and what it found; the last one's outcome when none runs.
#[utoipa::path(get, path = "/check", operation_id = "showCheck", tag = "archive",
    responses((status = 200, body = CheckView), Failures))]
pub(super) async fn show(
    State(state): State<HttpState>,
    Extension(caller): Extension<Caller>,
) -> Answer<JsonAnswer<CheckView>> {
    Ok(JsonAnswer(state.api.check_status(caller)?.into()))
}

/// Breaks a running check off.
#[utoipa::path(delete, path = "/check", operation_id = "cancelCheck", tag = "archive",
    responses((status = 204, description = "None runs, or it ends within one segment."), Failures))]
pub(super) async fn cancel(
    State(state): State<HttpState>,
    Extension(caller): Extension<Caller>,
) -> Answer<StatusCode> {
    state.api.cancel_check(caller)?;
    Ok(StatusCode::NO_CONTENT)
}
