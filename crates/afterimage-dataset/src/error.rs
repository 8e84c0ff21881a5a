//! What can go wrong with a training set, by what a caller can do about it.

use afterimage_base::ErrorKind;
use std::path::{Path, PathBuf};

#[derive(Debug, thiserror::Error)]
pub enum DatasetError {
    #[error("{0}")]
    Invalid(String),
    /// The folder holds something else; nothing was written.
    #[error("{} {detail}; choose an empty folder or a new name", folder.display())]
    NotOurs { folder: PathBuf, detail: String },
    #[error("another process writes the training set in {}; let it finish first", folder.display())]
    Busy { folder: PathBuf },
    #[error("{} is no training set: it has no dataset.json", folder.display())]
    NotADataset { folder: PathBuf },
    #[error("{} is not what was written: {detail}", path.display())]
    Damaged { path: PathBuf, detail: String },
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: std::io::Error },
}

impl DatasetError {
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Invalid(_) | Self::NotOurs { .. } => ErrorKind::InvalidInput,
            Self::Busy { .. } => ErrorKind::InUse,
            Self::NotADataset { .. } => ErrorKind::NotFound,
            Self::Damaged { .. } => ErrorKind::Damaged,
            Self::Io { source, .. } => match source.kind() {
                std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
                    ErrorKind::DiskFull
                }
                std::io::ErrorKind::PermissionDenied
                | std::io::ErrorKind::ReadOnlyFilesystem
                | std::io::ErrorKind::NotADirectory => ErrorKind::InvalidInput,
                _ => ErrorKind::Internal,
            },
        }
    }

    /// For `map_err` on what concerns `path`.
    pub(crate) fn io(path: &Path) -> impl Fn(std::io::Error) -> Self + '_ {
        |source| Self::Io { path: path.to_path_buf(), source }
    }
}
