//! What can go wrong with models, in sentences, by what a caller can do about it.

use afterimage_base::ErrorKind;
use std::path::PathBuf;

#[derive(Clone, Debug, thiserror::Error)]
pub enum InferError {
    /// No ONNX Runtime library where we look for one.
    #[error(
        "ONNX Runtime is not installed: found no library in {looked}. Run `make setup`, or set ORT_DYLIB_PATH to libonnxruntime ({needed} or newer; PyPI's `onnxruntime` wheel holds one)"
    )]
    RuntimeMissing { looked: String, needed: String },
    /// A library is there and can't be used.
    #[error(
        "the ONNX Runtime library {} can't be used: {detail}. Install version {needed} or newer, or name another by ORT_DYLIB_PATH",
        path.display()
    )]
    RuntimeUnusable { path: PathBuf, detail: String, needed: String },
    #[error("there is no model `{name}`; the catalogue has {known}")]
    UnknownModel { name: String, known: String },
    #[error("the weights of model `{model}` are not on this machine: {how}")]
    WeightsMissing { model: String, how: String },
    #[error(
        "{} is not what model `{model}` was made for (sha256 {found}, expected {expected}): replace the file",
        path.display()
    )]
    WeightsDamaged { model: String, path: PathBuf, found: String, expected: String },
    /// The manifest itself is wrong; all its problems in one text.
    #[error("the manifest of model `{model}` is not valid: {problems}")]
    Manifest { model: String, problems: String },
    /// The manifest and the weights describe different models.
    #[error("model `{model}` does not fit its manifest: {detail}")]
    Mismatch { model: String, detail: String },
    #[error("this is not a frame of 8-bit RGB: {detail}")]
    Frame { detail: String },
    #[error("model `{model}` failed: {detail}")]
    Run { model: String, detail: String },
}

impl InferError {
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::RuntimeMissing { .. }
            | Self::RuntimeUnusable { .. }
            | Self::WeightsMissing { .. } => ErrorKind::Unavailable,
            Self::UnknownModel { .. } => ErrorKind::NotFound,
            Self::WeightsDamaged { .. } => ErrorKind::Damaged,
            Self::Manifest { .. } | Self::Mismatch { .. } | Self::Frame { .. } => {
                ErrorKind::InvalidInput
            }
            Self::Run { .. } => ErrorKind::Internal,
        }
    }
}
