//! Activity: what a timeline shows when a pixel is longer than a fragment.
//!
//! Belongs here: the width of buckets, and filling them. Not here: adding up ([`crate::rollup`]).
//! Invariant: a bucket holds exactly what the timeline and the detections of its time hold.

use crate::rollup::HOUR;
use crate::tally::{SeenCounts, Tally, cut};
use crate::{GapReason, Store, StoreError, StreamId};
use afterimage_base::WallTime;
use std::time::Duration;

/// Sums over buckets of equal length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activity {
    /// The first bucket begins here: a whole multiple of `bucket` since 1970.
    pub from: WallTime,
    pub bucket: Duration,
    pub buckets: Vec<ActivityBucket>,
}

/// What one bucket holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ActivityBucket {
    pub recorded: Duration,
    /// What should have been recorded and is not.
    pub missing: Duration,
    /// Why most of it is missing.
    pub reason: Option<GapReason>,
    /// Frames on which a model saw motion.
    pub motion: u32,
    /// Frames on which a model saw an object.
    pub objects: u32,
    /// Events that begin in it.
    pub events: u32,
}

const SECOND: i64 = 1_000_000;

/// A bucket is as wide as the first of these that is wide enough, in seconds; then a multiple of
/// the last.
const WIDTHS: [i64; 13] =
    [1, 5, 10, 30, 60, 300, 600, 1_800, 3_600, 21_600, 86_400, 604_800, 2_592_000];

/// More buckets than any screen has pixels.
const MOST_BUCKETS: usize = 20_000;

impl Store {
    /// What `[from, to)` holds, in no more than `most_buckets` buckets; `now` as for
    /// [`Store::timeline`]. Costs the same for a minute and for ten years.
    pub fn activity(
        &self,
        stream: StreamId,
        from: WallTime,
        to: WallTime,
        most_buckets: usize,
        now: WallTime,
    ) -> Result<Activity, StoreError> {
        if to <= from || most_buckets == 0 || most_buckets > MOST_BUCKETS {
            return Err(StoreError::Invalid(format!(
                "activity needs a period that ends after it begins and 1 to {MOST_BUCKETS} buckets"
            )));
        }
        let live = self.shared.live(stream)?;
        let (from, to) =
            (from.max(WallTime::EPOCH), to.clamp(WallTime::from_micros(1), WallTime::MAX));
        let (width, first, count) =
            buckets(from, to.max(from.plus(Duration::from_micros(1))), most_buckets);
        let starts = WallTime::from_micros(first * width);
        let ends = WallTime::from_micros((first + count) * width);
        let mut tallies = vec![Tally::default(); usize::try_from(count).unwrap_or(0)];
        if width >= HOUR {
            for (start, piece) in self.pieces(&live, starts, ends, now, width)? {
                let bucket = usize::try_from(start.div_euclid(width) - first);
                if let Some(tally) = bucket.ok().and_then(|bucket| tallies.get_mut(bucket)) {
                    tally.append(&piece);
                }
            }
        } else {
            let cuts: Vec<i64> = (first..=first + count).map(|bucket| bucket * width).collect();
            tallies = cut(&self.timeline(stream, starts, ends, now)?, &cuts);
            for (bucket, seen) in self.seen(&live, starts, ends, now, width)? {
                let bucket = usize::try_from(bucket - first);
                if let Some(tally) = bucket.ok().and_then(|bucket| tallies.get_mut(bucket)) {
                    tally.seen.add(seen);
                }
            }
        }
        Ok(Activity {
            from: starts,
            bucket: micros(width),
            buckets: tallies.iter().map(bucket).collect(),
        })
    }
}

/// How wide buckets are, in microseconds; the number of the first since 1970; how many there are.
fn buckets(from: WallTime, to: WallTime, most: usize) -> (i64, i64, i64) {
    let (from, to) = (from.as_micros(), to.as_micros());
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let last = WIDTHS[WIDTHS.len() - 1];
    let widths = WIDTHS.into_iter().chain((2..).map(|times| last * times));
    let fit = |width: i64| {
        let first = from.div_euclid(width);
        (width, first, (to - 1).div_euclid(width) + 1 - first)
    };
    widths
        .map(|seconds| fit(seconds * SECOND))
        .find(|(_, _, count)| *count <= most)
        .expect("instants are bounded, so some width holds all of them")
}

fn bucket(tally: &Tally) -> ActivityBucket {
    let SeenCounts { motion, objects, events } = tally.seen;
    let missing: i64 = tally.missing().map(|(_, missing)| missing.micros).sum();
    let reason = tally.missing().max_by_key(|(_, missing)| missing.micros);
    ActivityBucket {
        recorded: micros(tally.recorded),
        missing: micros(missing),
        reason: reason.map(|(reason, _)| reason),
        motion,
        objects,
        events,
    }
}

fn micros(micros: i64) -> Duration {
    Duration::from_micros(u64::try_from(micros).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_the_narrowest_that_fit() {
        let at = |seconds: i64| WallTime::from_micros(seconds * SECOND);
        assert_eq!(buckets(at(0), at(60), 60), (SECOND, 0, 60), "a second each");
        assert_eq!(buckets(at(0), at(61), 60), (5 * SECOND, 0, 13), "one too many for seconds");
        assert_eq!(buckets(at(7), at(13), 3), (5 * SECOND, 1, 2), "whole multiples since 1970");
        let (width, _, count) = buckets(at(0), at(10 * 365 * 86_400), 1_000);
        assert_eq!((width / SECOND, count), (604_800, 522), "ten years in weeks");
        let (_, _, count) = buckets(at(0), WallTime::MAX, 1);
        assert_eq!(count, 1, "everything in one");
    }
}
