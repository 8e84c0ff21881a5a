//! How much a stream holds, and how much room is left.
//!
//! Belongs here: sums. Not here: what to delete ([`crate::retention`]).
//! Invariant: what is asked here costs the same whatever the archive's size; only the bytes of
//! holds cost what the held ranges are long.

use crate::file_system::Space;
use crate::hold::Hold;
use crate::live::LiveStream;
use crate::record::Segment;
use crate::{Store, StoreError, StreamId};
use afterimage_base::WallTime;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(86_400);

/// What is kept of one stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    pub first: Option<WallTime>,
    pub last: Option<WallTime>,
    /// Of all its segments, the open one included.
    pub bytes: u64,
    /// Numbers from the oldest to the newest; one that was found damaged counts too.
    pub fragments: u64,
    /// How much time is covered, what is past its age and not deleted yet included.
    pub recorded: Duration,
    /// Of the bytes, how many holds keep: whole segments.
    pub held_bytes: u64,
    /// What an hour costs, pauses included, over the last day that has footage.
    pub recent_bytes_per_hour: u64,
}

impl Store {
    /// What is kept of the stream now.
    pub fn usage(&self, stream: StreamId) -> Result<Usage, StoreError> {
        let live = self.shared.live(stream)?;
        // Pending segments first: one that the index learns of meanwhile is then in both, and
        // counted once, by its id.
        let pending = live.state().overlay();
        let totals = self.index().totals(live.key)?;
        let (mut bytes, mut recorded) = (totals.bytes, totals.recorded);
        for segment in pending.values() {
            let known = self.index().segment_totals(segment.id)?.unwrap_or_default();
            bytes += segment.length().saturating_sub(known.bytes);
            recorded = (recorded + segment.recorded()).saturating_sub(known.recorded);
        }
        let (first, last) = (self.first_fragment(stream)?, self.last_fragment(stream)?);
        let fragments = match (&first, &last) {
            (Some(first), Some(last)) => last.number.saturating_sub(first.number) + 1,
            _ => 0,
        };
        let (first, last) = (first.map(|first| first.start), last.map(|last| last.end()));
        Ok(Usage {
            first,
            last,
            bytes,
            fragments,
            recorded,
            held_bytes: self.held_bytes(&live)?,
            recent_bytes_per_hour: self.recent_rate(&live, first, last)?,
        })
    }

    /// Bytes of segments that active holds touch.
    fn held_bytes(&self, live: &LiveStream) -> Result<u64, StoreError> {
        let now = self.now();
        let mut holds = live.state().holds.clone();
        holds.retain(|hold| hold.is_active(now));
        let mut bytes = 0_u64;
        let mut counted_to = WallTime::from_micros(i64::MIN);
        for (from, to) in united(holds) {
            bytes = bytes.saturating_add(self.bytes_between(live, from, to, counted_to)?);
            counted_to = to;
        }
        Ok(bytes)
    }

    /// Bytes an hour over the day before `last`, or since `first` where that is less.
    fn recent_rate(
        &self,
        live: &LiveStream,
        first: Option<WallTime>,
        last: Option<WallTime>,
    ) -> Result<u64, StoreError> {
        let (Some(first), Some(last)) = (first, last) else { return Ok(0) };
        let from = first.max(last.minus(DAY));
        let micros = last.since(from).as_micros().max(1);
        let bytes =
            u128::from(self.bytes_between(live, from, last, WallTime::from_micros(i64::MIN))?);
        Ok(u64::try_from(bytes * 3_600_000_000 / micros).unwrap_or(u64::MAX))
    }

    /// Bytes of segments that touch the range and begin at `counted_to` or later, pending ones as
    /// they are.
    fn bytes_between(
        &self,
        live: &LiveStream,
        from: WallTime,
        to: WallTime,
        counted_to: WallTime,
    ) -> Result<u64, StoreError> {
        let pending = live.state().overlay();
        let mut bytes = self.index().bytes_between(live.key, from, to, counted_to)?;
        let counts = |segment: &Segment| {
            segment.start() >= counted_to && segment.start() < to && segment.end() > from
        };
        for segment in pending.values() {
            if counts(segment) {
                // As the index counts it: where its known part does not touch, it counted nothing.
                let known = self.index().segment(segment.id)?.filter(counts);
                bytes += segment.length().saturating_sub(known.map_or(0, |known| known.length()));
            }
        }
        Ok(bytes)
    }

    /// Bytes that the volume has left for us.
    pub fn free_space(&self) -> Result<u64, StoreError> {
        Ok(self.space()?.available)
    }

    /// What the volume has, and what of it is left for us.
    pub fn space(&self) -> Result<Space, StoreError> {
        let directory = self.directory();
        let space = self.shared.options.file_system.space(directory);
        space.map_err(|source| StoreError::Io {
            doing: "ask for the free space of",
            path: directory.to_owned(),
            source,
        })
    }
}

/// The ranges of holds, those that touch as one.
fn united(mut holds: Vec<Hold>) -> Vec<(WallTime, WallTime)> {
    holds.sort_by_key(|hold| hold.from);
    let mut ranges: Vec<(WallTime, WallTime)> = Vec::new();
    for hold in holds {
        match ranges.last_mut() {
            Some((_, to)) if hold.from <= *to => *to = hold.to.max(*to),
            _ => ranges.push((hold.from, hold.to)),
        }
    }
    ranges
}
