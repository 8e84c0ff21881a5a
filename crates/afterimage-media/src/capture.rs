//! The capture port: a stream of samples with their times, whatever brings them.

use crate::{Sample, Track};
use afterimage_base::ErrorKind;
use futures::future::BoxFuture;

/// One capture session: from connecting to the first failure. Reconnecting is the caller's work.
///
/// The first event is always [`CaptureEvent::Tracks`]. It comes again when the camera changes
/// codec or resolution; media times go on from the same zero.
pub trait Capture: Send {
    /// The next event. Cancel safe: dropping the future loses nothing.
    fn next(&mut self) -> BoxFuture<'_, Result<CaptureEvent, CaptureError>>;

    /// Somebody watches live: hand samples over at once. Without watchers a capture may wake
    /// only a few times a second and hand over what came meanwhile.
    fn set_watched(&mut self, _watched: bool) {}
}

#[derive(Debug)]
pub enum CaptureEvent {
    Tracks(Vec<Track>),
    Sample(Sample),
    /// Bytes that could not be used were skipped, up to the next key frame.
    Skipped {
        detail: String,
    },
}

/// Why a session ended or could not begin.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{detail}")]
pub struct CaptureError {
    pub failure: CaptureFailure,
    /// A sentence for the operator, without secrets: what was wrong, with what, what to do.
    pub detail: String,
}

/// What the recorder does about it differs by these, and each is a gap reason of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaptureFailure {
    /// No connection, or it broke.
    Unreachable,
    /// The camera refused user and password: long back-off, no hammering.
    AuthenticationFailed,
    /// Connected, and nothing came for ten seconds.
    Silent,
    /// The camera ended the stream in good order.
    Ended,
    /// It answered something that this capture can't use (codec, protocol); another may.
    Unsupported,
    /// Something is missing on this machine.
    Unavailable,
}

impl CaptureError {
    pub fn new(failure: CaptureFailure, detail: impl Into<String>) -> Self {
        Self { failure, detail: detail.into() }
    }

    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self.failure {
            CaptureFailure::Unreachable | CaptureFailure::Silent | CaptureFailure::Ended => {
                ErrorKind::Unreachable
            }
            CaptureFailure::AuthenticationFailed => ErrorKind::Unauthenticated,
            CaptureFailure::Unsupported => ErrorKind::InvalidInput,
            CaptureFailure::Unavailable => ErrorKind::Unavailable,
        }
    }
}
