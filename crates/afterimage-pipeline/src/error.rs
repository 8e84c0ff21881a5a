//! What can go wrong outside a capture (captures tell [`afterimage_media::CaptureError`]).

use afterimage_base::ErrorKind;
use std::net::SocketAddr;
use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    #[error("GStreamer does not start ({detail}); install libgstreamer1.0-0")]
    Library { detail: String },
    #[error("GStreamer element {element} is missing: apt install {package}")]
    MissingElement { element: &'static str, package: &'static str },
    #[error("{} can't be read: {reason}", path.display())]
    FootageUnreadable { path: PathBuf, reason: String },
    #[error("{} can't be played as a camera: {reason}", path.display())]
    FootageUnsuitable { path: PathBuf, reason: String },
    #[error("{0}")]
    Setting(String),
    #[error("{address} is in use by another program; choose another address")]
    AddressInUse { address: SocketAddr },
    #[error("listening on {address} is not possible: {reason}")]
    Listen { address: SocketAddr, reason: String },
    #[error("the video can't be decoded: {0}")]
    Undecodable(String),
    #[error("GStreamer failed: {0}")]
    Failed(String),
}

impl PipelineError {
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Library { .. } | Self::MissingElement { .. } => ErrorKind::Unavailable,
            Self::FootageUnreadable { .. } => ErrorKind::NotFound,
            Self::FootageUnsuitable { .. } | Self::Setting(_) | Self::Listen { .. } => {
                ErrorKind::InvalidInput
            }
            Self::AddressInUse { .. } => ErrorKind::InUse,
            Self::Undecodable(_) => ErrorKind::Damaged,
            Self::Failed(_) => ErrorKind::Internal,
        }
    }
}

/// For calls of the library that fail only through a bug of ours.
pub(crate) fn failed(error: impl std::fmt::Display) -> PipelineError {
    PipelineError::Failed(error.to_string())
}
