//! The end of a chain: from a sink's samples to the packets that the session's owner gets.
//!
//! Belongs here: reading buffers, on the pipeline's thread. Not here: what comes before the sink.
//! Invariant: after a loss nothing is handed on until the next key frame.

use super::incoming::{Incoming, Packet};
use super::plan::Lane;
use super::sender_report::CameraClock;
use super::tracks;
use crate::plan::{Node, build_chain};
use crate::{PipelineError, error::failed};
use afterimage_base::{Clock, MediaTime};
use bytes::Bytes;
use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_app as gst_app;
use std::sync::Arc;
use tokio::sync::mpsc;

/// Where every lane of a session sends its packets.
#[derive(Clone)]
pub(super) struct Outlet {
    pub sender: mpsc::Sender<Incoming>,
    pub clock: Arc<dyn Clock>,
}

impl Outlet {
    /// Tells the owner; waits while the queue is full. False when nobody is left to be told.
    pub fn tell(&self, incoming: Incoming) -> bool {
        self.sender.blocking_send(incoming).is_ok()
    }
}

/// Adds a chain to the pipeline whose sink hands its samples to the outlet.
pub(super) fn build(
    pipeline: &gst::Pipeline,
    lane: Lane,
    nodes: &[Node],
    outlet: Outlet,
    camera_clock: CameraClock,
) -> Result<Vec<gst::Element>, PipelineError> {
    let chain = build_chain(pipeline, nodes)?;
    let sink = chain.last().and_then(|last| last.clone().downcast::<gst_app::AppSink>().ok());
    let sink = sink.ok_or_else(|| failed("a chain that does not end in an appsink"))?;
    let mut reader = LaneReader::new(lane, outlet, camera_clock);
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
    outlet: Outlet,
    camera_clock: CameraClock,
    caps: Option<gst::Caps>,
    timescale: u32,
    has_begun: bool,
    /// References were lost: what comes before the next key frame can't be decoded.
    awaits_key_frame: bool,
}

impl LaneReader {
    fn new(lane: Lane, outlet: Outlet, camera_clock: CameraClock) -> Self {
        Self {
            lane,
            outlet,
            camera_clock,
            caps: None,
            timescale: 1,
            has_begun: false,
            awaits_key_frame: false,
        }
    }

    fn take(&mut self, sample: &gst::Sample) -> Result<gst::FlowSuccess, gst::FlowError> {
        let received_at = self.outlet.clock.now();
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
        let running = |time| tracks::running_nanoseconds(time, segment);
        let ticks =
            |nanoseconds: i64| MediaTime(nanoseconds).rescale(1_000_000_000, self.timescale);
        let Some(shown) = running(buffer.pts()).or_else(|| running(buffer.dts())) else {
            return self.send(Incoming::Skipped("a sample had no time".to_owned()));
        };
        let Ok(data) = buffer.map_readable() else { return Ok(gst::FlowSuccess::Ok) };
        let length = |time: gst::ClockTime| i64::try_from(time.nseconds()).ok();
        let packet = Packet {
            presentation: ticks(shown),
            decode: running(buffer.dts()).filter(|_| !is_audio).map(ticks),
            // A parser derives a picture's duration from a rate that cameras often state wrongly.
            duration: buffer.duration().filter(|_| is_audio).and_then(length).map(ticks),
            is_sync,
            received_at,
            taken_at: self.camera_clock.at(shown),
            data: Bytes::copy_from_slice(data.as_slice()),
        };
        self.send(Incoming::Packet(self.lane, packet))
    }

