//! Matroska (RFC 9559): fragments as clusters.
//!
//! Belongs here: what of the format a camera's footage needs. Not here: reading it.
//! Invariant: the length of a fragment's clusters follows from its sample table alone, so that a
//! file's length is known before its media is read.

mod cluster;
mod ebml;
mod head;
mod writer;

pub(crate) use cluster::{clusters, clusters_length};
pub(crate) use head::head;
pub use writer::MatroskaWriter;
