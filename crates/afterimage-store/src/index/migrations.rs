//! Brings an index of any age to the current schema.
//!
//! Invariant: a migration runs in one transaction with the number that records it.

use crate::StoreError;
use crate::index::Index;
use rusqlite::{Connection, Transaction, TransactionBehavior};
use std::time::Duration;

/// One step of the schema: statements, then what statements can't say.
struct Migration {
    sql: &'static str,
    fill: fn(&Transaction<'_>) -> rusqlite::Result<()>,
}

/// In order; the position plus one is the version after it. Never edit one that was released.
const MIGRATIONS: [Migration; 2] = [
    Migration { sql: include_str!("schema.sql"), fill: |_| Ok(()) },
    Migration { sql: include_str!("schema_2.sql"), fill: fill_schema_2 },
];

/// Sums need segments with holes unpacked; events follow from gaps and detections.
fn fill_schema_2(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    Index::measure_broken_segments(transaction)?;
    Index::derive_events(transaction)
}

/// Rows of a kilobyte waste a quarter of a 4 KiB page; larger pages cost more per small commit.
const PAGE_SIZE: i64 = 8_192;

pub fn prepare(connection: &mut Connection) -> Result<(), StoreError> {
    let doing = "prepare its schema";
    connection.busy_timeout(Duration::from_secs(5)).map_err(StoreError::index(doing))?;
    connection.set_prepared_statement_cache_capacity(128);
    let pragma = |name: &str, value: &dyn rusqlite::ToSql| {
        connection.pragma_update(None, name, value).map_err(StoreError::index(doing))
    };
    let version: u32 = connection
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .map_err(StoreError::index(doing))?;
    let version = usize::try_from(version).unwrap_or(usize::MAX);
    if version > MIGRATIONS.len() {
        return Err(StoreError::Invalid(format!(
            "the index has schema {version} and this program knows schemas up to {}; use the newer Afterimage that wrote it",
            MIGRATIONS.len()
        )));
    }
    if version == 0 {
        pragma("page_size", &PAGE_SIZE)?;
    }
    pragma("journal_mode", &"WAL")?;
    pragma("synchronous", &"FULL")?;
    // About 2 MB of log before it is folded into the database: an append waits behind the folding.
    pragma("wal_autocheckpoint", &250_i64)?;
    pragma("cache_size", &-16_000_i64)?;
    for (position, migration) in MIGRATIONS.iter().enumerate().skip(version) {
        let transaction = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(StoreError::index(doing))?;
        transaction
            .execute_batch(migration.sql)
            .and_then(|()| (migration.fill)(&transaction))
            .map_err(StoreError::index(doing))?;
        let reached = u32::try_from(position + 1).expect("migrations are counted by hand");
        transaction
            .pragma_update(None, "user_version", reached)
            .map_err(StoreError::index(doing))?;
        transaction.commit().map_err(StoreError::index(doing))?;
    }
    Ok(())
}

/// Empties every table.
pub fn clear(connection: &Connection) -> Result<(), StoreError> {
    connection
        .execute_batch(
            "BEGIN; DELETE FROM meta; DELETE FROM streams; DELETE FROM segments; DELETE FROM gaps;
             DELETE FROM removals; DELETE FROM holds; DELETE FROM consumers; DELETE FROM detections;
             DELETE FROM events; DELETE FROM words; DELETE FROM totals; DELETE FROM rollups;
             DELETE FROM seen_events; DELETE FROM seen_until; DELETE FROM bookmarks;
             DELETE FROM sqlite_sequence; COMMIT;",
        )
        .map_err(StoreError::index("forget everything"))
}
