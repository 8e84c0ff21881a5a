//! `/events`: what a person may want to look at, and which of it they have seen.

use crate::error::{Answer, Failures};
use crate::extract::{Json, Query};
use crate::state::HttpState;
use afterimage_api::Caller;
use afterimage_api::dto::{EventList, EventQuery, EventsSeen};
use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json as JsonAnswer};

/// Events of a range, the newest first.
#[utoipa::path(get, path = "/events", operation_id = "listEvents", tag = "events",
    params(EventQuery), responses((status = 200, body = EventList), Failures))]
pub(super) async fn list(
    State(state): State<HttpState>,
    Extension(caller): Extension<Caller>,
    Query(query): Query<EventQuery>,
) -> Answer<JsonAnswer<EventList>> {
    let wanted = query.parse(state.api.now())?;
    Ok(JsonAnswer(state.api.events(caller, wanted).await?.into()))
}

/// Marks events as seen by the asker, or takes the mark away.
#[utoipa::path(post, path = "/events/seen", operation_id = "markEvents", tag = "events",
    request_body = EventsSeen,
    responses((status = 204, description = "They are marked."), Failures))]
pub(super) async fn mark(
    State(state): State<HttpState>,
    Extension(caller): Extension<Caller>,
    Json(body): Json<EventsSeen>,
) -> Answer<StatusCode> {
    state.api.mark_events(caller, body.parse()?).await?;
    Ok(StatusCode::NO_CONTENT)
}
