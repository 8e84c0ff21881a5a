//! The thread that runs a session's pipeline, and the caller's end of it.
//!
//! Belongs here: building the plan, the bus, the way of a sample from sink to caller. Not here:
//! what the plan is. Invariant: dropping a capture stops its pipeline, whatever it waits for.

use super::assembly::Assembly;
use super::incoming::{Incoming, Packet};
use super::plan::{Lane, Plan, Start, for_rtp};
use super::source::Source;
use super::{fault, tracks};
use crate::camera;
use crate::plan::{Node, build_chain};
use crate::{PipelineError, error::failed};
use afterimage_base::{Clock, SystemClock};
use afterimage_media::{Capture, CaptureError, CaptureEvent, CaptureFailure};
use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_app as gst_app;
use std::sync::{Arc, Mutex};
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
        let runner = Runner { source: source.clone(), pipeline, sender, clock };
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
                    if matches!(incoming, Incoming::Packet(..)) {
                        self.has_begun = true;
                        self.deadline = Instant::now() + SILENCE;
                    }
                    self.assembly.take(incoming)
                }
                Ok(None) => Err(fault::ended(&self.source)),
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
    sender: mpsc::Sender<Incoming>,
    clock: Arc<dyn Clock>,
}

impl Runner {
    fn run(&self, plan: &Plan) {
        let outcome = match self.build(plan) {
            Ok(()) => self.play(),
            Err(error) => Some(fault::from_pipeline(&error)),
        };
        if let Some(error) = outcome {
            // Nobody is left to be told when this fails.
            let _ = self.sender.blocking_send(Incoming::Failed(error));
        }
        let _ = self.pipeline.set_state(gst::State::Null);
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
                gst::MessageView::Latency(_) => drop(self.pipeline.recalculate_latency()),
                _ => {}
            }
        }
        Some(fault::unsupported(&self.source, "it does not start"))
    }

    fn build(&self, plan: &Plan) -> Result<(), PipelineError> {
        for (lane, nodes) in &plan.lanes {
            let _ = self.sender.blocking_send(Incoming::Expect(*lane));
            let chain = self.lane(*lane, nodes)?;
            if let (Lane::Video, Start::Painted(pattern)) = (lane, &plan.start) {
                let source =
                    chain[0].clone().downcast::<gst_app::AppSrc>().map_err(|_| failed("appsrc"))?;
                camera::feed_pattern(&source, pattern, Arc::new(SystemClock::new()));
            }
        }
        match &plan.start {
            Start::Rtsp { client, accept_any_certificate } => {
                self.rtsp(client, *accept_any_certificate)?;
            }
            Start::Lanes | Start::Painted(_) => {
                let _ = self.sender.blocking_send(Incoming::Complete);
            }
        }
        Ok(())
    }

    /// Adds one chain whose sink hands its samples to the caller.
    fn lane(&self, lane: Lane, nodes: &[Node]) -> Result<Vec<gst::Element>, PipelineError> {
        build_lane(&self.pipeline, lane, nodes, self.sender.clone(), Arc::clone(&self.clock))
    }

    /// An RTSP client: streams are chosen as the camera offers them, and get their chain when the
    /// first packet comes.
    fn rtsp(&self, node: &Node, accept_any_certificate: bool) -> Result<(), PipelineError> {
        let client = node.build()?;
        self.pipeline.add(&client).map_err(failed)?;
        // Asked only about certificates that nobody vouches for.
        let (sender, source) = (self.sender.clone(), self.source.clone());
        client.connect("accept-certificate", false, move |_| {
            if !accept_any_certificate {
                let refusal = Incoming::Failed(fault::unknown_certificate(&source));
                // Nobody is left to be told when this fails.
                let _ = sender.blocking_send(refusal);
            }
            Some(accept_any_certificate.to_value())
        });
        let offered = Arc::new(Mutex::new(Offered::default()));
        let (sender, shared) = (self.sender.clone(), Arc::clone(&offered));
        client.connect("select-stream", false, move |arguments| {
            let caps = arguments.get(2).and_then(|caps| caps.get::<gst::Caps>().ok());
            let chosen = caps.is_some_and(|caps| lock(&shared).choose(&caps, &sender));
            Some(chosen.to_value())
        });
        let (pipeline, sender) = (self.pipeline.downgrade(), self.sender.clone());
        let clock = Arc::clone(&self.clock);
        client.connect_pad_added(move |client, pad| {
            let Some(pipeline) = pipeline.upgrade() else { return };
            if let Err(error) = take_stream(&pipeline, pad, &sender, &clock) {
                gst::element_error!(client, gst::CoreError::Failed, ("{error}"));
            }
        });
        let (sender, source) = (self.sender.clone(), self.source.clone());
        client.connect_no_more_pads(move |_| {
            let offered = lock(&offered);
            let news = if offered.chosen.contains(&Lane::Video) {
                Incoming::Complete
            } else {
                Incoming::Failed(fault::unsupported(&source, &offered.describe()))
            };
            let _ = sender.blocking_send(news);
        });
        Ok(())
    }
}

