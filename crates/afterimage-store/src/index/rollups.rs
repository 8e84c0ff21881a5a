//! Roll-ups as rows: what an hour or a day of a stream holds.
//!
//! Not here: which hours are over and what they hold ([`crate::rollup`]).
//! Invariant: a row that is there is true of the committed index: whatever changes an hour deletes
//! its rows in the same transaction (triggers in `schema_2.sql`).

use super::fragment_table::{put_unsigned, take_unsigned};
use crate::StoreError;
use crate::event::MOTION_LABEL;
use crate::gap::GapReason;
use crate::index::Index;
use crate::stream::StreamKey;
use crate::tally::{Missing, SeenCounts, Tally};
use afterimage_base::WallTime;
use rusqlite::{Connection, Row, Transaction, params};
use std::collections::BTreeMap;

pub const MINUTE: i64 = 60_000_000;

/// How long a piece a row sums up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RollUpWidth {
    Hour,
    Day,
}

impl RollUpWidth {
    pub const fn micros(self) -> i64 {
        match self {
            Self::Hour => 60 * MINUTE,
            Self::Day => 24 * 60 * MINUTE,
        }
    }
}

impl Index {
    /// Rows that begin in `[from, to)`, by their start.
    pub fn rollups(
        &self,
        stream: StreamKey,
        width: RollUpWidth,
        from: i64,
        to: i64,
    ) -> Result<BTreeMap<i64, Tally>, StoreError> {
        let sql = "SELECT start, recorded, gaps, first, last, motion, objects, events FROM rollups
                   WHERE stream = ?1 AND width = ?2 AND start >= ?3 AND start < ?4";
        let values = params![stream.0, width.micros(), from, to];
        self.read("read roll-ups", |connection: &Connection| {
            connection
                .prepare_cached(sql)?
                .query_map(values, |row| Ok((row.get(0)?, read_tally(row, width)?)))?
                .collect()
        })
    }

    /// What was seen in each minute of the hours that begin in `[from, to)`, by the hour's start.
    pub fn minutes(
        &self,
        stream: StreamKey,
        from: i64,
        to: i64,
    ) -> Result<BTreeMap<i64, Vec<SeenCounts>>, StoreError> {
        let sql = "SELECT start, minutes FROM rollups
                   WHERE stream = ?1 AND width = ?2 AND start >= ?3 AND start < ?4";
        let values = params![stream.0, RollUpWidth::Hour.micros(), from, to];
        self.read("read roll-ups", |connection: &Connection| {
            connection
                .prepare_cached(sql)?
                .query_map(values, |row| {
                    let blob: Option<Vec<u8>> = row.get(1)?;
                    Ok((row.get(0)?, unpack_minutes(blob.as_deref().unwrap_or_default())))
                })?
                .collect()
        })
    }

    /// Writes rows, unless anything was written since [`Index::changes`] was `changes`; answers
    /// whether they were.
    pub fn put_rollups(
        &self,
        stream: StreamKey,
        changes: u64,
        rows: &[(i64, RollUpWidth, Tally, Vec<SeenCounts>)],
    ) -> Result<bool, StoreError> {
        let doing = "write roll-ups";
        self.write(doing, |transaction| {
            if transaction.total_changes() != changes {
                return Ok(false);
            }
            let mut rows = rows.iter();
            rows.try_for_each(|(start, width, tally, minutes)| {
                put_rollup(transaction, stream, *width, *start, tally, minutes)
            })
            .map_err(StoreError::index(doing))?;
            Ok(true)
        })
    }

