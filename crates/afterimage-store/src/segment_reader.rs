//! Reading segments and fragments back.
//!
//! Invariant: bytes that differ from what was written are never handed out as a fragment.

use crate::file_system::{StoreFile, read_range};
use crate::gap::{Gap, GapReason};
use crate::leases::Lease;
use crate::path;
use crate::record::{FragmentRecord, Segment, SegmentId};
use crate::scan;
use crate::store::{Shared, Store, guard};
use crate::{StoreError, StreamId};
use afterimage_media::{FragmentHeader, InitSegment, verify_fragment};
use bytes::Bytes;
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

/// Init sections kept: a segment's is the same as its neighbours' nearly always.
const CACHED_INITS: usize = 256;

#[derive(Debug, Default)]
pub(crate) struct InitCache(Mutex<VecDeque<(SegmentId, Arc<InitSegment>)>>);

impl InitCache {
    fn get(&self, id: SegmentId) -> Option<Arc<InitSegment>> {
        guard(&self.0).iter().find(|(known, _)| *known == id).map(|(_, init)| Arc::clone(init))
    }

    /// Keeps it; equal init sections are kept once, so that comparing pointers often suffices.
    pub fn put(&self, id: SegmentId, init: Arc<InitSegment>) -> Arc<InitSegment> {
        let mut cache = guard(&self.0);
        let same = cache.iter().find(|(_, known)| known.bytes == init.bytes);
        let init = same.map_or(init, |(_, known)| Arc::clone(known));
        cache.retain(|(known, _)| *known != id);
        cache.push_front((id, Arc::clone(&init)));
        cache.truncate(CACHED_INITS);
        init
    }

    pub fn forget(&self, id: SegmentId) {
        guard(&self.0).retain(|(known, _)| *known != id);
    }
}

/// An open segment file. Retention leaves it alone until this is dropped.
#[derive(Debug)]
pub struct SegmentReader {
    file: Box<dyn StoreFile>,
    path: PathBuf,
    length: u64,
    _lease: Lease,
}

impl SegmentReader {
    /// Bytes that count; there may be more in the file.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Where the file is.
    #[must_use]
    pub fn path(&self) -> &std::path::Path {
        &self.path
    }

    /// Reads `length` bytes at `offset`, unchecked; fewer where the file ends.
    pub fn read_at(&self, offset: u64, length: usize) -> Result<Bytes, StoreError> {
        let bytes = read_range(self.file.as_ref(), offset, length);
        bytes.map(Bytes::from).map_err(StoreError::io("read", &self.path))
    }
}

impl Store {
    /// The init section that the segment's fragments need.
    pub fn init_of(&self, segment: SegmentId) -> Result<Arc<InitSegment>, StoreError> {
        self.shared.check_open()?;
        if let Some(init) = self.shared.inits.get(segment) {
            return Ok(init);
        }
        let reader = self.open_segment(segment)?;
        let head = scan::read_head(reader.file.as_ref(), &reader.path)?;
        let head = head.ok_or_else(|| StoreError::NotASegment {
            path: reader.path.clone(),
            detail: "its head is cut short".into(),
        })?;
        Ok(self.shared.inits.put(segment, Arc::new(head.init)))
    }

    /// Opens a segment for reading.
    pub fn open_segment(&self, segment: SegmentId) -> Result<SegmentReader, StoreError> {
        let gone =
            || StoreError::NotFound { what: "such segment; retention may have deleted it".into() };
        let lease = self.shared.leases.take(segment).ok_or_else(gone)?;
        let (stream, found) = self.shared.segment(segment)?.ok_or_else(gone)?;
        let relative = path::segment_path(stream, found.start(), found.variant);
        let path = self.shared.path(&relative);
        let file = scan::open(self.shared.options.file_system.as_ref(), &path)?;
        Ok(SegmentReader { file, path, length: found.length(), _lease: lease })
    }

    /// The fragment's bytes, checked against the checksum in them. Where they are wrong, the
    /// fragment is taken out of the timeline (a gap `damaged`) and the error says so.
    pub fn read_fragment_bytes(&self, record: &FragmentRecord) -> Result<Bytes, StoreError> {
        let reader = self.open_segment(record.segment)?;
        let length = usize::try_from(record.length).unwrap_or(usize::MAX);
        let bytes = reader.read_at(record.offset, length)?;
        match verify_fragment(&bytes) {
            Ok(header) if header.identity.number == record.number => Ok(bytes),
            outcome => {
                let detail = match outcome {
                    Ok(header) => format!("it says that it is fragment {}", header.identity.number),
                    Err(error) => error.to_string(),
                };
                self.shared.mark_damaged(record)?;
                tracing::error!(
                    stream = %record.stream, fragment = record.number, start = %record.start,
                    path = %reader.path.display(), detail, "damaged footage found"
                );
                Err(StoreError::Damaged {
                    stream: record.stream,
                    number: record.number,
                    path: reader.path.clone(),
                    detail,
                })
            }
        }
    }

    /// What the fragment says of itself in the file: exact times, hashes.
    pub fn fragment_header(&self, record: &FragmentRecord) -> Result<FragmentHeader, StoreError> {
        let reader = self.open_segment(record.segment)?;
        let header = scan::read_header(reader.file.as_ref(), &reader.path, record.offset)?;
        header.ok_or_else(|| StoreError::NotASegment {
            path: reader.path.clone(),
            detail: format!("it ends before fragment {}", record.number),
        })
    }
}

impl Shared {
    /// A segment as it is now, with the stream that it belongs to.
    pub fn segment(&self, id: SegmentId) -> Result<Option<(StreamId, Arc<Segment>)>, StoreError> {
        let lives = self.all_live();
        let Some(live) = lives.iter().find(|live| live.key == id.stream()) else {
            return Ok(None);
        };
        let pending = live.state().pending_segment(id);
        if let Some(pending) = pending {
            return Ok(Some((live.id, pending)));
        }
        Ok(self.index.segment(id)?.map(|segment| (live.id, Arc::new(segment))))
    }

    /// Takes a fragment out of the timeline because its bytes are wrong; false where it is out.
    pub fn mark_damaged(&self, record: &FragmentRecord) -> Result<bool, StoreError> {
        let is_new = self.put_damaged(record)?;
        if is_new {
            guard(&self.scrub).count_damaged();
        }
        Ok(is_new)
    }

    fn put_damaged(&self, record: &FragmentRecord) -> Result<bool, StoreError> {
        self.between_commits(|| {
            let Some((_, segment)) = self.segment(record.segment)? else { return Ok(false) };
            let live = self.live(record.stream)?;
            let index = usize::try_from(record.number - record.segment.first_number());
            let mut state = live.state();
            // Appended to meanwhile: the newer one counts.
            let segment = state.pending_segment(record.segment).unwrap_or(segment);
            let mut segment = Arc::unwrap_or_clone(segment);
            let Some(entry) = index.ok().and_then(|index| segment.entries.get_mut(index)) else {
                return Ok(false);
            };
            if entry.is_damaged {
                return Ok(false);
            }
            entry.is_damaged = true;
            let gap = Gap {
                from: entry.start,
                to: entry.end(),
                reason: GapReason::Damaged,
                // Nothing that would keep neighbours from becoming one gap.
                detail: String::new(),
            };
            state.put_segment(segment);
            state.push_side_gap(gap);
            Ok(true)
        })
    }
}
