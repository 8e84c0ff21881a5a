//! Segments as rows.

use super::fragment_table;
use crate::StoreError;
use crate::index::Index;
use crate::record::{Segment, SegmentId};
use crate::stream::StreamKey;
use afterimage_base::WallTime;
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use std::path::Path;
use std::time::Duration;

/// No segment lasts longer: lookups by time look back this far and no farther.
pub const LONGEST_SEGMENT: Duration = Duration::from_secs(4 * 3_600);

pub(super) const COLUMNS: &str = "id, start, stop, head, length, variant, is_open, fragments";

/// A segment without its fragments: enough to choose what may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Footprint {
    pub id: SegmentId,
    pub start: WallTime,
    pub stop: WallTime,
    pub length: u64,
    pub variant: u32,
    pub is_open: bool,
}

/// A segment as a timeline needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    pub id: SegmentId,
    pub start: WallTime,
    pub stop: WallTime,
    pub fragments: u64,
    /// Of its fragments, without the head.
    pub bytes: u64,
    /// No hole and no damage from start to stop.
    pub is_whole: bool,
}

impl Index {
    pub fn put_segment(transaction: &Transaction<'_>, segment: &Segment) -> rusqlite::Result<()> {
        let sql = "INSERT INTO segments
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
                   ON CONFLICT DO UPDATE SET start = excluded.start, stop = excluded.stop,
                   head = excluded.head, length = excluded.length, variant = excluded.variant,
                   is_open = excluded.is_open, count = excluded.count,
                   is_whole = excluded.is_whole, fragments = excluded.fragments,
                   recorded = excluded.recorded";
        let head = segment.entries.first().map_or(0, |entry| entry.offset);
        transaction.prepare_cached(sql)?.execute(params![
            segment.id.0,
            segment.id.stream().0,
            segment.start().as_micros(),
            segment.end().as_micros(),
            head.cast_signed(),
            segment.length().cast_signed(),
            segment.variant,
            segment.is_open,
            segment.entries.len() as i64,
            segment.is_whole(),
            fragment_table::pack(&segment.entries),
            segment.recorded().as_micros() as i64,
        ])?;
        Ok(())
    }

    /// In one statement: with a statement a row SQLite would write the pages that triggers touch
    /// to a journal of its own, again for each row.
    pub fn delete_segments(
        transaction: &Transaction<'_>,
        ids: impl Iterator<Item = SegmentId>,
    ) -> rusqlite::Result<()> {
        let ids: Vec<i64> = ids.map(|id| id.0).collect();
        let sql = "DELETE FROM segments WHERE id IN (SELECT value FROM json_each(?1))";
        transaction.prepare_cached(sql)?.execute([serde_json::json!(ids).to_string()])?;
        Ok(())
    }

    pub fn forget_segments(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
        transaction.execute("DELETE FROM segments", [])?;
        Ok(())
    }

    /// The segment that holds this number or would, by the id alone.
    pub fn segment_with(
        &self,
        stream: StreamKey,
        number: u64,
    ) -> Result<Option<Segment>, StoreError> {
        let (low, high) = (SegmentId::new(stream, 0).0, SegmentId::new(stream, number).0);
        let sql = format!(
            "SELECT {COLUMNS} FROM segments WHERE id BETWEEN ?1 AND ?2 ORDER BY id DESC LIMIT 1"
        );
        self.read("find a fragment", |connection: &Connection| {
            connection.prepare_cached(&sql)?.query_row([low, high], read_segment).optional()
        })
    }

