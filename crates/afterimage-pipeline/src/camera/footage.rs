//! A file's encoded samples, loaded once and played in a loop.
//!
//! Belongs here: reading the file, cutting it so that its end joins its beginning. Not here:
//! pacing ([`super::feed`]), RTP. Invariant: the loop begins with a key frame, and decode times
//! rise by more than zero from sample to sample and from loop to loop.

use super::PatternCodec;
use crate::error::failed;
use crate::plan::{Node, build_chain, launch_text};
use crate::{PipelineError, elements};
use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_app as gst_app;
use std::io::Read;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// What a loop may hold in memory.
const MAXIMUM_BYTES: usize = 1 << 30;
/// Reading a local file takes seconds; more means that it never ends.
const LOAD_TIMEOUT: Duration = Duration::from_secs(120);

/// Samples with times from zero, in decode order.
#[derive(Debug)]
pub(super) struct LoopTrack {
    pub caps: gst::Caps,
    pub samples: Vec<gst::Buffer>,
}

/// At least one of the tracks is there.
#[derive(Debug)]
pub(super) struct LoadedFootage {
    pub video: Option<LoopTrack>,
    pub audio: Option<LoopTrack>,
    /// How long one round takes.
    pub period: gst::ClockTime,
}

impl LoadedFootage {
    /// `None` for sound alone.
    pub fn video_codec(&self) -> Option<PatternCodec> {
        let is_h265 = self.video.as_ref()?.caps.structure(0)?.name() == "video/x-h265";
        Some(if is_h265 { PatternCodec::H265 } else { PatternCodec::H264 })
    }

    /// What puts the sound into RTP packets; `None` for a silent film.
    pub fn audio_payloader(&self) -> Option<&'static str> {
        match self.audio.as_ref()?.caps.structure(0)?.name().as_str() {
            "audio/x-mulaw" => Some("rtppcmupay"),
            "audio/x-alaw" => Some("rtppcmapay"),
            _ => Some("rtpmp4gpay"),
        }
    }
}

/// What came out of the demultiplexer for one track: running times in nanoseconds, signed because
/// B-frames may be decoded before zero.
struct RawTrack {
    caps: gst::Caps,
    samples: Vec<RawSample>,
}

struct RawSample {
    decode: i64,
    presentation: i64,
    duration: i64,
    buffer: gst::Buffer,
}

#[derive(Default)]
struct Loading {
    video: Option<RawTrack>,
    audio: Option<RawTrack>,
    /// Formats that were seen and can't be played, for the error.
    others: Vec<String>,
    /// What players of the file are asked to do with the picture.
    orientation: Option<String>,
    bytes: usize,
}

pub(super) fn load(path: &Path) -> Result<LoadedFootage, PipelineError> {
    let unsuitable =
        |reason: String| PipelineError::FootageUnsuitable { path: path.to_owned(), reason };
    let demultiplexer = demultiplexer_for(path)?;
    let pipeline = gst::Pipeline::new();
    let source = Node::new("filesrc").set("location", path.display());
    let chain = build_chain(&pipeline, &[source, Node::new(demultiplexer)])?;
    let loading = Arc::new(Mutex::new(Loading::default()));
    let (weak, shared) = (pipeline.downgrade(), Arc::clone(&loading));
    let needs_decode_times = demultiplexer == "matroskademux";
    chain[1].connect_pad_added(move |_, pad| {
        if let Some(pipeline) = weak.upgrade()
            && let Err(error) = collect(&pipeline, pad, needs_decode_times, &shared)
        {
            tracing::debug!(%error, "a track of the file is left out");
        }
    });
    let outcome = run_to_end(&pipeline, &loading);
    // Stopping first drops the callbacks, so that nothing adds samples any more.
    let _ = pipeline.set_state(gst::State::Null);
    let loading = std::mem::take(&mut *loading.lock().expect("no panic while it is held"));
    if loading.bytes > MAXIMUM_BYTES {
        return Err(unsuitable("it holds more than 1 GiB; cut a shorter piece".to_owned()));
    }
    if loading.video.is_none() && (loading.audio.is_none() || !loading.others.is_empty()) {
        let seen = loading.others.join(", ");
        return Err(unsuitable(match outcome {
            Err(reason) => reason,
            Ok(()) if seen.is_empty() => "it has neither picture nor sound".to_owned(),
            Ok(()) => {
                format!("it needs H.264 or H.265 video, or AAC or G.711 alone, and holds {seen}")
            }
        }));
    }
    // A file that is cut off still plays up to where it ends.
    if let Err(reason) = outcome {
        tracing::warn!(path = %path.display(), reason, "the footage is damaged; its beginning is played");
    }
    if let Some(turn) = loading.orientation.as_deref().and_then(turn_in_words) {
        tracing::warn!(path = %path.display(), "the file asks players to {turn}; RTSP can't say so, so its picture is sent as it is coded");
    }
    let joined = match loading.video {
        Some(video) => join(video, loading.audio),
        None => loading.audio.and_then(loop_of_sound),
    };
    joined.ok_or_else(|| unsuitable("it has no key frame to begin at".to_owned()))
}

