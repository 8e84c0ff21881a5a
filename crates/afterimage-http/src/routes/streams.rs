//! `/streams`: what is recorded, and the settings of each.

use crate::error::{Answer, Failures};
use crate::extract::{Json, Path, Query};
use crate::state::HttpState;
use afterimage_api::Caller;
use afterimage_api::dto::{
    ConfirmQuery, RetentionPreview, StreamCreate, StreamList, StreamUpdate, StreamView,
};
use afterimage_base::StreamName;
use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json as JsonAnswer};

/// All streams with their state.
#[utoipa::path(get, path = "/streams", operation_id = "listStreams", tag = "streams",
    responses((status = 200, body = StreamList), Failures))]
pub(super) async fn list(
    State(state): State<HttpState>,
    Extension(caller): Extension<Caller>,
) -> Answer<JsonAnswer<StreamList>> {
    let streams = state.api.streams(caller).await?;
    Ok(JsonAnswer(StreamList { streams: streams.into_iter().map(StreamView::from).collect() }))
}

/// Creates a stream and begins to record it.
#[utoipa::path(post, path = "/streams", operation_id = "createStream", tag = "streams",
    request_body = StreamCreate, responses((status = 201, body = StreamView), Failures))]
pub(super) async fn create(
    State(state): State<HttpState>,
    Extension(caller): Extension<Caller>,
    Json(body): Json<StreamCreate>,
) -> Answer<(StatusCode, JsonAnswer<StreamView>)> {
    let stream = state.api.create_stream(caller, body.parse()?).await?;
    Ok((StatusCode::CREATED, JsonAnswer(stream.into())))
}

/// One stream with its state.
#[utoipa::path(get, path = "/streams/{name}", operation_id = "showStream", tag = "streams",
    params(("name" = String, Path, description = "The stream")),
    responses((status = 200, body = StreamView), Failures))]
pub(super) async fn show(
    State(state): State<HttpState>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<StreamName>,
) -> Answer<JsonAnswer<StreamView>> {
    Ok(JsonAnswer(state.api.stream(caller, &name).await?.into()))
}

/// Changes a stream's settings while it runs. A change that deletes footage is refused without
/// `confirm`, in words that say what would go.
#[utoipa::path(patch, path = "/streams/{name}", operation_id = "updateStream", tag = "streams",
    params(("name" = String, Path, description = "The stream"), ConfirmQuery),
    request_body = StreamUpdate, responses((status = 200, body = StreamView), Failures))]
pub(super) async fn update(
    State(state): State<HttpState>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<StreamName>,
    Query(query): Query<ConfirmQuery>,
    Json(body): Json<StreamUpdate>,
) -> Answer<JsonAnswer<StreamView>> {
    let confirm = query.confirm.unwrap_or(false);
    Ok(JsonAnswer(state.api.update_stream(caller, &name, body.parse()?, confirm).await?.into()))
}

/// What such a change would delete; changes nothing.
#[utoipa::path(post, path = "/streams/{name}/preview", operation_id = "previewStream",
    tag = "streams", params(("name" = String, Path, description = "The stream")),
    request_body = StreamUpdate, responses((status = 200, body = RetentionPreview), Failures))]
pub(super) async fn preview(
    State(state): State<HttpState>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<StreamName>,
    Json(body): Json<StreamUpdate>,
) -> Answer<JsonAnswer<RetentionPreview>> {
    Ok(JsonAnswer(state.api.preview(caller, &name, body.parse()?).await?))
}

/// Stops a stream and deletes its footage.
#[utoipa::path(delete, path = "/streams/{name}", operation_id = "deleteStream", tag = "streams",
    params(("name" = String, Path, description = "The stream")),
    responses((status = 204, description = "It is gone."), Failures))]
pub(super) async fn delete(
    State(state): State<HttpState>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<StreamName>,
) -> Answer<StatusCode> {
    state.api.delete_stream(caller, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}
