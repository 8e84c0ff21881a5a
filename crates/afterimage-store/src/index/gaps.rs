//! The gap ledger as rows.

use crate::StoreError;
use crate::gap::{Gap, GapReason, TOLERANCE};
use crate::index::Index;
use crate::stream::StreamKey;
use afterimage_base::WallTime;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

impl Index {
    /// Adds a closed gap; one that continues the stored one before it makes that longer.
    pub fn put_gap(
        transaction: &Transaction<'_>,
        stream: StreamKey,
        gap: &Gap,
    ) -> rusqlite::Result<()> {
        let (from, to) = (gap.from.as_micros(), gap.to.as_micros());
        let sql = "UPDATE gaps SET until = max(until, ?5), start = min(start, ?4)
                   WHERE id = (SELECT id FROM gaps WHERE stream = ?1 AND reason = ?2
                   AND detail = ?3 AND until >= ?6 AND start <= ?5 LIMIT 1)
                   RETURNING start, until";
        let near = gap.from.minus(TOLERANCE).as_micros();
        let values = params![stream.0, gap.reason.code(), gap.detail, from, to, near];
        let grown = transaction.prepare_cached(sql)?.query_row(values, |row| {
            Ok((WallTime::from_micros(row.get(0)?), WallTime::from_micros(row.get(1)?)))
        });
        if let Some((from, to)) = grown.optional()? {
            return Self::note_gap(transaction, stream, &Gap { from, to, ..gap.clone() }, Some(to));
        }
        let sql = "INSERT INTO gaps (stream, start, until, reason, detail)
                   VALUES (?1, ?2, ?3, ?4, ?5)";
        let values = params![stream.0, from, to, gap.reason.code(), gap.detail];
        transaction.prepare_cached(sql)?.execute(values)?;
        Self::note_gap(transaction, stream, gap, Some(gap.to))
    }

    /// Sets the gap that goes on, or that there is none.
    pub fn put_open_gap(
        transaction: &Transaction<'_>,
        stream: StreamKey,
        gap: Option<&Gap>,
    ) -> rusqlite::Result<()> {
        let sql = "DELETE FROM gaps WHERE stream = ?1 AND until IS NULL";
        transaction.prepare_cached(sql)?.execute([stream.0])?;
        if let Some(gap) = gap {
            let sql = "INSERT INTO gaps (stream, start, until, reason, detail)
                       VALUES (?1, ?2, NULL, ?3, ?4)";
            let values = params![stream.0, gap.from.as_micros(), gap.reason.code(), gap.detail];
            transaction.prepare_cached(sql)?.execute(values)?;
        }
        Self::note_open_gap(transaction, stream, gap)
    }

    /// Closed gaps that touch `[from, to)`, by start.
    pub fn gaps_between(
        &self,
        stream: StreamKey,
        from: WallTime,
        to: WallTime,
    ) -> Result<Vec<Gap>, StoreError> {
        let sql = "SELECT start, until, reason, detail FROM gaps
                   WHERE stream = ?1 AND until > ?2 AND start < ?3 ORDER BY start, id";
        self.read("list gaps", |connection: &Connection| {
            connection
                .prepare_cached(sql)?
                .query_map(params![stream.0, from.as_micros(), to.as_micros()], read_gap)?
                .collect()
        })
    }

    /// The gap that goes on; its end is its start.
    pub fn open_gap(&self, stream: StreamKey) -> Result<Option<Gap>, StoreError> {
        let sql = "SELECT start, start, reason, detail FROM gaps
                   WHERE stream = ?1 AND until IS NULL";
        self.read("find the open gap", |connection: &Connection| {
            connection.prepare_cached(sql)?.query_row([stream.0], read_gap).optional()
        })
    }

    /// The closed gap that ends last.
    pub fn latest_gap(&self, stream: StreamKey) -> Result<Option<Gap>, StoreError> {
        let sql = "SELECT start, until, reason, detail FROM gaps
                   WHERE stream = ?1 AND until IS NOT NULL ORDER BY until DESC LIMIT 1";
        self.read("find the latest gap", |connection: &Connection| {
            connection.prepare_cached(sql)?.query_row([stream.0], read_gap).optional()
        })
    }

    /// Forgets gaps that ended before footage of that time expired.
    pub fn forget_gaps(
        transaction: &Transaction<'_>,
        stream: StreamKey,
        before: WallTime,
    ) -> rusqlite::Result<()> {
        let sql = "DELETE FROM gaps WHERE stream = ?1 AND until < ?2";
        transaction.prepare_cached(sql)?.execute(params![stream.0, before.as_micros()])?;
        Self::forget_outages(transaction, stream, before)
    }
}

fn read_gap(row: &Row<'_>) -> rusqlite::Result<Gap> {
    let reason: String = row.get(2)?;
    Ok(Gap {
        from: WallTime::from_micros(row.get(0)?),
        to: WallTime::from_micros(row.get(1)?),
        reason: GapReason::from_code(&reason).unwrap_or(GapReason::Unknown),
        detail: row.get(3)?,
    })
}
