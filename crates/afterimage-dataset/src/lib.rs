//! Frames and labels as a training set: JPEG files beside a COCO file.
//!
//! Belongs here: which frames a set takes, its files and their checksums, resuming, verifying.
//! Not here: decoding and encoding pictures, HTTP, models.
//! Invariants: the same frames and labels give the same bytes, on every machine and in whatever
//! order they came; a file bears its name only when it is whole; a folder that holds something
//! else is never written to.

mod categories;
mod coco;
mod description;
mod error;
mod files;
mod frame;
mod plan;
mod state;
mod verify;
mod writer;

pub use categories::category_id;
pub use description::{DatasetDescription, PickedFrame};
pub use error::DatasetError;
pub use frame::{FrameRecord, Label};
pub use plan::{DatasetPlan, FragmentSpan, FrameTime, WantedFrame};
pub use verify::{Report, verify};
pub use writer::{Added, DatasetSummary, DatasetWriter};
