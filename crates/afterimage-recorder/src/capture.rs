//! Chooses who pulls a source, and opens it.
//!
//! Belongs here: the choice between retina and GStreamer, in words that the operator sees. Not
//! here: how either works. [`CaptureFactory`] is a port so that tests bring their own cameras.

use crate::source::{Backend, Source, Transport};
use afterimage_base::Clock;
use afterimage_media::{Capture, CaptureError, CaptureFailure};
use futures::future::BoxFuture;
use std::sync::Arc;
use std::time::Duration;

/// What to open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CapturePlan {
    pub source: Source,
    pub transport: Transport,
    pub choice: Choice,
}

/// Who pulls, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    pub backend: Backend,
    pub forced: bool,
    pub because: String,
}

impl Choice {
    /// `refused` is what retina said of this very camera, when it could not use it.
    #[must_use]
    pub fn of(source: &Source, forced: Option<Backend>, refused: Option<&str>) -> Self {
        if let Some(backend) = forced {
            return Self { backend, forced: true, because: "chosen by the operator".to_owned() };
        }
        let (backend, because) = match (source, refused) {
            (Source::Rtsp(_), None) => {
                (Backend::Retina, "plain RTSP: the way that costs least".to_owned())
            }
            (Source::Rtsp(_), Some(refused)) => (Backend::Gstreamer, format!("retina: {refused}")),
            (Source::Rtsps(_), _) => {
                let because = "RTSP over TLS; the camera's certificate is not checked";
                (Backend::Gstreamer, because.to_owned())
            }
            _ => (Backend::Gstreamer, "a local device".to_owned()),
        };
        Self { backend, forced: false, because }
    }
}

/// A camera that is plugged into this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalCamera {
    /// As a person knows it.
    pub label: String,
    pub source: Source,
}

/// Opens captures: the real ones, or a test's.
pub trait CaptureFactory: Send + Sync {
    fn open(&self, plan: CapturePlan)
    -> BoxFuture<'static, Result<Box<dyn Capture>, CaptureError>>;

    /// The cameras of this machine, within this time; none unless it says otherwise.
    fn local_cameras(
        &self,
        _within: Duration,
    ) -> BoxFuture<'static, Result<Vec<LocalCamera>, CaptureError>> {
        Box::pin(std::future::ready(Ok(Vec::new())))
    }
}

/// Cameras and devices of the real world.
#[derive(Debug)]
pub struct RealCaptures {
    pub clock: Arc<dyn Clock>,
}

impl CaptureFactory for RealCaptures {
    fn open(
        &self,
        plan: CapturePlan,
    ) -> BoxFuture<'static, Result<Box<dyn Capture>, CaptureError>> {
        let clock = Arc::clone(&self.clock);
        Box::pin(async move {
            match plan.choice.backend {
                Backend::Retina => open_by_retina(&plan, clock).await,
                Backend::Gstreamer => open_by_gstreamer(plan, clock).await,
            }
        })
    }

    fn local_cameras(
        &self,
        within: Duration,
    ) -> BoxFuture<'static, Result<Vec<LocalCamera>, CaptureError>> {
        Box::pin(async move {
            let list = move || afterimage_pipeline::capture::devices_within(within);
            let listed = tokio::task::spawn_blocking(list).await.expect("GStreamer does not panic");
            let devices = listed.map_err(|error| {
                CaptureError::new(CaptureFailure::Unavailable, error.to_string())
            })?;
            // What can't be written as a source can't be recorded.
            let camera = |device: afterimage_pipeline::capture::Device| {
                let source = device.source.parse().ok()?;
                Some(LocalCamera { label: device.label, source })
            };
            Ok(devices.into_iter().filter_map(camera).collect())
        })
    }
}

async fn open_by_retina(
    plan: &CapturePlan,
    clock: Arc<dyn Clock>,
) -> Result<Box<dyn Capture>, CaptureError> {
    let Source::Rtsp(url) = &plan.source else {
        return Err(CaptureError::new(
            CaptureFailure::Unsupported,
            format!(
                "retina pulls rtsp:// only, not {}; let the capture be chosen by itself",
                plan.source
            ),
        ));
    };
    let transport = match plan.transport {
        Transport::Tcp => afterimage_rtsp::Transport::Tcp,
        Transport::Udp => afterimage_rtsp::Transport::Udp,
    };
    let options =
        afterimage_rtsp::RtspOptions { transport, ..afterimage_rtsp::RtspOptions::new(clock) };
    Ok(Box::new(afterimage_rtsp::open(url, options).await?))
}

async fn open_by_gstreamer(
    plan: CapturePlan,
    clock: Arc<dyn Clock>,
) -> Result<Box<dyn Capture>, CaptureError> {
    use afterimage_pipeline::camera::ClockPattern;
    use afterimage_pipeline::capture;
    let transport = match plan.transport {
        Transport::Tcp => capture::Transport::Tcp,
        Transport::Udp => capture::Transport::Udp,
    };
    let source = match plan.source {
        Source::Rtsp(url) | Source::Rtsps(url) => {
            // Most cameras have a certificate that nobody vouches for.
            let options = capture::RtspOptions { transport, accept_any_certificate: true };
            capture::Source::Rtsp(url, options)
        }
        Source::Webcam(device) => capture::Source::Webcam(device.map(Into::into)),
        Source::PipeWire(node) => capture::Source::PipeWire(node),
        Source::Test => capture::Source::TestPattern(ClockPattern::default()),
        Source::Pushed => {
            return Err(CaptureError::new(
                CaptureFailure::Unsupported,
                "this stream waits for pushed media; there is nothing to pull",
            ));
        }
    };
    // Building a pipeline loads plugins from disk.
    let opened = tokio::task::spawn_blocking(move || capture::open(&source, clock));
    Ok(Box::new(opened.await.expect("GStreamer does not panic")?))
}
