//! Retention: which footage may go, and its going.
//!
//! Belongs here: the pure choice ([`choice`]), the clock that deletion by age believes
//! ([`clock`]), walking a stream by its limits ([`walk`]), carrying it out ([`enforce`]), telling
//! what a change would delete ([`preview`]).
//! Invariants: a held, leased or open segment is never deleted. The index forgets a segment before
//! its file is unlinked.

mod choice;
mod clock;
mod enforce;
mod preview;
mod walk;

pub(crate) use clock::AgreedClock;
pub use clock::ClockDisagreement;
pub use enforce::{RetentionReport, StreamRetention};
pub use preview::RetentionPreview;
