//! ONNX Runtime: which models there are, and what they see on a frame.
//!
//! Belongs here: the runtime's library, manifests, weights and their checksums, sessions, what
//! happens to a picture before the model and to numbers after it. Not here: decoding video,
//! streams, disks other than a models folder, drawing.
//! Invariant: a caller names a model by its catalogue name, never by a path, and nothing runs
//! whose bytes differ from its manifest's checksum.
//!
//! A worker needs four lines:
//!
//! ```no_run
//! # fn main() -> Result<(), afterimage_infer::InferError> {
//! use afterimage_infer::{Catalogue, FrameView, Runtime};
//! let runtime = Runtime::load(None)?;
//! let mut model = Catalogue::of_data("/var/lib/afterimage".as_ref()).open(&runtime, "yolox-nano")?;
//! let rgb = vec![0; 640 * 272 * 3];
//! let seen = model.detect(FrameView { width: 640, height: 272, rgb: &rgb }, None)?;
//! # Ok(())
//! # }
//! ```

mod catalogue;
mod checkout;
mod detection;
mod error;
mod frame;
mod library;
mod manifest;
mod model;
mod output;
mod resize;
mod runtime;
mod tensor;
mod weights;

pub use catalogue::{Catalogue, ModelInfo, ModelState};
pub use detection::Detected;
pub use error::InferError;
pub use frame::FrameView;
pub use manifest::{Colour, Fit, InputSpec, Manifest, OutputKind, OutputSpec, WeightsSpec};
pub use model::Model;
pub use runtime::Runtime;
pub use weights::Weights;