/// What GStreamer's tag `image-orientation` asks for; `None` for nothing.
fn turn_in_words(orientation: &str) -> Option<String> {
    let (is_mirrored, degrees) = match orientation.strip_prefix("flip-rotate-") {
        Some(degrees) => (true, degrees),
        None => (false, orientation.strip_prefix("rotate-")?),
    };
    match (is_mirrored, degrees) {
        (false, "0") => None,
        (true, "0") => Some("mirror its picture".to_owned()),
        (false, _) => Some(format!("turn its picture by {degrees}°")),
        (true, _) => Some(format!("mirror its picture and turn it by {degrees}°")),
    }
}

fn demultiplexer_for(path: &Path) -> Result<&'static str, PipelineError> {
    let unreadable = |error: std::io::Error| PipelineError::FootageUnreadable {
        path: path.to_owned(),
        reason: error.to_string(),
    };
    let mut magic = [0; 8];
    let mut file = std::fs::File::open(path).map_err(unreadable)?;
    let unsuitable = |_| PipelineError::FootageUnsuitable {
        path: path.to_owned(),
        reason: "it is too short to be a video".to_owned(),
    };
    file.read_exact(&mut magic).map_err(unsuitable)?;
    match magic {
        [0x1A, 0x45, 0xDF, 0xA3, ..] => Ok("matroskademux"),
        [_, _, _, _, b'f', b't', b'y', b'p'] | [_, _, _, _, b'm' | b'w' | b'f', ..] => {
            Ok("qtdemux")
        }
        _ => Err(PipelineError::FootageUnsuitable {
            path: path.to_owned(),
            reason: "it is neither MP4, MOV nor Matroska".to_owned(),
        }),
    }
}

