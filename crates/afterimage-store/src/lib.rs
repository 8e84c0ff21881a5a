//! The archive: SQLite index and segment files.
//!
//! Belongs here: append, query, gaps, holds, retention, consumers' positions, the detections log,
//! check and rebuild. Not here: where media comes from, who asks, anything async: calls block, so
//! call them from threads that may.
//! Invariants: a fragment that [`StreamWriter::append`] answered is durable. Every interval in
//! which a stream should have been recorded is covered or is a gap with a reason. The format and
//! what is lost when are in `docs/design/storage.md`.

mod activity;
mod archive_settings;
mod ballast;
mod bookmark;
mod catalog;
mod check;
mod consumer;
mod detection;
mod directory;
mod error;
mod event;
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
mod region;
mod removals;
mod retention;
mod rollup;
mod scan;
mod schedule;
mod scrub;
mod secret;
mod segment_reader;
mod share;
mod store;
mod stream;
#[cfg(any(test, feature = "synthetic"))]
pub mod synthetic;
mod tally;
mod timeline;
mod usage;
mod visibility;
mod writer;

pub use activity::{Activity, ActivityBucket};
pub use archive_settings::ArchiveSettings;
pub use bookmark::{Bookmark, NewBookmark};
pub use check::{CheckOptions, CheckProgress, CheckReport, Finding, FindingKind};
pub use consumer::{Consumer, StartPosition};
pub use detection::{Detection, DetectionActivity, DetectionFilter};
pub use error::StoreError;
pub use event::{EVENT_PAUSE, Event, EventFilter, EventKind, SHORTEST_OUTAGE, SeenEvents};
pub use gap::{Gap, GapReason, TOLERANCE};
pub use hold::Hold;
pub use index::{IndexPlace, MemoryIndex};
pub use options::StoreOptions;
pub use rebuild::RebuildReport;
pub use record::{FragmentRecord, SegmentId};
pub use region::Region;
pub use retention::{ClockDisagreement, RetentionPreview, RetentionReport, StreamRetention};
pub use schedule::{Period, Schedule, TimeOfDay, Weekday};
pub use scrub::ScrubState;
pub use segment_reader::SegmentReader;
pub use share::Share;
pub use store::Store;
pub use stream::{RETENTION_LIMITS, Stream, StreamId, StreamSettings};
pub use timeline::{Range, Timeline};
pub use usage::Usage;
pub use writer::StreamWriter;
