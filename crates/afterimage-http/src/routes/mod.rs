//! The routes of `/api/v1`: each one parses, asks one operation, and writes the answer.
//!
//! Belongs here: addresses, and their description in OpenAPI. Not here: deciding anything.
//! Invariant: a route is described where it is handled, so the document can't forget one.

mod activity;
mod bookmarks;
mod checks;
mod clips;
mod consumers;
mod detections;
mod discovery;
mod events;
mod exports;
mod fragments;
mod holds;
mod live;
mod stills;
mod storage;
mod streams;
mod system;
mod timeline;
mod trials;

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
    let pictures = OpenApiRouter::new()
        .routes(routes!(stills::put))
        .layer(DefaultBodyLimit::max(stills::PICTURE_LIMIT_BYTES));
    let picked = OpenApiRouter::new()
        .routes(routes!(exports::list, exports::create))
        .routes(routes!(exports::estimate))
        .layer(DefaultBodyLimit::max(exports::BODY_LIMIT_BYTES));
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
        .routes(routes!(trials::create))
        .routes(routes!(discovery::look))
        .routes(routes!(discovery::profiles))
        .routes(routes!(stills::jpeg))
        .routes(routes!(stills::png))
        .routes(routes!(stills::next))
        .routes(routes!(stills::fail))
        .routes(routes!(holds::list))
        .routes(routes!(holds::create))
        .routes(routes!(holds::delete))
        .routes(routes!(storage::show))
        .routes(routes!(storage::update))
        .routes(routes!(storage::what_if))
        .routes(routes!(storage::confirm_clock))
        .routes(routes!(streams::preview))
        .routes(routes!(activity::show))
        .routes(routes!(activity::share))
        .routes(routes!(events::list))
        .routes(routes!(events::mark))
        .routes(routes!(bookmarks::list, bookmarks::create))
        .routes(routes!(bookmarks::delete))
        .routes(routes!(checks::start, checks::show, checks::cancel))
        .routes(routes!(exports::delete))
        .routes(routes!(exports::verify))
        .routes(routes!(exports::fetch))
        .routes(routes!(consumers::list))
        .routes(routes!(consumers::put, consumers::delete))
        .routes(routes!(consumers::read))
        .layer(DefaultBodyLimit::max(BODY_LIMIT_BYTES))
        .merge(detections)
        .merge(pictures)
        .merge(picked)
}

/// Routes that are none answer like those that are.
pub(crate) fn with_fallbacks(api: Router<HttpState>) -> Router<HttpState> {
    api.fallback(async || HttpError::new(ErrorKind::NotFound, "there is no such route"))
        .method_not_allowed_fallback(async || HttpError::method_not_allowed())
}
