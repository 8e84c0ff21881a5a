//! Fragments and segments as the index knows them.

use crate::gap::TOLERANCE;
use crate::stream::{StreamId, StreamKey};
use afterimage_base::WallTime;
use std::time::Duration;

/// How many numbers of fragments an id has room for: 2^40, 70,000 years of 2 s fragments.
const NUMBER_BITS: u32 = 40;

/// A segment's identity in this index: the stream's key and the number of its first fragment, so
/// that one integer finds the segment of any fragment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SegmentId(pub i64);

impl SegmentId {
    pub(crate) fn new(stream: StreamKey, first_number: u64) -> Self {
        let number = i64::try_from(first_number).unwrap_or(i64::MAX).min((1 << NUMBER_BITS) - 1);
        Self((stream.0 << NUMBER_BITS) | number)
    }

    pub(crate) fn stream(self) -> StreamKey {
        StreamKey(self.0 >> NUMBER_BITS)
    }

    pub(crate) fn first_number(self) -> u64 {
        self.0.cast_unsigned() & ((1 << NUMBER_BITS) - 1)
    }
}

/// One durable fragment: where its bytes are and where it stands in time.
///
/// Its checksum is in the file, not here: [`crate::Store::fragment_header`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FragmentRecord {
    pub stream: StreamId,
    pub number: u64,
    pub segment: SegmentId,
    /// Where its `moof` begins in the segment's file (its `prft` and `uuid` boxes included).
    pub offset: u64,
    pub length: u64,
    pub start: WallTime,
    pub duration: Duration,
    pub is_independent: bool,
    /// To the millisecond; exact in the file.
    pub producer_timestamp: Option<WallTime>,
    /// To the millisecond; exact in the file.
    pub server_timestamp: WallTime,
}

impl FragmentRecord {
    #[must_use]
    pub fn end(&self) -> WallTime {
        self.start.plus(self.duration)
    }
}

/// A fragment inside its segment, as the index packs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub offset: u64,
    pub length: u64,
    pub start: WallTime,
    pub duration: Duration,
    pub is_independent: bool,
    pub producer_ms: Option<i64>,
    pub server_ms: i64,
    /// Its bytes were found wrong: never served, its interval is a gap.
    pub is_damaged: bool,
}

impl Entry {
    pub fn end(&self) -> WallTime {
        self.start.plus(self.duration)
    }
}

/// One row of the index: a segment and all its fragments, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Segment {
    pub id: SegmentId,
    /// Tells apart files that begin at the same millisecond.
    pub variant: u32,
    pub is_open: bool,
    pub entries: Vec<Entry>,
}

impl Segment {
    pub fn start(&self) -> WallTime {
        self.entries.first().map_or(WallTime::EPOCH, |entry| entry.start)
    }

    pub fn end(&self) -> WallTime {
        self.entries.last().map_or(WallTime::EPOCH, Entry::end)
    }

    /// How much time its fragments cover, without damaged ones.
    pub fn recorded(&self) -> Duration {
        let good = self.entries.iter().filter(|entry| !entry.is_damaged);
        good.map(|entry| entry.duration).fold(Duration::ZERO, Duration::saturating_add)
    }

    /// Bytes of the file that count: up to the end of the last fragment.
    pub fn length(&self) -> u64 {
        self.entries.last().map_or(0, |entry| entry.offset + entry.length)
    }

    pub fn next_number(&self) -> u64 {
        self.id.first_number() + self.entries.len() as u64
    }

    /// No hole and no damage from its start to its end.
    pub fn is_whole(&self) -> bool {
        let joins = |pair: &[Entry]| pair[1].start <= pair[0].end().plus(TOLERANCE);
        !self.entries.iter().any(|entry| entry.is_damaged) && self.entries.windows(2).all(joins)
    }

    pub fn records(&self, stream: StreamId) -> impl Iterator<Item = FragmentRecord> + '_ {
        let indexed = self.entries.iter().enumerate().filter(|(_, entry)| !entry.is_damaged);
        indexed.map(move |(index, entry)| self.record(stream, index, entry))
    }

    pub fn record(&self, stream: StreamId, index: usize, entry: &Entry) -> FragmentRecord {
        FragmentRecord {
            stream,
            number: self.id.first_number() + index as u64,
            segment: self.id,
            offset: entry.offset,
            length: entry.length,
            start: entry.start,
            duration: entry.duration,
            is_independent: entry.is_independent,
            producer_timestamp: entry.producer_ms.map(WallTime::from_millis),
            server_timestamp: WallTime::from_millis(entry.server_ms),
        }
    }
}

/// Milliseconds of an instant, rounded down.
pub(crate) fn millis(time: WallTime) -> i64 {
    time.as_micros().div_euclid(1_000)
}
