//! The best H.264 encoder that this machine has, for sources that send raw pictures or JPEG.
//!
//! Belongs here: the order of preference and each encoder's settings. Invariant: a key frame at
//! least every [`KEY_FRAMES`] pictures, and no B-frames (they would only delay live view).

use crate::PipelineError;
use crate::elements;
use crate::plan::Node;

/// Two seconds at the usual rate.
const KEY_FRAMES: u32 = 50;

/// Hardware first; then x264, which is the better of the two in software.
const PREFERENCE: [&str; 7] = [
    "nvh264enc",
    "vah264enc",
    "vah264lpenc",
    "vaapih264enc",
    "v4l2h264enc",
    "x264enc",
    "openh264enc",
];

/// Raw pictures in, H.264 out, by the first encoder that is installed.
pub(super) fn best() -> Result<Vec<Node>, PipelineError> {
    let name = PREFERENCE.into_iter().find(|name| elements::is_present(name));
    match name {
        Some(name) => Ok(settings(name)),
        None => {
            elements::require("x264enc")?;
            Ok(settings("x264enc"))
        }
    }
}

fn settings(name: &'static str) -> Vec<Node> {
    let node = Node::new(name);
    let node = match name {
        "nvh264enc" => node.set("gop-size", KEY_FRAMES).set("bframes", 0).set("zerolatency", true),
        "vah264enc" | "vah264lpenc" => node.set("key-int-max", KEY_FRAMES).set("b-frames", 0),
        "vaapih264enc" => node.set("keyframe-period", KEY_FRAMES).set("max-bframes", 0),
        "v4l2h264enc" => {
            let controls = format!("controls,video_gop_size={KEY_FRAMES},video_b_frames=0");
            node.set("extra-controls", controls)
        }
        "openh264enc" => {
            node.set("gop-size", KEY_FRAMES).set("bitrate", 4_000_000).set("complexity", "low")
        }
        _ => node
            .set("speed-preset", "veryfast")
            .set("tune", "zerolatency")
            .set("pass", "qual")
            .set("quantizer", 23)
            .set("key-int-max", KEY_FRAMES),
    };
    // Named here, because the least profile is taken otherwise.
    let form = if name == "openh264enc" { "video/x-h264" } else { "video/x-h264,profile=main" };
    // Decoders in browsers take 4:2:0 only; webcams often give 4:2:2.
    vec![
        Node::new("videoconvert"),
        Node::caps("video/x-raw,format={I420,NV12}"),
        node,
        Node::caps(form),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_encoder_that_is_installed_takes_its_settings() {
        crate::init().expect("GStreamer starts");
        for name in PREFERENCE.into_iter().filter(|name| elements::is_present(name)) {
            for node in settings(name) {
                node.build().unwrap_or_else(|error| panic!("{name}: {error}"));
            }
        }
    }
}
