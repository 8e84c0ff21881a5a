//! What one mount sends: the chains from source to RTP payloader, as launch text for the server.
//!
//! Belongs here: encoders, payloaders, their settings. Not here: sockets, clients.
//! Invariant: parameter sets go out with every key frame, so a client may join at any.

use super::{ClockPattern, Footage, PatternAudio, PatternCodec, feed, footage};
use crate::plan::{Node, launch_text, require_all};
use crate::{PipelineError, counter};
use afterimage_base::SystemClock;
use footage::LoadedFootage;
use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_app as gst_app;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

/// A mount's media, ready to be made as often as clients come.
#[derive(Clone)]
pub(super) enum MediaSource {
    Loop(Arc<LoadedFootage>),
    Clock(ClockPattern, Arc<SystemClock>),
}

/// Loads each file once, however many mounts play it.
pub(super) fn prepare(
    footage: &Footage,
    loaded: &mut HashMap<PathBuf, Arc<LoadedFootage>>,
    clock: &Arc<SystemClock>,
) -> Result<MediaSource, PipelineError> {
    match footage {
        Footage::File(path) => {
            if let Some(footage) = loaded.get(path) {
                return Ok(MediaSource::Loop(Arc::clone(footage)));
            }
            footage::require_elements()?;
            let footage = Arc::new(footage::load(path)?);
            loaded.insert(path.clone(), Arc::clone(&footage));
            Ok(MediaSource::Loop(footage))
        }
        Footage::ClockPattern(pattern) => {
            check(pattern)?;
            Ok(MediaSource::Clock(*pattern, Arc::clone(clock)))
        }
    }
}

/// Refuses what the painter or the encoders can't do.
pub(crate) fn check(pattern: &ClockPattern) -> Result<(), PipelineError> {
    let ClockPattern { width, height, frames_per_second, gop_seconds, codec, .. } = *pattern;
    let refuse = |what: String| Err(PipelineError::Setting(what));
    if width % 2 != 0 || height % 2 != 0 {
        return refuse(format!("a clock pattern needs even sides, not {width}x{height}"));
    }
    if !(counter::MINIMUM_WIDTH as u32..=7680).contains(&width) || !(64..=4320).contains(&height) {
        return refuse(format!("a clock pattern can be 168x64 to 7680x4320, not {width}x{height}"));
    }
    if codec == PatternCodec::Mjpeg && (width > 2040 || height > 2040) {
        return refuse(format!("MJPEG over RTP ends at 2040x2040, {width}x{height} is larger"));
    }
    if !(1..=120).contains(&frames_per_second) || !(1..=60).contains(&gop_seconds) {
        return refuse("a clock pattern can have 1 to 120 frames a second and 1 to 60 seconds from key frame to key frame".to_owned());
    }
    Ok(())
}

impl MediaSource {
    /// The launch text of this media; fails where an element is not installed.
    pub fn launch(&self) -> Result<String, PipelineError> {
        let chains = self.chains();
        chains.iter().try_for_each(|chain| require_all(chain))?;
        let texts: Vec<String> = chains.iter().map(|chain| launch_text(chain)).collect();
        Ok(format!("( {} )", texts.join(" ")))
    }

    fn chains(&self) -> Vec<Vec<Node>> {
        match self {
            Self::Loop(footage) => {
                let codec = footage.video_codec();
                let mut chains = Vec::new();
                chains.extend(codec.map(|codec| vec![source("video"), video_payloader(codec)]));
                chains.extend(footage.audio_payloader().map(|element| {
                    vec![source("audio"), audio_payloader(element, codec.is_some())]
                }));
                chains
            }
            Self::Clock(pattern, _) => {
                let mut video = vec![source("video")];
                video.extend(encoder(pattern));
                video.push(video_payloader(pattern.codec));
                let mut chains = vec![video];
                chains.extend(tick(pattern.audio));
                chains
            }
        }
    }

    /// Gives a new media its feeds.
    pub fn feed(&self, media: &gst::Bin) {
        let source =
            |name| media.by_name(name).and_then(|it| it.downcast::<gst_app::AppSrc>().ok());
        let (video, audio) = (source("video"), source("audio"));
        match self {
            Self::Loop(footage) => {
                if let (Some(source), Some(track)) = (video, &footage.video) {
                    source.set_caps(Some(&track.caps));
                    feed::attach(
                        &source,
                        feed::looped(Arc::clone(footage), |it| it.video.as_ref()),
                    );
                }
                if let (Some(source), Some(track)) = (audio, &footage.audio) {
                    source.set_caps(Some(&track.caps));
                    feed::attach(
                        &source,
                        feed::looped(Arc::clone(footage), |it| it.audio.as_ref()),
                    );
                }
            }
            Self::Clock(pattern, clock) => {
                if let Some(video) = video {
                    feed_pattern(&video, pattern, Arc::clone(clock));
                }
            }
        }
    }
}

