//! `/streams/{name}/clip.mp4`, `/clip.mkv` and `/hls`: a range of time as something to play.

use crate::error::{Answer, Failures};
use crate::extract::{Path, Query};
use crate::media::{Content, Representation};
use crate::state::HttpState;
use afterimage_api::dto::ClipQuery;
use afterimage_api::{Caller, Clip};
use afterimage_base::StreamName;
use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};

/// A range of time as MP4, without re-encoding: from the frame on screen at `from` on.
#[utoipa::path(get, path = "/streams/{name}/clip.mp4", operation_id = "fetchClipMp4",
    tag = "footage", params(("name" = String, Path, description = "The stream"), ClipQuery),
    responses((status = 200, body = Vec<u8>, content_type = "video/mp4"),
        (status = 206, description = "The range of bytes that was asked for."),
        (status = 304, description = "The asker has it."),
        (status = 416, description = "The range begins after the end."), Failures))]
pub(super) async fn mp4(
    State(state): State<HttpState>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<StreamName>,
    Query(query): Query<ClipQuery>,
    headers: HeaderMap,
) -> Answer<Response> {
    let wanted = query.parse(state.api.now())?;
    let clip = state.api.clip(caller, &name, wanted).await?;
    Ok(representation(clip).answer(&headers))
}

/// A range of time as Matroska, cut at fragments, without re-encoding.
#[utoipa::path(get, path = "/streams/{name}/clip.mkv", operation_id = "fetchClipMkv",
    tag = "footage", params(("name" = String, Path, description = "The stream"), ClipQuery),
    responses((status = 200, body = Vec<u8>, content_type = "video/x-matroska"),
        (status = 206, description = "The range of bytes that was asked for."),
        (status = 304, description = "The asker has it."),
        (status = 416, description = "The range begins after the end."), Failures))]
pub(super) async fn mkv(
    State(state): State<HttpState>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<StreamName>,
    Query(query): Query<ClipQuery>,
    headers: HeaderMap,
) -> Answer<Response> {
    let wanted = query.parse_matroska(state.api.now())?;
    let clip = state.api.clip(caller, &name, wanted).await?;
    Ok(representation(clip).answer(&headers))
}

/// A range of time as an HLS playlist of its fragments; with `to=live` it grows. Its cookie lets the
/// player fetch what the playlist names.
#[utoipa::path(get, path = "/streams/{name}/hls/index.m3u8", operation_id = "fetchHlsPlaylist",
    tag = "footage", params(("name" = String, Path, description = "The stream"), ClipQuery),
    responses((status = 200, body = String, content_type = "application/vnd.apple.mpegurl"),
        Failures))]
pub(super) async fn hls(
    State(state): State<HttpState>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<StreamName>,
    Query(query): Query<ClipQuery>,
) -> Answer<Response> {
    let wanted = query.parse_playlist(state.api.now())?;
    let playlist = state.api.playlist(caller, &name, wanted).await?;
    let fixed = HeaderValue::from_static;
    let headers = [
        (header::CONTENT_TYPE, fixed("application/vnd.apple.mpegurl")),
        (header::CACHE_CONTROL, fixed("private, no-cache")),
        (header::SET_COOKIE, state.gate.media_cookie()),
    ];
    Ok((headers, playlist).into_response())
}

fn representation(clip: Clip) -> Representation {
    Representation {
        content: Content::Stored { source: clip.source, length: clip.length },
        tag: clip.tag,
        mime: clip.mime,
        file_name: Some(clip.file_name),
        is_immutable: false,
    }
}
