//! What a track is before any sample of it: codec, parameters, timescale.

use bytes::Bytes;

/// The codecs that the archive holds. Everything else is encoded to one of these by its capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Codec {
    H264,
    H265,
    Aac,
    Opus,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VideoParameters {
    pub width: u32,
    pub height: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AudioParameters {
    pub sample_rate: u32,
    pub channels: u16,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TrackKind {
    Video(VideoParameters),
    Audio(AudioParameters),
}

/// One track of a capture session. Two sessions whose tracks are equal can share a segment's
/// init section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Track {
    pub codec: Codec,
    pub kind: TrackKind,
    /// Ticks a second of every [`afterimage_base::MediaTime`] of this track.
    pub timescale: u32,
    /// The payload of `avcC`, `hvcC` or `dOps`, or the AudioSpecificConfig of AAC.
    pub decoder_config: Bytes,
}

impl Track {
    #[must_use]
    pub fn is_video(&self) -> bool {
        matches!(self.kind, TrackKind::Video(_))
    }
}
