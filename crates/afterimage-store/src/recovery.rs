//! Start-up: takes in what is durable in files and not yet in the index.
//!
//! Belongs here: the tails of open segments, segments that the index never saw, deletions that
//! were cut short. Not here: the interval in which no recorder ran ([`crate::recording`]).
//! Invariants: a fragment that was acknowledged is found; a torn one is not; work is bounded by
//! what one commit interval can leave, not by the archive's size.

use crate::StoreError;
use crate::file_system::{Access, FileSystem};
use crate::index::{Index, StreamRow};
use crate::live::{LiveStream, Position};
use crate::path;
use crate::record::{Segment, SegmentId};
use crate::removals::Removals;
use crate::scan::{self, Expected, Run, Tail};
use crate::secret::SecretKey;
use crate::{catalog, live::StreamState};
use afterimage_base::WallTime;
use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};
use uuid::Uuid;

/// A file that recovery looks at.
struct Found {
    path: PathBuf,
    segment: Segment,
    /// When the file was begun, by the clock of then; orders files with the same first number.
    created: WallTime,
    hash_after: [u8; 32],
    good_length: u64,
    tail: Tail,
    is_indexed: bool,
    /// How many of its fragments the index has.
    known: usize,
}

/// Reads what the index does not know and answers every stream that is not being deleted; the
/// next commit writes what was found.
pub(crate) fn recover(
    file_system: &dyn FileSystem,
    directory: &Path,
    archive: Uuid,
    index: &Index,
    secret: &SecretKey,
) -> Result<Vec<LiveStream>, StoreError> {
    Removals::new(file_system, directory, index).finish()?;
    let mut streams = Vec::new();
    for row in index.streams(secret)? {
        if row.is_deleting {
            catalog::finish_deletion(file_system, directory, index, &row)?;
            continue;
        }
        let recovery = Recovery { file_system, directory, archive, index, row: &row };
        streams.push(recovery.run()?);
    }
    Ok(streams)
}

struct Recovery<'a> {
    file_system: &'a dyn FileSystem,
    directory: &'a Path,
    archive: Uuid,
    index: &'a Index,
    row: &'a StreamRow,
}

