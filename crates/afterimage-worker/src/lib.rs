//! The worker: decodes for a recorder, through the API that anybody may use: what models see, and
//! stills for those who wait for one.
//!
//! Belongs here: fragments to frames, frames to detections, commits. Not here: GStreamer, ONNX
//! Runtime or HTTP themselves. Invariant: a fragment is committed after its detections are
//! stored; a repeat replaces, so at-least-once reading changes nothing.

mod error;
mod fragment;
mod still;
mod stills;
mod watch;
mod worker;

pub use error::WorkerError;
pub use fragment::{FragmentDecoder, Frame, FramePlace};
pub use still::{StillShape, encode_still, still_frame};
pub use worker::{WorkerOptions, run};
