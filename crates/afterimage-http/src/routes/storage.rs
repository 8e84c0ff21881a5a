//! `/storage`: room, promises, and the archive's own limits.

use crate::error::{Answer, Failures};
use crate::extract::{Json, Query};
use crate::state::HttpState;
use afterimage_api::Caller;
use afterimage_api::dto::{ConfirmQuery, Forecast, StorageSettings, StorageView, WhatIfQuery};
use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json as JsonAnswer};

/// What is held, what is promised, whether it fits, and how far the scrub is.
#[utoipa::path(get, path = "/storage", operation_id = "showStorage", tag = "archive",
    responses((status = 200, body = StorageView), Failures))]
pub(super) async fn show(
    State(state): State<HttpState>,
    Extension(caller): Extension<Caller>,
) -> Answer<JsonAnswer<StorageView>> {
    Ok(JsonAnswer(state.api.storage(caller).await?.into()))
}

/// Changes the archive's limits; what is absent stays. A change that deletes footage is refused
/// without `confirm`.
#[utoipa::path(patch, path = "/storage/settings", operation_id = "updateStorage", tag = "archive",
    params(ConfirmQuery), request_body = StorageSettings,
    responses((status = 200, body = StorageSettings), Failures))]
pub(super) async fn update(
    State(state): State<HttpState>,
    Extension(caller): Extension<Caller>,
    Query(query): Query<ConfirmQuery>,
    Json(body): Json<StorageSettings>,
) -> Answer<JsonAnswer<StorageSettings>> {
    let confirm = query.confirm.unwrap_or(false);
    Ok(JsonAnswer(state.api.update_storage(caller, body.parse()?, confirm).await?.into()))
}

/// The forecast as it would be with other settings, or one more camera.
#[utoipa::path(get, path = "/storage/what-if", operation_id = "showWhatIf", tag = "archive",
    params(WhatIfQuery), responses((status = 200, body = Forecast), Failures))]
pub(super) async fn what_if(
    State(state): State<HttpState>,
    Extension(caller): Extension<Caller>,
    Query(query): Query<WhatIfQuery>,
) -> Answer<JsonAnswer<Forecast>> {
    Ok(JsonAnswer(state.api.what_if(caller, query.parse()?).await?))
}

/// Says that the recorder's clock is right where the archive has reason to doubt it: what is past
/// its age by it is deleted from then on.
#[utoipa::path(post, path = "/storage/confirm-clock", operation_id = "confirmClock", tag = "archive",
    responses((status = 204, description = "Ages count from it again."), Failures))]
pub(super) async fn confirm_clock(
    State(state): State<HttpState>,
    Extension(caller): Extension<Caller>,
) -> Answer<StatusCode> {
    state.api.confirm_clock(caller).await?;
    Ok(StatusCode::NO_CONTENT)
}
