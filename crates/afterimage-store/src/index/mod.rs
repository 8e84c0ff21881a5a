//! The index: one SQLite database behind one writer and a few readers.
//!
//! Belongs here: connections, transactions, SQL by subject in the submodules. Not here: files of
//! media, what is not committed yet ([`crate::live`]).
//! Invariant: a transaction that returned is durable (`synchronous=FULL`).

mod bookmarks;
mod consumers;
mod detections;
mod events;
mod fragment_table;
mod gaps;
mod holds;
mod meta;
mod migrations;
mod rollups;
#[cfg(test)]
mod scale;
mod segments;
mod streams;
mod totals;

pub(crate) use consumers::ConsumerRow;
pub(crate) use rollups::RollUpWidth;
pub(crate) use segments::{Footprint, Span};
pub(crate) use streams::StreamRow;

use crate::StoreError;
use crate::file_system::FileSystem;
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Where the index is kept.
#[derive(Clone, Debug)]
pub enum IndexPlace {
    /// `DATA/index.sqlite` on the real disk.
    Directory,
    /// A database in memory that outlives the store: with [`crate::file_system::SimulatedDisk`] it
    /// survives a simulated crash as committed.
    Memory(MemoryIndex),
}

/// A database in memory; clones share it.
#[derive(Clone)]
pub struct MemoryIndex(Arc<Mutex<Connection>>);

impl MemoryIndex {
    /// An empty one.
    pub fn new() -> Result<Self, StoreError> {
        let mut connection = Connection::open_in_memory().map_err(StoreError::index("open"))?;
        migrations::prepare(&mut connection)?;
        Ok(Self(Arc::new(Mutex::new(connection))))
    }

    /// Forgets everything in it, for tests that need many.
    pub fn clear(&self) -> Result<(), StoreError> {
        migrations::clear(&lock(&self.0))
    }
}

impl std::fmt::Debug for MemoryIndex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MemoryIndex")
    }
}

pub(crate) struct Index {
    /// Idle readers; `None` where readers share the writer (in memory). They go first: the last
    /// connection folds the log into the database, and a reader can't.
    readers: Option<(PathBuf, Mutex<Vec<Connection>>)>,
    writer: Arc<Mutex<Connection>>,
    file_system: Arc<dyn FileSystem>,
}

/// Readers kept open beyond the one in use.
const IDLE_READERS: usize = 4;

impl Index {
    /// Opens or creates the database and brings its schema up to date.
    pub fn open(
        place: &IndexPlace,
        directory: &Path,
        file_system: Arc<dyn FileSystem>,
    ) -> Result<Self, StoreError> {
        let (writer, readers) = match place {
            IndexPlace::Directory => {
                let path = directory.join("index.sqlite");
                let connection = Connection::open(&path).map_err(StoreError::index("open"))?;
                (Arc::new(Mutex::new(connection)), Some((path, Mutex::new(Vec::new()))))
            }
            IndexPlace::Memory(memory) => (Arc::clone(&memory.0), None),
        };
        migrations::prepare(&mut lock(&writer))?;
        Ok(Self { readers, writer, file_system })
    }

    /// Runs `work` in one transaction and commits it durably.
    pub fn write<T>(
        &self,
        doing: &'static str,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut connection = lock(&self.writer);
        let transaction = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(StoreError::index(doing))?;
        let answer = work(&transaction)?;
        let place = Path::new("index.sqlite");
        self.file_system.before_index_commit().map_err(StoreError::io("commit", place))?;
        transaction.commit().map_err(StoreError::index(doing))?;
        self.file_system.after_index_commit().map_err(StoreError::io("commit", place))?;
        Ok(answer)
    }

    /// Folds the log into the database, so that the one file is all of it.
    pub fn fold(&self) -> Result<(), StoreError> {
        let connection = lock(&self.writer);
        let folded = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        folded.map_err(StoreError::index("fold its log into it"))
    }

    /// Rises with every row that is written, also by transactions that are rolled back: what was
    /// read while it stood still is one view.
    pub fn changes(&self) -> u64 {
        lock(&self.writer).total_changes()
    }

    /// Runs `work` on a reader: a consistent view only per statement.
    pub fn read<T>(
        &self,
        doing: &'static str,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let Some((path, idle)) = &self.readers else {
            return work(&lock(&self.writer)).map_err(StoreError::index(doing));
        };
        let connection = match lock_list(idle).pop() {
            Some(connection) => connection,
            None => open_reader(path).map_err(StoreError::index(doing))?,
        };
        let answer = work(&connection).map_err(StoreError::index(doing));
        let mut idle = lock_list(idle);
        if idle.len() < IDLE_READERS {
            idle.push(connection);
        }
        answer
    }
}

fn open_reader(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// A panic in a transaction rolls it back; the connection is good again.
fn lock(connection: &Mutex<Connection>) -> MutexGuard<'_, Connection> {
    connection.lock().unwrap_or_else(PoisonError::into_inner)
}

fn lock_list(list: &Mutex<Vec<Connection>>) -> MutexGuard<'_, Vec<Connection>> {
    list.lock().unwrap_or_else(PoisonError::into_inner)
}
