//! `/holds`: ranges that retention may not delete.

use crate::error::{Answer, Failures};
use crate::extract::{Json, Path, Query};
use crate::state::HttpState;
use afterimage_api::Caller;
use afterimage_api::dto::{HoldCreate, HoldList, HoldQuery, HoldView};
use afterimage_base::StreamName;
use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json as JsonAnswer};

/// Holds of one stream or of all, those that ended too.
#[utoipa::path(get, path = "/holds", operation_id = "listHolds", tag = "holds",
    params(HoldQuery), responses((status = 200, body = HoldList), Failures))]
pub(super) async fn list(
    State(state): State<HttpState>,
    Extension(caller): Extension<Caller>,
    Query(query): Query<HoldQuery>,
) -> Answer<JsonAnswer<HoldList>> {
    Ok(JsonAnswer(state.api.holds(caller, query.parse()?).await?.into()))
}

/// Keeps a range of a stream whatever its age.
#[utoipa::path(post, path = "/streams/{name}/holds", operation_id = "createHold", tag = "holds",
    params(("name" = String, Path, description = "The stream")),
    request_body = HoldCreate, responses((status = 201, body = HoldView), Failures))]
pub(super) async fn create(
    State(state): State<HttpState>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<StreamName>,
    Json(body): Json<HoldCreate>,
) -> Answer<(StatusCode, JsonAnswer<HoldView>)> {
    let draft = body.parse(state.api.now())?;
    let hold = state.api.place_hold(caller, &name, draft).await?;
    Ok((StatusCode::CREATED, JsonAnswer(hold.into())))
}

/// Gives a held range back to retention.
#[utoipa::path(delete, path = "/streams/{name}/holds/{id}", operation_id = "deleteHold",
    tag = "holds", params(("name" = String, Path, description = "The stream"),
        ("id" = i64, Path, description = "The hold")),
    responses((status = 204, description = "It is released."), Failures))]
pub(super) async fn delete(
    State(state): State<HttpState>,
    Extension(caller): Extension<Caller>,
    Path((name, id)): Path<(StreamName, i64)>,
) -> Answer<StatusCode> {
    state.api.release_hold(caller, &name, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
