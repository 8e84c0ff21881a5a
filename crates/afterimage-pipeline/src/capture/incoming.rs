//! What the session's threads tell its owner.

use super::plan::Lane;
use afterimage_base::{MediaTime, WallTime};
use afterimage_media::{CaptureError, Track};
use bytes::Bytes;

#[derive(Debug)]
pub(super) enum Incoming {
    /// A stream of this kind was chosen; its format will follow.
    Expect(Lane),
    /// Every stream that the source has is now expected.
    Complete,
    /// A lane's format, or its new one.
    Format(Lane, Track),
    Packet(Lane, Packet),
    /// Bytes were lost or unusable, up to the next key frame.
    Skipped(String),
    /// The last word of a session.
    Failed(CaptureError),
}

/// One access unit with its times in ticks of its lane's track.
#[derive(Debug)]
pub(super) struct Packet {
    pub presentation: MediaTime,
    pub decode: Option<MediaTime>,
    pub duration: Option<MediaTime>,
    pub is_sync: bool,
    pub received_at: WallTime,
    /// By the camera's clock, where the camera says.
    pub taken_at: Option<WallTime>,
    pub data: Bytes,
}
