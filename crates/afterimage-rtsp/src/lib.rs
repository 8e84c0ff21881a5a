//! RTSP by retina: the way in that costs least, for what nearly every camera sends.
//!
//! Belongs here: one capture session of an `rtsp://` camera, H.264 or H.265 with AAC or G.711
//! (which becomes Opus), from DESCRIBE to the first failure; the times of its samples; when its
//! socket is read. Not here: reconnecting, disks, GStreamer (which takes what [`open`] answers
//! with `Unsupported`).
//! Invariant: whatever a camera sends, the session ends in a sentence, never in a panic.
//!
//! Who does what: `session` speaks to retina, `intake` decides what becomes a sample,
//! `times` places it, `drain` decides when sockets are read, `capture` is the caller's end.

mod arrival;
mod capture;
mod drain;
mod fault;
mod g711;
mod intake;
mod nal;
mod offer;
mod options;
mod report;
mod session;
mod times;
mod tracks;
mod voice;

pub use capture::{RtspCapture, open, supports};
pub use options::{RtspOptions, Transport};
