//! `/trials`: what a source sends, before it becomes a stream.

use crate::error::{Answer, Failures};
use crate::extract::Json;
use crate::state::HttpState;
use afterimage_api::Caller;
use afterimage_api::dto::{TrialCreate, TrialView};
use axum::extract::State;
use axum::{Extension, Json as JsonAnswer};

/// Connects to a source for up to ten seconds and says what comes, without recording it.
#[utoipa::path(post, path = "/trials", operation_id = "trySource", tag = "streams",
    request_body = TrialCreate, responses((status = 200, body = TrialView), Failures))]
pub(super) async fn create(
    State(state): State<HttpState>,
    Extension(caller): Extension<Caller>,
    Json(body): Json<TrialCreate>,
) -> Answer<JsonAnswer<TrialView>> {
    Ok(JsonAnswer(state.api.try_source(caller, body.parse()?).await?.into()))
}