    pub fn segment(&self, id: SegmentId) -> Result<Option<Segment>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM segments WHERE id = ?1");
        self.read("find a segment", |connection: &Connection| {
            connection.prepare_cached(&sql)?.query_row([id.0], read_segment).optional()
        })
    }

    /// Segments in order of number, from the one after `id`.
    pub fn segments_after(&self, id: SegmentId, limit: usize) -> Result<Vec<Segment>, StoreError> {
        let end = SegmentId::new(StreamKey(id.stream().0 + 1), 0).0;
        let sql = format!(
            "SELECT {COLUMNS} FROM segments WHERE id > ?1 AND id < ?2 ORDER BY id LIMIT ?3"
        );
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.read("list segments", |connection: &Connection| {
            connection
                .prepare_cached(&sql)?
                .query_map(params![id.0, end, limit], read_segment)?
                .collect()
        })
    }

    /// Segments that touch `[from, to)`, in order of their start.
    pub fn segments_between(
        &self,
        stream: StreamKey,
        from: WallTime,
        to: WallTime,
    ) -> Result<Vec<Segment>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM segments WHERE stream = ?1 AND start > ?2 AND start < ?3
             AND stop > ?4 ORDER BY start"
        );
        let values = params![
            stream.0,
            from.minus(LONGEST_SEGMENT).as_micros(),
            to.as_micros(),
            from.as_micros()
        ];
        self.read("list segments", |connection: &Connection| {
            connection.prepare_cached(&sql)?.query_map(values, read_segment)?.collect()
        })
    }

    /// The same without their fragments.
    pub fn spans_between(
        &self,
        stream: StreamKey,
        from: WallTime,
        to: WallTime,
    ) -> Result<Vec<Span>, StoreError> {
        let sql = "SELECT id, start, stop, count, length - head, is_whole FROM segments
                   WHERE stream = ?1 AND start > ?2 AND start < ?3 AND stop > ?4 ORDER BY start";
        let values = params![
            stream.0,
            from.minus(LONGEST_SEGMENT).as_micros(),
            to.as_micros(),
            from.as_micros()
        ];
        let span = |row: &Row<'_>| {
            Ok(Span {
                id: SegmentId(row.get(0)?),
                start: WallTime::from_micros(row.get(1)?),
                stop: WallTime::from_micros(row.get(2)?),
                fragments: row.get::<_, i64>(3)?.cast_unsigned(),
                bytes: row.get::<_, i64>(4)?.cast_unsigned(),
                is_whole: row.get(5)?,
            })
        };
        self.read("list segments", |connection: &Connection| {
            connection.prepare_cached(sql)?.query_map(values, span)?.collect()
        })
    }

    /// The latest end of any segment of the stream.
    pub fn latest_stop(&self, stream: StreamKey) -> Result<Option<WallTime>, StoreError> {
        // Segments don't overlap, so the one that starts last ends last.
        let sql = "SELECT stop FROM segments WHERE stream = ?1 ORDER BY start DESC LIMIT 1";
        let stop = self.read("find a segment", |connection: &Connection| {
            connection.prepare_cached(sql)?.query_row([stream.0], |row| row.get(0)).optional()
        })?;
        Ok(stop.map(WallTime::from_micros))
    }

    pub fn open_segments(&self, stream: StreamKey) -> Result<Vec<Segment>, StoreError> {
        let (low, high) = (SegmentId::new(stream, 0).0, SegmentId::new(stream, u64::MAX).0);
        let sql = format!(
            "SELECT {COLUMNS} FROM segments WHERE id BETWEEN ?1 AND ?2 AND is_open ORDER BY id"
        );
        self.read("list open segments", |connection: &Connection| {
            connection.prepare_cached(&sql)?.query_map([low, high], read_segment)?.collect()
        })
    }

    /// Footprints of segments that begin between, in order of their start.
    pub fn footprints(
        &self,
        stream: StreamKey,
        after: WallTime,
        before: WallTime,
        limit: usize,
    ) -> Result<Vec<Footprint>, StoreError> {
        let sql = "SELECT id, start, stop, length, variant, is_open FROM segments
                   WHERE stream = ?1 AND start > ?2 AND start < ?3 ORDER BY start LIMIT ?4";
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let values = params![stream.0, after.as_micros(), before.as_micros(), limit];
        self.read("list segments", |connection: &Connection| {
            connection.prepare_cached(sql)?.query_map(values, read_footprint)?.collect()
        })
    }

    /// Footprints of segments that begin at or after `from`.
    pub fn footprints_from(
        &self,
        stream: StreamKey,
        from: WallTime,
    ) -> Result<Vec<Footprint>, StoreError> {
        let sql = "SELECT id, start, stop, length, variant, is_open FROM segments
                   WHERE stream = ?1 AND start >= ?2 ORDER BY start";
        self.read("list segments", |connection: &Connection| {
            connection
                .prepare_cached(sql)?
                .query_map([stream.0, from.as_micros()], read_footprint)?
                .collect()
        })
    }

    pub fn put_removals(transaction: &Transaction<'_>, paths: &[String]) -> rusqlite::Result<()> {
        let sql = "INSERT OR IGNORE INTO removals SELECT value FROM json_each(?1)";
        transaction.prepare_cached(sql)?.execute([serde_json::json!(paths).to_string()])?;
        Ok(())
    }

    pub fn removals(&self) -> Result<Vec<String>, StoreError> {
        self.read("list removals", |connection: &Connection| {
            connection
                .prepare_cached("SELECT path FROM removals ORDER BY path")?
                .query_map([], |row| row.get(0))?
                .collect()
        })
    }

    pub fn is_removal(&self, path: &Path) -> Result<bool, StoreError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM removals WHERE path = ?1)";
        self.read("find a removal", |connection: &Connection| {
            let path = path.to_string_lossy();
            connection.prepare_cached(sql)?.query_row([&*path], |row| row.get(0))
        })
    }

    pub fn forget_removals(
        transaction: &Transaction<'_>,
        paths: &[String],
    ) -> rusqlite::Result<()> {
        let sql = "DELETE FROM removals WHERE path IN (SELECT value FROM json_each(?1))";
        transaction.prepare_cached(sql)?.execute([serde_json::json!(paths).to_string()])?;
        Ok(())
    }
}

pub(super) fn read_segment(row: &Row<'_>) -> rusqlite::Result<Segment> {
    let blob = row.get_ref(7)?.as_blob().map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(7, Type::Blob, Box::new(error))
    })?;
    let start = WallTime::from_micros(row.get(1)?);
    let head = row.get::<_, i64>(3)?.cast_unsigned();
    let entries = fragment_table::unpack(blob, start, head).ok_or_else(|| {
        let what = "the index holds a fragment table that can't be read";
        rusqlite::Error::FromSqlConversionFailure(7, Type::Blob, what.into())
    })?;
    Ok(Segment { id: SegmentId(row.get(0)?), variant: row.get(5)?, is_open: row.get(6)?, entries })
}

fn read_footprint(row: &Row<'_>) -> rusqlite::Result<Footprint> {
    Ok(Footprint {
        id: SegmentId(row.get(0)?),
        start: WallTime::from_micros(row.get(1)?),
        stop: WallTime::from_micros(row.get(2)?),
        length: row.get::<_, i64>(3)?.cast_unsigned(),
        variant: row.get(4)?,
        is_open: row.get(5)?,
    })
}
