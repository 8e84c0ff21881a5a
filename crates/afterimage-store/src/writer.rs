//! Appending: one write and one `fdatasync` per fragment.
//!
//! Belongs here: which file a fragment goes to, the order of writes and syncs, what happens when
//! one fails. Not here: the index (it learns later, [`crate::live`]).
//! Invariants: `append` returns a record only after the bytes are durable, and the names of their
//! file and its directories too. After a failed write or sync the descriptor is never used again.

use crate::file_system::{Access, FileSystem, Privacy, StoreFile};
use crate::gap::TOLERANCE;
use crate::index::Index;
use crate::live::LiveStream;
use crate::path::{self, MEDIA};
use crate::record::{Entry, FragmentRecord, SegmentId, millis};
use crate::store::{Shared, Store};
use crate::stream::StreamId;
use crate::{StoreError, directory};
use afterimage_base::{ErrorKind, WallTime};
use afterimage_media::{
    EncodedFragment, Fragment, FragmentIdentity, InitSegment, SegmentHead, SegmentIdentity,
};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// No fragment lasts longer.
const LONGEST_FRAGMENT: Duration = Duration::from_secs(3_600);

/// Files of one stream that may begin in the same millisecond.
const MOST_VARIANTS: u32 = 1_000;

/// The one that appends to a stream. Dropping it ends the segment.
#[derive(Debug)]
pub struct StreamWriter {
    shared: Arc<Shared>,
    live: Arc<LiveStream>,
    current: Option<OpenSegment>,
    /// The day's directory that is known to be there durably.
    day: Option<PathBuf>,
}

#[derive(Debug)]
struct OpenSegment {
    file: Box<dyn StoreFile>,
    path: PathBuf,
    id: SegmentId,
    variant: u32,
    init: Arc<InitSegment>,
    start: WallTime,
    end: WallTime,
    length: u64,
}

impl Store {
    /// Becomes the stream's producer; a second one is refused.
    pub fn writer(&self, stream: StreamId) -> Result<StreamWriter, StoreError> {
        let live = self.shared.live(stream)?;
        {
            let mut state = live.state();
            if state.has_writer {
                return Err(StoreError::WriterTaken { stream });
            }
            state.has_writer = true;
        }
        Ok(StreamWriter { shared: Arc::clone(&self.shared), live, current: None, day: None })
    }
}

impl StreamWriter {
    #[must_use]
    pub fn stream(&self) -> StreamId {
        self.live.id
    }

    /// Makes a fragment durable and part of the stream.
    ///
    /// The ledger is kept along: an open gap ends where the fragment begins, and a hole before it
    /// is written down. A failed write is tried once more in a new segment (after retention made
    /// room, where room was what was missing); if that fails too, nothing of the fragment counts
    /// and the caller records the gap.
    pub fn append(&mut self, fragment: &Fragment) -> Result<FragmentRecord, StoreError> {
        self.shared.check_open()?;
        if fragment.duration > LONGEST_FRAGMENT {
            return Err(StoreError::Invalid(format!(
                "a fragment of {} s is longer than the hour that one may last",
                fragment.duration.as_secs()
            )));
        }
        let is_backward = self.check_place(fragment)?;
        let (number, previous_hash) = {
            let state = self.live.state();
            (state.next_number, state.last_hash)
        };
        let encoded = fragment.encode(&FragmentIdentity { number, previous_hash });
        if is_backward {
            self.announce_backward(fragment.start)?;
        }
        if self.current.as_ref().is_some_and(|current| !self.fits(current, fragment, &encoded)) {
            self.end_segment();
        }
        let entry = match self.write(fragment, number, &encoded) {
            Ok(entry) => entry,
            Err(error) => {
                tracing::warn!(stream = %self.live.id, fragment = number, start = %fragment.start, %error, "a write failed; trying again in a new segment");
                if error.kind() == ErrorKind::DiskFull {
                    self.shared.make_room(encoded.bytes.len() as u64)?;
                }
                self.write(fragment, number, &encoded)?
            }
        };
        let current = self.current.as_ref().ok_or(StoreError::Closed)?;
        let id = current.id;
        self.live.state().append(id, current.variant, entry, encoded.hash);
        Ok(FragmentRecord {
            stream: self.live.id,
            number,
            segment: id,
            offset: entry.offset,
            length: entry.length,
            start: entry.start,
            duration: entry.duration,
            is_independent: entry.is_independent,
            producer_timestamp: entry.producer_ms.map(WallTime::from_millis),
            server_timestamp: WallTime::from_millis(entry.server_ms),
        })
    }

