//! What went wrong, and the exit code that says so to scripts. The only place that knows them.

use afterimage_base::ErrorKind;
use std::fmt;

pub const DONE: u8 = 0;
pub const ANSWER_IS_NO: u8 = 1;
pub const BAD_USAGE: u8 = 2;
pub const NOT_REACHED: u8 = 3;
pub const RECORDER_FAILED: u8 = 4;

/// Before the one sentence that a failed command prints.
pub const FAILURE_PREFIX: &str = "afterimage: ";

#[derive(Debug)]
pub enum Failure {
    /// Nothing failed; the answer to the question is no.
    No(String),
    Error {
        kind: ErrorKind,
        message: String,
    },
}

impl Failure {
    pub fn new(kind: ErrorKind, message: impl fmt::Display) -> Self {
        Self::Error { kind, message: message.to_string() }
    }

    pub fn input(message: impl fmt::Display) -> Self {
        Self::new(ErrorKind::InvalidInput, message)
    }

    pub fn exit_code(&self) -> u8 {
        match self {
            Self::No(_) => ANSWER_IS_NO,
            Self::Error { kind, .. } => match kind {
                ErrorKind::InvalidInput
                | ErrorKind::NotFound
                | ErrorKind::InUse
                | ErrorKind::NeedsConfirmation => BAD_USAGE,
                ErrorKind::Unauthenticated | ErrorKind::Forbidden | ErrorKind::Unreachable => {
                    NOT_REACHED
                }
                ErrorKind::Unavailable
                | ErrorKind::DiskFull
                | ErrorKind::Damaged
                | ErrorKind::Internal => RECORDER_FAILED,
            },
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::No(message) | Self::Error { message, .. } => f.write_str(message),
        }
    }
}

/// Every lower error keeps its kind.
macro_rules! keeps_its_kind {
    ($($error:ty),* $(,)?) => {$(
        impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Self::new(error.kind(), error)
            }
        }
    )*};
}

keeps_its_kind!(
    afterimage_api::ApiError,
    afterimage_client::ClientError,
    afterimage_dataset::DatasetError,
    afterimage_pipeline::PipelineError,
    afterimage_recorder::RecorderError,
    afterimage_store::StoreError,
    afterimage_worker::WorkerError,
);
