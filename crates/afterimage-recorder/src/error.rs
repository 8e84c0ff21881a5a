//! What a recorder answers when it can't.

use afterimage_base::{ErrorKind, StreamName};
use afterimage_store::StoreError;

#[derive(Debug, thiserror::Error)]
pub enum RecorderError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("there is no stream `{0}`; `afterimage stream list` shows all")]
    NoStream(StreamName),
}

impl RecorderError {
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Store(error) => error.kind(),
            Self::NoStream(_) => ErrorKind::NotFound,
        }
    }
}
