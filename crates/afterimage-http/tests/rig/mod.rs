//! A recorder without cameras behind a router, asked without a network.

use afterimage_api::{Api, ApiOptions, Caller, Target};
use afterimage_base::{Secret, SystemClock};
use afterimage_http::{Doors, HttpOptions, router};
use afterimage_media::{Capture, CaptureError};
use afterimage_recorder::{CaptureFactory, CapturePlan, Recorder, RecorderOptions};
use afterimage_store::{Store, StoreOptions};
use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response};
use futures::future::BoxFuture;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

pub const TOKEN: &str = "right-token";

pub struct Rig {
    router: Router,
    _data: tempfile::TempDir,
}

/// Cameras that never answer.
struct NoCameras;

impl CaptureFactory for NoCameras {
    fn open(&self, _: CapturePlan) -> BoxFuture<'static, Result<Box<dyn Capture>, CaptureError>> {
        Box::pin(std::future::pending())
    }
}

impl Rig {
    /// A recorder with one stream, `door`, that waits for pushed media.
    pub async fn new() -> Self {
        let data = tempfile::tempdir().expect("a directory");
        let clock = Arc::new(SystemClock::new());
        let store = Store::open(data.path(), StoreOptions::new(clock.clone())).expect("an archive");
        let options = RecorderOptions {
            clock: clock.clone(),
            captures: Arc::new(NoCameras),
            recording: true,
        };
        let recorder = Recorder::start(store, options).expect("a recorder");
        let options = ApiOptions {
            version: "0.0.0".to_owned(),
            started: afterimage_base::Clock::now(clock.as_ref()),
            models: Vec::new(),
        };
        // No test shouts into the network that it happens to run in.
        let api = Api::new(recorder, options).looking_at(Target::Addresses(Vec::new()));
        let draft: afterimage_api::dto::StreamCreate =
            serde_json::from_value(serde_json::json!({"name": "door"})).expect("a stream");
        api.create_stream(Caller::Owner, draft.parse().expect("valid")).await.expect("created");
        let http = HttpOptions {
            token: Secret::new(TOKEN),
            doors: Doors::at("127.0.0.1:8750".parse().expect("an address")),
            shutdown: CancellationToken::new(),
        };
        Self { router: router(api, http), _data: data }
    }

    pub async fn ask(&self, request: Request<Body>) -> Response<Body> {
        self.router.clone().oneshot(request).await.expect("a router always answers")
    }

    pub async fn json(&self, request: Request<Body>) -> (u16, serde_json::Value) {
        let response = self.ask(request).await;
        let status = response.status().as_u16();
        let body = axum::body::to_bytes(response.into_body(), 1 << 20).await.expect("a body");
        (status, serde_json::from_slice(&body).unwrap_or(serde_json::Value::Null))
    }
}

/// A request as the console's own page would send it.
pub fn request(method: &str, path: &str) -> axum::http::request::Builder {
    Request::builder().method(method).uri(path).header("Host", "127.0.0.1:8750")
}

pub fn with_token(method: &str, path: &str) -> axum::http::request::Builder {
    request(method, path).header("Authorization", format!("Bearer {TOKEN}"))
}
