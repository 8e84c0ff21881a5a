//! How an archive is opened.

use crate::file_system::{Disk, FileSystem};
use crate::index::IndexPlace;
use afterimage_base::Clock;
use std::sync::Arc;
use std::time::Duration;

/// How an archive is opened. [`StoreOptions::new`] is what a recorder wants.
#[derive(Clone, Debug)]
pub struct StoreOptions {
    pub clock: Arc<dyn Clock>,
    pub file_system: Arc<dyn FileSystem>,
    pub index: IndexPlace,
    /// Makes the archive where there is none. False for commands that only look.
    pub create: bool,
    /// The index is committed by a thread of the store; otherwise by [`crate::Store::commit_due`].
    pub commit_in_background: bool,
    /// How often the growth of open segments is committed. Changes of the ledger are committed
    /// within a second.
    pub commit_interval: Duration,
    /// A segment that would become longer is ended; at most an hour.
    pub segment_span: Duration,
    /// A segment that would become larger is ended.
    pub segment_bytes: u64,
    /// Retention deletes so that the volume keeps this much free.
    pub free_space_reserve: u64,
    /// Set aside so that deletions can be committed on a full volume; 0 sets nothing aside.
    pub ballast_bytes: u64,
    /// Retention deletes so that all streams together hold no more than this.
    pub retain_bytes: Option<u64>,
}

impl StoreOptions {
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            file_system: Arc::new(Disk),
            index: IndexPlace::Directory,
            create: true,
            commit_in_background: true,
            commit_interval: Duration::from_secs(10),
            segment_span: Duration::from_secs(300),
            segment_bytes: 256 << 20,
            free_space_reserve: 1 << 30,
            ballast_bytes: 2 << 20,
            retain_bytes: None,
        }
    }
}