/// Lets a source send painted frames.
pub(crate) fn feed_pattern(
    source: &gst_app::AppSrc,
    pattern: &ClockPattern,
    clock: Arc<SystemClock>,
) {
    source.set_caps(Some(&raw_caps(pattern)));
    feed::attach(source, feed::painted(*pattern, clock));
}

fn raw_caps(pattern: &ClockPattern) -> gst::Caps {
    gst::Caps::builder("video/x-raw")
        .field("format", "I420")
        .field("width", pattern.width as i32)
        .field("height", pattern.height as i32)
        .field("framerate", gst::Fraction::new(pattern.frames_per_second as i32, 1))
        .field("pixel-aspect-ratio", gst::Fraction::new(1, 1))
        .field("interlace-mode", "progressive")
        .field("colorimetry", "bt709")
        .build()
}

fn source(name: &str) -> Node {
    Node::new("appsrc").set("name", name).set("is-live", true).set("format", "time")
}

/// Encodes clock frames, and names the form of the result.
pub(crate) fn encoder(pattern: &ClockPattern) -> Vec<Node> {
    let key_interval = pattern.frames_per_second * pattern.gop_seconds;
    match pattern.codec {
        PatternCodec::H264 => {
            let node = Node::new("x264enc")
                .set("speed-preset", "ultrafast")
                .set("pass", "qual")
                .set("quantizer", 22)
                .set("key-int-max", key_interval)
                .set("threads", 1)
                .set("option-string", "scenecut=0");
            let node = if pattern.b_frames {
                node.set("bframes", 2).set("b-adapt", false).set("rc-lookahead", 0)
            } else {
                node.set("tune", "zerolatency")
            };
            // Without a named profile the encoder takes the least one, which has no B-frames.
            vec![node, Node::caps("video/x-h264,stream-format=avc,alignment=au,profile=main")]
        }
        PatternCodec::H265 => {
            let b_frames = if pattern.b_frames { 2 } else { 0 };
            // The encoder wants to look further ahead than it has B-frames in a row.
            let lookahead = b_frames + 1;
            let options = format!(
                "bframes={b_frames}:b-adapt=0:keyint={key_interval}:min-keyint={key_interval}:scenecut=0:\
                 open-gop=0:rc-lookahead={lookahead}:frame-threads=1:pools=1:log-level=none"
            );
            let node = Node::new("x265enc")
                .set("speed-preset", "ultrafast")
                .set("bitrate", 2000)
                .set("key-int-max", key_interval)
                .set("option-string", options);
            let node = if pattern.b_frames { node } else { node.set("tune", "zerolatency") };
            let form = Node::caps("video/x-h265,stream-format=hvc1,alignment=au");
            vec![node, Node::new("h265parse"), form]
        }
        PatternCodec::Mjpeg => vec![Node::new("jpegenc").set("quality", 80)],
    }
}

fn video_payloader(codec: PatternCodec) -> Node {
    let node = match codec {
        PatternCodec::H264 => Node::new("rtph264pay").set("config-interval", -1),
        PatternCodec::H265 => Node::new("rtph265pay").set("config-interval", -1),
        PatternCodec::Mjpeg => Node::new("rtpjpegpay"),
    };
    node.set("name", "pay0").set("pt", 96)
}

/// The server looks for its streams from `pay0` on, without a hole.
fn audio_payloader(element: &'static str, stands_beside_video: bool) -> Node {
    let name = if stands_beside_video { "pay1" } else { "pay0" };
    Node::new(element).set("name", name).set("pt", 97)
}

fn tick(audio: PatternAudio) -> Option<Vec<Node>> {
    let mut chain = vec![
        Node::new("audiotestsrc").set("is-live", true).set("wave", "ticks").set("volume", 0.1),
        Node::new("audioconvert"),
    ];
    let (rate, encoder, payloader) = match audio {
        PatternAudio::None => return None,
        PatternAudio::Aac => (48_000, "avenc_aac", "rtpmp4gpay"),
        PatternAudio::Opus => (48_000, "opusenc", "rtpopuspay"),
        PatternAudio::Pcmu => (8_000, "mulawenc", "rtppcmupay"),
    };
    chain.push(Node::caps(&format!("audio/x-raw,rate={rate},channels=1")));
    chain.push(Node::new(encoder));
    chain.extend((audio == PatternAudio::Aac).then(|| Node::new("aacparse")));
    chain.push(audio_payloader(payloader, true));
    Some(chain)
}
