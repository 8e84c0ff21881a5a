//! The worker: decodes and infers for a recorder, through the consumer API that anybody may use.
//!
//! Belongs here: fragments to frames, frames to detections, commits. Not here: GStreamer, ONNX
//! Runtime or HTTP themselves. Invariant: a fragment is committed after its detections are
//! stored; a repeat replaces, so at-least-once reading changes nothing.

mod error;
mod fragment;
mod watch;
mod worker;

pub use error::WorkerError;
pub use fragment::{FragmentDecoder, Frame, FramePlace};
pub use worker::{WorkerOptions, run};
