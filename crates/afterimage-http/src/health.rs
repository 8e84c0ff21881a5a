//! `/healthz` and `/readyz`, which tell a stranger nothing more than who answers, and `/metrics`.

use crate::error::{Answer, Failures};
use crate::state::HttpState;
use afterimage_api::dto::{HealthView, SERVICE, StreamState, StreamView};
use afterimage_api::{Caller, TimeRange};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use std::fmt::Write;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(86_400);

/// The process answers.
#[utoipa::path(get, path = "/healthz", operation_id = "showHealth", tag = "system", security(()),
    responses((status = 200, body = HealthView)))]
pub(crate) async fn alive() -> Json<HealthView> {
    Json(HealthView { service: SERVICE.to_owned(), status: "ok".to_owned() })
}

/// The archive answers too.
#[utoipa::path(get, path = "/readyz", operation_id = "showReadiness", tag = "system", security(()),
    responses((status = 200, body = HealthView), Failures))]
pub(crate) async fn ready(State(state): State<HttpState>) -> Answer<Json<HealthView>> {
    state.api.check_ready().await?;
    Ok(alive().await)
}

/// Figures for Prometheus.
#[utoipa::path(get, path = "/metrics", operation_id = "fetchMetrics", tag = "system",
    responses((status = 200, body = String, content_type = "text/plain"), Failures))]
pub(crate) async fn metrics(
    State(state): State<HttpState>,
    Extension(caller): Extension<Caller>,
) -> Answer<Response> {
    let mut page = Page::default();
    let now = state.api.now();
    for report in state.api.streams(caller).await? {
        let day = TimeRange { from: now.minus(DAY).max(report.settings.created), to: now };
        let name = report.settings.name.clone();
        let missing = if day.from < day.to {
            state.api.timeline(caller, &name, day).await?.missing()
        } else {
            (0, Duration::ZERO)
        };
        page.add(&StreamView::from(report), missing);
    }
    let headers = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    Ok((headers, page.text()).into_response())
}

/// `# HELP` stands once per metric, so samples gather by metric first.
#[derive(Default)]
struct Page {
    samples: [String; METRICS.len()],
}

const METRICS: [(&str, &str, &str); 8] = [
    ("recording", "gauge", "1 while media arrives and is kept."),
    ("recorded_bytes", "gauge", "Bytes of footage on disk."),
    ("recorded_fragments", "gauge", "Fragments on disk."),
    ("gaps_last_day", "gauge", "Gaps in the last 24 hours."),
    ("missing_seconds_last_day", "gauge", "Seconds without footage in the last 24 hours."),
    ("frames_per_second", "gauge", "Frames a second of the newest fragment."),
    ("skipped_total", "counter", "Times that damaged media was skipped."),
    ("connections_total", "counter", "Times that the camera was connected."),
];

impl Page {
    fn add(&mut self, stream: &StreamView, (gaps, missing): (usize, Duration)) {
        let values = [
            f64::from(u8::from(stream.state == StreamState::Recording)),
            stream.recorded.bytes as f64,
            stream.recorded.fragments as f64,
            gaps as f64,
            missing.as_secs_f64(),
            stream.figures.frames_per_second,
            stream.figures.skipped as f64,
            stream.figures.connections as f64,
        ];
        for ((samples, (metric, ..)), value) in self.samples.iter_mut().zip(METRICS).zip(values) {
            // Names of streams hold nothing that a label must escape. Strings take every write.
            let _ = writeln!(
                samples,
                "afterimage_stream_{metric}{{stream=\"{}\"}} {value}",
                stream.name
            );
        }
    }

    fn text(&self) -> String {
        let mut text = String::new();
        for (samples, (metric, kind, help)) in self.samples.iter().zip(METRICS) {
            let _ = write!(
                text,
                "# HELP afterimage_stream_{metric} {help}\n# TYPE afterimage_stream_{metric} {kind}\n{samples}"
            );
        }
        text
    }
}
