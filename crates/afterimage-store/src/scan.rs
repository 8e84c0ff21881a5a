//! Reads what a segment file says of itself.
//!
//! Belongs here: from bytes of a file to entries of the index, by headers and the hash chain.
//! Not here: deciding what to do about it ([`crate::recovery`], [`crate::check`]).

use crate::StoreError;
use crate::file_system::{Access, FileSystem, StoreFile, read_range};
use crate::record::{Entry, millis};
use crate::stream::StreamId;
use afterimage_base::{StreamName, WallTime};
use afterimage_media::{
    FRAGMENT_HEADER_LIMIT, FragmentHeader, SEGMENT_HEAD_LIMIT, SegmentHead, read_fragment_header,
    verify_fragment,
};
use std::path::Path;
use std::time::Duration;
use uuid::Uuid;

/// How a run of fragments in a file ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tail {
    /// With the file.
    Clean,
    /// With a fragment that was cut short or is not as written: a write that never finished.
    Torn,
    /// With bytes that are no fragment of this run. Not ours to throw away.
    Foreign,
}

/// Fragments that follow each other by number and hash.
#[derive(Debug)]
pub(crate) struct Run {
    pub entries: Vec<Entry>,
    pub first_number: u64,
    pub last_hash: [u8; 32],
    /// Where the last good fragment ends.
    pub good_length: u64,
    pub tail: Tail,
}

/// What the next fragment must say to belong to the run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expected {
    pub number: u64,
    pub previous_hash: [u8; 32],
}

/// The front of a segment file; `None` where it is cut short.
pub(crate) fn read_head(
    file: &dyn StoreFile,
    path: &Path,
) -> Result<Option<SegmentHead>, StoreError> {
    let mut length = 16 * 1024;
    loop {
        let prefix = read_range(file, 0, length).map_err(StoreError::io("read", path))?;
        let head = SegmentHead::read(&prefix).map_err(|error| StoreError::NotASegment {
            path: path.to_owned(),
            detail: error.to_string(),
        })?;
        if head.is_some() || prefix.len() < length || length >= SEGMENT_HEAD_LIMIT {
            return Ok(head);
        }
        length = SEGMENT_HEAD_LIMIT;
    }
}

/// The header of the fragment at `offset`; `None` where the file ends within it.
pub(crate) fn read_header(
    file: &dyn StoreFile,
    path: &Path,
    offset: u64,
) -> Result<Option<FragmentHeader>, StoreError> {
    let prefix =
        read_range(file, offset, FRAGMENT_HEADER_LIMIT).map_err(StoreError::io("read", path))?;
    read_fragment_header(&prefix).map_err(|error| StoreError::NotASegment {
        path: path.to_owned(),
        detail: format!("at byte {offset}: {error}"),
    })
}

/// Reads the run of fragments from `offset` on. Every fragment but the last was synced before the
/// next one was written, so headers and their chain suffice for them; the last is checked whole.
pub(crate) fn read_run(
    file: &dyn StoreFile,
    path: &Path,
    offset: u64,
    expected: Option<Expected>,
) -> Result<Run, StoreError> {
    let file_length = file.length().map_err(StoreError::io("measure", path))?;
    let mut run = Run {
        entries: Vec::new(),
        first_number: expected.map_or(0, |expected| expected.number),
        last_hash: expected.map_or([0; 32], |expected| expected.previous_hash),
        good_length: offset,
        tail: Tail::Clean,
    };
    let mut expected = expected;
    let mut before_last = run.last_hash;
    while run.good_length < file_length {
        let header = match read_header(file, path, run.good_length) {
            Ok(Some(header)) => header,
            Ok(None) => {
                run.tail = Tail::Torn;
                break;
            }
            Err(StoreError::NotASegment { .. }) => {
                run.tail = unreadable_tail(file, path, run.good_length)?;
                break;
            }
            Err(error) => return Err(error),
        };
        if expected.is_some_and(|expected| {
            expected.number != header.identity.number
                || expected.previous_hash != header.identity.previous_hash
        }) {
            run.tail = unreadable_tail(file, path, run.good_length)?;
            break;
        }
        if header.length > file_length - run.good_length {
            run.tail = Tail::Torn;
            break;
        }
        if run.entries.is_empty() {
            run.first_number = header.identity.number;
        }
        run.entries.push(entry(&header, run.good_length));
        run.good_length += header.length;
        before_last = run.last_hash;
        run.last_hash = header.hash;
        expected = Some(Expected {
            number: header.identity.number.saturating_add(1),
            previous_hash: header.hash,
        });
    }
    if let Some(last) = run.entries.last().copied()
        && !is_whole(file, path, &last)?
    {
        run.entries.pop();
        run.good_length = last.offset;
        run.last_hash = before_last;
        run.tail = Tail::Torn;
    }
    Ok(run)
}

