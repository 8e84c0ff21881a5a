//! What the cross-crate and end-to-end tests share: the real program, driven from outside.
//!
//! Belongs here: starting `afterimage`, asking it, reading its files back with programs that are
//! not ours. Not here: assertions.

mod archive;
mod footage;
mod media;
mod program;

pub use archive::{instant, segments};
pub use footage::{bikes, mirrored_model, repository};
pub use media::{Picture, decode_luma, ffprobe, probe};
pub use program::{Answer, Running, afterimage, ask, eventually};
