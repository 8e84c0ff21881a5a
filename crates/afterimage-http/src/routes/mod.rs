//! The routes of `/api/v1`: each one parses, asks one operation, and writes the answer.
//!
//! Belongs here: addresses, and their description in OpenAPI. Not here: deciding anything.
//! Invariant: a route is described where it is handled, so the document can't forget one.

mod clips;
mod consumers;
mod detections;
mod fragments;
mod live;
mod streams;
mod system;
mod timeline;

use crate::error::HttpError;
use crate::state::HttpState;
use afterimage_base::ErrorKind;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Settings of a stream or a consumer are small.
const BODY_LIMIT_BYTES: usize = 64 * 1024;

pub(crate) fn api() -> OpenApiRouter<HttpState> {
    let detections = OpenApiRouter::new()
        .routes(routes!(detections::list, detections::post))
        .layer(DefaultBodyLimit::max(detections::POST_LIMIT_BYTES));
    OpenApiRouter::new()
        .routes(routes!(system::show))
        .routes(routes!(system::openapi))
        .routes(routes!(streams::list, streams::create))
        .routes(routes!(streams::show, streams::update, streams::delete))
        .routes(routes!(timeline::show))
        .routes(routes!(fragments::list))
        .routes(routes!(fragments::fetch))
        .routes(routes!(fragments::init))
        .routes(routes!(clips::mp4))
        .routes(routes!(clips::mkv))
        .routes(routes!(clips::hls))
        .routes(routes!(live::watch))
        .routes(routes!(consumers::list))
        .routes(routes!(consumers::put, consumers::delete))
        .routes(routes!(consumers::read))
        .layer(DefaultBodyLimit::max(BODY_LIMIT_BYTES))
        .merge(detections)
}

/// Routes that are none answer like those that are.
pub(crate) fn with_fallbacks(api: Router<HttpState>) -> Router<HttpState> {
    api.fallback(async || HttpError::new(ErrorKind::NotFound, "there is no such route"))
        .method_not_allowed_fallback(async || HttpError::method_not_allowed())
}