    /// Ends the open segment and stops being the producer.
    pub fn close(self) {
        drop(self);
    }

    /// Nothing may overlap what is recorded. True: the place is in the past of something recorded.
    fn check_place(&self, fragment: &Fragment) -> Result<bool, StoreError> {
        let latest_end = self.live.state().latest_end;
        let Some(latest_end) = latest_end else { return Ok(false) };
        if fragment.start.plus(TOLERANCE) >= latest_end {
            return Ok(false);
        }
        let (from, to) = (fragment.start.plus(TOLERANCE), fragment.end().minus(TOLERANCE));
        match self.shared.last_end_between(&self.live, from, to)? {
            Some(recorded_to) => Err(StoreError::Overlap {
                stream: self.live.id,
                start: fragment.start,
                recorded_to,
            }),
            None => Ok(true),
        }
    }

    /// Before a segment begins in the past: recovery looks there from now on.
    fn announce_backward(&self, start: WallTime) -> Result<(), StoreError> {
        if self.current.as_ref().is_some_and(|current| start.plus(TOLERANCE) >= current.end) {
            return Ok(());
        }
        let doing = "remember where recovery has to look";
        self.shared.between_commits(|| {
            self.shared.index.write(doing, |transaction| {
                Index::set_scan_from(transaction, self.live.key, start)
                    .map_err(StoreError::index(doing))
            })?;
            self.live.state().backward_start = Some(start);
            Ok(())
        })
    }

    fn fits(&self, current: &OpenSegment, fragment: &Fragment, encoded: &EncodedFragment) -> bool {
        let options = &self.shared.options;
        let is_same_init =
            Arc::ptr_eq(&current.init, &fragment.init) || current.init.bytes == fragment.init.bytes;
        is_same_init
            && fragment.start.plus(TOLERANCE) >= current.end
            && fragment.end() <= current.start.plus(options.segment_span)
            && current.length + encoded.bytes.len() as u64 <= options.segment_bytes
    }

    /// Writes and syncs, in the open segment or in a new one.
    fn write(
        &mut self,
        fragment: &Fragment,
        number: u64,
        encoded: &EncodedFragment,
    ) -> Result<Entry, StoreError> {
        let offset = match &self.current {
            Some(current) => {
                let written = current
                    .file
                    .write_all_at(&encoded.bytes, current.length)
                    .and_then(|()| current.file.sync_data());
                if let Err(error) = written {
                    let path = current.path.clone();
                    self.abandon();
                    return Err(StoreError::io("write", &path)(error));
                }
                current.length
            }
            None => self.begin_segment(fragment, number, encoded)?,
        };
        let entry = Entry {
            offset,
            length: encoded.bytes.len() as u64,
            start: fragment.start,
            duration: Duration::from_micros(
                u64::try_from(fragment.duration.as_micros()).unwrap_or(u64::MAX),
            ),
            is_independent: fragment.is_independent,
            producer_ms: fragment.producer_timestamp.map(millis),
            server_ms: millis(fragment.server_timestamp),
            is_damaged: false,
        };
        if let Some(current) = &mut self.current {
            current.length = offset + entry.length;
            current.end = entry.end();
        }
        Ok(entry)
    }