impl Recovery<'_> {
    fn run(&self) -> Result<LiveStream, StoreError> {
        let row = self.row;
        let mut found = Vec::new();
        for segment in self.index.open_segments(row.key)? {
            found.extend(self.read_open(segment)?);
        }
        let known = self.known_paths()?;
        for file in self.files()? {
            if !known.contains(&file.path) {
                found.extend(self.read_unknown(file)?);
            }
        }
        let remains = self.settle(&mut found)?;
        self.tidy(&found, &remains);
        let position = Position {
            next_number: row.next_number,
            last_hash: row.last_hash,
            latest_end: self.index.latest_stop(row.key)?,
            expired_to: row.expired_to,
            open_gap: self.index.open_gap(row.key)?,
            last_gap: self.index.latest_gap(row.key)?,
            holds: self.index.holds(row.key)?,
        };
        let mut state = StreamState::new(row.settings.clone(), position);
        for Found { mut segment, hash_after, known, .. } in found {
            segment.is_open = false;
            state.adopt(segment, known, hash_after);
        }
        Ok(LiveStream::new(row.id, row.key, state))
    }

    /// An indexed segment whose end the index may not know.
    fn read_open(&self, mut segment: Segment) -> Result<Option<Found>, StoreError> {
        let path = path::segment_path(self.row.id, segment.start(), segment.variant);
        let full = self.directory.join(&path);
        let file = match self.file_system.open_file(&full, Access::Read) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                tracing::error!(path = %full.display(), "a segment is missing; its range is lost");
                // Kept in the index, so that `check` and readers tell it as damaged.
                return Ok(Some(Found {
                    path,
                    created: WallTime::EPOCH,
                    hash_after: self.row.last_hash,
                    good_length: segment.length(),
                    tail: Tail::Clean,
                    is_indexed: true,
                    known: segment.entries.len(),
                    segment,
                }));
            }
            Err(error) => return Err(StoreError::io("open", &full)(error)),
        };
        let length = segment.length();
        let file_length = file.length().map_err(StoreError::io("measure", &full))?;
        let last = segment.entries.last().map(|entry| entry.offset);
        let header = match last {
            Some(offset) if file_length >= length => {
                match scan::read_header(file.as_ref(), &full, offset) {
                    Ok(header) => header,
                    Err(StoreError::NotASegment { .. }) => None,
                    Err(error) => return Err(error),
                }
            }
            _ => None,
        };
        let run = match header {
            Some(header) => {
                let expected =
                    Expected { number: segment.next_number(), previous_hash: header.hash };
                scan::read_run(file.as_ref(), &full, length, Some(expected))?
            }
            // The committed part is damaged: nothing can be known to follow it.
            None => Run {
                entries: Vec::new(),
                first_number: segment.next_number(),
                last_hash: self.row.last_hash,
                good_length: length,
                tail: Tail::Foreign,
            },
        };
        let known = segment.entries.len();
        segment.entries.extend(&run.entries);
        Ok(Some(Found {
            path,
            segment,
            created: WallTime::EPOCH,
            hash_after: run.last_hash,
            good_length: run.good_length,
            tail: run.tail,
            is_indexed: true,
            known,
        }))
    }

    /// A file of this stream that the index does not know.
    fn read_unknown(&self, file: path::SegmentFile) -> Result<Option<Found>, StoreError> {
        let path::SegmentFile { path, variant, .. } = file;
        let full = self.directory.join(&path);
        let file = scan::open(self.file_system, &full)?;
        let head = match scan::read_head(file.as_ref(), &full) {
            Ok(head) => head,
            Err(StoreError::NotASegment { .. }) if scan::is_zero_from(file.as_ref(), &full, 0)? => {
                None
            }
            Err(StoreError::NotASegment { .. }) => {
                tracing::warn!(path = %full.display(), "left alone: its head is not readable");
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        let found = |run: Run, created| Found {
            path: path.clone(),
            segment: Segment {
                id: SegmentId::new(self.row.key, run.first_number),
                variant,
                is_open: true,
                entries: run.entries,
            },
            created,
            hash_after: run.last_hash,
            good_length: run.good_length,
            tail: run.tail,
            is_indexed: false,
            known: 0,
        };
        let Some(head) = head else {
            // Cut within its head: nothing in it was ever acknowledged.
            let nothing = Run {
                entries: Vec::new(),
                first_number: 0,
                last_hash: [0; 32],
                good_length: 0,
                tail: Tail::Torn,
            };
            return Ok(Some(found(nothing, WallTime::EPOCH)));
        };
        let identity = &head.identity;
        if identity.archive != *self.archive.as_bytes()
            || identity.stream != *self.row.id.0.as_bytes()
        {
            tracing::warn!(path = %full.display(), "left alone: it belongs to another archive or stream");
            return Ok(None);
        }
        let run = scan::read_run(file.as_ref(), &full, head.length, None)?;
        Ok(Some(found(run, identity.created)))
    }

    /// Orders what was found and takes from each file the numbers that a later file has too: they
    /// are what a failed write left. Answers the files of which nothing is left.
    fn settle(&self, found: &mut Vec<Found>) -> Result<Vec<PathBuf>, StoreError> {
        found.sort_by(|a, b| {
            // Of files that begin with the same number the last one counts: the index's, or the one
            // that went on, or the later one.
            let key = |found: &Found| {
                let segment = &found.segment;
                let length = segment.entries.len();
                (
                    segment.id,
                    found.is_indexed,
                    length,
                    segment.start(),
                    found.created,
                    segment.variant,
                )
            };
            key(a).cmp(&key(b))
        });
        let mut later_first = u64::MAX;
        let mut remains = Vec::new();
        for found in found.iter_mut().rev() {
            let first = found.segment.id.first_number();
            let keep = usize::try_from(later_first.saturating_sub(first)).unwrap_or(usize::MAX);
            if keep < found.segment.entries.len() {
                found.segment.entries.truncate(keep);
                found.good_length = found.segment.length();
                found.tail = Tail::Torn;
            }
            if !found.segment.entries.is_empty() {
                later_first = first;
            }
        }
        let mut settled = Vec::new();
        for found in found.drain(..) {
            let first = found.segment.id.first_number();
            let is_stale = !found.is_indexed
                && first < self.row.next_number
                && !found.segment.entries.is_empty();
            if is_stale {
                // Its numbers are the index's already, or were deleted with it.
                let indexed = self.index.segment_with(self.row.key, first)?;
                if indexed.is_some_and(|indexed| first < indexed.next_number()) {
                    remains.push(found.path);
                }
            } else if found.segment.entries.is_empty() {
                let is_ours_to_delete = found.tail != Tail::Foreign && !found.is_indexed;
                remains.extend(is_ours_to_delete.then_some(found.path));
            } else {
                settled.push(found);
            }
        }
        *found = settled;
        Ok(remains)
    }

    /// Cuts torn tails off and removes files of which nothing counts. Nobody appends to these
    /// files again, so a failure here costs nothing but tidiness.
    fn tidy(&self, found: &[Found], remains: &[PathBuf]) {
        for found in found.iter().filter(|found| found.tail == Tail::Torn) {
            let full = self.directory.join(&found.path);
            let cut = || {
                let file = self.file_system.open_file(&full, Access::Write)?;
                if file.length()? > found.good_length {
                    file.set_length(found.good_length)?;
                    file.sync_data()?;
                }
                io::Result::Ok(())
            };
            if let Err(error) = cut() {
                tracing::warn!(path = %full.display(), %error, "a torn tail could not be cut off");
            }
        }
        for path in remains {
            let full = self.directory.join(path);
            if let Err(error) = self.file_system.remove_file(&full) {
                tracing::warn!(path = %full.display(), %error, "a useless file could not be removed");
            }
        }
    }

    /// The files that the index knows among those that [`Self::files`] looks at.
    fn known_paths(&self) -> Result<HashSet<PathBuf>, StoreError> {
        let from = day_start(self.row.scan_from);
        let known = self.index.footprints_from(self.row.key, from)?;
        let path = |known: &crate::index::Footprint| {
            path::segment_path(self.row.id, known.start, known.variant)
        };
        Ok(known.iter().map(path).collect())
    }

    /// Segment files of the days on which the index may not know all of them.
    fn files(&self) -> Result<Vec<path::SegmentFile>, StoreError> {
        let from = day_start(self.row.scan_from);
        let mut files = Vec::new();
        for day in path::list_days_from(self.file_system, self.directory, self.row.id, from)? {
            files.extend(path::list_segments(self.file_system, self.directory, &day)?);
        }
        Ok(files)
    }
}

fn day_start(at: WallTime) -> WallTime {
    const DAY: i64 = 86_400 * 1_000_000;
    WallTime::from_micros(at.as_micros().div_euclid(DAY) * DAY)
}
