//! `/streams/{name}/detections`: what models have seen.

use crate::error::{Answer, Failures};
use crate::extract::{Json, Path, Query};
use crate::state::HttpState;
use afterimage_api::Caller;
use afterimage_api::dto::{DetectionList, DetectionPost, DetectionQuery};
use afterimage_base::StreamName;
use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json as JsonAnswer};

/// The largest report of a worker: ten thousand frames with a few boxes each.
pub(super) const POST_LIMIT_BYTES: usize = 16 * 1024 * 1024;

/// Detections of a range, in order of time.
#[utoipa::path(get, path = "/streams/{name}/detections", operation_id = "listDetections",
    tag = "detections", params(("name" = String, Path, description = "The stream"), DetectionQuery),
    responses((status = 200, body = DetectionList), Failures))]
pub(super) async fn list(
    State(state): State<HttpState>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<StreamName>,
    Query(query): Query<DetectionQuery>,
) -> Answer<JsonAnswer<DetectionList>> {
    let wanted = query.parse(state.api.now())?;
    Ok(JsonAnswer(state.api.detections(caller, &name, wanted).await?.into()))
}

/// Reports what a model found; reporting the same frames again replaces what was there.
#[utoipa::path(post, path = "/streams/{name}/detections", operation_id = "postDetections",
    tag = "detections", params(("name" = String, Path, description = "The stream")),
    request_body = DetectionPost,
    responses((status = 204, description = "They are kept."), Failures))]
pub(super) async fn post(
    State(state): State<HttpState>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<StreamName>,
    Json(body): Json<DetectionPost>,
) -> Answer<StatusCode> {
    state.api.put_detections(caller, &name, body.parse()?).await?;
    Ok(StatusCode::NO_CONTENT)
}