    fn send(&self, incoming: Incoming) -> Result<gst::FlowSuccess, gst::FlowError> {
        if self.outlet.tell(incoming) {
            Ok(gst::FlowSuccess::Ok)
        } else {
            Err(gst::FlowError::Flushing)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::plan::for_rtp;
    use afterimage_base::SystemClock;

    /// RTP packets of forty frames with a key frame every ten.
    fn packets(encoder: &str, payloader: &str) -> Vec<gst::Sample> {
        crate::init().expect("GStreamer starts");
        let description = format!(
            "videotestsrc num-buffers=40 pattern=ball ! video/x-raw,width=320,height=240 ! \
             {encoder} key-int-max=10 tune=zerolatency ! {payloader} mtu=400 config-interval=-1 ! \
             appsink name=sink sync=false"
        );
        let pipeline = gst::parse::launch(&description).expect("the elements are installed");
        let pipeline = pipeline.downcast::<gst::Pipeline>().expect("a pipeline");
        let sink =
            pipeline.by_name("sink").and_then(|sink| sink.downcast::<gst_app::AppSink>().ok());
        let sink = sink.expect("an appsink");
        pipeline.set_state(gst::State::Playing).expect("it plays");
        let packets = std::iter::from_fn(|| sink.pull_sample().ok()).collect();
        pipeline.set_state(gst::State::Null).expect("it stops");
        packets
    }

    /// What the owner gets when the packets with these numbers are lost: `K` a key frame, `p`
    /// another, `!` skipped.
    fn received(encoding: &str, packets: &[gst::Sample], lost: &[usize]) -> String {
        let pipeline = gst::Pipeline::new();
        let (sender, mut incoming) = mpsc::channel(1_000);
        let outlet = Outlet { sender, clock: Arc::new(SystemClock::new()) };
        let (lane, nodes) = for_rtp("video", encoding).expect("installed").expect("supported");
        let chain = build(&pipeline, lane, &nodes, outlet, CameraClock::unknown()).expect("built");
        let source = gst_app::AppSrc::builder().format(gst::Format::Time).build();
        pipeline.add(&source).expect("added");
        source.link(&chain[0]).expect("linked");
        pipeline.set_state(gst::State::Playing).expect("it plays");
        for (_, packet) in packets.iter().enumerate().filter(|(number, _)| !lost.contains(number)) {
            source.push_sample(packet).expect("taken");
        }
        source.end_of_stream().expect("taken");
        let bus = pipeline.bus().expect("a bus");
        let ends = [gst::MessageType::Eos, gst::MessageType::Error];
        let end = bus.timed_pop_filtered(gst::ClockTime::from_seconds(30), &ends);
        assert_eq!(
            end.map(|end| end.type_()),
            Some(gst::MessageType::Eos),
            "it ends in good order"
        );
        pipeline.set_state(gst::State::Null).expect("it stops");
        let mut told = String::new();
        while let Ok(news) = incoming.try_recv() {
            told.push_str(match news {
                Incoming::Packet(_, packet) if packet.is_sync => "K",
                Incoming::Packet(..) => "p",
                Incoming::Skipped(_) => "!",
                _ => "",
            });
        }
        told
    }

    #[test]
    fn after_a_loss_nothing_comes_until_the_next_key_frame() {
        for (encoding, encoder, payloader) in
            [("H264", "x264enc", "rtph264pay"), ("H265", "x265enc", "rtph265pay")]
        {
            let packets = packets(encoder, payloader);
            let whole = "Kppppppppp".repeat(4);
            assert_eq!(received(encoding, &packets, &[]), whole, "{encoding}: nothing is lost");
            let time = |packet: &gst::Sample| packet.buffer().and_then(gst::BufferRef::pts);
            let frame = gst::ClockTime::from_mseconds(14 * 1_000 / 30);
            let first = packets.first().and_then(time).expect("a time");
            let is_later = |packet| time(packet).is_some_and(|time| time >= first + frame);
            let lost = packets.iter().position(is_later).expect("a packet of the second GOP");
            let told = received(encoding, &packets, &[lost]);
            let (before, after) =
                told.split_once('!').unwrap_or_else(|| panic!("{encoding}: {told}"));
            assert!(before.starts_with("Kppppppppp"), "{encoding}: whole before the loss: {told}");
            assert!(after.starts_with('K'), "{encoding}: {told}");
            assert!(told.len() < whole.len(), "{encoding}: what depends on it is left out: {told}");
            assert_eq!(after.matches('!').count(), 0, "{encoding}: one loss is told once: {told}");
        }
    }
}
