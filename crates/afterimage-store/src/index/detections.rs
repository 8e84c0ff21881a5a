//! Detections as rows.

use crate::StoreError;
use crate::detection::{Detection, DetectionActivity, DetectionFilter};
use crate::index::Index;
use crate::index::events::{SeenFrame, Subject, seen_before};
use crate::stream::StreamKey;
use afterimage_base::WallTime;
use rusqlite::types::Value;
use rusqlite::{Connection, Row, Transaction, params, params_from_iter};
use std::collections::BTreeMap;

impl Index {
    pub fn put_detections(
        &self,
        stream: StreamKey,
        model: &str,
        frames: &[(u64, u32)],
        detections: &[Detection],
    ) -> Result<(), StoreError> {
        let doing = "write detections";
        self.write(doing, |transaction| {
            replace(transaction, stream, model, frames, detections)
                .map_err(StoreError::index(doing))
        })
    }

    pub fn detections(
        &self,
        stream: StreamKey,
        from: WallTime,
        to: WallTime,
        filter: &DetectionFilter,
        limit: usize,
    ) -> Result<Vec<Detection>, StoreError> {
        let mut sql = String::from(
            "SELECT fragment, sample, at, models.word, labels.word, score, x, y, width, height,
             extra FROM detections JOIN words models ON models.id = model
             JOIN words labels ON labels.id = label WHERE stream = ? AND at >= ? AND at < ?",
        );
        let mut values: Vec<Value> =
            vec![stream.0.into(), from.as_micros().into(), to.as_micros().into()];
        if let Some(model) = &filter.model {
            sql.push_str(" AND models.word = ?");
            values.push(model.clone().into());
        }
        if !filter.labels.is_empty() {
            let marks = vec!["?"; filter.labels.len()].join(",");
            sql.push_str(&format!(" AND labels.word IN ({marks})"));
            values.extend(filter.labels.iter().cloned().map(Value::from));
        }
        if let Some(min_score) = filter.min_score {
            sql.push_str(" AND score >= ?");
            values.push(f64::from(min_score).into());
        }
        sql.push_str(" ORDER BY at, detections.id LIMIT ?");
        values.push(i64::try_from(limit).unwrap_or(i64::MAX).into());
        self.read("list detections", |connection: &Connection| {
            connection
                .prepare_cached(&sql)?
                .query_map(params_from_iter(values), read_detection)?
                .collect()
        })
    }