/// What follows the run is no next fragment.
fn unreadable_tail(file: &dyn StoreFile, path: &Path, from: u64) -> Result<Tail, StoreError> {
    let is_torn = is_half_written(file, path, from)?;
    Ok(if is_torn { Tail::Torn } else { Tail::Foreign })
}

/// The file goes on with a write of which a power cut left some pages out: zeros where a fragment
/// would begin, or in the page behind. Without a `moof`, no fragment that counts can be in it.
fn is_half_written(file: &dyn StoreFile, path: &Path, from: u64) -> Result<bool, StoreError> {
    const PAGE: u64 = 4096;
    const BOX_HEADER: usize = 8;
    let is_zero = |at| -> Result<bool, StoreError> {
        let bytes = read_range(file, at, BOX_HEADER).map_err(StoreError::io("read", path))?;
        Ok(!bytes.is_empty() && bytes.iter().all(|byte| *byte == 0))
    };
    if !is_zero(from)? && !is_zero(from.next_multiple_of(PAGE))? {
        return Ok(false);
    }
    let mut offset = from;
    loop {
        let bytes = read_range(file, offset, 64 * 1024).map_err(StoreError::io("read", path))?;
        if bytes.windows(4).any(|name| name == b"moof") {
            return Ok(false);
        }
        // A name may lie across two reads.
        match bytes.len() {
            0..=3 => return Ok(true),
            length => offset += length as u64 - 3,
        }
    }
}

/// Only zeros from here on: a power cut left the file's length and not its bytes.
pub(crate) fn is_zero_from(
    file: &dyn StoreFile,
    path: &Path,
    from: u64,
) -> Result<bool, StoreError> {
    let mut offset = from;
    loop {
        let bytes = read_range(file, offset, 64 * 1024).map_err(StoreError::io("read", path))?;
        if bytes.is_empty() || bytes.iter().any(|byte| *byte != 0) {
            return Ok(bytes.is_empty());
        }
        offset += bytes.len() as u64;
    }
}

fn is_whole(file: &dyn StoreFile, path: &Path, entry: &Entry) -> Result<bool, StoreError> {
    let length = usize::try_from(entry.length).unwrap_or(usize::MAX);
    let bytes = read_range(file, entry.offset, length).map_err(StoreError::io("read", path))?;
    Ok(verify_fragment(&bytes).is_ok())
}

/// A fragment as the index packs it.
pub(crate) fn entry(header: &FragmentHeader, offset: u64) -> Entry {
    Entry {
        offset,
        length: header.length,
        start: header.start,
        duration: header.duration,
        is_independent: header.is_independent,
        producer_ms: header.producer_timestamp.map(millis),
        server_ms: millis(header.server_timestamp),
        is_damaged: false,
    }
}

/// All that one segment file says.
#[derive(Debug)]
pub(crate) struct FileContent {
    archive: Uuid,
    stream: StreamId,
    /// The stream's name when the file was begun.
    pub name: StreamName,
    pub created: WallTime,
    pub first_number: u64,
    /// Numbers follow each other; what could not be read in between is marked damaged.
    pub entries: Vec<Entry>,
    pub last_hash: [u8; 32],
}

impl FileContent {
    pub fn belongs_to(&self, archive: Uuid, stream: StreamId) -> bool {
        self.archive == archive && self.stream == stream
    }

