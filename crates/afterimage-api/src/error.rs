//! What an operation answers when it can't: a kind for programs, a sentence for people.

use crate::dto::ErrorBody;
use afterimage_base::{DurationError, ErrorKind, NameError, TimeError};
use afterimage_playback::ClipError;
use afterimage_recorder::{ChoiceError, RecorderError, SourceError};
use afterimage_store::StoreError;

#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct ApiError {
    pub kind: ErrorKind,
    pub message: String,
}

impl ApiError {
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidInput, message)
    }

    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::NotFound, message)
    }

    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Internal, message)
    }

    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        self.kind
    }

    #[must_use]
    pub fn body(&self) -> ErrorBody {
        ErrorBody { code: self.kind.code().to_owned(), message: self.message.clone() }
    }
}

impl From<RecorderError> for ApiError {
    fn from(error: RecorderError) -> Self {
        Self::new(error.kind(), error.to_string())
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        Self::new(error.kind(), error.to_string())
    }
}

impl From<ClipError> for ApiError {
    fn from(error: ClipError) -> Self {
        Self::new(error.kind(), error.to_string())
    }
}

/// What was given can't be read as what it should be.
macro_rules! invalid_from {
    ($($error:ty),+) => {
        $(impl From<$error> for ApiError {
            fn from(error: $error) -> Self {
                Self::invalid(error.to_string())
            }
        })+
    };
}

invalid_from!(ChoiceError, DurationError, NameError, SourceError, TimeError);