    /// A new file with head and first fragment in one write. Answers the fragment's offset.
    fn begin_segment(
        &mut self,
        fragment: &Fragment,
        number: u64,
        encoded: &EncodedFragment,
    ) -> Result<u64, StoreError> {
        let file_system = Arc::clone(&self.shared.options.file_system);
        let day = path::day_directory(self.live.id, fragment.start);
        self.make_day(file_system.as_ref(), &day)?;
        let identity = SegmentIdentity {
            archive: *self.shared.identity.archive.as_bytes(),
            stream: *self.live.id.0.as_bytes(),
            stream_name: self.live.state().settings.name.clone(),
            created: self.shared.options.clock.now(),
        };
        let head = SegmentHead::encode(&fragment.init, &identity);
        let bytes = [head.as_ref(), encoded.bytes.as_ref()].concat();
        let (file, path, variant) = self.create_file(file_system.as_ref(), fragment.start)?;
        let written = file
            .write_all_at(&bytes, 0)
            .and_then(|()| file.sync_data())
            .and_then(|()| file_system.sync_directory(&self.shared.path(&day)));
        if let Err(error) = written {
            // Nothing in it counts. If it can't be removed, recovery does.
            drop(file);
            if let Err(error) = file_system.remove_file(&path) {
                tracing::warn!(path = %path.display(), %error, "a useless file could not be removed");
            }
            return Err(StoreError::io("write", &path)(error));
        }
        let id = SegmentId::new(self.live.key, number);
        self.shared.inits.put(id, Arc::clone(&fragment.init));
        self.current = Some(OpenSegment {
            file,
            path,
            id,
            variant,
            init: Arc::clone(&fragment.init),
            start: fragment.start,
            end: fragment.end(),
            length: bytes.len() as u64,
        });
        Ok(head.len() as u64)
    }

    fn create_file(
        &self,
        file_system: &dyn FileSystem,
        start: WallTime,
    ) -> Result<(Box<dyn StoreFile>, PathBuf, u32), StoreError> {
        let mut variant = 0;
        loop {
            let relative = path::segment_path(self.live.id, start, variant);
            // A name whose removal is not settled is free on the disk and still condemned: what
            // is made under it would be unlinked after a crash.
            if variant < MOST_VARIANTS && self.shared.index.is_removal(&relative)? {
                variant += 1;
                continue;
            }
            let path = self.shared.path(&relative);
            match file_system.create_file(&path, Privacy::Usual) {
                Ok(file) => return Ok((file, path, variant)),
                Err(error)
                    if error.kind() == std::io::ErrorKind::AlreadyExists
                        && variant < MOST_VARIANTS =>
                {
                    variant += 1;
                }
                Err(error) => return Err(StoreError::io("create", &path)(error)),
            }
        }
    }

    /// Makes sure that this is still the archive's disk and that the day's directory is there
    /// durably.
    fn make_day(&mut self, file_system: &dyn FileSystem, day: &Path) -> Result<(), StoreError> {
        let root = &self.shared.directory;
        let media = directory::read_media_identity(file_system, root)?;
        if media.is_none_or(|media| media.archive != self.shared.identity.archive) {
            return Err(StoreError::WrongDirectory {
                directory: root.clone(),
                detail: "its media folder went away or was swapped; mount the right disk".into(),
            });
        }
        if self.day.as_deref() == Some(day) {
            return Ok(());
        }
        let mut parent = root.join(MEDIA);
        let below = day.strip_prefix(MEDIA).unwrap_or(day);
        for part in below.components() {
            let path = parent.join(part);
            file_system.create_directory(&path).map_err(StoreError::io("create", &path))?;
            file_system.sync_directory(&parent).map_err(StoreError::io("sync", &parent))?;
            parent = path;
        }
        self.day = Some(day.to_owned());
        Ok(())
    }

    /// A write or sync failed: this descriptor is not trusted again. What counts in the file ends
    /// where the last good fragment does; cutting off the rest is a courtesy.
    fn abandon(&mut self) {
        let Some(current) = self.current.take() else { return };
        self.live.state().end_segment(current.id);
        let OpenSegment { file, path, length, .. } = current;
        drop(file);
        let cut = || {
            let file = self.shared.options.file_system.open_file(&path, Access::Write)?;
            file.set_length(length)?;
            file.sync_data()
        };
        if let Err(error) = cut() {
            tracing::warn!(path = %path.display(), %error, "a torn tail could not be cut off");
        }
        // The disk may have been swapped under us.
        self.day = None;
    }

    fn end_segment(&mut self) {
        if let Some(current) = self.current.take() {
            self.live.state().end_segment(current.id);
        }
    }
}

impl Drop for StreamWriter {
    fn drop(&mut self) {
        self.end_segment();
        self.live.state().has_writer = false;
    }
}
