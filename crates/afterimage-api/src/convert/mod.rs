//! From domain types to DTOs: how what is known inside is told outside.
//!
//! Belongs here: shape and words. Not here: parsing what callers send (`input`).

mod footage;
mod reading;
mod schedule;
mod stream;

pub use reading::fragment_message;
pub(crate) use stream::track_view;
