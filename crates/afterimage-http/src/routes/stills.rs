//! `/streams/{name}/frame.jpg` and `.png`: one picture; `/stills`: where workers take and bring
//! them.

use crate::error::{Answer, Failures};
use crate::extract::{Json, Path, Query};
use crate::media::{Content, Representation};
use crate::state::HttpState;
use afterimage_api::Caller;
use afterimage_api::dto::{
    FrameQuery, StillFailure, StillFormat, StillJob, StillPatience, StillPlace,
};
use afterimage_base::StreamName;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json as JsonAnswer};
use std::time::Duration;

/// A PNG of the largest picture that a camera sends.
pub(super) const PICTURE_LIMIT_BYTES: usize = 64 * 1024 * 1024;

/// The frame on screen at an instant, as JPEG.
#[utoipa::path(get, path = "/streams/{name}/frame.jpg", operation_id = "fetchFrameJpeg",
    tag = "footage", params(("name" = String, Path, description = "The stream"), FrameQuery),
    responses((status = 200, body = Vec<u8>, content_type = "image/jpeg",
        headers(("X-Afterimage-Fragment" = u64), ("X-Afterimage-Sample" = u32),
            ("X-Afterimage-At" = i64, description = "Microseconds since 1970"))),
        (status = 304, description = "The asker has it."), Failures))]
pub(super) async fn jpeg(
    State(state): State<HttpState>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<StreamName>,
    Query(query): Query<FrameQuery>,
    headers: HeaderMap,
) -> Answer<Response> {
    picture(&state, caller, &name, &query, StillFormat::Jpeg, &headers).await
}

/// The frame on screen at an instant, as PNG.
#[utoipa::path(get, path = "/streams/{name}/frame.png", operation_id = "fetchFramePng",
    tag = "footage", params(("name" = String, Path, description = "The stream"), FrameQuery),
    responses((status = 200, body = Vec<u8>, content_type = "image/png"),
        (status = 304, description = "The asker has it."), Failures))]
pub(super) async fn png(
    State(state): State<HttpState>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<StreamName>,
    Query(query): Query<FrameQuery>,
    headers: HeaderMap,
) -> Answer<Response> {
    picture(&state, caller, &name, &query, StillFormat::Png, &headers).await
}

async fn picture(
    state: &HttpState,
    caller: Caller,
    name: &StreamName,
    query: &FrameQuery,
    format: StillFormat,
    headers: &HeaderMap,
) -> Answer<Response> {
    let wanted = query.parse(format, state.api.now())?;
    let still = state.api.still(caller, name, wanted).await?;
    let StillPlace { fragment, sample, at_micros } = still.place;
    let (mime, extension) = match format {
        StillFormat::Jpeg => ("image/jpeg", "jpg"),
        StillFormat::Png => ("image/png", "png"),
    };
    let width = wanted.width.map_or_else(String::new, |width| width.to_string());
    let mut response = Representation {
        content: Content::Held(still.bytes),
        tag: format!("{name}-{fragment}-{sample}-{width}.{extension}"),
        mime: mime.to_owned(),
        file_name: None,
        is_immutable: query.is_absolute(),
    }
    .answer(headers);
    let place = [
        ("x-afterimage-fragment", HeaderValue::from(fragment)),
        ("x-afterimage-sample", HeaderValue::from(sample)),
        ("x-afterimage-at", HeaderValue::from(at_micros)),
    ];
    response
        .headers_mut()
        .extend(place.map(|(name, value)| (axum::http::HeaderName::from_static(name), value)));
    Ok(response)
}

/// The next still to make: waits up to twenty seconds for one.
#[utoipa::path(post, path = "/stills/next", operation_id = "nextStill", tag = "stills",
    params(StillPatience),
    responses((status = 200, body = StillJob),
        (status = 204, description = "Nobody wants one now; ask again."), Failures))]
pub(super) async fn next(
    State(state): State<HttpState>,
    Extension(caller): Extension<Caller>,
    Query(patience): Query<StillPatience>,
) -> Answer<Response> {
    let wait = patience.wait.map(Duration::from_secs);
    let job = tokio::select! {
        job = state.api.next_still(caller, wait) => job?,
        () = state.shutdown.cancelled() => None,
    };
    Ok(match job {
        Some(job) => JsonAnswer(job).into_response(),
        None => StatusCode::NO_CONTENT.into_response(),
    })
}

/// A still that a worker made.
#[utoipa::path(put, path = "/stills/{id}", operation_id = "putStill", tag = "stills",
    params(("id" = u64, Path, description = "Of the job"), StillPlace),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 204, description = "Who waits has it."), Failures))]
pub(super) async fn put(
    State(state): State<HttpState>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<u64>,
    Query(place): Query<StillPlace>,
    body: Bytes,
) -> Answer<StatusCode> {
    state.api.put_still(caller, id, place, body)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Why a still can't be made.
#[utoipa::path(post, path = "/stills/{id}/failure", operation_id = "failStill", tag = "stills",
    params(("id" = u64, Path, description = "Of the job")), request_body = StillFailure,
    responses((status = 204, description = "Who waits is told."), Failures))]
pub(super) async fn fail(
    State(state): State<HttpState>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<u64>,
    Json(body): Json<StillFailure>,
) -> Answer<StatusCode> {
    state.api.fail_still(caller, id, body.message)?;
    Ok(StatusCode::NO_CONTENT)
}
