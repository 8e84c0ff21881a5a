//! `/streams/{name}/fragments` and `/init`: footage in the pieces that it is kept in.

use crate::error::{Answer, Failures, HttpError};
use crate::extract::{Path, Query};
use crate::media::{Content, Representation};
use crate::state::HttpState;
use afterimage_api::Caller;
use afterimage_api::dto::{FragmentList, FragmentQuery};
use afterimage_base::{ErrorKind, StreamName};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::{Extension, Json};
use std::str::FromStr;

/// The fragments that overlap a range, in order of time.
#[utoipa::path(get, path = "/streams/{name}/fragments", operation_id = "listFragments",
    tag = "footage", params(("name" = String, Path, description = "The stream"), FragmentQuery),
    responses((status = 200, body = FragmentList), Failures))]
pub(super) async fn list(
    State(state): State<HttpState>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<StreamName>,
    Query(query): Query<FragmentQuery>,
) -> Answer<Json<FragmentList>> {
    let (range, limit) = query.parse(state.api.now())?;
    Ok(Json(state.api.fragments(caller, &name, range, limit).await?.into()))
}

/// One fragment as it was recorded: `prft`, `uuid`, `moof`, `mdat`. The same bytes for ever.
#[utoipa::path(get, path = "/streams/{name}/fragments/{number}", operation_id = "fetchFragment",
    tag = "footage",
    params(("name" = String, Path, description = "The stream"),
        ("number" = u64, Path, description = "The fragment's number; players may add `.m4s`")),
    responses((status = 200, body = Vec<u8>, content_type = "video/iso.segment"),
        (status = 206, description = "The range of bytes that was asked for."),
        (status = 304, description = "The asker has it."),
        (status = 416, description = "The range begins after the end."), Failures))]
pub(super) async fn fetch(
    State(state): State<HttpState>,
    Extension(caller): Extension<Caller>,
    Path((name, number)): Path<(StreamName, String)>,
    headers: HeaderMap,
) -> Answer<Response> {
    let number: u64 = number_of(&number, ".m4s")?;
    let fragment = state.api.fragment(caller, &name, number).await?;
    Ok(Representation {
        content: Content::Held(fragment.bytes),
        tag: fragment.tag,
        mime: "video/iso.segment".to_owned(),
        file_name: None,
        is_immutable: true,
    }
    .answer(&headers))
}

/// The init section (`ftyp`, `moov`) of the fragments of a segment.
#[utoipa::path(get, path = "/streams/{name}/init/{segment}", operation_id = "fetchInit",
    tag = "footage",
    params(("name" = String, Path, description = "The stream"),
        ("segment" = i64, Path, description = "The segment; players may add `.mp4`")),
    responses((status = 200, body = Vec<u8>, content_type = "video/mp4"),
        (status = 206, description = "The range of bytes that was asked for."),
        (status = 304, description = "The asker has it."),
        (status = 416, description = "The range begins after the end."), Failures))]
pub(super) async fn init(
    State(state): State<HttpState>,
    Extension(caller): Extension<Caller>,
    Path((name, segment)): Path<(StreamName, String)>,
    headers: HeaderMap,
) -> Answer<Response> {
    let segment: i64 = number_of(&segment, ".mp4")?;
    let init = state.api.init(caller, &name, segment).await?;
    Ok(Representation {
        content: Content::Held(init.bytes.clone()),
        tag: format!("init-{segment}"),
        mime: init.mime(),
        file_name: None,
        is_immutable: true,
    }
    .answer(&headers))
}

/// Some players want a name with an extension.
fn number_of<T: FromStr>(text: &str, extension: &str) -> Answer<T> {
    text.strip_suffix(extension).unwrap_or(text).parse().map_err(|_| {
        let shown: String = text.chars().take(64).collect();
        HttpError::new(ErrorKind::InvalidInput, format!("{shown:?} is not a number"))
    })
}