    pub fn detection_activity(
        &self,
        stream: StreamKey,
        visible_from: WallTime,
        from: WallTime,
        to: WallTime,
        buckets: u32,
    ) -> Result<Vec<DetectionActivity>, StoreError> {
        let span = to.as_micros().saturating_sub(from.as_micros());
        let width = (span / i64::from(buckets)).max(1);
        let sql = "SELECT (at - ?2) / ?4, word, count(*) FROM detections
                   JOIN words ON words.id = label
                   WHERE stream = ?1 AND at >= max(?2, ?5) AND at < ?3 GROUP BY 1, 2 ORDER BY 1, 2";
        let values =
            params![stream.0, from.as_micros(), to.as_micros(), width, visible_from.as_micros()];
        let rows: Vec<(i64, String, i64)> = self.read("count detections", |connection| {
            connection
                .prepare_cached(sql)?
                .query_map(values, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
                .collect()
        })?;
        let mut parts: BTreeMap<i64, Vec<(String, u64)>> = BTreeMap::new();
        for (bucket, label, count) in rows {
            // What division leaves over belongs to the last part.
            let bucket = bucket.min(i64::from(buckets) - 1);
            parts.entry(bucket).or_default().push((label, count.cast_unsigned()));
        }
        let activity = |(bucket, labels): (i64, Vec<(String, u64)>)| {
            let start = from.as_micros() + bucket * width;
            let is_last = bucket == i64::from(buckets) - 1;
            DetectionActivity {
                from: WallTime::from_micros(start),
                to: if is_last { to } else { WallTime::from_micros(start + width) },
                labels,
            }
        };
        Ok(parts.into_iter().map(activity).collect())
    }

    pub fn forget_detections(
        transaction: &Transaction<'_>,
        stream: StreamKey,
        from: WallTime,
        to: WallTime,
    ) -> rusqlite::Result<()> {
        let sql = "DELETE FROM detections WHERE stream = ?1 AND at >= ?2 AND at < ?3";
        let values = params![stream.0, from.as_micros(), to.as_micros()];
        transaction.prepare_cached(sql)?.execute(values)?;
        Ok(())
    }
}

fn replace(
    transaction: &Transaction<'_>,
    stream: StreamKey,
    model: &str,
    frames: &[(u64, u32)],
    detections: &[Detection],
) -> rusqlite::Result<()> {
    let mut words = BTreeMap::from([(model, word_id(transaction, model)?)]);
    for detection in detections {
        for word in [detection.model.as_str(), detection.label.as_str()] {
            if !words.contains_key(word) {
                words.insert(word, word_id(transaction, word)?);
            }
        }
    }
    let mut before = Vec::new();
    let mut delete = transaction.prepare_cached(
        "DELETE FROM detections WHERE stream = ?1 AND fragment = ?2 AND sample = ?3 AND model = ?4",
    )?;
    for (fragment, sample) in frames {
        before.extend(seen_before(transaction, stream, words[model], (*fragment, *sample))?);
        delete.execute(params![stream.0, fragment.cast_signed(), sample, words[model]])?;
    }
    let mut insert = transaction.prepare_cached(
        "INSERT INTO detections (stream, fragment, sample, at, model, label, score, x, y, width,
         height, extra) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    )?;
    for detection in detections {
        let [x, y, width, height] = detection.area;
        insert.execute(params![
            stream.0,
            detection.fragment.cast_signed(),
            detection.sample,
            detection.at.as_micros(),
            words[detection.model.as_str()],
            words[detection.label.as_str()],
            detection.score,
            x,
            y,
            width,
            height,
            detection.extra
        ])?;
    }
    note_events(transaction, stream, model, &words, &before, detections)
}

/// What was seen becomes events, and what is no longer seen leaves them.
fn note_events(
    transaction: &Transaction<'_>,
    stream: StreamKey,
    model: &str,
    words: &BTreeMap<&str, i64>,
    before: &[(String, SeenFrame)],
    detections: &[Detection],
) -> rusqlite::Result<()> {
    let mut seen: BTreeMap<(&str, &str), SeenFrames> = BTreeMap::new();
    for detection in detections {
        let frames = seen.entry((&detection.model, &detection.label)).or_default();
        let frame = frames.entry((detection.fragment, detection.sample)).or_insert(SeenFrame {
            fragment: detection.fragment,
            sample: detection.sample,
            at: detection.at.as_micros(),
            count: 0,
            score: detection.score,
        });
        frame.count += 1;
        frame.score = frame.score.max(detection.score);
    }
    let subject = |model: &str, label| Subject { stream, model: words[model], label };
    for ((model, label), frames) in &seen {
        subject(model, label).saw(transaction, frames.values().copied().collect())?;
    }
    for (label, frame) in before {
        let now = seen.get(&(model, label.as_str()));
        let now = now.and_then(|frames| frames.get(&(frame.fragment, frame.sample)));
        if now.is_none_or(|now| now.count < frame.count || now.score < frame.score) {
            subject(model, label).unsaw(transaction, frame.at)?;
        }
    }
    Ok(())
}

fn word_id(transaction: &Transaction<'_>, word: &str) -> rusqlite::Result<i64> {
    transaction
        .prepare_cached("INSERT OR IGNORE INTO words (word) VALUES (?1)")?
        .execute([word])?;
    transaction
        .prepare_cached("SELECT id FROM words WHERE word = ?1")?
        .query_row([word], |row| row.get(0))
}

fn read_detection(row: &Row<'_>) -> rusqlite::Result<Detection> {
    Ok(Detection {
        fragment: row.get::<_, i64>(0)?.cast_unsigned(),
        sample: row.get(1)?,
        at: WallTime::from_micros(row.get(2)?),
        model: row.get(3)?,
        label: row.get(4)?,
        score: row.get(5)?,
        area: [row.get(6)?, row.get(7)?, row.get(8)?, row.get(9)?],
        extra: row.get(10)?,
    })
}

/// By fragment and sample.
type SeenFrames = BTreeMap<(u64, u32), SeenFrame>;
