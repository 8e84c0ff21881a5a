//! Which of its modes a webcam is asked for.
//!
//! Belongs here: reading a device's caps, and the choice. Not here: devices. Why it matters: left
//! to itself, negotiation takes the first mode, which is often a large one at five frames a second.

use crate::plan::Node;
use gstreamer as gst;

/// A size at a rate, raw or JPEG.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mode {
    pub is_jpeg: bool,
    pub width: i32,
    pub height: i32,
    /// Frames per so many seconds.
    pub rate: (i32, i32),
}

/// Smoother than this is not needed.
const ENOUGH_FRAMES: i64 = 30;
/// Larger than this costs an encoder in software more than it has.
const ENOUGH_PIXELS: i64 = 1920 * 1080;

/// Every mode that caps list; ranges of sizes are left out.
pub(super) fn of(caps: &gst::Caps) -> Vec<Mode> {
    let mut modes = Vec::new();
    for structure in caps.iter() {
        let is_jpeg = match structure.name().as_str() {
            "video/x-raw" => false,
            "image/jpeg" => true,
            _ => continue,
        };
        let size = structure.get::<i32>("width").ok().zip(structure.get::<i32>("height").ok());
        let Some((width, height)) = size else { continue };
        modes.extend(rates(structure).into_iter().map(|rate| Mode {
            is_jpeg,
            width,
            height,
            rate,
        }));
    }
    modes
}

fn rates(structure: &gst::StructureRef) -> Vec<(i32, i32)> {
    let pair = |rate: gst::Fraction| (rate.numer(), rate.denom());
    if let Ok(rate) = structure.get::<gst::Fraction>("framerate") {
        return vec![pair(rate)];
    }
    if let Ok(list) = structure.get::<gst::List>("framerate") {
        return list.iter().filter_map(|rate| rate.get::<gst::Fraction>().ok()).map(pair).collect();
    }
    structure
        .get::<gst::FractionRange>("framerate")
        .map_or_else(|_| Vec::new(), |range| vec![pair(range.max())])
}

/// Fluent first, then large, then without the detour through JPEG.
pub(super) fn best(modes: &[Mode]) -> Option<Mode> {
    let merit = |mode: &&Mode| {
        let (frames, seconds) = (i64::from(mode.rate.0), i64::from(mode.rate.1.max(1)));
        let pixels = i64::from(mode.width) * i64::from(mode.height);
        let is_fluent = frames >= 24 * seconds;
        let fits = pixels <= ENOUGH_PIXELS;
        let size = if fits { pixels } else { -pixels };
        (is_fluent, size, (frames / seconds).min(ENOUGH_FRAMES), !mode.is_jpeg, -frames / seconds)
    };
    modes.iter().max_by_key(merit).copied()
}

impl Mode {
    pub fn caps(&self) -> Node {
        let name = if self.is_jpeg { "image/jpeg" } else { "video/x-raw" };
        let Self { width, height, rate: (frames, seconds), .. } = self;
        Node::caps(&format!("{name},width={width},height={height},framerate={frames}/{seconds}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::str::FromStr;

    fn chosen(caps: &str) -> Option<Mode> {
        crate::init().expect("GStreamer starts");
        best(&of(&gst::Caps::from_str(caps).expect("caps")))
    }

    #[test]
    fn a_fluent_picture_beats_a_large_one() {
        let webcam = "video/x-raw,format=YUY2,width=1920,height=1080,framerate=5/1;\
            video/x-raw,format=YUY2,width=640,height=480,framerate={30/1,15/1};\
            image/jpeg,width=1920,height=1080,framerate={60/1,30/1};\
            image/jpeg,width=640,height=480,framerate=30/1";
        let mode = chosen(webcam).expect("it lists modes");
        let expected = Mode { is_jpeg: true, width: 1920, height: 1080, rate: (30, 1) };
        assert_eq!(mode, expected, "1080p raw comes five times a second, as JPEG thirty times");
        assert_eq!(
            mode.caps(),
            Node::caps("image/jpeg,width=1920,height=1080,framerate=30/1"),
            "and that is what the camera is asked for"
        );
    }

    #[test]
    fn raw_is_taken_where_it_is_as_good() {
        let webcam = "image/jpeg,width=1280,height=720,framerate=30/1;\
            video/x-raw,format=NV12,width=1280,height=720,framerate=30/1;\
            video/x-raw,format=NV12,width=3840,height=2160,framerate=30/1";
        let expected = Mode { is_jpeg: false, width: 1280, height: 720, rate: (30, 1) };
        assert_eq!(chosen(webcam), Some(expected), "4K is more than software encodes in time");
    }

    #[test]
    fn a_device_that_lists_nothing_is_left_to_negotiate() {
        assert_eq!(chosen("video/x-raw,width=[1,4096],height=[1,4096]"), None);
        assert_eq!(chosen("video/x-h264,width=640,height=480,framerate=30/1"), None);
    }
}
