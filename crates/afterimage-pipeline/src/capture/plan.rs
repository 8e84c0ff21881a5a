//! Which elements a source needs, as plain data.
//!
//! Belongs here: chains from source to the sink that hands samples out. Not here: running them.
//! Invariant: every chain ends in parsed H.264 or H.265 access units with decode times, or in AAC
//! or Opus packets.

use super::device;
use super::encoder;
use super::source::{RtspOptions, Source, Transport};
use crate::PipelineError;
use crate::camera::{self, ClockPattern, PatternAudio};
use crate::plan::Node;
use afterimage_base::SourceUrl;

/// A TCP connection that takes longer is no connection.
const CONNECT_MICROSECONDS: u64 = 10_000_000;
/// How long packets may wait for ones that were overtaken.
const REORDER_MILLISECONDS: u32 = 200;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    pub start: Start,
    /// Chains that are known before anything was received.
    pub lanes: Vec<(Lane, Vec<Node>)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// Each lane begins with its own source.
    Lanes,
    /// An RTSP client, whose streams get a chain each by [`for_rtp`] when they appear.
    Rtsp { client: Node, accept_any_certificate: bool },
    /// The first lane begins with an `appsrc` that is fed with painted frames.
    Painted(ClockPattern),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Lane {
    Video,
    Audio,
}

pub(super) fn of(source: &Source) -> Result<Plan, PipelineError> {
    source.check()?;
    let plan = match source {
        Source::Rtsp(url, options) => {
            let RtspOptions { transport, accept_any_certificate } = *options;
            let start = Start::Rtsp { client: rtsp(url, transport), accept_any_certificate };
            Plan { start, lanes: Vec::new() }
        }
        Source::Webcam(device) => {
            let node = Node::new("v4l2src").set("do-timestamp", true);
            let node = match device {
                Some(path) => node.set("device", path.display()),
                None => node,
            };
            let address = device.as_ref().map(|path| format!("webcam:{}", path.display()));
            let mode = device::best_mode(address.as_deref());
            let mut nodes = vec![node];
            nodes.extend(mode.map(|mode| mode.caps()));
            nodes.extend(mode.filter(|mode| mode.is_jpeg).map(|_| Node::new("jpegdec")));
            encoded(nodes)?
        }
        Source::PipeWire(name) => {
            let node =
                Node::new("pipewiresrc").set("target-object", name).set("do-timestamp", true);
            encoded(vec![node])?
        }
        Source::TestPattern(pattern) => painted(*pattern)?,
    };
    plan.lanes.iter().try_for_each(|(_, nodes)| crate::plan::require_all(nodes))?;
    Ok(plan)
}

fn rtsp(url: &SourceUrl, transport: Transport) -> Node {
    let (protocols, latency) = match transport {
        // Nothing overtakes anything inside a TCP connection.
        Transport::Tcp => ("tcp", 0),
        Transport::Udp => ("udp", REORDER_MILLISECONDS),
        Transport::UdpMulticast => ("udp-mcast", REORDER_MILLISECONDS),
    };
    let node = Node::new("rtspsrc")
        .set("location", &url.address)
        .set("protocols", protocols)
        .set("latency", latency)
        // The camera's own times: correcting them by arrival bends them, and B-frames most.
        .set("buffer-mode", "none")
        .set("tcp-timeout", CONNECT_MICROSECONDS)
        .set("udp-buffer-size", 2 << 20)
        .set("user-agent", "Afterimage");
    match &url.credentials {
        Some((user, password)) => node.set("user-id", user).hide("user-pw", password),
        None => node,
    }
}

/// Raw pictures from `nodes` to H.264, by the best encoder present.
fn encoded(mut nodes: Vec<Node>) -> Result<Plan, PipelineError> {
    // A picture that the encoder has no time for is left out, rather than delaying all later ones.
    nodes.push(Node::new("queue").set("max-size-buffers", 4).set("leaky", "downstream"));
    nodes.extend(encoder::best()?);
    nodes.extend(h264(false));
    Ok(Plan { start: Start::Lanes, lanes: vec![(Lane::Video, nodes)] })
}

fn painted(pattern: ClockPattern) -> Result<Plan, PipelineError> {
    camera::check_pattern(&pattern)?;
    let paced = |nodes: &mut Vec<Node>| {
        // The pattern has no clock of its own: the sink waits for each sample's time.
        if let Some(last) = nodes.last_mut() {
            *last = sink().set("sync", true);
        }
    };
    let source = Node::new("appsrc").set("is-live", true).set("format", "time");
    let mut video = vec![source];
    video.extend(camera::encoder_for(&pattern));
    video.extend(match pattern.codec {
        camera::PatternCodec::H264 => h264(true),
        camera::PatternCodec::H265 => h265(true),
        camera::PatternCodec::Mjpeg => {
            let mut nodes = vec![Node::new("jpegdec")];
            nodes.extend(encoder::best()?);
            nodes.extend(h264(false));
            nodes
        }
    });
    paced(&mut video);
    let mut lanes = vec![(Lane::Video, video)];
    if pattern.audio != PatternAudio::None {
        let tick = Node::new("audiotestsrc").set("is-live", true).set("wave", "ticks");
        let mut audio = vec![tick.set("volume", 0.1)];
        audio.extend(aac_encoder());
        paced(&mut audio);
        lanes.push((Lane::Audio, audio));
    }
    Ok(Plan { start: Start::Painted(pattern), lanes })
}

