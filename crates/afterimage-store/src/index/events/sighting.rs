//! Detections as events: frames with the same label by the same model, no more than
//! [`EVENT_PAUSE`] apart, are one.
//!
//! Invariant: two events of a stream, model and label are farther apart than that. Writing the
//! same frames again changes nothing.

use crate::event::{EVENT_PAUSE, EventKind, MOTION_LABEL};
use crate::stream::StreamKey;
use rusqlite::{OptionalExtension, Row, Transaction, params};

const PAUSE: i64 = EVENT_PAUSE.as_micros() as i64;

/// What a model saw of one label on one frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::index) struct SeenFrame {
    pub fragment: u64,
    pub sample: u32,
    pub at: i64,
    pub count: u32,
    /// Of the surest box.
    pub score: f32,
}

/// Whose events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::index) struct Subject<'a> {
    pub stream: StreamKey,
    /// Its word.
    pub model: i64,
    pub label: &'a str,
}

/// Frames that follow each other.
#[derive(Clone, Copy, Debug)]
struct Run {
    from: i64,
    to: i64,
    best: SeenFrame,
    count: u32,
}

impl Run {
    fn of(frame: SeenFrame) -> Self {
        Self { from: frame.at, to: frame.at, best: frame, count: frame.count }
    }

    fn take(&mut self, other: &Self) {
        self.from = self.from.min(other.from);
        self.to = self.to.max(other.to);
        self.count = self.count.max(other.count);
        if other.best.score > self.best.score {
            self.best = other.best;
        }
    }
}

/// Runs of frames that are in order of time.
fn runs(frames: &[SeenFrame]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for frame in frames {
        match runs.last_mut() {
            Some(run) if frame.at - run.to <= PAUSE => run.take(&Run::of(*frame)),
            _ => runs.push(Run::of(*frame)),
        }
    }
    runs
}

impl Subject<'_> {
    /// The model saw the label on these frames.
    pub fn saw(
        &self,
        transaction: &Transaction<'_>,
        mut frames: Vec<SeenFrame>,
    ) -> rusqlite::Result<()> {
        frames.sort_by_key(|frame| frame.at);
        for mut run in runs(&frames) {
            let near = self.near(transaction, run.from, run.to)?;
            let Some((first, others)) = near.split_first() else {
                self.insert(transaction, &run)?;
                continue;
            };
            // What is stored is first, so that of equally sure frames it stays.
            let mut whole = first.1;
            for (id, other) in others {
                whole.take(other);
                delete(transaction, *id)?;
            }
            whole.take(&run);
            run = whole;
            update(transaction, first.0, &run)?;
        }
        Ok(())
    }

    /// It no longer saw what it saw at that instant: the event there is made anew of what is left.
    pub fn unsaw(&self, transaction: &Transaction<'_>, at: i64) -> rusqlite::Result<()> {
        for (id, run) in self.near(transaction, at, at)? {
            let frames = self.frames(transaction, run.from, run.to)?;
            let left = runs(&frames);
            let Some((first, others)) = left.split_first() else {
                delete(transaction, id)?;
                continue;
            };
            update(transaction, id, first)?;
            for other in others {
                self.insert(transaction, other)?;
            }
        }
        Ok(())
    }

    /// Events that frames of `[from, to]` belong to, the first known first.
    fn near(
        &self,
        transaction: &Transaction<'_>,
        from: i64,
        to: i64,
    ) -> rusqlite::Result<Vec<(i64, Run)>> {
        let sql = "SELECT id, start, until, fragment, sample, at, score, count FROM events
                   WHERE stream = ?1 AND model = ?2 AND label = ?3 AND until >= ?4 ORDER BY until";
        let mut select = transaction.prepare_cached(sql)?;
        let values = params![self.stream.0, self.model, self.label, from.saturating_sub(PAUSE)];
        let mut rows = select.query(values)?;
        let mut near = Vec::new();
        while let Some(row) = rows.next()? {
            let found = read_run(row)?;
            // They are apart, so those that end later begin later too.
            if found.1.from > to.saturating_add(PAUSE) {
                break;
            }
            near.push(found);
        }
        near.sort_by_key(|(id, _)| *id);
        Ok(near)
    }

    fn frames(
        &self,
        transaction: &Transaction<'_>,
        from: i64,
        to: i64,
    ) -> rusqlite::Result<Vec<SeenFrame>> {
        let sql = "SELECT fragment, sample, at, count(*), max(score) FROM detections
                   WHERE stream = ?1 AND at BETWEEN ?4 AND ?5 AND model = ?2
                   AND label = (SELECT id FROM words WHERE word = ?3)
                   GROUP BY at, fragment, sample ORDER BY at";
        let values = params![self.stream.0, self.model, self.label, from, to];
        transaction.prepare_cached(sql)?.query_map(values, read_frame)?.collect()
    }

    fn insert(&self, transaction: &Transaction<'_>, run: &Run) -> rusqlite::Result<()> {
        let kind = if self.label == MOTION_LABEL { EventKind::Motion } else { EventKind::Sighting };
        let sql = "INSERT INTO events (stream, model, label, kind, detail, start, until, score,
                   count, fragment, sample, at) VALUES (?1, ?2, ?3, ?4, '', ?5, ?6, ?7, ?8, ?9,
                   ?10, ?11)";
        transaction.prepare_cached(sql)?.execute(params![
            self.stream.0,
            self.model,
            self.label,
            kind.code(),
            run.from,
            run.to,
            run.best.score,
            run.count,
            run.best.fragment.cast_signed(),
            run.best.sample,
            run.best.at
        ])?;
        Ok(())
    }
}

