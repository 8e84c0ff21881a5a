//! Capture by GStreamer: RTSP that retina does not speak, webcams, PipeWire, the test pattern.
//!
//! Belongs here: one session from source to samples. Not here: reconnecting, choosing between
//! captures. Invariant: whatever a source sends, what leaves here is H.264 or H.265 with AAC or
//! Opus, in the forms that [`afterimage_media::Sample`] promises.
//!
//! Who does what: [`source`] is what a caller asks for, [`plan`] the elements for it as plain
//! data, [`session`] the thread that runs them, [`client`] chooses among a camera's streams,
//! [`lane`] reads what comes out, [`tracks`] its format, [`sender_report`] the camera's clock,
//! [`assembly`] puts tracks before samples, [`fault`] turns messages of the bus into sentences.

mod assembly;
mod client;
mod device;
mod encoder;
mod fault;
mod incoming;
mod lane;
mod mode;
mod plan;
mod sender_report;
mod session;
mod source;
mod tracks;

pub use device::{Device, DeviceKind, devices, devices_within};
pub use session::PipelineCapture;
pub use source::{RtspOptions, Source, Transport};

use afterimage_base::Clock;
use afterimage_media::CaptureError;
use std::sync::Arc;

/// Starts a session. Connecting goes on by itself; its failure comes from
/// [`next`](afterimage_media::Capture::next) like any later one.
///
/// Fails at once for what can't be asked for, and where an element is not installed.
pub fn open(source: &Source, clock: Arc<dyn Clock>) -> Result<PipelineCapture, CaptureError> {
    crate::init().map_err(|error| fault::from_pipeline(&error))?;
    let plan = plan::of(source).map_err(|error| fault::from_pipeline(&error))?;
    PipelineCapture::start(source.clone(), plan, clock)
}
