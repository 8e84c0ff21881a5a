//! The thread that runs a session's pipeline, and the caller's end of it.
//!
//! Belongs here: building the plan, reading the bus, deadlines. Not here: what the plan is, and
//! what its lanes carry ([`super::lane`]). Invariant: dropping a capture stops its pipeline, whatever it waits for.

use super::assembly::Assembly;
use super::incoming::Incoming;
use super::lane::{self, Outlet};
use super::plan::{Lane, Plan, Start};
use super::sender_report::CameraClock;
use super::source::Source;
use super::{client, fault};
use crate::camera;
use crate::{PipelineError, error::failed};
use afterimage_base::{Clock, SystemClock};
use afterimage_media::{Capture, CaptureError, CaptureEvent, CaptureFailure};
use futures::FutureExt;
use futures::future::BoxFuture;
use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_app as gst_app;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;

/// Access units between the pipeline and its owner. When they are full the pipeline waits, and
/// with TCP so does the camera; nothing is dropped here.
const QUEUE: usize = 256;
/// Connected, and nothing came: the camera hangs.
const SILENCE: Duration = Duration::from_secs(10);
/// From the first attempt to the first sample: connecting, describing, waiting for a key frame.
const BEGINNING: Duration = Duration::from_secs(20);

/// A running session. Dropping it stops the pipeline in the background.
pub struct PipelineCapture {
    source: Source,
    incoming: mpsc::Receiver<Incoming>,
    assembly: Assembly,
    bus: gst::Bus,
    /// When it is too late for the next packet.
    deadline: Instant,
    has_begun: bool,
    ended: Option<CaptureError>,
}

impl std::fmt::Debug for PipelineCapture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PipelineCapture").field("source", &self.source).finish_non_exhaustive()
    }
}

impl PipelineCapture {
    pub(super) fn start(
        source: Source,
        plan: Plan,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, CaptureError> {
        let pipeline = gst::Pipeline::new();
        let bus = pipeline.bus().expect("a pipeline that is made here has a bus");
        let (sender, incoming) = mpsc::channel(QUEUE);
        let runner = Runner { source: source.clone(), pipeline, outlet: Outlet { sender, clock } };
        std::thread::Builder::new()
            .name("capture".to_owned())
            .spawn(move || runner.run(&plan))
            .map_err(|error| {
                let detail = format!("no thread for {source}: {error}");
                CaptureError::new(CaptureFailure::Unavailable, detail)
            })?;
        Ok(Self {
            source,
            incoming,
            assembly: Assembly::default(),
            bus,
            deadline: Instant::now() + BEGINNING,
            has_begun: false,
            ended: None,
        })
    }

    async fn next_event(&mut self) -> Result<CaptureEvent, CaptureError> {
        loop {
            if let Some(event) = self.assembly.next() {
                return Ok(event);
            }
            if let Some(error) = &self.ended {
                return Err(error.clone());
            }
            let outcome = match tokio::time::timeout_at(self.deadline, self.incoming.recv()).await {
                Ok(Some(incoming)) => {
                    if let Incoming::Packet(lane, _) = &incoming {
                        self.has_begun = true;
                        // Sound is no sign of life of a picture.
                        if *lane == Lane::Video || !self.assembly.expects_picture() {
                            self.deadline = Instant::now() + SILENCE;
                        }
                    }
                    self.assembly.take(incoming)
                }
                Ok(None) => Err(fault::ended(&self.source)),
                Err(_) if self.has_begun && self.assembly.expects_picture() => {
                    Err(fault::no_picture(&self.source))
                }
                Err(_) if self.has_begun => Err(fault::silent(&self.source)),
                Err(_) => Err(fault::no_answer(&self.source)),
            };
            self.ended = outcome.err();
        }
    }
}

impl Capture for PipelineCapture {
    fn next(&mut self) -> BoxFuture<'_, Result<CaptureEvent, CaptureError>> {
        self.next_event().boxed()
    }
}

impl Drop for PipelineCapture {
    fn drop(&mut self) {
        // Frees whoever waits for room in the queue, then the thread that reads the bus.
        self.incoming.close();
        let stop = gst::message::Application::new(gst::Structure::new_empty("stop"));
        let _ = self.bus.post(stop);
    }
}

/// Owns the pipeline, on a thread where everything may block.
struct Runner {
    source: Source,
    pipeline: gst::Pipeline,
    outlet: Outlet,
}

impl Runner {
    fn run(&self, plan: &Plan) {
        let outcome = match self.build(plan) {
            Ok(()) => self.play(),
            Err(error) => Some(fault::from_pipeline(&error)),
        };
        if let Some(error) = outcome {
            self.outlet.tell(Incoming::Failed(error));
        }
        let _ = self.pipeline.set_state(gst::State::Null);
    }

