//! Events as rows: questions and marks.
//!
//! Not here: how detections ([`sighting`]) and gaps ([`outage`]) become events.

mod outage;
mod sighting;

pub(super) use sighting::{SeenFrame, Subject, seen_before};

use crate::StoreError;
use crate::event::{Event, EventFilter, EventKind, SHORTEST_OUTAGE, SeenEvents, ShownStream};
use crate::index::Index;
use crate::stream::StreamKey;
use afterimage_base::WallTime;
use rusqlite::types::Value;
use rusqlite::{Connection, Row, Transaction, params, params_from_iter};

/// True of an event that the user of parameter 1 has seen.
const IS_SEEN: &str = "coalesce(
    (SELECT is_seen FROM seen_events WHERE event = events.id AND user = ?1),
    EXISTS (SELECT 1 FROM seen_until
            WHERE user = ?1 AND until >= events.start AND last_id >= events.id))";

impl Index {
    pub fn events(
        &self,
        filter: &EventFilter,
        shown: &[ShownStream],
        now: WallTime,
    ) -> Result<Vec<Event>, StoreError> {
        let (condition, mut values) = condition(filter, shown, now);
        let mut sql = format!(
            "SELECT id, stream, kind, label, detail, start, until, score, count, fragment, sample,
             at, {IS_SEEN} AS is_seen FROM events WHERE {condition}"
        );
        if filter.unseen_only {
            sql.push_str(" AND NOT is_seen");
        }
        sql.push_str(" ORDER BY start DESC, id DESC LIMIT ?");
        values.push(i64::try_from(filter.limit).unwrap_or(i64::MAX).into());
        self.read("list events", |connection: &Connection| {
            connection
                .prepare_cached(&sql)?
                .query_map(params_from_iter(values), |row| read_event(row, shown))?
                .collect()
        })
    }

    pub fn unseen_events(
        &self,
        filter: &EventFilter,
        shown: &[ShownStream],
        now: WallTime,
    ) -> Result<u64, StoreError> {
        let (condition, values) = condition(filter, shown, now);
        let sql = format!("SELECT count(*) FROM events WHERE {condition} AND NOT {IS_SEEN}");
        let count: i64 = self.read("count events", |connection: &Connection| {
            connection.prepare_cached(&sql)?.query_row(params_from_iter(values), |row| row.get(0))
        })?;
        Ok(count.cast_unsigned())
    }

    pub fn mark_events(
        &self,
        user: &str,
        which: &SeenEvents,
        is_seen: bool,
    ) -> Result<(), StoreError> {
        let doing = "mark events";
        self.write(doing, |transaction| {
            let marked = match which {
                SeenEvents::Ids(ids) => mark(transaction, user, ids, is_seen),
                SeenEvents::UpTo(until) if is_seen => mark_until(transaction, user, *until),
                SeenEvents::UpTo(until) => unmark_until(transaction, user, *until),
            };
            marked.map_err(StoreError::index(doing))
        })
    }

    /// How many events begin in each part of so many microseconds, of `[from, to)`.
    pub fn event_counts(
        &self,
        stream: StreamKey,
        from: WallTime,
        to: WallTime,
        width: i64,
    ) -> Result<Vec<(i64, u32)>, StoreError> {
        let sql = "SELECT start / ?4, count(*) FROM events
                   WHERE stream = ?1 AND start >= ?2 AND start < ?3
                   AND (until IS NULL OR model IS NOT NULL OR kind = 'damage'
                        OR until - start > ?5) GROUP BY 1";
        let shortest = SHORTEST_OUTAGE.as_micros() as i64;
        let values = params![stream.0, from.as_micros(), to.as_micros(), width, shortest];
        self.read("count events", |connection: &Connection| {
            connection
                .prepare_cached(sql)?
                .query_map(values, |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect()
        })
    }

    /// Forgets events whose end is in footage that goes.
    pub fn forget_events(
        transaction: &Transaction<'_>,
        stream: StreamKey,
        from: WallTime,
        to: WallTime,
    ) -> rusqlite::Result<()> {
        // By its end: an event that reaches into what stays is kept.
        let sql = "DELETE FROM events WHERE stream = ?1 AND until >= ?2 AND until < ?3
                   AND model IS NOT NULL";
        let values = params![stream.0, from.as_micros(), to.as_micros()];
        transaction.prepare_cached(sql)?.execute(values)?;
        Ok(())
    }

    /// For a migration: events of the gaps and detections that are there.
    pub(super) fn derive_events(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
        outage::derive(transaction)?;
        sighting::derive(transaction)
    }
}

/// What the filter chooses, all but what was seen; parameter 1 is the user.
fn condition(filter: &EventFilter, shown: &[ShownStream], now: WallTime) -> (String, Vec<Value>) {
    let mut values: Vec<Value> = vec![
        filter.user.clone().into(),
        filter.to.as_micros().into(),
        filter.from.as_micros().into(),
        now.minus(SHORTEST_OUTAGE).as_micros().into(),
        (SHORTEST_OUTAGE.as_micros() as i64).into(),
    ];
    let mut sql = String::from(
        "start < ?2 AND (start >= ?3 OR until IS NULL)
         AND (kind <> 'camera_down' OR ifnull(until - start > ?5, start < ?4)) AND (0",
    );
    for stream in shown {
        sql.push_str(
            " OR (stream = ? AND (until IS NULL OR until > ? OR EXISTS (SELECT 1 FROM holds
             WHERE holds.stream = events.stream AND holds.start <= events.until
             AND holds.until > events.start)))",
        );
        values.push(stream.key.0.into());
        values.push(stream.visible_from.as_micros().into());
    }
    sql.push(')');
    for (column, words) in [
        ("kind", filter.kinds.iter().map(|kind| kind.code().to_owned()).collect()),
        ("label", filter.labels.clone()),
    ] {
        if !words.is_empty() {
            sql.push_str(&format!(" AND {column} IN ({})", vec!["?"; words.len()].join(",")));
            values.extend(words.into_iter().map(Value::from));
        }
    }
    if let Some(region) = filter.region {
        sql.push_str(TOUCHES_REGION);
        let [left, top, right, bottom] = region.edges();
        values.extend([right, left, bottom, top].map(|edge| Value::from(f64::from(edge))));
    }
    (sql, values)
}

