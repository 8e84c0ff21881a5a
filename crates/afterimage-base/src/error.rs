//! The one list of what can go wrong, as a caller sees it.
//!
//! Each crate has its own error type with the details; every one answers `kind()` from this list.
//! HTTP statuses and exit codes are derived from it in one place each.

/// What a caller can do about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The request itself is wrong; repeating it will not help.
    InvalidInput,
    /// What was named does not exist.
    NotFound,
    /// It exists already, or another holds it (a second producer, a second recorder).
    InUse,
    /// It deletes footage and was not confirmed; the text says how much.
    NeedsConfirmation,
    /// Who is asking is unknown, or a camera refused our credentials.
    Unauthenticated,
    /// Who is asking is known and may not.
    Forbidden,
    /// The other side did not answer.
    Unreachable,
    /// Something needed is missing on this machine (an element, a library); the text says what to install.
    Unavailable,
    /// No room on the volume.
    DiskFull,
    /// Bytes are not what was written.
    Damaged,
    /// Ours to fix.
    Internal,
}

impl ErrorKind {
    /// The code that APIs and `--json` print; stable.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::InvalidInput => "invalid_input",
            Self::NotFound => "not_found",
            Self::InUse => "in_use",
            Self::NeedsConfirmation => "confirm",
            Self::Unauthenticated => "unauthenticated",
            Self::Forbidden => "forbidden",
            Self::Unreachable => "unreachable",
            Self::Unavailable => "unavailable",
            Self::DiskFull => "disk_full",
            Self::Damaged => "damaged",
            Self::Internal => "internal",
        }
    }

    /// The reverse of [`ErrorKind::code`]; an unknown code is `Internal`.
    #[must_use]
    pub fn from_code(code: &str) -> Self {
        [
            Self::InvalidInput,
            Self::NotFound,
            Self::InUse,
            Self::NeedsConfirmation,
            Self::Unauthenticated,
            Self::Forbidden,
            Self::Unreachable,
            Self::Unavailable,
            Self::DiskFull,
            Self::Damaged,
        ]
        .into_iter()
        .find(|kind| kind.code() == code)
        .unwrap_or(Self::Internal)
    }
}