    fn build(&self, plan: &Plan) -> Result<(), PipelineError> {
        for (lane, nodes) in &plan.lanes {
            self.outlet.tell(Incoming::Expect(*lane));
            let clock = CameraClock::unknown();
            let chain = lane::build(&self.pipeline, *lane, nodes, self.outlet.clone(), clock)?;
            if let (Lane::Video, Start::Painted(pattern)) = (lane, &plan.start) {
                let source = chain[0].clone().downcast::<gst_app::AppSrc>();
                let source = source.map_err(|_| failed("a painted chain without appsrc"))?;
                camera::feed_pattern(&source, pattern, Arc::new(SystemClock::new()));
            }
        }
        match &plan.start {
            Start::Rtsp { client, accept_any_certificate: any } => {
                client::add(&self.pipeline, client, *any, &self.source, &self.outlet)?;
            }
            Start::Lanes | Start::Painted(_) => drop(self.outlet.tell(Incoming::Complete)),
        }
        Ok(())
    }

    /// Until the first failure; `None` when it was asked to stop.
    fn play(&self) -> Option<CaptureError> {
        // A failure to start is on the bus too, with its reason.
        let started = self.pipeline.set_state(gst::State::Playing);
        let bus = self.pipeline.bus()?;
        let patience = started.is_err().then_some(gst::ClockTime::ZERO);
        while let Some(message) = bus.timed_pop(patience) {
            match message.view() {
                gst::MessageView::Error(error) => {
                    let error = error.error();
                    tracing::debug!(source = %self.source, %error, "the pipeline failed");
                    return Some(fault::from_bus(&self.source, &error));
                }
                gst::MessageView::Eos(_) => return Some(fault::ended(&self.source)),
                gst::MessageView::Application(_) => return None,
                gst::MessageView::Latency(_) => {
                    let _ = self.pipeline.recalculate_latency();
                }
                _ => {}
            }
        }
        Some(fault::unsupported(&self.source, "it does not start"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::incoming::Packet;
    use afterimage_base::MediaTime;
    use afterimage_media::{Codec, Track, TrackKind, VideoParameters};
    use bytes::Bytes;

    fn session() -> (mpsc::Sender<Incoming>, PipelineCapture) {
        let (sender, incoming) = mpsc::channel(QUEUE);
        let capture = PipelineCapture {
            source: Source::PipeWire("door".to_owned()),
            incoming,
            assembly: Assembly::default(),
            bus: gst::Bus::new(),
            deadline: Instant::now() + BEGINNING,
            has_begun: false,
            ended: None,
        };
        (sender, capture)
    }

    fn packet() -> Packet {
        Packet {
            presentation: MediaTime(0),
            decode: None,
            duration: None,
            is_sync: true,
            received_at: SystemClock::new().now(),
            taken_at: None,
            data: Bytes::new(),
        }
    }

    async fn begin(sender: &mpsc::Sender<Incoming>) {
        let kind = TrackKind::Video(VideoParameters { width: 640, height: 480 });
        let decoder_config = Bytes::from_static(b"avcC");
        let track = Track { codec: Codec::H264, kind, timescale: 90_000, decoder_config };
        for news in [
            Incoming::Expect(Lane::Video),
            Incoming::Complete,
            Incoming::Format(Lane::Video, track),
            Incoming::Packet(Lane::Video, packet()),
        ] {
            sender.send(news).await.expect("there is room");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn ten_seconds_without_a_sample_are_silence() {
        crate::init().expect("GStreamer starts");
        let (sender, mut capture) = session();
        begin(&sender).await;
        assert!(matches!(capture.next().await, Ok(CaptureEvent::Tracks(_))));
        assert!(matches!(capture.next().await, Ok(CaptureEvent::Sample(_))));
        let heard = Instant::now();
        // Dropping the future half-way must not begin the ten seconds anew.
        for _ in 0..6 {
            let interrupted = tokio::time::timeout(Duration::from_secs(1), capture.next()).await;
            assert!(interrupted.is_err(), "nothing happens within six seconds");
        }
        let error = capture.next().await.expect_err("silence");
        assert_eq!(error.failure, CaptureFailure::Silent, "{error}");
        assert_eq!(heard.elapsed().as_secs(), 10, "counted from the last sample");
    }

    #[tokio::test(start_paused = true)]
    async fn sound_that_goes_on_does_not_hide_that_the_picture_has_gone() {
        crate::init().expect("GStreamer starts");
        let (sender, mut capture) = session();
        sender.send(Incoming::Expect(Lane::Audio)).await.expect("there is room");
        begin(&sender).await;
        let sound = tokio::spawn(async move {
            while sender.send(Incoming::Packet(Lane::Audio, packet())).await.is_ok() {
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
        });
        let begun = Instant::now();
        let error = loop {
            if let Err(error) = capture.next().await {
                break error;
            }
        };
        assert_eq!(error.failure, CaptureFailure::Silent, "{error}");
        assert!(error.detail.contains("no picture"), "the sentence says what is missing: {error}");
        assert_eq!(begun.elapsed().as_secs(), 10, "counted from the last picture");
        sound.abort();
    }

    #[tokio::test(start_paused = true)]
    async fn a_camera_that_never_begins_is_unreachable() {
        crate::init().expect("GStreamer starts");
        let (_sender, mut capture) = session();
        let error = capture.next().await.expect_err("no beginning");
        assert_eq!(error.failure, CaptureFailure::Unreachable, "{error}");
    }
}
