//! Archives as large as years make them, for measurements: an index without media, or with files
//! that have a length and next to no bytes. Only in tests and with the feature
//! `synthetic`.
//!
//! Belongs here: what years of a camera look like in the index, and SQLite alone as the floor.
//! Not here: what is measured.

use crate::index::Index;
use crate::path;
use crate::record::{Entry, Segment, SegmentId, millis};
use crate::stream::StreamKey;
use crate::{Store, StoreError, StreamId};
use afterimage_base::WallTime;
use rusqlite::{Connection, params};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Fragments of two seconds in a segment of five minutes.
pub(crate) const PER_SEGMENT: u64 = 150;
pub(crate) const FRAGMENT: Duration = Duration::from_secs(2);

/// How long a synthetic segment lasts.
pub const SEGMENT_SPAN: Duration = Duration::from_secs(300);

/// Segments added in one transaction.
pub const BATCH: u64 = 10_000;

/// How many bytes a row's fragment table has, for a floor of the same size.
pub const TABLE_BYTES: usize = 900;

impl Store {
    /// Adds so many segments of a camera of 4 Mbit/s to an empty stream, from `from` on: a clock of
    /// its own, arrivals within 200 ms. With `files`, each gets a file of its length with bytes in its first block alone.
    ///
    /// Answers the files. The archive must be opened anew before it is used.
    pub fn add_synthetic_segments(
        &self,
        stream: StreamId,
        from: WallTime,
        segments: u64,
        files: bool,
    ) -> Result<Vec<PathBuf>, StoreError> {
        let key = self.key_of(stream)?;
        let doing = "add synthetic segments";
        let mut made = Vec::new();
        for first in (0..segments).step_by(BATCH as usize) {
            let batch = first..segments.min(first + BATCH);
            self.index().write(doing, |transaction| {
                for number in batch.clone() {
                    let segment = segment(key, from, number);
                    Index::put_segment(transaction, &segment).map_err(StoreError::index(doing))?;
                }
                let next = batch.end * PER_SEGMENT + 1;
                let end = from.plus(mul(SEGMENT_SPAN, batch.end));
                Index::set_position(transaction, key, next, &[0; 32], end)
                    .map_err(StoreError::index(doing))
            })?;
            for number in batch.filter(|_| files) {
                made.push(self.make_file(stream, &segment(key, from, number))?);
            }
        }
        Ok(made)
    }

    fn make_file(&self, stream: StreamId, segment: &Segment) -> Result<PathBuf, StoreError> {
        let relative = path::segment_path(stream, segment.start(), segment.variant);
        let full = self.directory().join(relative);
        let make = || {
            fs::create_dir_all(full.parent().unwrap_or(&full))?;
            make_file_of_one_block(&full, segment.length())
        };
        make().map_err(StoreError::io("make", &full))?;
        Ok(full)
    }
}

/// A file of that length with bytes in its first block alone: unlinking it frees something, as
/// unlinking footage does.
pub fn make_file_of_one_block(path: &Path, length: u64) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    file.write_all(&[0x5A; 4096])?;
    file.set_len(length)
}

/// The segment with this place in a camera's years, which began at `from`.
pub(crate) fn segment(stream: StreamKey, from: WallTime, index: u64) -> Segment {
    let first = index * PER_SEGMENT;
    let mut offset = 900;
    let entry = |number: u64| {
        let start = from.plus(mul(FRAGMENT, number));
        let noise = number.wrapping_mul(2_654_435_761) >> 7;
        let entry = Entry {
            offset,
            length: 800_000 + noise % 400_000,
            start,
            duration: FRAGMENT,
            is_independent: true,
            producer_ms: Some(millis(start) + 40),
            server_ms: millis(start) + 50 + (noise % 200).cast_signed(),
            is_damaged: false,
        };
        offset += entry.length;
        entry
    };
    Segment {
        id: SegmentId::new(stream, first + 1),
        variant: 0,
        is_open: false,
        entries: (first..first + PER_SEGMENT).map(entry).collect(),
    }
}

fn mul(duration: Duration, by: u64) -> Duration {
    Duration::from_secs(duration.as_secs() * by)
}

/// SQLite alone, with our settings: a table of rows as large as ours, an index on the time, the
/// same rows a transaction.
pub fn insert_into_plain_sqlite(file: &Path, rows: u64) -> Result<(), StoreError> {
    let insert = || {
        let mut connection = Connection::open(file)?;
        connection.execute_batch(
            "PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
             CREATE TABLE rows (id INTEGER PRIMARY KEY, stream INTEGER, start INTEGER,
                                stop INTEGER, bytes BLOB) STRICT;
             CREATE INDEX rows_by_time ON rows (stream, start);",
        )?;
        let table = vec![0x5A_u8; TABLE_BYTES];
        for first in (0..rows).step_by(BATCH as usize) {
            let transaction = connection.transaction()?;
            let mut row =
                transaction.prepare_cached("INSERT INTO rows VALUES (?1, 1, ?2, ?3, ?4)")?;
            for number in first..rows.min(first + BATCH) {
                let start = number.cast_signed() * 300_000_000;
                row.execute(params![number.cast_signed(), start, start + 300_000_000, table])?;
            }
            drop(row);
            transaction.commit()?;
        }
        Ok(())
    };
    insert().map_err(StoreError::index("measure plain SQLite"))
}