/// Reads the detections of the event's own time, up to the first that touches.
const TOUCHES_REGION: &str = " AND model IS NOT NULL AND EXISTS (
    SELECT 1 FROM detections INDEXED BY detections_by_time
    WHERE detections.stream = events.stream
    AND detections.at BETWEEN events.start AND events.until
    AND detections.label = (SELECT id FROM words WHERE word = events.label)
    AND detections.model = events.model
    AND x <= ? AND x + width >= ? AND y <= ? AND y + height >= ?)";

fn mark(
    transaction: &Transaction<'_>,
    user: &str,
    ids: &[i64],
    is_seen: bool,
) -> rusqlite::Result<()> {
    let sql = "INSERT INTO seen_events SELECT id, ?2, ?3 FROM events WHERE id = ?1
               ON CONFLICT DO UPDATE SET is_seen = excluded.is_seen";
    let mut put = transaction.prepare_cached(sql)?;
    for id in ids {
        put.execute(params![id, user, is_seen])?;
    }
    Ok(())
}

fn mark_until(transaction: &Transaction<'_>, user: &str, until: WallTime) -> rusqlite::Result<()> {
    let values = params![user, until.as_micros()];
    // The new mark says all that earlier ones said.
    let sql = "DELETE FROM seen_until WHERE user = ?1 AND until <= ?2";
    transaction.prepare_cached(sql)?.execute(values)?;
    let sql = "DELETE FROM seen_events WHERE user = ?1
               AND event IN (SELECT id FROM events WHERE start <= ?2)";
    transaction.prepare_cached(sql)?.execute(values)?;
    let sql = "INSERT INTO seen_until SELECT ?1, ?2, coalesce(max(id), 0) FROM events";
    transaction.prepare_cached(sql)?.execute(values)?;
    Ok(())
}

fn unmark_until(
    transaction: &Transaction<'_>,
    user: &str,
    until: WallTime,
) -> rusqlite::Result<()> {
    let sql = "DELETE FROM seen_until WHERE user = ?1 AND until <= ?2";
    transaction.prepare_cached(sql)?.execute(params![user, until.as_micros()])?;
    // Marks that reach farther stay: what they must not say is marked one by one.
    let sql = format!(
        "INSERT INTO seen_events SELECT id, ?1, 0 FROM events WHERE start <= ?2 AND {IS_SEEN}
         ON CONFLICT DO UPDATE SET is_seen = 0"
    );
    transaction.prepare_cached(&sql)?.execute(params![user, until.as_micros()])?;
    Ok(())
}

fn read_event(row: &Row<'_>, shown: &[ShownStream]) -> rusqlite::Result<Event> {
    let bad = |column: usize, what: &str| {
        rusqlite::Error::FromSqlConversionFailure(
            column,
            rusqlite::types::Type::Text,
            format!("the index holds an event with {what} that can't be read").into(),
        )
    };
    let key = StreamKey(row.get(1)?);
    let stream = shown.iter().find(|shown| shown.key == key).ok_or_else(|| bad(1, "a stream"))?;
    let kind: String = row.get(2)?;
    let detail: String = row.get(4)?;
    let fragment = row.get::<_, Option<i64>>(9)?.map(i64::cast_unsigned);
    Ok(Event {
        id: row.get(0)?,
        stream: stream.id,
        kind: EventKind::from_code(&kind).ok_or_else(|| bad(2, "a kind"))?,
        label: row.get(3)?,
        detail: (!detail.is_empty()).then_some(detail),
        from: WallTime::from_micros(row.get(5)?),
        to: row.get::<_, Option<i64>>(6)?.map(WallTime::from_micros),
        score: row.get(7)?,
        count: row.get(8)?,
        frame: fragment.zip(row.get(10)?),
        at: WallTime::from_micros(row.get(11)?),
        seen: row.get(12)?,
    })
}
