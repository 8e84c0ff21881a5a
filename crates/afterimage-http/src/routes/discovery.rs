//! `/discovery`: cameras that are not streams yet.

use crate::error::{Answer, Failures};
use crate::extract::Json;
use crate::state::HttpState;
use afterimage_api::Caller;
use afterimage_api::dto::{DiscoveryView, ProfileList, ProfilesQuery};
use axum::extract::State;
use axum::{Extension, Json as JsonAnswer};

/// Looks for ONVIF cameras on the recorder's networks and webcams in its machine, for up to three
/// seconds.
#[utoipa::path(get, path = "/discovery", operation_id = "discover", tag = "streams",
    responses((status = 200, body = DiscoveryView), Failures))]
pub(super) async fn look(
    State(state): State<HttpState>,
    Extension(caller): Extension<Caller>,
) -> Answer<JsonAnswer<DiscoveryView>> {
    Ok(JsonAnswer(state.api.discover(caller).await?.into()))
}

/// Asks an ONVIF camera for its streams, within five seconds. Only addresses of private networks
/// and of cameras that were found are asked; the password leaves as a digest.
#[utoipa::path(post, path = "/discovery/profiles", operation_id = "listProfiles", tag = "streams",
    request_body = ProfilesQuery, responses((status = 200, body = ProfileList), Failures))]
pub(super) async fn profiles(
    State(state): State<HttpState>,
    Extension(caller): Extension<Caller>,
    Json(body): Json<ProfilesQuery>,
) -> Answer<JsonAnswer<ProfileList>> {
    Ok(JsonAnswer(state.api.profiles(caller, body.parse()?).await?.into()))
}
