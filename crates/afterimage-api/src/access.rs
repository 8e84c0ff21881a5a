//! Who asks, and whether they may.
//!
//! Belongs here: the decision. Not here: how a caller proves who they are (the doors' work).
//! Invariant: every operation asks [`Caller::require`] before it looks at anything.

use crate::ApiError;
use afterimage_base::ErrorKind;

/// Who asks, as a door has established it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    /// The holder of the recorder's own token: whoever may read the data directory.
    Owner,
}

/// What an operation needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// Look at streams and footage.
    View,
    /// Run models and other consumers, post what they found; place holds and bookmarks.
    Operate,
    /// Change what is recorded and for how long.
    Administer,
}

impl Caller {
    pub(crate) fn require(self, right: Right) -> Result<(), ApiError> {
        if self.may(right) {
            return Ok(());
        }
        let what = match right {
            Right::View => "look at this",
            Right::Operate => "operate this recorder",
            Right::Administer => "change what is recorded and kept",
        };
        Err(ApiError::new(
            ErrorKind::Forbidden,
            format!("you may not {what}; ask the owner of this recorder"),
        ))
    }

    /// How they sign what they place: holds, bookmarks.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Owner => "owner",
        }
    }

    #[must_use]
    pub const fn may(self, right: Right) -> bool {
        match (self, right) {
            (Self::Owner, Right::View | Right::Operate | Right::Administer) => true,
        }
    }
}
