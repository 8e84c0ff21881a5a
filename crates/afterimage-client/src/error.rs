//! What a call answers when it can't: the recorder's own words, or why it was not reached.

use afterimage_api::dto::ErrorBody;
use afterimage_base::ErrorKind;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ClientError {
    pub kind: ErrorKind,
    pub message: String,
}

impl ClientError {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The recorder's error body, or what can be said of an answer that has none.
    pub(crate) fn answered(address: &str, status: u16, body: &[u8]) -> Self {
        if let Ok(error) = serde_json::from_slice::<ErrorBody>(body) {
            return Self::new(ErrorKind::from_code(&error.code), error.message);
        }
        let kind = match status {
            400 => ErrorKind::InvalidInput,
            401 => ErrorKind::Unauthenticated,
            403 => ErrorKind::Forbidden,
            404 => ErrorKind::NotFound,
            409 => ErrorKind::InUse,
            502..=504 => ErrorKind::Unreachable,
            _ => ErrorKind::Internal,
        };
        Self::new(kind, format!("{address} answered {status}, and not as a recorder does"))
    }

    pub(crate) fn unreachable(address: &str, detail: &dyn std::fmt::Display) -> Self {
        let message =
            format!("the recorder at {address} does not answer ({detail}); is it running?");
        Self::new(ErrorKind::Unreachable, message)
    }

    /// It answered, and what it said makes no sense: another program, or another version.
    pub(crate) fn nonsense(address: &str, detail: &dyn std::fmt::Display) -> Self {
        let message = format!(
            "{address} does not answer as this version's recorder does ({detail}); use the same version on both sides"
        );
        Self::new(ErrorKind::Internal, message)
    }
}
