//! `/bookmarks`: marks on the timeline.

use crate::error::{Answer, Failures};
use crate::extract::{Json, Path, Query};
use crate::state::HttpState;
use afterimage_api::Caller;
use afterimage_api::dto::{BookmarkCreate, BookmarkList, BookmarkQuery, BookmarkView};
use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json as JsonAnswer};

/// Bookmarks of a range, in order of time.
#[utoipa::path(get, path = "/bookmarks", operation_id = "listBookmarks", tag = "bookmarks",
    params(BookmarkQuery), responses((status = 200, body = BookmarkList), Failures))]
pub(super) async fn list(
    State(state): State<HttpState>,
    Extension(caller): Extension<Caller>,
    Query(query): Query<BookmarkQuery>,
) -> Answer<JsonAnswer<BookmarkList>> {
    let wanted = query.parse(state.api.now())?;
    Ok(JsonAnswer(state.api.bookmarks(caller, wanted).await?.into()))
}

/// Marks an instant or a range, of one stream or of all.
#[utoipa::path(post, path = "/bookmarks", operation_id = "createBookmark", tag = "bookmarks",
    request_body = BookmarkCreate, responses((status = 201, body = BookmarkView), Failures))]
pub(super) async fn create(
    State(state): State<HttpState>,
    Extension(caller): Extension<Caller>,
    Json(body): Json<BookmarkCreate>,
) -> Answer<(StatusCode, JsonAnswer<BookmarkView>)> {
    let bookmark = state.api.create_bookmark(caller, body.parse()?).await?;
    Ok((StatusCode::CREATED, JsonAnswer(bookmark.into())))
}

/// Deletes a bookmark; the footage stays.
#[utoipa::path(delete, path = "/bookmarks/{id}", operation_id = "deleteBookmark",
    tag = "bookmarks", params(("id" = i64, Path, description = "The bookmark")),
    responses((status = 204, description = "It is gone."), Failures))]
pub(super) async fn delete(
    State(state): State<HttpState>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<i64>,
) -> Answer<StatusCode> {
    state.api.delete_bookmark(caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
