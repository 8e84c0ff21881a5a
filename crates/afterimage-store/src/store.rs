//! The handle of an open archive and what all of its parts share.
//!
//! Belongs here: opening, closing, committing, finding streams. Not here: what is asked of an
//! archive (one module per subject).

use crate::archive_settings::ArchiveSettings;
use crate::directory::{self, Identity};
use crate::flusher::Flusher;
use crate::index::{Index, IndexPlace};
use crate::leases::Leases;
use crate::live::{Batch, LiveStream};
use crate::options::StoreOptions;
use crate::retention::AgreedClock;
use crate::rollup::Sweep;
use crate::scrub::Scrub;
use crate::secret::SecretKey;
use crate::segment_reader::InitCache;
use crate::stream::{Stream, StreamId, StreamKey};
use crate::{StoreError, recovery};
use afterimage_base::{StreamName, WallTime};
use std::any::Any;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;
use uuid::Uuid;

/// An open archive; clones share it.
///
/// Dropping the last clone without [`Store::close`] is what a kill is: nothing durable is lost,
/// and the next start reads the tails of the open segments.
#[derive(Clone, Debug)]
pub struct Store {
    pub(crate) shared: Arc<Shared>,
}

pub(crate) struct Shared {
    pub directory: PathBuf,
    pub options: StoreOptions,
    pub identity: Identity,
    pub index: Index,
    pub secret: SecretKey,
    pub leases: Leases,
    pub inits: InitCache,
    pub archive_settings: Mutex<ArchiveSettings>,
    pub scrub: Mutex<Scrub>,
    pub sweep: Mutex<Sweep>,
    pub retention_clock: Mutex<AgreedClock>,
    /// Held during a pass of retention.
    pub retention_pass: Mutex<()>,
    streams: RwLock<BTreeMap<StreamId, Arc<LiveStream>>>,
    /// One commit at a time; holds when the last one was, by the elapsed clock.
    commit: Mutex<Option<Duration>>,
    is_recording: AtomicBool,
    is_closed: AtomicBool,
    flusher: Mutex<Option<Flusher>>,
    lock: Mutex<Option<Box<dyn Any + Send + Sync>>>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("directory", &self.directory).finish_non_exhaustive()
    }
}

impl Store {
    /// Opens the archive in `directory`, or makes one there.
    ///
    /// Takes the directory for this process, makes sure that it is the right and whole one, and
    /// recovers what a killed recorder left: takes in durable fragments that the index does not
    /// know, cuts off a torn one, finishes deletions.
    pub fn open(directory: impl AsRef<Path>, options: StoreOptions) -> Result<Self, StoreError> {
        let directory = directory.as_ref();
        let file_system = Arc::clone(&options.file_system);
        if options.segment_span > Duration::from_secs(3_600) {
            return Err(StoreError::Invalid("a segment can't span more than an hour".into()));
        }
        directory::prepare(file_system.as_ref(), directory, options.create)?;
        let lock = directory::lock(file_system.as_ref(), directory, options.clock.now())?;
        let known = directory::identify_media(file_system.as_ref(), directory)?;
        if let (Some(known), IndexPlace::Directory) = (&known, &options.index) {
            known.require_index(file_system.as_ref(), directory)?;
        }
        let index = Index::open(&options.index, directory, Arc::clone(&file_system))?;
        let now = options.clock.now();
        let identity = directory::identify(file_system.as_ref(), directory, known, &index, now)?;
        let secret = SecretKey::open(file_system.as_ref(), directory)?;
        let recovered =
            recovery::recover(file_system.as_ref(), directory, identity.archive, &index, &secret)?;
        let streams = recovered.into_iter().map(|stream| (stream.id, Arc::new(stream))).collect();
        let in_background = options.commit_in_background;
        let retention_clock =
            AgreedClock::new(index.instant("agreed_clock")?, options.clock.elapsed());
        let archive_settings = ArchiveSettings::load(&index, &options)?;
        let scrub = Scrub::load(&index)?;
        let shared = Arc::new(Shared {
            directory: directory.to_owned(),
            options,
            identity,
            index,
            secret,
            leases: Leases::default(),
            inits: InitCache::default(),
            archive_settings: Mutex::new(archive_settings),
            scrub: Mutex::new(scrub),
            sweep: Mutex::default(),
            retention_clock: Mutex::new(retention_clock),
            retention_pass: Mutex::new(()),
            streams: RwLock::new(streams),
            commit: Mutex::new(None),
            is_recording: AtomicBool::new(false),
            is_closed: AtomicBool::new(false),
            flusher: Mutex::new(None),
            lock: Mutex::new(Some(lock)),
        });
        shared.flush()?;
        if in_background {
            let flusher =
                Flusher::start(Arc::downgrade(&shared)).map_err(|source| StoreError::Io {
                    doing: "start the index thread for",
                    path: directory.to_owned(),
                    source,
                })?;
            *guard(&shared.flusher) = Some(flusher);
        }
        Ok(Self { shared })
    }

