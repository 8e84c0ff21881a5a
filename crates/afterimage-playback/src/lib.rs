//! A time range as one MP4 or Matroska file, or as an HLS playlist.
//!
//! Belongs here: what lies where in the answer, and the few bytes that are not in the archive as
//! they are. Not here: reading segment files, HTTP: the caller hands in what it read.
//! Invariant: planning needs memory for a few numbers a fragment, serving for one fragment.

mod clip;
mod hls;
mod matroska;
mod media_order;

pub use clip::{ClipError, ClipFragment, ClipPlan, Container, Extract, Part};
pub use hls::{PlaylistFragment, PlaylistKind, Variant, media_playlist, multivariant_playlist};
pub use matroska::MatroskaWriter;
