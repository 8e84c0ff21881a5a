//! What decoder configurations say: codec strings, sample rates, reordering.
//!
//! Belongs here: reading `avcC`, `hvcC` and AudioSpecificConfig. Not here: decoding, boxes.

mod bits;
mod reorder;

pub(crate) use reorder::reorder_depth;

use crate::{Codec, InitSegment, Track};
use bits::Bits;

impl InitSegment {
    /// The media type with codecs as RFC 6381 writes them, for `MediaSource` and HTTP:
    /// `video/mp4; codecs="avc1.64001f,mp4a.40.2"`.
    #[must_use]
    pub fn mime(&self) -> String {
        let family = if self.tracks.iter().any(Track::is_video) { "video" } else { "audio" };
        format!("{family}/mp4; codecs=\"{}\"", self.codecs())
    }

    /// The codecs alone: `avc1.64001f,mp4a.40.2`, as `CODECS` of an HLS playlist has them.
    #[must_use]
    pub fn codecs(&self) -> String {
        self.tracks.iter().map(Track::codec_string).collect::<Vec<_>>().join(",")
    }
}

impl Track {
    /// As RFC 6381 and ISO/IEC 14496-15 annex E write it.
    #[must_use]
    pub fn codec_string(&self) -> String {
        let config = &self.decoder_config;
        match self.codec {
            Codec::H264 => match config.get(1..4) {
                Some([profile, constraints, level]) => {
                    format!("avc1.{profile:02x}{constraints:02x}{level:02x}")
                }
                _ => "avc1".to_owned(),
            },
            Codec::H265 => hevc_string(config).unwrap_or_else(|| "hvc1".to_owned()),
            Codec::Aac => format!("mp4a.40.{}", aac_object_type(config).unwrap_or(2)),
            Codec::Opus => "opus".to_owned(),
        }
    }
}

fn hevc_string(config: &[u8]) -> Option<String> {
    let [first, compatibility @ .., _] = config.get(1..7)? else { return None };
    let compatibility: [u8; 4] = compatibility.try_into().ok()?;
    let space = ["", "A", "B", "C"][usize::from(first >> 6)];
    let tier = if first & 0x20 == 0 { 'L' } else { 'H' };
    let profile = first & 0x1f;
    let compatibility = u32::from_be_bytes(compatibility).reverse_bits();
    let level = config.get(12)?;
    let mut text = format!("hvc1.{space}{profile}.{compatibility:X}.{tier}{level}");
    let constraints = config.get(6..12)?;
    let used = constraints.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    for byte in &constraints[..used] {
        text.push_str(&format!(".{byte:X}"));
    }
    Some(text)
}

fn aac_object_type(config: &[u8]) -> Option<u32> {
    let mut bits = Bits::new(config);
    match bits.take(5)? {
        31 => Some(32 + bits.take(6)?),
        object_type => Some(object_type),
    }
}

/// The sampling rate in an AudioSpecificConfig (ISO/IEC 14496-3, section 1.6.2.1).
pub(crate) fn aac_sample_rate(config: &[u8]) -> Option<u32> {
    const RATES: [u32; 13] = [
        96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025,
        8_000, 7_350,
    ];
    let mut bits = Bits::new(config);
    if bits.take(5)? == 31 {
        bits.take(6)?;
    }
    match bits.take(4)? {
        15 => bits.take(24),
        index => RATES.get(index as usize).copied(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{TrackKind, VideoParameters};
    use bytes::Bytes;

    fn track(codec: Codec, config: &'static [u8]) -> Track {
        let kind = TrackKind::Video(VideoParameters { width: 16, height: 16 });
        Track { codec, kind, timescale: 90_000, decoder_config: Bytes::from_static(config) }
    }

    #[test]
    fn codec_strings_are_those_of_the_standards() {
        let avc = track(Codec::H264, &[1, 0x64, 0, 0x1f, 0xff]);
        assert_eq!(avc.codec_string(), "avc1.64001f", "profile, constraints, level in hex");
        let hevc =
            track(Codec::H265, &[1, 1, 0x60, 0, 0, 0, 0x90, 0, 0, 0, 0, 0, 93, 0xf0, 0, 0xfc]);
        assert_eq!(hevc.codec_string(), "hvc1.1.6.L93.90", "the example of 14496-15 annex E");
        let aac = track(Codec::Aac, &[0x12, 0x10]);
        assert_eq!(aac.codec_string(), "mp4a.40.2", "AAC-LC");
        assert_eq!(aac_sample_rate(&[0x12, 0x10]), Some(44_100));
        assert_eq!(track(Codec::H264, &[1]).codec_string(), "avc1", "a short one is no panic");
    }
}
