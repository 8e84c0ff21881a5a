//! From a sink's caps to a [`Track`], and from its buffers to times.
//!
//! Belongs here: reading formats. Invariant: a track that lacks its parameters is `None`; nothing
//! is guessed.

use afterimage_media::{AudioParameters, Codec, Track, TrackKind, VideoParameters};
use bytes::Bytes;
use gstreamer as gst;

/// The clock of RTP video; a multiple of every common frame rate.
const VIDEO_TIMESCALE: u32 = 90_000;
/// Opus counts at this rate whatever it was encoded from.
const OPUS_RATE: u32 = 48_000;

pub(super) fn read(caps: &gst::CapsRef) -> Option<Track> {
    let caps = caps.structure(0)?;
    let positive = |name| caps.get::<i32>(name).ok().and_then(|value| u32::try_from(value).ok());
    match caps.name().as_str() {
        name @ ("video/x-h264" | "video/x-h265") => Some(Track {
            codec: if name == "video/x-h264" { Codec::H264 } else { Codec::H265 },
            kind: TrackKind::Video(VideoParameters {
                width: positive("width")?,
                height: positive("height")?,
            }),
            timescale: VIDEO_TIMESCALE,
            decoder_config: codec_data(caps)?,
        }),
        "audio/mpeg" => {
            let sample_rate = positive("rate").filter(|rate| *rate > 0)?;
            let channels = u16::try_from(positive("channels")?).ok()?;
            Some(Track {
                codec: Codec::Aac,
                kind: TrackKind::Audio(AudioParameters { sample_rate, channels }),
                timescale: sample_rate,
                decoder_config: codec_data(caps)?,
            })
        }
        "audio/x-opus" => {
            let channels = positive("channels").unwrap_or(2);
            let channels = u8::try_from(channels).ok().filter(|count| (1..=2).contains(count))?;
            Some(Track {
                codec: Codec::Opus,
                kind: TrackKind::Audio(AudioParameters {
                    sample_rate: OPUS_RATE,
                    channels: channels.into(),
                }),
                timescale: OPUS_RATE,
                decoder_config: opus_configuration(channels),
            })
        }
        _ => None,
    }
}

fn codec_data(caps: &gst::StructureRef) -> Option<Bytes> {
    let buffer = caps.get::<gst::Buffer>("codec_data").ok()?;
    let map = buffer.map_readable().ok()?;
    Some(Bytes::copy_from_slice(map.as_slice()))
}

/// The payload of `dOps` (RFC 7845 in ISO BMFF, section 4.3.2): no pre-skip, because a camera's
/// stream is joined in the middle, and channel mapping family 0.
fn opus_configuration(channels: u8) -> Bytes {
    let mut payload = vec![0, channels, 0, 0];
    payload.extend(OPUS_RATE.to_be_bytes());
    payload.extend([0, 0, 0]);
    payload.into()
}

/// A buffer's time as running time; negative for what is decoded before zero.
pub(super) fn running_nanoseconds(
    time: Option<gst::ClockTime>,
    segment: Option<&gst::FormattedSegment<gst::ClockTime>>,
) -> Option<i64> {
    match segment?.to_running_time_full(time?)? {
        gst::Signed::Positive(time) => i64::try_from(time.nseconds()).ok(),
        gst::Signed::Negative(time) => i64::try_from(time.nseconds()).ok().map(|time| -time),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn caps_without_parameters_are_no_track() {
        crate::init().expect("GStreamer starts");
        let bare = gst::Caps::builder("video/x-h264").field("width", 640).build();
        assert_eq!(read(&bare), None, "height and codec_data are missing");
        let opus = gst::Caps::builder("audio/x-opus").field("channels", 1).build();
        let track = read(&opus).expect("Opus needs no more");
        assert_eq!(track.decoder_config.len(), 11, "dOps has 11 bytes without a mapping table");
    }
}