/// Takes up one track of the demultiplexer.
fn collect(
    pipeline: &gst::Pipeline,
    pad: &gst::Pad,
    needs_decode_times: bool,
    loading: &Arc<Mutex<Loading>>,
) -> Result<(), PipelineError> {
    let caps = pad.current_caps().unwrap_or_else(|| pad.query_caps(None));
    let name = caps.structure(0).map_or_else(String::new, |caps| caps.name().to_string());
    let mut nodes = vec![
        Node::new("queue")
            .set("max-size-time", 0)
            .set("max-size-bytes", 0)
            .set("max-size-buffers", 0),
    ];
    let is_video = match name.as_str() {
        "video/x-h264" => {
            nodes.push(Node::new("h264parse"));
            nodes.extend(needs_decode_times.then(|| Node::new("h264timestamper")));
            nodes.push(Node::caps("video/x-h264,stream-format=avc,alignment=au"));
            true
        }
        "video/x-h265" => {
            nodes.push(Node::new("h265parse"));
            nodes.extend(needs_decode_times.then(|| Node::new("h265timestamper")));
            nodes.push(Node::caps("video/x-h265,stream-format=hvc1,alignment=au"));
            true
        }
        "audio/mpeg" => {
            nodes.push(Node::new("aacparse"));
            nodes.push(Node::caps("audio/mpeg,mpegversion=4,stream-format=raw"));
            false
        }
        // Without a packet's borders: the payloader makes packets of any piece.
        "audio/x-mulaw" | "audio/x-alaw" => false,
        _ => {
            let mut loading = loading.lock().expect("no panic while it is held");
            loading.others.push(name);
            nodes.clear();
            false
        }
    };
    nodes.push(Node::new("appsink").set("sync", false));
    let chain = build_chain(pipeline, &nodes)?;
    let sink = chain[nodes.len() - 1]
        .clone()
        .downcast::<gst_app::AppSink>()
        .map_err(|_| failed("appsink"))?;
    let wanted = nodes.len() > 1;
    let shared = Arc::clone(loading);
    let take = move |sink: &gst_app::AppSink| {
        let sample = sink.pull_sample().map_err(|_| gst::FlowError::Eos)?;
        let mut loading = shared.lock().expect("no panic while it is held");
        if wanted { loading.take(&sample, is_video) } else { Ok(gst::FlowSuccess::Ok) }
    };
    sink.set_callbacks(gst_app::AppSinkCallbacks::builder().new_sample(take).build());
    for element in &chain {
        element.sync_state_with_parent().map_err(failed)?;
    }
    let entry = chain[0].static_pad("sink").ok_or_else(|| failed(launch_text(&nodes)))?;
    pad.link(&entry).map_err(failed)?;
    Ok(())
}

impl Loading {
    fn take(
        &mut self,
        sample: &gst::Sample,
        is_video: bool,
    ) -> Result<gst::FlowSuccess, gst::FlowError> {
        let (Some(buffer), Some(caps)) = (sample.buffer_owned(), sample.caps_owned()) else {
            return Ok(gst::FlowSuccess::Ok);
        };
        self.bytes += buffer.size();
        if self.bytes > MAXIMUM_BYTES {
            return Err(gst::FlowError::Error);
        }
        let segment = sample.segment().and_then(|segment| segment.downcast_ref::<gst::ClockTime>());
        let running = |time: Option<gst::ClockTime>| {
            let running = segment?.to_running_time_full(time?)?;
            Some(match running {
                gst::Signed::Positive(time) => time.nseconds() as i64,
                gst::Signed::Negative(time) => -(time.nseconds() as i64),
            })
        };
        let Some(presentation) = running(buffer.pts()).or_else(|| running(buffer.dts())) else {
            return Ok(gst::FlowSuccess::Ok);
        };
        let decode = running(buffer.dts()).unwrap_or(presentation);
        let duration = buffer.duration().map_or(0, |duration| duration.nseconds() as i64);
        let track = if is_video { &mut self.video } else { &mut self.audio };
        let track =
            track.get_or_insert_with(|| RawTrack { caps: caps.clone(), samples: Vec::new() });
        // Other parameters in mid-file would need another session; play what comes before.
        if track.caps == caps {
            track.samples.push(RawSample { decode, presentation, duration, buffer });
        }
        Ok(gst::FlowSuccess::Ok)
    }
}

/// Plays the pipeline to its end; a failure is a reason in words.
fn run_to_end(pipeline: &gst::Pipeline, loading: &Mutex<Loading>) -> Result<(), String> {
    let bus = pipeline.bus().ok_or("no bus")?;
    let started = pipeline.set_state(gst::State::Playing);
    let kinds = [gst::MessageType::Eos, gst::MessageType::Error, gst::MessageType::Tag];
    let begun = Instant::now();
    while let Some(left) = LOAD_TIMEOUT.checked_sub(begun.elapsed()) {
        let left = gst::ClockTime::try_from(left).map_err(|error| error.to_string())?;
        let Some(message) = bus.timed_pop_filtered(left, &kinds) else { break };
        match message.view() {
            gst::MessageView::Tag(tag) => {
                let tags = tag.tags();
                if let Some(orientation) = tags.get::<gst::tags::ImageOrientation>() {
                    let mut loading = loading.lock().expect("no panic while it is held");
                    loading.orientation = Some(orientation.get().to_owned());
                }
            }
            gst::MessageView::Error(error) => return Err(error.error().to_string()),
            _ => return started.map(|_| ()).map_err(|error| error.to_string()),
        }
    }
    Err("reading it did not end within two minutes".to_owned())
}

