//! What the cross-crate and end-to-end tests share: the real program, driven from outside.
//!
//! Belongs here: starting `afterimage`, asking it, reading its files back with programs that are
//! not ours. Not here: assertions.

mod archive;
mod chance;
mod footage;
mod loop_disk;
mod media;
mod program;
mod recorder;

pub use archive::{instant, segments};
pub use chance::Chance;
pub use footage::{bikes, mirrored_model, repository};
pub use loop_disk::LoopDisk;
pub use media::{Picture, counters, decode_luma, ffprobe, probe};
pub use program::{Answer, Running, afterimage, ask, eventually};
pub use recorder::{Recorder, Told, broken_promises, create_streams, small_footage, watch};