/// What an RTSP server has offered so far.
#[derive(Default)]
struct Offered {
    chosen: Vec<Lane>,
    refused: Vec<String>,
}

impl Offered {
    /// The first stream of each kind that can be used.
    fn choose(&mut self, caps: &gst::Caps, sender: &mpsc::Sender<Incoming>) -> bool {
        let Some((media, encoding)) = rtp_format(caps) else { return false };
        match for_rtp(&media, &encoding) {
            Ok(Some((lane, _))) if !self.chosen.contains(&lane) => {
                self.chosen.push(lane);
                let _ = sender.blocking_send(Incoming::Expect(lane));
                true
            }
            Ok(_) => {
                self.refused.push(format!("{media} {encoding}"));
                false
            }
            Err(error) => {
                self.refused.push(format!("{media} {encoding} ({error})"));
                false
            }
        }
    }

    fn describe(&self) -> String {
        if self.refused.is_empty() {
            "it offers no video".to_owned()
        } else {
            format!("it offers {} and H.264, H.265 or MJPEG is needed", self.refused.join(", "))
        }
    }
}

fn take_stream(
    pipeline: &gst::Pipeline,
    pad: &gst::Pad,
    sender: &mpsc::Sender<Incoming>,
    clock: &Arc<dyn Clock>,
) -> Result<(), PipelineError> {
    let caps = pad.current_caps().unwrap_or_else(|| pad.query_caps(None));
    let Some((media, encoding)) = rtp_format(&caps) else { return Ok(()) };
    let Some((lane, nodes)) = for_rtp(&media, &encoding)? else { return Ok(()) };
    let chain = build_lane(pipeline, lane, &nodes, sender.clone(), Arc::clone(clock))?;
    for element in chain.iter().rev() {
        element.sync_state_with_parent().map_err(failed)?;
    }
    let entry =
        chain[0].static_pad("sink").ok_or_else(|| failed("a depayloader without a sink"))?;
    pad.link(&entry).map_err(failed)?;
    Ok(())
}

/// Media and encoding name of an RTP stream.
fn rtp_format(caps: &gst::Caps) -> Option<(String, String)> {
    let caps = caps.structure(0)?;
    Some((caps.get::<String>("media").ok()?, caps.get::<String>("encoding-name").ok()?))
}

