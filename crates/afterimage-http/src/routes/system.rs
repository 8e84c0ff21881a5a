//! `/system`: the recorder as a whole, and the description of this API.

use crate::error::{Answer, Failures};
use crate::state::HttpState;
use afterimage_api::Caller;
use afterimage_api::dto::SystemView;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};

/// The recorder: version, time, room, what is wrong with it as a whole.
#[utoipa::path(get, path = "/system", operation_id = "showSystem", tag = "system",
    responses((status = 200, body = SystemView), Failures))]
pub(super) async fn show(
    State(state): State<HttpState>,
    Extension(caller): Extension<Caller>,
) -> Answer<Json<SystemView>> {
    Ok(Json(state.api.system(caller).await?.into()))
}

/// This description.
#[utoipa::path(get, path = "/openapi.json", operation_id = "fetchOpenapi", tag = "system",
    responses((status = 200, body = Object, content_type = "application/json"), Failures))]
pub(super) async fn openapi() -> Response {
    let headers = [(header::CONTENT_TYPE, "application/json")];
    (headers, crate::openapi_json()).into_response()
}
