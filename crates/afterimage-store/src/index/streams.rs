//! Streams as rows.

use crate::StoreError;
use crate::index::Index;
use crate::schedule::Schedule;
use crate::secret::SecretKey;
use crate::stream::{StreamId, StreamKey, StreamSettings};
use afterimage_base::{Secret, StreamName, WallTime};
use rusqlite::{Connection, Row, Transaction, params};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use uuid::Uuid;

/// A stream and what must survive of its running.
#[derive(Clone, Debug)]
pub struct StreamRow {
    pub key: StreamKey,
    pub id: StreamId,
    pub settings: StreamSettings,
    pub next_number: u64,
    pub last_hash: [u8; 32],
    pub scan_from: WallTime,
    pub expired_to: WallTime,
    pub is_deleting: bool,
}

/// The JSON column.
#[derive(Serialize, Deserialize)]
struct StoredSettings {
    retention_seconds: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retain_bytes: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    schedule: Option<Schedule>,
    recording: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    capture: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    transport: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    models: Vec<String>,
}

impl StoredSettings {
    fn json(settings: &StreamSettings) -> String {
        let stored = Self {
            retention_seconds: settings.retention.as_secs(),
            retain_bytes: settings.retain_bytes,
            schedule: settings.schedule.clone(),
            recording: settings.recording,
            capture: settings.capture.clone(),
            transport: settings.transport.clone(),
            models: settings.models.clone(),
        };
        serde_json::to_string(&stored).expect("strings and numbers serialise")
    }
}

impl Index {
    /// All streams, those being deleted too. A source that the key doesn't open is an error.
    pub fn streams(&self, secret: &SecretKey) -> Result<Vec<StreamRow>, StoreError> {
        let rows = self.read("list the streams", |connection: &Connection| {
            let sql = "SELECT key, id, name, source, settings, created, next_number, last_hash,
                       scan_from, expired_to, is_deleting FROM streams ORDER BY name";
            connection
                .prepare_cached(sql)?
                .query_map([], read_row)?
                .collect::<rusqlite::Result<Vec<_>>>()
        })?;
        let open = |(mut row, sealed): (StreamRow, Option<Vec<u8>>)| {
            if let Some(sealed) = sealed {
                let source = secret.unseal(&sealed, row.id.0.as_bytes())?;
                row.settings.source = Some(Secret::new(source));
            }
            Ok(row)
        };
        rows.into_iter().map(open).collect()
    }

