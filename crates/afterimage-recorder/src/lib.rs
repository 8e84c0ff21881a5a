//! The recorder: one task per stream, from producer to archive, and those who read along.
//!
//! Belongs here: supervision of captures, the gap ledger's moments, the live tail, consumers.
//! Not here: HTTP, SQL, codecs, decoding. The recorder never decodes video.

mod backoff;
mod capture;
mod consumer;
mod error;
mod full_volume;
mod housekeeping;
mod live;
mod notices;
mod recorder;
mod source;
mod stream;
mod trial;

pub use capture::{CaptureFactory, CapturePlan, Choice, LocalCamera, RealCaptures};
pub use consumer::{ConsumerItem, ConsumerReader};
pub use error::RecorderError;
pub use live::{LiveEvent, LiveSubscription};
pub use notices::Notices;
pub use recorder::{Recorder, RecorderOptions, StreamChange, StreamDraft};
pub use source::{Backend, ChoiceError, Source, SourceError, Transport};
pub use stream::{CaptureChosen, Fault, Figures, State, StreamStatus};
pub use trial::{Trial, TrialPlan};