    /// Commits the index and marks the end as an orderly one. Handles that are left answer
    /// [`StoreError::Closed`]. Writers should be closed first; what they wrote is kept anyway.
    pub fn close(&self) -> Result<(), StoreError> {
        if self.shared.is_closed.swap(true, Ordering::SeqCst) {
            return Ok(());
        }
        let flusher = guard(&self.shared.flusher).take();
        if let Some(flusher) = flusher {
            flusher.stop();
        }
        let scrub_kept = self.shared.save_scrub();
        let ended = self.shared.end_recording().and(scrub_kept);
        if let Err(error) = self.shared.index.fold() {
            // Nothing is lost: the next start reads the log.
            tracing::debug!(%error, "the index keeps its log");
        }
        *guard(&self.shared.lock) = None;
        ended
    }

    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.shared.directory
    }

    /// The archive's identity for ever.
    #[must_use]
    pub fn archive_id(&self) -> Uuid {
        self.shared.identity.archive
    }

    /// Writes to the index what it does not know yet, if it is time: at once after a change of the
    /// ledger, every `commit_interval` otherwise. The store's thread calls it every second.
    pub fn commit_due(&self) -> Result<(), StoreError> {
        self.shared.commit_due()
    }

    /// Writes to the index all that it does not know yet.
    pub fn flush(&self) -> Result<(), StoreError> {
        self.shared.flush()
    }

    pub fn streams(&self) -> Vec<Stream> {
        let mut streams: Vec<Stream> =
            self.shared.all_live().iter().map(|live| live.stream()).collect();
        streams.sort_by(|a, b| a.settings.name.cmp(&b.settings.name));
        streams
    }

    pub fn stream(&self, name: &StreamName) -> Result<Stream, StoreError> {
        let found = self.shared.all_live().into_iter().map(|live| live.stream());
        found
            .into_iter()
            .find(|stream| stream.settings.name == *name)
            .ok_or_else(|| StoreError::no_stream(name))
    }

    pub fn stream_by_id(&self, id: StreamId) -> Result<Stream, StoreError> {
        Ok(self.shared.live(id)?.stream())
    }

    pub(crate) fn index(&self) -> &Index {
        &self.shared.index
    }

    pub(crate) fn now(&self) -> WallTime {
        self.shared.options.clock.now()
    }

    pub(crate) fn key_of(&self, id: StreamId) -> Result<StreamKey, StoreError> {
        Ok(self.shared.live(id)?.key)
    }

    /// The number that the stream's next fragment gets.
    pub fn next_number(&self, id: StreamId) -> Result<u64, StoreError> {
        Ok(self.shared.live(id)?.state().next_number)
    }
}

impl Shared {
    pub fn live(&self, id: StreamId) -> Result<Arc<LiveStream>, StoreError> {
        self.check_open()?;
        let streams = self.streams.read().unwrap_or_else(PoisonError::into_inner);
        streams.get(&id).cloned().ok_or_else(|| StoreError::no_stream(id))
    }

