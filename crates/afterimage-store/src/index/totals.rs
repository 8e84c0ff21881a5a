//! Running totals of streams: sums that cost the same whatever the archive's size.
//!
//! Belongs here: reading them, and comparing them with what they sum. Not here: keeping them
//! (triggers in `schema_2.sql`).
//! Invariant: in every committed state they are the sums over the rows of segments.

use super::segments::{COLUMNS, read_segment};
use crate::StoreError;
use crate::index::Index;
use crate::record::SegmentId;
use crate::stream::StreamKey;
use afterimage_base::WallTime;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use std::time::Duration;

/// Sums over segments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    pub segments: u64,
    pub bytes: u64,
    pub recorded: Duration,
}

impl Index {
    /// Of all segments of the stream.
    pub fn totals(&self, stream: StreamKey) -> Result<Totals, StoreError> {
        let sql = "SELECT segments, bytes, recorded FROM totals WHERE stream = ?1";
        self.read("tell a stream's totals", |connection: &Connection| {
            let found = connection.prepare_cached(sql)?.query_row([stream.0], read_totals);
            Ok(found.optional()?.unwrap_or_default())
        })
    }

    /// Bytes of all its segments.
    pub fn stream_bytes(&self, stream: StreamKey) -> Result<u64, StoreError> {
        Ok(self.totals(stream)?.bytes)
    }

    /// What one segment adds to them as the index knows it.
    pub fn segment_totals(&self, id: SegmentId) -> Result<Option<Totals>, StoreError> {
        let sql = "SELECT 1, length, recorded FROM segments WHERE id = ?1";
        self.read("find a segment", |connection: &Connection| {
            connection.prepare_cached(sql)?.query_row([id.0], read_totals).optional()
        })
    }

    /// Bytes of segments that touch `[from, to)` and begin at `counted_to` or later.
    pub fn bytes_between(
        &self,
        stream: StreamKey,
        from: WallTime,
        to: WallTime,
        counted_to: WallTime,
    ) -> Result<u64, StoreError> {
        let sql = "SELECT coalesce(sum(length), 0) FROM segments
                   WHERE stream = ?1 AND start >= ?2 AND start < ?3 AND stop > ?4";
        let first = from.minus(super::segments::LONGEST_SEGMENT).max(counted_to).as_micros();
        let values = params![stream.0, first, to.as_micros(), from.as_micros()];
        let bytes: i64 = self.read("sum a range", |connection: &Connection| {
            connection.prepare_cached(sql)?.query_row(values, |row| row.get(0))
        })?;
        Ok(bytes.cast_unsigned())
    }

    /// Whether the totals are the sums; reads all segments.
    pub fn totals_agree(&self, stream: StreamKey) -> Result<bool, StoreError> {
        let sql = "SELECT count(*), coalesce(sum(length), 0), coalesce(sum(recorded), 0)
                   FROM segments WHERE stream = ?1";
        let (sums, totals) = self.read("compare totals", |connection: &Connection| {
            let view = connection.unchecked_transaction()?;
            let sums = view.prepare_cached(sql)?.query_row([stream.0], read_totals)?;
            let sql = "SELECT segments, bytes, recorded FROM totals WHERE stream = ?1";
            let totals = view.prepare_cached(sql)?.query_row([stream.0], read_totals);
            Ok((sums, totals.optional()?.unwrap_or_default()))
        })?;
        Ok(sums == totals)
    }

    /// Makes the totals of a stream anew, or of all.
    pub fn recount(
        transaction: &Transaction<'_>,
        stream: Option<StreamKey>,
    ) -> rusqlite::Result<()> {
        let which = [stream.map(|stream| stream.0)];
        transaction.execute("DELETE FROM totals WHERE ?1 IS NULL OR stream = ?1", which)?;
        let sql = "INSERT INTO totals SELECT stream, count(*), sum(length), sum(recorded)
                   FROM segments WHERE ?1 IS NULL OR stream = ?1 GROUP BY stream";
        transaction.execute(sql, which)?;
        Ok(())
    }

    /// For a migration: how much time segments with holes or damage cover.
    pub(super) fn measure_broken_segments(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
        let sql = format!("SELECT {COLUMNS} FROM segments WHERE NOT is_whole");
        let mut select = transaction.prepare(&sql)?;
        let mut update = transaction.prepare("UPDATE segments SET recorded = ?2 WHERE id = ?1")?;
        let broken: Vec<(i64, i64)> = select
            .query_map([], read_segment)?
            .map(|found| found.map(|own| (own.id.0, own.recorded().as_micros() as i64)))
            .collect::<rusqlite::Result<_>>()?;
        for (id, recorded) in broken {
            update.execute([id, recorded])?;
        }
        Ok(())
    }
}

fn read_totals(row: &Row<'_>) -> rusqlite::Result<Totals> {
    Ok(Totals {
        segments: row.get::<_, i64>(0)?.cast_unsigned(),
        bytes: row.get::<_, i64>(1)?.cast_unsigned(),
        recorded: Duration::from_micros(row.get::<_, i64>(2)?.cast_unsigned()),
    })
}