/// Cuts the tracks to one loop: from the first key frame, for as long as the video lasts.
fn join(mut video: RawTrack, audio: Option<RawTrack>) -> Option<LoadedFootage> {
    let is_key = |sample: &RawSample| !sample.buffer.flags().contains(gst::BufferFlags::DELTA_UNIT);
    let first_key = video.samples.iter().position(is_key)?;
    video.samples.drain(..first_key);
    let (first, last) = (video.samples.first()?, video.samples.last()?);
    // Pictures that are shown before the first key frame belong to the GOP that was cut off.
    let (start, first_shown) = (first.decode, first.presentation);
    let count = video.samples.len() as i64;
    let typical = if count > 1 { (last.decode - start) / (count - 1) } else { 40_000_000 };
    let last_duration = if last.duration > 0 { last.duration } else { typical.max(1_000_000) };
    let period = last.decode - start + last_duration;
    video.samples.retain(|sample| sample.presentation >= first_shown);
    let mut previous = -1;
    let video = retimed(video, |sample| {
        // Equal or falling decode times occur in broken files; RTP needs rising ones.
        let decode = (sample.decode - start).max(previous + 1);
        previous = decode;
        Some((decode, (sample.presentation - start).max(decode)))
    });
    let audio = audio.map(|audio| {
        retimed(audio, |sample| {
            let time = sample.presentation - first_shown;
            // The packet at the end may reach half its length into the next round.
            let fits = time >= 0 && time + sample.duration / 2 <= period;
            fits.then_some((sample.presentation - start, sample.presentation - start))
        })
    });
    let audio = audio.filter(|track| !track.samples.is_empty());
    Some(LoadedFootage {
        video: Some(video),
        audio,
        period: gst::ClockTime::from_nseconds(period.try_into().ok()?),
    })
}

/// A loop of sound alone, for as long as it lasts.
fn loop_of_sound(audio: RawTrack) -> Option<LoadedFootage> {
    let (first, last) = (audio.samples.first()?, audio.samples.last()?);
    let start = first.presentation;
    let period = last.presentation - start + last.duration.max(1_000_000);
    let mut previous = -1;
    let audio = retimed(audio, |sample| {
        let time = (sample.presentation - start).max(previous + 1);
        previous = time;
        Some((time, time))
    });
    let period = gst::ClockTime::from_nseconds(period.try_into().ok()?);
    Some(LoadedFootage { video: None, audio: Some(audio), period })
}

fn retimed(track: RawTrack, mut times: impl FnMut(&RawSample) -> Option<(i64, i64)>) -> LoopTrack {
    let place = |sample: &RawSample| {
        let (decode, presentation) = times(sample)?;
        let mut buffer = sample.buffer.copy();
        let target = buffer.make_mut();
        target.set_dts(gst::ClockTime::from_nseconds(u64::try_from(decode).ok()?));
        target.set_pts(gst::ClockTime::from_nseconds(u64::try_from(presentation).ok()?));
        Some(buffer)
    };
    LoopTrack { caps: track.caps, samples: track.samples.iter().filter_map(place).collect() }
}

/// Whether everything that loading needs is installed.
pub(super) fn require_elements() -> Result<(), PipelineError> {
    [
        "filesrc",
        "qtdemux",
        "matroskademux",
        "queue",
        "h264parse",
        "h265parse",
        "aacparse",
        "appsink",
    ]
    .into_iter()
    .try_for_each(elements::require)
}
