//! ONVIF: which cameras are on the network, and which streams they have.
//!
//! Belongs here: WS-Discovery, the device and media services, and whom they may be asked of. Not
//! here: RTSP, streams of the recorder, webcams.
//! Invariants: whatever answers costs bounded memory and time and never a panic; a password is
//! sent as a digest, to the address that was asked and to no other.
//!
//! Who does what: [`look`] shouts and listens, [`announcement`] reads what comes back, [`address`]
//! is whom we speak to, [`profiles`] asks one camera, by [`conversation`], in the words of
//! [`device`] and [`media`], inside [`soap`], read by [`xml`].

mod address;
mod announcement;
mod conversation;
mod device;
mod error;
mod interfaces;
mod look;
mod media;
mod profiles;
mod soap;
mod token;
#[cfg(test)]
mod vendors;
mod xml;

pub use address::{AddressError, ServiceAddress};
pub use announcement::{Camera, announced};
pub use error::DiscoveryError;
pub use look::{Look, Target, look};
pub use profiles::{Credentials, Profile, Profiles, profiles};
