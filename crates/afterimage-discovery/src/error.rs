//! What can go wrong when one camera is asked.

use crate::address::AddressError;
use afterimage_base::ErrorKind;
use std::net::IpAddr;

/// Every text is a sentence for the operator; none holds a password.
#[derive(Debug, thiserror::Error)]
pub enum DiscoveryError {
    #[error(transparent)]
    Address(#[from] AddressError),
    #[error("{host} does not answer ({detail}); is the camera on, and the address right?")]
    NoAnswer { host: IpAddr, detail: String },
    #[error("{host} took longer than {seconds} s to tell its streams; try again")]
    Slow { host: IpAddr, seconds: u64 },
    #[error(
        "{host} answers, but not as an ONVIF camera ({detail}); is ONVIF switched on in its settings?"
    )]
    NotOnvif { host: IpAddr, detail: String },
    #[error("{host} wants a user and a password; many cameras have users of their own for ONVIF")]
    PasswordWanted { host: IpAddr },
    #[error(
        "{host} refused user and password; many cameras have users of their own for ONVIF, \
         to be added in their settings"
    )]
    WrongPassword { host: IpAddr },
    #[error("{host} refused: {reason}")]
    Refused { host: IpAddr, reason: String },
    #[error("{host} is an ONVIF device without streams")]
    NoStreams { host: IpAddr },
    #[error("this machine's part failed: {0}")]
    Failed(String),
}

impl DiscoveryError {
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Address(_) | Self::NotOnvif { .. } | Self::NoStreams { .. } => {
                ErrorKind::InvalidInput
            }
            Self::NoAnswer { .. } | Self::Slow { .. } | Self::Refused { .. } => {
                ErrorKind::Unreachable
            }
            Self::PasswordWanted { .. } | Self::WrongPassword { .. } => ErrorKind::Unauthenticated,
            Self::Failed(_) => ErrorKind::Internal,
        }
    }
}
