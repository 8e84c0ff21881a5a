//! `/streams/{name}/activity` and `/share`: sums of what was recorded, seen and missed.

use crate::error::{Answer, Failures};
use crate::extract::{Path, Query};
use crate::state::HttpState;
use afterimage_api::Caller;
use afterimage_api::dto::{ActivityQuery, ActivityView, ShareQuery, ShareView};
use afterimage_base::StreamName;
use axum::extract::State;
use axum::{Extension, Json};

/// Sums over equal buckets of time: what a timeline shows at any zoom.
#[utoipa::path(get, path = "/streams/{name}/activity", operation_id = "showActivity",
    tag = "footage", params(("name" = String, Path, description = "The stream"), ActivityQuery),
    responses((status = 200, body = ActivityView), Failures))]
pub(super) async fn show(
    State(state): State<HttpState>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<StreamName>,
    Query(query): Query<ActivityQuery>,
) -> Answer<Json<ActivityView>> {
    let (range, buckets) = query.parse(state.api.now())?;
    Ok(Json(state.api.activity(caller, &name, range, buckets).await?.into()))
}

/// How much of what should have been recorded is there, and why the rest is not.
#[utoipa::path(get, path = "/share", operation_id = "showShare", tag = "footage",
    params(ShareQuery), responses((status = 200, body = ShareView), Failures))]
pub(super) async fn share(
    State(state): State<HttpState>,
    Extension(caller): Extension<Caller>,
    Query(query): Query<ShareQuery>,
) -> Answer<Json<ShareView>> {
    let (range, only) = query.parse(state.api.now())?;
    Ok(Json(state.api.share(caller, range, only).await?.into()))
}
