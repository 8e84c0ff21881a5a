//! Consumers as rows.

use crate::StoreError;
use crate::consumer::{Consumer, StartPosition};
use crate::index::Index;
use crate::stream::{StreamId, StreamKey};
use afterimage_base::WallTime;
use rusqlite::{Connection, Row, Transaction, params};

pub struct ConsumerRow {
    pub name: String,
    pub start: StartPosition,
    pub committed: Option<u64>,
    pub is_paused: bool,
    pub created: WallTime,
}

impl ConsumerRow {
    pub fn into_consumer(self, stream: StreamId) -> Consumer {
        Consumer {
            name: self.name,
            stream,
            start: self.start,
            committed: self.committed,
            is_paused: self.is_paused,
            created: self.created,
        }
    }
}

impl Index {
    /// False: the name is taken.
    pub fn create_consumer(
        &self,
        stream: StreamKey,
        row: &ConsumerRow,
    ) -> Result<bool, StoreError> {
        let (position, argument) = position_columns(row.start);
        let sql = "INSERT OR IGNORE INTO consumers VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let values = params![
            stream.0,
            row.name,
            position,
            argument,
            row.committed.map(u64::cast_signed),
            row.is_paused,
            row.created.as_micros()
        ];
        self.change("add a consumer", sql, values)
    }

    pub fn consumers(&self, stream: StreamKey) -> Result<Vec<ConsumerRow>, StoreError> {
        let sql = "SELECT name, position, argument, committed, is_paused, created FROM consumers
                   WHERE stream = ?1 ORDER BY name";
        self.read("list consumers", |connection: &Connection| {
            connection.prepare_cached(sql)?.query_map([stream.0], read_row)?.collect()
        })
    }

    /// Positions only go ahead.
    pub fn commit_consumer(
        transaction: &Transaction<'_>,
        stream: StreamKey,
        name: &str,
        number: u64,
    ) -> rusqlite::Result<()> {
        let sql = "UPDATE consumers SET committed = max(coalesce(committed, 0), ?3)
                   WHERE stream = ?1 AND name = ?2";
        let values = params![stream.0, name, number.cast_signed()];
        transaction.prepare_cached(sql)?.execute(values)?;
        Ok(())
    }

    pub fn reset_consumer(
        &self,
        stream: StreamKey,
        name: &str,
        start: StartPosition,
        committed: Option<u64>,
    ) -> Result<bool, StoreError> {
        let (position, argument) = position_columns(start);
        let sql = "UPDATE consumers SET position = ?3, argument = ?4, committed = ?5
                   WHERE stream = ?1 AND name = ?2";
        let committed = committed.map(u64::cast_signed);
        self.change("reset a consumer", sql, params![stream.0, name, position, argument, committed])
    }

    pub fn pause_consumer(
        &self,
        stream: StreamKey,
        name: &str,
        is_paused: bool,
    ) -> Result<bool, StoreError> {
        let sql = "UPDATE consumers SET is_paused = ?3 WHERE stream = ?1 AND name = ?2";
        self.change("pause a consumer", sql, params![stream.0, name, is_paused])
    }

    pub fn delete_consumer(&self, stream: StreamKey, name: &str) -> Result<bool, StoreError> {
        let sql = "DELETE FROM consumers WHERE stream = ?1 AND name = ?2";
        self.change("delete a consumer", sql, params![stream.0, name])
    }

    fn change(
        &self,
        doing: &'static str,
        sql: &str,
        values: &[&dyn rusqlite::ToSql],
    ) -> Result<bool, StoreError> {
        self.write(doing, |transaction| {
            let run = || transaction.prepare_cached(sql)?.execute(values);
            Ok(run().map_err(StoreError::index(doing))? > 0)
        })
    }
}

fn position_columns(start: StartPosition) -> (&'static str, Option<i64>) {
    match start {
        StartPosition::Earliest => ("earliest", None),
        StartPosition::Latest => ("latest", None),
        StartPosition::AtTimestamp(at) => ("at_timestamp", Some(at.as_micros())),
        StartPosition::AfterFragment(number) => ("after_fragment", Some(number.cast_signed())),
    }
}

fn read_row(row: &Row<'_>) -> rusqlite::Result<ConsumerRow> {
    let position: String = row.get(1)?;
    let argument = row.get::<_, Option<i64>>(2)?.unwrap_or(0);
    let start = match position.as_str() {
        "latest" => StartPosition::Latest,
        "at_timestamp" => StartPosition::AtTimestamp(WallTime::from_micros(argument)),
        "after_fragment" => StartPosition::AfterFragment(argument.cast_unsigned()),
        _ => StartPosition::Earliest,
    };
    Ok(ConsumerRow {
        name: row.get(0)?,
        start,
        committed: row.get::<_, Option<i64>>(3)?.map(i64::cast_unsigned),
        is_paused: row.get(4)?,
        created: WallTime::from_micros(row.get(5)?),
    })
}
