//! What can go wrong with the archive, and what a caller can do about it.

use crate::StreamId;
use afterimage_base::{ErrorKind, WallTime};
use std::io;
use std::path::{Path, PathBuf};

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error(
        "the data directory {directory} is in use by {holder}; stop that process, or choose another directory with --data"
    )]
    Locked { directory: PathBuf, holder: String },
    #[error("{directory} can't be used as the data directory: {detail}")]
    WrongDirectory { directory: PathBuf, detail: String },
    #[error("there is no {what}")]
    NotFound { what: String },
    #[error("{what} exists already; choose another name or change the existing one")]
    Exists { what: String },
    #[error("stream {stream} has a producer already; a stream takes exactly one at a time")]
    WriterTaken { stream: StreamId },
    #[error("{0}")]
    Invalid(String),
    #[error(
        "a fragment of stream {stream} at {start} overlaps what is recorded until {recorded_to}; give it a later start"
    )]
    Overlap { stream: StreamId, start: WallTime, recorded_to: WallTime },
    #[error("no room on the volume of {path}; free some, or let retention delete more")]
    DiskFull { path: PathBuf },
    #[error("could not {doing} {path}: {source}")]
    Io { doing: &'static str, path: PathBuf, source: io::Error },
    #[error("the index could not {doing}: {source}")]
    Index { doing: &'static str, source: rusqlite::Error },
    #[error("fragment {number} of stream {stream} in {path} is damaged: {detail}")]
    Damaged { stream: StreamId, number: u64, path: PathBuf, detail: String },
    #[error("the file {path} is not a segment that can be used: {detail}")]
    NotASegment { path: PathBuf, detail: String },
    #[error("the archive is closed")]
    Closed,
}

impl StoreError {
    /// What a caller can do about it.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Locked { .. } | Self::Exists { .. } | Self::WriterTaken { .. } => {
                ErrorKind::InUse
            }
            Self::WrongDirectory { .. } | Self::Invalid(_) | Self::Overlap { .. } => {
                ErrorKind::InvalidInput
            }
            Self::NotFound { .. } => ErrorKind::NotFound,
            Self::DiskFull { .. } => ErrorKind::DiskFull,
            Self::Damaged { .. } | Self::NotASegment { .. } => ErrorKind::Damaged,
            Self::Io { source, .. } if source.kind() == io::ErrorKind::NotFound => {
                ErrorKind::NotFound
            }
            Self::Index { source, .. } if is_full(source) => ErrorKind::DiskFull,
            Self::Io { .. } | Self::Index { .. } => ErrorKind::Internal,
            Self::Closed => ErrorKind::Unavailable,
        }
    }

    /// An I/O error of the file system, told with what was being done; a full volume is its own kind.
    pub(crate) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull { path },
            _ => Self::Io { doing, path, source },
        }
    }

    pub(crate) fn index(doing: &'static str) -> impl FnOnce(rusqlite::Error) -> Self {
        move |source| Self::Index { doing, source }
    }

    pub(crate) fn no_stream(name: impl std::fmt::Display) -> Self {
        Self::NotFound { what: format!("stream `{name}`") }
    }
}

fn is_full(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull)
}