    pub fn length(&self) -> u64 {
        self.entries.last().map_or(0, |entry| entry.offset + entry.length)
    }
}

/// Reads a whole segment file, around damage; with `verify`, every fragment's checksum too.
/// `None`: it is cut within its head or has no fragment.
pub(crate) fn read_file(
    file_system: &dyn FileSystem,
    path: &Path,
    verify: bool,
) -> Result<Option<FileContent>, StoreError> {
    let file = open(file_system, path)?;
    let Some(head) = read_head(file.as_ref(), path)? else { return Ok(None) };
    let mut content = FileContent {
        archive: Uuid::from_bytes(head.identity.archive),
        stream: StreamId(Uuid::from_bytes(head.identity.stream)),
        name: head.identity.stream_name,
        created: head.identity.created,
        first_number: 0,
        entries: Vec::new(),
        last_hash: [0; 32],
    };
    let mut offset = head.length;
    loop {
        let run = read_run(file.as_ref(), path, offset, None)?;
        content.extend(&run);
        let next = match run.tail {
            Tail::Clean | Tail::Torn => None,
            Tail::Foreign => next_fragment(file.as_ref(), path, run.good_length)?,
        };
        let Some(next) = next else { break };
        offset = next;
    }
    if verify {
        for entry in &mut content.entries {
            entry.is_damaged |= !is_whole(file.as_ref(), path, entry)?;
        }
    }
    Ok((!content.entries.is_empty()).then_some(content))
}

/// The most fragments that a damaged stretch is believed to have held.
const MOST_LOST: u64 = 10_000;

impl FileContent {
    /// Adds a run; numbers missing before it become damaged entries that share its place.
    fn extend(&mut self, run: &Run) {
        let Some(first) = run.entries.first() else { return };
        if self.entries.is_empty() {
            self.first_number = run.first_number;
        }
        let next = self.first_number + self.entries.len() as u64;
        let Some(lost) = run.first_number.checked_sub(next).filter(|lost| *lost <= MOST_LOST)
        else {
            return;
        };
        if let Some(last) = self.entries.last().copied() {
            let bytes = first.offset.saturating_sub(last.offset + last.length);
            let time = first.start.since(last.end());
            for index in 0..lost {
                let part = u32::try_from(index).unwrap_or(u32::MAX);
                let parts = u32::try_from(lost).unwrap_or(u32::MAX);
                self.entries.push(Entry {
                    offset: last.offset + last.length + bytes / lost * index,
                    length: bytes / lost,
                    start: last.end().plus(time / parts * part),
                    duration: micros(time / parts),
                    is_damaged: true,
                    ..last
                });
            }
        }
        self.entries.extend(&run.entries);
        self.last_hash = run.last_hash;
    }
}

fn micros(duration: Duration) -> Duration {
    Duration::from_micros(u64::try_from(duration.as_micros()).unwrap_or(u64::MAX))
}

/// Where the next fragment may begin behind bytes that are none: follows boxes as long as their
/// sizes make sense.
fn next_fragment(file: &dyn StoreFile, path: &Path, from: u64) -> Result<Option<u64>, StoreError> {
    let length = file.length().map_err(StoreError::io("measure", path))?;
    let mut offset = from;
    while offset + 8 <= length {
        let front = read_range(file, offset, 8).map_err(StoreError::io("read", path))?;
        let Some((size, kind)) = front.split_at_checked(4) else { break };
        let size = size.iter().fold(0_u64, |size, byte| size << 8 | u64::from(*byte));
        let is_box = matches!(kind, b"prft" | b"uuid" | b"moof" | b"mdat" | b"free");
        if offset > from && kind == b"prft" {
            return Ok(Some(offset));
        }
        if size < 8 || !is_box {
            break;
        }
        offset += size;
    }
    Ok(None)
}

/// Opens a segment for reading.
pub(crate) fn open(
    file_system: &dyn FileSystem,
    path: &Path,
) -> Result<Box<dyn StoreFile>, StoreError> {
    file_system.open_file(path, Access::Read).map_err(StoreError::io("open", path))
}
