//! `/streams/{name}/timeline`: what is recorded, what is missing and why.

use crate::error::{Answer, Failures};
use crate::extract::{Path, Query};
use crate::state::HttpState;
use afterimage_api::Caller;
use afterimage_api::dto::{TimelineQuery, TimelineView};
use afterimage_base::StreamName;
use axum::extract::State;
use axum::{Extension, Json};

/// Recorded ranges and gaps.
#[utoipa::path(get, path = "/streams/{name}/timeline", operation_id = "showTimeline",
    tag = "footage", params(("name" = String, Path, description = "The stream"), TimelineQuery),
    responses((status = 200, body = TimelineView), Failures))]
pub(super) async fn show(
    State(state): State<HttpState>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<StreamName>,
    Query(query): Query<TimelineQuery>,
) -> Answer<Json<TimelineView>> {
    let range = query.parse(state.api.now())?;
    Ok(Json(state.api.timeline(caller, &name, range).await?.into()))
}