fn build_lane(
    pipeline: &gst::Pipeline,
    lane: Lane,
    nodes: &[Node],
    sender: mpsc::Sender<Incoming>,
    clock: Arc<dyn Clock>,
) -> Result<Vec<gst::Element>, PipelineError> {
    let chain = build_chain(pipeline, nodes)?;
    let sink = chain.last().and_then(|last| last.clone().downcast::<gst_app::AppSink>().ok());
    let sink = sink.ok_or_else(|| failed("a chain that does not end in an appsink"))?;
    let mut reader = LaneReader::new(lane, sender, clock);
    let callbacks = gst_app::AppSinkCallbacks::builder().new_sample(move |sink| {
        let sample = sink.pull_sample().map_err(|_| gst::FlowError::Eos)?;
        reader.take(&sample)
    });
    sink.set_callbacks(callbacks.build());
    Ok(chain)
}

/// Turns a sink's samples into packets, on the pipeline's thread.
struct LaneReader {
    lane: Lane,
    sender: mpsc::Sender<Incoming>,
    clock: Arc<dyn Clock>,
    caps: Option<gst::Caps>,
    timescale: u32,
    has_begun: bool,
    /// References were lost: what comes before the next key frame can't be decoded.
    awaits_key_frame: bool,
}

impl LaneReader {
    fn new(lane: Lane, sender: mpsc::Sender<Incoming>, clock: Arc<dyn Clock>) -> Self {
        let (caps, timescale) = (None, 1);
        Self { lane, sender, clock, caps, timescale, has_begun: false, awaits_key_frame: false }
    }

    fn take(&mut self, sample: &gst::Sample) -> Result<gst::FlowSuccess, gst::FlowError> {
        let received_at = self.clock.now();
        let (Some(buffer), Some(caps)) = (sample.buffer(), sample.caps_owned()) else {
            return Ok(gst::FlowSuccess::Ok);
        };
        if self.caps.as_ref() != Some(&caps) {
            let track = tracks::read(&caps).ok_or(gst::FlowError::NotNegotiated)?;
            self.timescale = track.timescale;
            self.caps = Some(caps);
            self.send(Incoming::Format(self.lane, track))?;
        }
        let is_audio = self.lane == Lane::Audio;
        let is_sync = is_audio || !buffer.flags().contains(gst::BufferFlags::DELTA_UNIT);
        let is_break = buffer.flags().contains(gst::BufferFlags::DISCONT);
        if is_break && self.has_begun && !is_audio {
            self.send(Incoming::Skipped("packets were lost on the way".to_owned()))?;
            self.awaits_key_frame = true;
        }
        self.has_begun = true;
        self.awaits_key_frame &= !is_sync;
        if self.awaits_key_frame {
            return Ok(gst::FlowSuccess::Ok);
        }
        let segment = sample.segment().and_then(|segment| segment.downcast_ref::<gst::ClockTime>());
        let time = |time| tracks::media_time(time, segment, self.timescale);
        let Some(presentation) = time(buffer.pts()).or_else(|| time(buffer.dts())) else {
            return self.send(Incoming::Skipped("a sample had no time".to_owned()));
        };
        let Ok(data) = buffer.map_readable() else { return Ok(gst::FlowSuccess::Ok) };
        let ticks = |duration: gst::ClockTime| {
            let nanoseconds = i64::try_from(duration.nseconds()).ok()?;
            Some(afterimage_base::MediaTime(nanoseconds).rescale(1_000_000_000, self.timescale))
        };
        let packet = Packet {
            presentation,
            decode: time(buffer.dts()).filter(|_| !is_audio),
            // A parser derives a picture's duration from a rate that cameras often state wrongly.
            duration: buffer.duration().filter(|_| is_audio).and_then(ticks),
            is_sync,
            received_at,
            data: Bytes::copy_from_slice(data.as_slice()),
        };
        self.send(Incoming::Packet(self.lane, packet))
    }

    fn send(&self, incoming: Incoming) -> Result<gst::FlowSuccess, gst::FlowError> {
        let sent = self.sender.blocking_send(incoming);
        sent.map(|()| gst::FlowSuccess::Ok).map_err(|_| gst::FlowError::Flushing)
    }
}

fn lock(offered: &Mutex<Offered>) -> std::sync::MutexGuard<'_, Offered> {
    offered.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
