//! The archive: SQLite index and segment files.
//!
//! Belongs here: append, query, gaps, holds, retention, consumers' positions, the detections log,
//! check and rebuild. Not here: where media comes from, who asks, anything async: calls block, so
//! call them from threads that may.
//! Invariants: a fragment that [`StreamWriter::append`] answered is durable. Every interval in
//! which a stream should have been recorded is covered or is a gap with a reason. The format and
//! what is lost when are in `docs/design/storage.md`.

mod ballast;
mod catalog;
mod check;
mod consumer;
mod detection;
mod directory;
mod error;
pub mod file_system;
mod flusher;
mod fragments;
mod gap;
mod hold;
mod index;
mod leases;
mod live;
mod options;
mod path;
mod rebuild;
mod record;
mod recording;
mod recovery;
mod retention;
mod scan;
mod secret;
mod segment_reader;
mod store;
mod stream;
mod timeline;
mod usage;
mod visibility;
mod writer;

pub use check::{CheckOptions, CheckProgress, CheckReport, Finding, FindingKind};
pub use consumer::{Consumer, StartPosition};
pub use detection::{Detection, DetectionActivity, DetectionFilter};
pub use error::StoreError;
pub use gap::{Gap, GapReason, TOLERANCE};
pub use hold::Hold;
pub use index::{IndexPlace, MemoryIndex};
pub use options::StoreOptions;
pub use rebuild::RebuildReport;
pub use record::{FragmentRecord, SegmentId};
pub use retention::{ClockDisagreement, RetentionReport, StreamRetention};
pub use segment_reader::SegmentReader;
pub use store::Store;
pub use stream::{RETENTION_LIMITS, Stream, StreamId, StreamSettings};
pub use timeline::{Range, Timeline};
pub use usage::Usage;
pub use writer::StreamWriter;