/// The chain for one RTP stream; `None` for what can't be used.
pub(super) fn for_rtp(
    media: &str,
    encoding: &str,
) -> Result<Option<(Lane, Vec<Node>)>, PipelineError> {
    let chain = match (media, encoding.to_ascii_uppercase().as_str()) {
        ("video", "H264") => {
            // After a loss, hold back until the next key frame what can't be decoded. The one for
            // H.265 has no such setting; there the reader of the lane does it.
            let depayloader = Node::new("rtph264depay").set("wait-for-keyframe", true);
            (Lane::Video, vec![depayloader], h264(true))
        }
        ("video", "H265") => (Lane::Video, vec![Node::new("rtph265depay")], h265(true)),
        ("video", "JPEG") => {
            let mut nodes = vec![Node::new("rtpjpegdepay"), Node::new("jpegdec")];
            nodes.extend(encoder::best()?);
            (Lane::Video, nodes, h264(false))
        }
        ("audio", "MPEG4-GENERIC") => (Lane::Audio, vec![Node::new("rtpmp4gdepay")], aac()),
        ("audio", "MP4A-LATM") => (Lane::Audio, vec![Node::new("rtpmp4adepay")], aac()),
        ("audio", "OPUS") => {
            (Lane::Audio, vec![Node::new("rtpopusdepay")], vec![Node::new("opusparse"), sink()])
        }
        ("audio", "PCMU") => {
            (Lane::Audio, vec![Node::new("rtppcmudepay"), Node::new("mulawdec")], aac_encoder())
        }
        ("audio", "PCMA") => {
            (Lane::Audio, vec![Node::new("rtppcmadepay"), Node::new("alawdec")], aac_encoder())
        }
        ("audio", "L16") => (Lane::Audio, vec![Node::new("rtpL16depay")], aac_encoder()),
        _ => return Ok(None),
    };
    let (lane, mut nodes, tail) = chain;
    nodes.extend(tail);
    crate::plan::require_all(&nodes)?;
    Ok(Some((lane, nodes)))
}

/// `may_reorder`: B-frames are possible, and nobody has said the decode times.
fn h264(may_reorder: bool) -> Vec<Node> {
    let mut nodes =
        vec![Node::new("h264parse"), Node::caps("video/x-h264,stream-format=avc,alignment=au")];
    nodes.extend(may_reorder.then(|| Node::new("h264timestamper")));
    nodes.push(sink());
    nodes
}

fn h265(may_reorder: bool) -> Vec<Node> {
    let mut nodes =
        vec![Node::new("h265parse"), Node::caps("video/x-h265,stream-format=hvc1,alignment=au")];
    nodes.extend(may_reorder.then(|| Node::new("h265timestamper")));
    nodes.push(sink());
    nodes
}

fn aac() -> Vec<Node> {
    vec![
        Node::new("aacparse"),
        Node::caps("audio/mpeg,mpegversion=4,stream-format=raw,framed=true"),
        sink(),
    ]
}

/// AAC rather than Opus, because every player of MP4 takes it.
fn aac_encoder() -> Vec<Node> {
    let mut nodes = vec![
        Node::new("audioconvert"),
        Node::new("audioresample"),
        Node::caps("audio/x-raw,channels=[1,2]"),
        Node::new("avenc_aac").set("bitrate", 64_000),
    ];
    nodes.extend(aac());
    nodes
}

fn sink() -> Node {
    Node::new("appsink").set("sync", false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use afterimage_base::Secret;

    #[test]
    fn what_cameras_send_has_a_chain_and_metadata_has_none() {
        crate::init().expect("GStreamer starts");
        for encoding in ["H264", "h265", "JPEG"] {
            let chain = for_rtp("video", encoding).expect("installed").expect("supported");
            assert_eq!(chain.0, Lane::Video, "{encoding}");
        }
        for encoding in ["MPEG4-GENERIC", "MP4A-LATM", "OPUS", "PCMU", "PCMA", "L16"] {
            let chain = for_rtp("audio", encoding).expect("installed").expect("supported");
            assert_eq!(chain.0, Lane::Audio, "{encoding}");
        }
        for (media, encoding) in [("application", "VND.ONVIF.METADATA"), ("video", "VP8")] {
            assert_eq!(for_rtp(media, encoding).expect("no element needed"), None);
        }
    }

    #[test]
    fn a_plan_shows_no_password() {
        let url = SourceUrl {
            address: "rtsp://camera/1".to_owned(),
            credentials: Some(("admin".to_owned(), Secret::new("hunter2"))),
        };
        let plan = of(&Source::Rtsp(url, RtspOptions::default())).expect("a plan");
        assert!(!format!("{plan:?}").contains("hunter2"), "plans may be logged");
    }

    #[test]
    fn a_webcam_is_a_device_and_nothing_else() {
        for wrong in ["/etc/passwd", "/dev/video", "/dev/video0/../sda", "video0"] {
            let source = Source::Webcam(Some(wrong.into()));
            assert!(source.check().is_err(), "{wrong} must not be opened");
        }
        assert!(Source::Webcam(Some("/dev/video12".into())).check().is_ok());
    }
}
