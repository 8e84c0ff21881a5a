//! One access unit, as a capture hands it over.

use afterimage_base::{MediaTime, WallTime};
use bytes::Bytes;

/// One access unit of one track, in decode order within its track.
#[derive(Clone, Debug)]
pub struct Sample {
    /// Index into the session's tracks.
    pub track: usize,
    /// When it is shown. All tracks of a session count from one common zero.
    pub presentation: MediaTime,
    /// When it is decoded, where the capture knows; the fragmenter derives it otherwise.
    pub decode: Option<MediaTime>,
    /// How long it lasts, where the capture knows; otherwise until the next sample of its track.
    pub duration: Option<MediaTime>,
    /// A decoder can start here.
    pub is_sync: bool,
    /// When its first byte reached us, by our clock.
    pub received_at: WallTime,
    /// When it was taken, by the camera's clock, where the camera says.
    pub taken_at: Option<WallTime>,
    /// H.264 and H.265 with four-byte lengths before each NAL unit, one raw AAC or Opus packet.
    pub data: Bytes,
}