    /// In the order in which they were made.
    pub fn all_live(&self) -> Vec<Arc<LiveStream>> {
        let streams = self.streams.read().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<_> = streams.values().cloned().collect();
        all.sort_by_key(|live| live.key);
        all
    }

    pub fn add_live(&self, stream: LiveStream) -> Arc<LiveStream> {
        let stream = Arc::new(stream);
        let mut streams = self.streams.write().unwrap_or_else(PoisonError::into_inner);
        streams.insert(stream.id, Arc::clone(&stream));
        stream
    }

    pub fn remove_live(&self, id: StreamId) {
        self.streams.write().unwrap_or_else(PoisonError::into_inner).remove(&id);
    }

    pub fn check_open(&self) -> Result<(), StoreError> {
        if self.is_closed.load(Ordering::SeqCst) { Err(StoreError::Closed) } else { Ok(()) }
    }

    pub fn is_recording(&self) -> bool {
        self.is_recording.load(Ordering::SeqCst)
    }

    pub fn set_recording(&self, is_recording: bool) {
        self.is_recording.store(is_recording, Ordering::SeqCst);
    }

    pub fn path(&self, relative: &Path) -> PathBuf {
        self.directory.join(relative)
    }

    pub fn commit_due(&self) -> Result<(), StoreError> {
        let mut last = guard(&self.commit);
        let elapsed = self.options.clock.elapsed();
        let is_due =
            last.is_none_or(|last| elapsed.saturating_sub(last) >= self.options.commit_interval);
        let is_urgent = || self.all_live().iter().any(|live| live.state().is_urgent);
        if !is_due && !is_urgent() {
            return Ok(());
        }
        self.commit_locked()?;
        *last = Some(elapsed);
        Ok(())
    }

    pub fn flush(&self) -> Result<(), StoreError> {
        let mut last = guard(&self.commit);
        self.commit_locked()?;
        *last = Some(self.options.clock.elapsed());
        Ok(())
    }

    /// Runs `work` while no commit of pending changes is under way.
    pub fn between_commits<T>(
        &self,
        work: impl FnOnce() -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let _commit = guard(&self.commit);
        work()
    }

    fn commit_locked(&self) -> Result<(), StoreError> {
        let lives = self.all_live();
        let batch = |live: &Arc<LiveStream>| {
            let batch = live.state().batch(live.key)?;
            Some((Arc::clone(live), batch))
        };
        let batches: Vec<(Arc<LiveStream>, Batch)> = lives.iter().filter_map(batch).collect();
        let is_recording = self.is_recording();
        if batches.is_empty() && !is_recording {
            return Ok(());
        }
        let doing = "commit what was recorded";
        self.index.write(doing, |transaction| {
            for (_, batch) in &batches {
                batch.write(transaction).map_err(StoreError::index(doing))?;
            }
            if is_recording {
                let now = self.options.clock.now().as_micros();
                Index::set_number(transaction, "heartbeat", now)
                    .map_err(StoreError::index(doing))?;
            }
            Ok(())
        })?;
        for (live, batch) in &batches {
            live.state().committed(batch);
        }
        Ok(())
    }
}

impl Batch {
    pub fn write(&self, transaction: &rusqlite::Transaction<'_>) -> rusqlite::Result<()> {
        for segment in &self.segments {
            Index::put_segment(transaction, segment)?;
        }
        for gap in &self.gaps {
            Index::put_gap(transaction, self.key, gap)?;
        }
        Index::put_open_gap(transaction, self.key, self.open_gap.as_ref())?;
        for (consumer, number) in &self.commits {
            Index::commit_consumer(transaction, self.key, consumer, *number)?;
        }
        Index::set_position(
            transaction,
            self.key,
            self.next_number,
            &self.last_hash,
            self.scan_from,
        )
    }
}

/// State behind these locks is whole after any panic: it is replaced, never half changed.
pub(crate) fn guard<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