fn update(transaction: &Transaction<'_>, id: i64, run: &Run) -> rusqlite::Result<()> {
    let sql = "UPDATE events SET start = ?2, until = ?3, score = ?4, count = ?5, fragment = ?6,
               sample = ?7, at = ?8 WHERE id = ?1";
    transaction.prepare_cached(sql)?.execute(params![
        id,
        run.from,
        run.to,
        run.best.score,
        run.count,
        run.best.fragment.cast_signed(),
        run.best.sample,
        run.best.at
    ])?;
    Ok(())
}

fn delete(transaction: &Transaction<'_>, id: i64) -> rusqlite::Result<()> {
    transaction.prepare_cached("DELETE FROM events WHERE id = ?1")?.execute([id])?;
    Ok(())
}

fn read_run(row: &Row<'_>) -> rusqlite::Result<(i64, Run)> {
    let count = row.get(7)?;
    let best = SeenFrame {
        fragment: row.get::<_, i64>(3)?.cast_unsigned(),
        sample: row.get(4)?,
        at: row.get(5)?,
        count,
        score: row.get(6)?,
    };
    Ok((row.get(0)?, Run { from: row.get(1)?, to: row.get(2)?, best, count }))
}

fn read_frame(row: &Row<'_>) -> rusqlite::Result<SeenFrame> {
    Ok(SeenFrame {
        fragment: row.get::<_, i64>(0)?.cast_unsigned(),
        sample: row.get(1)?,
        at: row.get(2)?,
        count: row.get(3)?,
        score: row.get(4)?,
    })
}

/// What is known of a label on a frame, if a model saw it there.
pub(in crate::index) fn seen_before(
    transaction: &Transaction<'_>,
    stream: StreamKey,
    model: i64,
    frame: (u64, u32),
) -> rusqlite::Result<Vec<(String, SeenFrame)>> {
    let sql = "SELECT fragment, sample, at, count(*), max(score),
               (SELECT word FROM words WHERE id = label) FROM detections
               WHERE stream = ?1 AND fragment = ?2 AND sample = ?3 AND model = ?4
               GROUP BY label, at";
    let values = params![stream.0, frame.0.cast_signed(), frame.1, model];
    transaction
        .prepare_cached(sql)?
        .query_map(values, |row| Ok((row.get(5)?, read_frame(row)?)))?
        .collect()
}

/// Of all detections that are there.
pub(super) fn derive(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    let sql = "SELECT DISTINCT stream, model, label, word FROM detections
               JOIN words ON words.id = label";
    let subjects: Vec<(i64, i64, String)> = transaction
        .prepare(sql)?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(3)?)))?
        .collect::<rusqlite::Result<_>>()?;
    for (stream, model, label) in &subjects {
        let subject = Subject { stream: StreamKey(*stream), model: *model, label };
        let mut from = i64::MIN;
        // By the million, so that memory is bounded.
        while let Some(to) = millionth(transaction, *stream, from)? {
            let frames = subject.frames(transaction, from, to)?;
            subject.saw(transaction, frames)?;
            let Some(next) = to.checked_add(1) else { break };
            from = next;
        }
    }
    Ok(())
}

/// Until when about a million detections of the stream are, from that instant on; `None` where
/// there are no more.
fn millionth(
    transaction: &Transaction<'_>,
    stream: i64,
    from: i64,
) -> rusqlite::Result<Option<i64>> {
    let any = "SELECT max(at) FROM (SELECT at FROM detections WHERE stream = ?1 AND at >= ?2
               ORDER BY at LIMIT 1000000)";
    let found = transaction.prepare_cached(any)?.query_row([stream, from], |row| row.get(0));
    Ok(found.optional()?.flatten())
}
