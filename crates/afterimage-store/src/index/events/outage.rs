//! Gaps as events: what is missing and should not be.
//!
//! Invariant: one event per gap; it keeps its id while the gap grows and ends.

use crate::event::EventKind;
use crate::gap::{Gap, GapReason};
use crate::index::Index;
use crate::stream::StreamKey;
use afterimage_base::WallTime;
use rusqlite::{Transaction, params};

impl Index {
    /// A gap was written, or became longer; `until` is `None` while it goes on.
    pub fn note_gap(
        transaction: &Transaction<'_>,
        stream: StreamKey,
        gap: &Gap,
        until: Option<WallTime>,
    ) -> rusqlite::Result<()> {
        let Some(kind) = kind(gap.reason) else { return Ok(()) };
        let (start, until) = (gap.from.as_micros(), until.map(WallTime::as_micros));
        let values = params![stream.0, gap.reason.code(), gap.detail, start, until];
        // Two questions, so that each is one look into an index.
        let same = "SELECT id FROM events WHERE stream = ?1 AND model IS NULL AND label = ?2
                    AND detail = ?3 AND start <= ifnull(?5, start)";
        let sql = format!("{same} AND until IS NULL UNION {same} AND until >= ?4 ORDER BY id");
        let known: Vec<i64> = transaction
            .prepare_cached(&sql)?
            .query_map(values, |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        if let Some((first, others)) = known.split_first() {
            // What was told in parts is one now.
            for other in others {
                transaction.prepare_cached("DELETE FROM events WHERE id = ?1")?.execute([other])?;
            }
            let sql = "UPDATE events SET start = min(start, ?2), at = min(start, ?2),
                       until = CASE WHEN ?3 IS NULL THEN NULL ELSE max(ifnull(until, ?3), ?3) END
                       WHERE id = ?1";
            transaction.prepare_cached(sql)?.execute(params![first, start, until])?;
            return Ok(());
        }
        let sql = "INSERT INTO events (stream, kind, label, detail, start, until, count, at)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, ?5)";
        let values = params![stream.0, kind.code(), gap.reason.code(), gap.detail, start, until];
        transaction.prepare_cached(sql)?.execute(values)?;
        Ok(())
    }

    /// Whatever goes on, only this gap does.
    pub fn note_open_gap(
        transaction: &Transaction<'_>,
        stream: StreamKey,
        gap: Option<&Gap>,
    ) -> rusqlite::Result<()> {
        let label = gap.map_or("", |gap| gap.reason.code());
        let start = gap.map_or(0, |gap| gap.from.as_micros());
        // One that ended as it began left nothing in the ledger.
        let sql = "DELETE FROM events WHERE stream = ?1 AND until IS NULL
                   AND (label <> ?2 OR start <> ?3)";
        transaction.prepare_cached(sql)?.execute(params![stream.0, label, start])?;
        gap.map_or(Ok(()), |gap| Self::note_gap(transaction, stream, gap, None))
    }

    /// Forgets events of gaps that ended before.
    pub fn forget_outages(
        transaction: &Transaction<'_>,
        stream: StreamKey,
        before: WallTime,
    ) -> rusqlite::Result<()> {
        let sql = "DELETE FROM events WHERE stream = ?1 AND model IS NULL AND until < ?2";
        transaction.prepare_cached(sql)?.execute(params![stream.0, before.as_micros()])?;
        Ok(())
    }
}

fn kind(reason: GapReason) -> Option<EventKind> {
    match reason {
        GapReason::Damaged => Some(EventKind::Damage),
        reason => reason.is_missing().then_some(EventKind::CameraDown),
    }
}

/// Of all gaps in the ledger.
pub(super) fn derive(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    let sql = "SELECT stream, start, until, reason, detail FROM gaps ORDER BY stream, start";
    let mut select = transaction.prepare(sql)?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let from = WallTime::from_micros(row.get(1)?);
        let until = row.get::<_, Option<i64>>(2)?.map(WallTime::from_micros);
        let reason: String = row.get(3)?;
        let gap = Gap {
            from,
            to: until.unwrap_or(from),
            reason: GapReason::from_code(&reason).unwrap_or(GapReason::Unknown),
            detail: row.get(4)?,
        };
        Index::note_gap(transaction, StreamKey(row.get(0)?), &gap, until)?;
    }
    Ok(())
}
