//! The recorder over HTTP and WebSocket: the API, the console's files, health and metrics.
//!
//! Belongs here: addresses, proof of the token, byte ranges, browsers' rules. Not here: what an
//! operation does (`afterimage_api`), SQL, media formats.
//! Invariant: whatever is not the console's own files, a health check or the exchange of the
//! token needs the token; a foreign `Host` or `Origin` is refused before routing.

mod console;
mod error;
mod extract;
mod guard;
mod health;
mod media;
mod openapi;
mod options;
mod routes;
mod serve;
mod session;
mod socket;
mod state;

pub use options::{Doors, HttpOptions};
pub use serve::serve;

use afterimage_api::Api;
use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use guard::token::Gate;
use openapi::Document;
use state::HttpState;
use std::sync::Arc;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Where the API lies.
const API: &str = "/api/v1";

/// Everything that the recorder answers, behind its guards.
pub fn router(api: Api, options: HttpOptions) -> Router {
    let doors = Arc::new(options.doors);
    let gate = Arc::new(Gate::new(&options.token));
    let state = HttpState { api, gate, shutdown: options.shutdown };
    let require_token = from_fn_with_state(state.clone(), guard::token::require);
    let (open, _) = open_routes().split_for_parts();
    let (figures, _) = figures_routes().split_for_parts();
    let (api, _) = routes::api().split_for_parts();
    let guarded = figures.nest(API, routes::with_fallbacks(api)).layer(require_token);
    let routed = open.merge(guarded).fallback(console::serve).with_state::<()>(state);
    // As the one fallback of an outer router the routes lie behind the guards even where nothing
    // matches: axum's own layers run after routing.
    Router::new()
        .fallback_service(routed)
        .layer(guard::origin::cors(&doors))
        .layer(from_fn_with_state(doors, guard::origin::check))
        .layer(from_fn(guard::headers::set))
}

/// The OpenAPI document of all routes, as pretty JSON.
#[must_use]
pub fn openapi_json() -> String {
    let (_, document) = OpenApiRouter::<HttpState>::with_openapi(Document::openapi())
        .merge(open_routes())
        .merge(figures_routes())
        .nest(API, routes::api())
        .split_for_parts();
    document.to_pretty_json().expect("a description made of text and numbers")
}

fn open_routes() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new()
        .routes(routes!(health::alive))
        .routes(routes!(health::ready))
        .routes(routes!(session::open, session::create))
}

fn figures_routes() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new().routes(routes!(health::metrics))
}