    pub fn insert_stream(
        transaction: &Transaction<'_>,
        id: StreamId,
        settings: &StreamSettings,
        secret: &SecretKey,
    ) -> Result<StreamKey, StoreError> {
        let sql = "INSERT INTO streams (id, name, source, settings, created, last_hash, scan_from,
                   expired_to) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
        let source = sealed(settings, id, secret)?;
        let created = settings.created.as_micros();
        let values = params![
            id.0.as_bytes(),
            settings.name.as_str(),
            source,
            StoredSettings::json(settings),
            created,
            [0_u8; 32],
            created,
            i64::MIN
        ];
        transaction
            .prepare_cached(sql)
            .and_then(|mut statement| statement.execute(values))
            .map_err(StoreError::index("add a stream"))?;
        Ok(StreamKey(transaction.last_insert_rowid()))
    }

    pub fn update_stream(
        transaction: &Transaction<'_>,
        key: StreamKey,
        id: StreamId,
        settings: &StreamSettings,
        secret: &SecretKey,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE streams SET name = ?2, source = ?3, settings = ?4 WHERE key = ?1";
        let source = sealed(settings, id, secret)?;
        let values = params![key.0, settings.name.as_str(), source, StoredSettings::json(settings)];
        transaction
            .prepare_cached(sql)
            .and_then(|mut statement| statement.execute(values))
            .map_err(StoreError::index("change a stream"))?;
        Ok(())
    }

    pub fn mark_deleting(transaction: &Transaction<'_>, key: StreamKey) -> rusqlite::Result<()> {
        // Its name is free at once.
        let sql =
            "UPDATE streams SET is_deleting = 1, source = NULL, name = '/' || key WHERE key = ?1";
        transaction.execute(sql, [key.0])?;
        Ok(())
    }

    /// Forgets a stream and everything that belongs to it.
    pub fn delete_stream(transaction: &Transaction<'_>, key: StreamKey) -> rusqlite::Result<()> {
        for table in [
            "segments",
            "gaps",
            "holds",
            "consumers",
            "detections",
            "events",
            "bookmarks",
            "totals",
            "rollups",
        ] {
            transaction.execute(&format!("DELETE FROM {table} WHERE stream = ?1"), [key.0])?;
        }
        transaction.execute("DELETE FROM streams WHERE key = ?1", [key.0])?;
        Ok(())
    }

    /// What the next append needs.
    pub fn set_position(
        transaction: &Transaction<'_>,
        key: StreamKey,
        next_number: u64,
        last_hash: &[u8; 32],
        scan_from: WallTime,
    ) -> rusqlite::Result<()> {
        let sql =
            "UPDATE streams SET next_number = ?2, last_hash = ?3, scan_from = ?4 WHERE key = ?1";
        let values = params![key.0, next_number.cast_signed(), last_hash, scan_from.as_micros()];
        transaction.prepare_cached(sql)?.execute(values)?;
        Ok(())
    }

    pub fn set_scan_from(
        transaction: &Transaction<'_>,
        key: StreamKey,
        scan_from: WallTime,
    ) -> rusqlite::Result<()> {
        let sql = "UPDATE streams SET scan_from = min(scan_from, ?2) WHERE key = ?1";
        transaction.prepare_cached(sql)?.execute(params![key.0, scan_from.as_micros()])?;
        Ok(())
    }

    pub fn raise_expired_to(
        transaction: &Transaction<'_>,
        key: StreamKey,
        expired_to: WallTime,
    ) -> rusqlite::Result<()> {
        let sql = "UPDATE streams SET expired_to = max(expired_to, ?2) WHERE key = ?1";
        transaction.prepare_cached(sql)?.execute(params![key.0, expired_to.as_micros()])?;
        Ok(())
    }
}

fn sealed(
    settings: &StreamSettings,
    id: StreamId,
    secret: &SecretKey,
) -> Result<Option<Vec<u8>>, StoreError> {
    let seal = |source: &Secret| secret.seal(source.expose(), id.0.as_bytes());
    settings.source.as_ref().map(seal).transpose()
}

fn read_row(row: &Row<'_>) -> rusqlite::Result<(StreamRow, Option<Vec<u8>>)> {
    let bad = |column: usize, what: &str| {
        rusqlite::Error::FromSqlConversionFailure(
            column,
            rusqlite::types::Type::Text,
            format!("the index holds {what} that can't be read").into(),
        )
    };
    let id: Vec<u8> = row.get(1)?;
    let id = StreamId(Uuid::from_slice(&id).map_err(|_| bad(1, "a stream id"))?);
    let is_deleting = row.get::<_, i64>(10)? != 0;
    let name: String = row.get(2)?;
    let name: StreamName = match name.parse() {
        Ok(name) => name,
        // A stream that is being deleted gave its name away.
        Err(_) if is_deleting => id.to_string().parse().map_err(|_| bad(2, "a stream name"))?,
        Err(_) => return Err(bad(2, "a stream name")),
    };
    let stored: String = row.get(4)?;
    let stored: StoredSettings =
        serde_json::from_str(&stored).map_err(|_| bad(4, "stream settings"))?;
    let settings = StreamSettings {
        name,
        source: None,
        capture: stored.capture,
        transport: stored.transport,
        retention: Duration::from_secs(stored.retention_seconds),
        retain_bytes: stored.retain_bytes,
        schedule: stored.schedule,
        recording: stored.recording,
        models: stored.models,
        created: WallTime::from_micros(row.get(5)?),
    };
    let stream = StreamRow {
        key: StreamKey(row.get(0)?),
        id,
        settings,
        next_number: row.get::<_, i64>(6)?.cast_unsigned(),
        last_hash: row.get(7)?,
        scan_from: WallTime::from_micros(row.get(8)?),
        expired_to: WallTime::from_micros(row.get(9)?),
        is_deleting,
    };
    Ok((stream, row.get(3)?))
}