    /// What was seen in each part of so many microseconds since 1970, of `[from, to)`; parts in
    /// which nothing was are left out.
    pub fn seen_counts(
        &self,
        stream: StreamKey,
        from: WallTime,
        to: WallTime,
        width: i64,
    ) -> Result<BTreeMap<i64, SeenCounts>, StoreError> {
        // One frame may hold many boxes, and motion and objects.
        let sql = "SELECT at / ?4, sum(is_motion), sum(is_object) FROM (
                       SELECT at, max(label IS ?5) AS is_motion, max(label IS NOT ?5) AS is_object
                       FROM detections WHERE stream = ?1 AND at >= ?2 AND at < ?3 GROUP BY at
                   ) GROUP BY 1";
        let mut counts = self.read("count detections", |connection: &Connection| {
            let motion = connection
                .prepare_cached("SELECT max(id) FROM words WHERE word = ?1")?
                .query_row([MOTION_LABEL], |row| row.get::<_, Option<i64>>(0))?
                // No row has it.
                .unwrap_or(-1);
            let values = params![stream.0, from.as_micros(), to.as_micros(), width, motion];
            connection
                .prepare_cached(sql)?
                .query_map(values, |row| {
                    let seen = SeenCounts { motion: row.get(1)?, objects: row.get(2)?, events: 0 };
                    Ok((row.get::<_, i64>(0)?, seen))
                })?
                .collect::<rusqlite::Result<BTreeMap<i64, SeenCounts>>>()
        })?;
        for (part, events) in self.event_counts(stream, from, to, width)? {
            counts.entry(part).or_default().events += events;
        }
        Ok(counts)
    }

    /// When the stream's first segment begins, whatever its age.
    pub fn first_start(&self, stream: StreamKey) -> Result<Option<WallTime>, StoreError> {
        let sql = "SELECT min(start) FROM segments WHERE stream = ?1";
        let start = self.read("find a segment", |connection: &Connection| {
            connection
                .prepare_cached(sql)?
                .query_row([stream.0], |row| row.get::<_, Option<i64>>(0))
        })?;
        Ok(start.map(WallTime::from_micros))
    }
}

fn put_rollup(
    transaction: &Transaction<'_>,
    stream: StreamKey,
    width: RollUpWidth,
    start: i64,
    tally: &Tally,
    minutes: &[SeenCounts],
) -> rusqlite::Result<()> {
    let sql = "INSERT INTO rollups VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
               ON CONFLICT DO UPDATE SET recorded = excluded.recorded, gaps = excluded.gaps,
               first = excluded.first, last = excluded.last, motion = excluded.motion,
               objects = excluded.objects, events = excluded.events, minutes = excluded.minutes";
    let gap = |(reason, missing): (&GapReason, &Missing)| {
        format!("{}:{}:{}", reason.code(), missing.micros, missing.gaps)
    };
    let gaps: Vec<String> = tally.gaps.iter().map(gap).collect();
    transaction.prepare_cached(sql)?.execute(params![
        stream.0,
        width.micros(),
        start,
        tally.recorded,
        (!gaps.is_empty()).then(|| gaps.join(" ")),
        tally.first.map(GapReason::code),
        tally.last.map(GapReason::code),
        tally.seen.motion,
        tally.seen.objects,
        tally.seen.events,
        pack_minutes(minutes),
    ])?;
    Ok(())
}

fn read_tally(row: &Row<'_>, width: RollUpWidth) -> rusqlite::Result<Tally> {
    let text = |column: usize| -> rusqlite::Result<Option<&str>> {
        row.get_ref(column)?.as_str_or_null().map_err(rusqlite::Error::from)
    };
    let reason = |code: &str| GapReason::from_code(code).unwrap_or(GapReason::Unknown);
    let mut gaps = BTreeMap::new();
    for gap in text(2)?.unwrap_or_default().split_whitespace() {
        let mut parts = gap.split(':');
        let (code, micros, count) = (parts.next(), parts.next(), parts.next());
        let sum: &mut Missing = gaps.entry(reason(code.unwrap_or_default())).or_default();
        sum.micros += micros.and_then(|micros| micros.parse::<i64>().ok()).unwrap_or(0);
        sum.gaps += count.and_then(|count| count.parse::<u64>().ok()).unwrap_or(0);
    }
    Ok(Tally {
        span: width.micros(),
        recorded: row.get(1)?,
        gaps,
        first: text(3)?.map(reason),
        last: text(4)?.map(reason),
        seen: SeenCounts { motion: row.get(5)?, objects: row.get(6)?, events: row.get(7)? },
    })
}

fn pack_minutes(minutes: &[SeenCounts]) -> Option<Vec<u8>> {
    if minutes.iter().all(|minute| *minute == SeenCounts::default()) {
        return None;
    }
    let mut blob = Vec::with_capacity(minutes.len() * 3);
    for minute in minutes {
        for count in [minute.motion, minute.objects, minute.events] {
            put_unsigned(&mut blob, u64::from(count));
        }
    }
    Some(blob)
}

/// Sixty minutes; what the blob does not tell is nothing.
fn unpack_minutes(mut blob: &[u8]) -> Vec<SeenCounts> {
    let mut take = || u32::try_from(take_unsigned(&mut blob).unwrap_or(0)).unwrap_or(u32::MAX);
    (0..60).map(|_| SeenCounts { motion: take(), objects: take(), events: take() }).collect()
}
