//! Facts about the whole archive.

use crate::StoreError;
use crate::index::Index;
use afterimage_base::WallTime;
use rusqlite::{Connection, OptionalExtension, Transaction};
use uuid::Uuid;

impl Index {
    pub fn archive(&self) -> Result<Option<Uuid>, StoreError> {
        let read = |connection: &Connection| {
            let sql = "SELECT value FROM meta WHERE key = 'archive'";
            connection.query_row(sql, [], |row| row.get::<_, Vec<u8>>(0)).optional()
        };
        Ok(self.read("tell its archive", read)?.and_then(|bytes| Uuid::from_slice(&bytes).ok()))
    }

    pub fn set_archive(transaction: &Transaction<'_>, archive: Uuid) -> rusqlite::Result<()> {
        put(transaction, "archive", &archive.as_bytes().as_slice())
    }

    /// SQLite's own check of the whole database.
    pub fn is_whole(&self) -> Result<bool, StoreError> {
        self.read("check itself", |connection| {
            let answer: String =
                connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
            Ok(answer == "ok")
        })
    }

    pub fn has_streams(&self) -> Result<bool, StoreError> {
        self.read("look for streams", |connection| {
            connection.query_row("SELECT EXISTS (SELECT 1 FROM streams)", [], |row| row.get(0))
        })
    }

    pub fn number(&self, key: &'static str) -> Result<Option<i64>, StoreError> {
        self.read("tell a fact", |connection| {
            let sql = "SELECT value FROM meta WHERE key = ?1";
            connection.prepare_cached(sql)?.query_row([key], |row| row.get(0)).optional()
        })
    }

    pub fn instant(&self, key: &'static str) -> Result<Option<WallTime>, StoreError> {
        Ok(self.number(key)?.map(WallTime::from_micros))
    }

    pub fn text(&self, key: &'static str) -> Result<Option<String>, StoreError> {
        self.read("tell a fact", |connection| {
            let sql = "SELECT value FROM meta WHERE key = ?1";
            connection.prepare_cached(sql)?.query_row([key], |row| row.get(0)).optional()
        })
    }

    pub fn set_text(
        transaction: &Transaction<'_>,
        key: &'static str,
        value: &str,
    ) -> rusqlite::Result<()> {
        put(transaction, key, &value)
    }

    pub fn set_number(
        transaction: &Transaction<'_>,
        key: &'static str,
        value: i64,
    ) -> rusqlite::Result<()> {
        put(transaction, key, &value)
    }
}

fn put(
    transaction: &Transaction<'_>,
    key: &str,
    value: &dyn rusqlite::ToSql,
) -> rusqlite::Result<()> {
    let sql = "INSERT INTO meta VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = excluded.value";
    transaction.prepare_cached(sql)?.execute(rusqlite::params![key, value])?;
    Ok(())
}
