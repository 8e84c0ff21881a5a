//! GStreamer: capture of everything that retina does not speak, decoders, encoders, the
//! simulated camera.
//!
//! Belongs here: whatever needs a GStreamer element. Not here: disks, SQL, which frames are worth
//! decoding. Invariant: every element comes from the one table in [`elements`], so that a missing
//! one is always a sentence that names its package.

pub mod camera;
pub mod capture;
pub mod counter;
pub mod decode;
pub mod elements;
mod error;
mod pattern;
mod plan;

pub use elements::missing_elements;
pub use error::PipelineError;

/// Starts GStreamer, once per process; everything in this crate calls it by itself.
pub fn init() -> Result<(), PipelineError> {
    gstreamer::init().map_err(|error| PipelineError::Library { detail: error.to_string() })
}
