//! What every other crate may use: time, names, error kinds, secrets.
//!
//! Belongs here: small types without behaviour of their own. Not here: I/O, media, anything async.

mod clock;
mod duration;
mod error;
mod name;
mod sampling;
mod secret;
mod time;

pub use clock::{Clock, SimClock, SystemClock};
pub use duration::{DurationError, format_duration, parse_duration};
pub use error::ErrorKind;
pub use name::{NameError, StreamName};
pub use sampling::frames_on_grid;
pub use secret::{Secret, SourceUrl, SourceUrlError};
pub use time::{MediaTime, TimeError, WallTime, parse_instant};
