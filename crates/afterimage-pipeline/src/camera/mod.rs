//! The simulated camera: RTSP from real footage in an endless loop, or from a clock pattern.
//!
//! Belongs here: what a camera plays and to whom. Not here: recording it. Invariant: timestamps
//! rise for ever, across the ends of the loop too, and a slow client costs the others nothing.

mod auth;
mod feed;
mod footage;
mod media;
mod server;

pub use server::CameraServer;

pub(crate) use media::{check as check_pattern, encoder as encoder_for, feed_pattern};

use afterimage_base::Secret;
use std::path::PathBuf;

/// One mount of a camera server.
#[derive(Clone, Debug)]
pub struct CameraSpec {
    /// The path of its address, with the slash: `/door`.
    pub mount: String,
    pub footage: Footage,
    /// User and password (Basic and Digest); none: everybody may watch.
    pub credentials: Option<(String, Secret)>,
}

#[derive(Clone, Debug)]
pub enum Footage {
    /// An MP4, MOV or Matroska file with H.264 or H.265, and AAC or G.711 where it has sound; or
    /// with sound alone. The picture is sent as it is coded: RTSP has no flag that turns it.
    File(PathBuf),
    /// A clock with a machine-readable frame counter ([`crate::counter`]), encoded while it plays.
    ClockPattern(ClockPattern),
}

/// The counter rises from the start of the server, so that it never repeats between clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockPattern {
    pub width: u32,
    pub height: u32,
    pub frames_per_second: u32,
    pub codec: PatternCodec,
    pub b_frames: bool,
    pub audio: PatternAudio,
    /// Time from key frame to key frame.
    pub gop_seconds: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatternCodec {
    H264,
    H265,
    Mjpeg,
}

/// A soft tick once a second, or silence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatternAudio {
    None,
    Aac,
    Opus,
    /// G.711 µ-law.
    Pcmu,
}

impl Default for ClockPattern {
    fn default() -> Self {
        Self {
            width: 1280,
            height: 720,
            frames_per_second: 25,
            codec: PatternCodec::H264,
            b_frames: false,
            audio: PatternAudio::None,
            gop_seconds: 1,
        }
    }
}
