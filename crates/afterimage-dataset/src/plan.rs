//! Which frames a training set takes out of a range.
//!
//! Belongs here: the pure choice, fragment by fragment. The rule is [`frames_on_grid`]'s, which
//! models follow too, so that the frames of a set are the frames that have detections.
//! Invariant: each frame at most once, and at most one frame an instant; the choice within a
//! fragment depends on that fragment alone.

use crate::DatasetError;
use afterimage_base::{WallTime, frames_on_grid};
use std::time::Duration;

/// The wanted range and interval: one frame for each whole multiple of `every` since 1970 that
/// lies in `from..to`, where something is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DatasetPlan {
    from: WallTime,
    to: WallTime,
    every: Duration,
}

/// Where a fragment lies on the timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FragmentSpan {
    pub number: u64,
    pub start: WallTime,
    pub end: WallTime,
}

/// One frame of a fragment, and when it comes on screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameTime {
    pub sample: u32,
    pub at: WallTime,
}

/// A frame that the set takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WantedFrame {
    pub at: WallTime,
    pub fragment: u64,
    pub sample: u32,
}

impl DatasetPlan {
    /// Refuses a range that is empty or backwards and an interval below a millisecond.
    pub fn new(from: WallTime, to: WallTime, every: Duration) -> Result<Self, DatasetError> {
        if from >= to {
            return Err(DatasetError::Invalid(format!(
                "the range ends ({to}) before it begins ({from}); give a later --to"
            )));
        }
        if every < Duration::from_millis(1) {
            return Err(DatasetError::Invalid(
                "an interval must be a millisecond or more, like 500ms or 2s".to_owned(),
            ));
        }
        Ok(Self { from, to, every })
    }

    /// How many frames it is if everything is recorded at a sufficient frame rate.
    #[must_use]
    pub fn expected_frames(&self) -> u64 {
        self.instants(self.from, self.to)
    }

    /// Whether a fragment can hold a wanted frame: the others need not be read.
    #[must_use]
    pub fn wants(&self, span: &FragmentSpan) -> bool {
        self.instants(span.start.max(self.from), span.end.min(self.to)) > 0
    }

    /// The wanted frames of one fragment, by time. `frames` may come in decode order.
    #[must_use]
    pub fn choose(&self, span: &FragmentSpan, frames: &[FrameTime]) -> Vec<WantedFrame> {
        let mut shown: Vec<FrameTime> = frames.to_vec();
        shown.sort_by_key(|frame| (frame.at, frame.sample));
        // Cut to the range, a frame that is off screen by then is on screen for no time at all.
        let cut = |time: WallTime| time.clamp(self.from, self.to);
        let times: Vec<WallTime> = shown.iter().map(|frame| cut(frame.at)).collect();
        frames_on_grid(&times, cut(span.end), self.every)
            .into_iter()
            .map(|index| shown[index])
            .map(|FrameTime { sample, at }| WantedFrame { at, fragment: span.number, sample })
            .collect()
    }

    /// Multiples of the interval in `from..to`.
    fn instants(&self, from: WallTime, to: WallTime) -> u64 {
        let step = i64::try_from(self.every.as_micros()).unwrap_or(i64::MAX);
        let before = |time: WallTime| time.as_micros().saturating_sub(1).div_euclid(step);
        u64::try_from(before(to) - before(from)).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(millis: i64) -> WallTime {
        WallTime::from_millis(millis)
    }

    fn plan(from: i64, to: i64, every: u64) -> DatasetPlan {
        DatasetPlan::new(at(from), at(to), Duration::from_millis(every)).expect("a plan")
    }

    /// Fragments of `frames` frames each, `step` apart, without gaps.
    fn recording(start: i64, step: i64, sizes: &[usize]) -> Vec<(FragmentSpan, Vec<FrameTime>)> {
        let mut next = start;
        let mut recorded = Vec::new();
        for (number, size) in (1u64..).zip(sizes) {
            let times: Vec<i64> = (0..*size as i64).map(|index| next + index * step).collect();
            let span =
                FragmentSpan { number, start: at(next), end: at(next + *size as i64 * step) };
            next += *size as i64 * step;
            let frames =
                (0u32..).zip(times).map(|(sample, time)| FrameTime { sample, at: at(time) });
            recorded.push((span, frames.collect()));
        }
        recorded
    }

    fn take(plan: &DatasetPlan, recorded: &[(FragmentSpan, Vec<FrameTime>)]) -> Vec<WantedFrame> {
        let wanted = recorded.iter().filter(|(span, _)| plan.wants(span));
        wanted.flat_map(|(span, frames)| plan.choose(span, frames)).collect()
    }

    #[test]
    fn the_frame_on_screen_at_each_instant_of_the_range_is_taken() {
        let recorded = recording(10_020, 40, &[50, 50]);
        let taken = take(&plan(11_000, 14_000, 1_000), &recorded);
        let times: Vec<WallTime> = taken.iter().map(|frame| frame.at).collect();
        assert_eq!(
            times,
            [at(10_980), at(11_980), at(12_980)],
            "at 11.0 the frame of 10.98 is on screen; 14.0 is outside the range"
        );
        assert_eq!((taken[1].fragment, taken[1].sample), (1, 49), "the fragment's last frame");
    }

    #[test]
    fn a_gap_has_no_frames() {
        let mut recorded = recording(0, 100, &[10, 10, 10]);
        recorded.remove(1);
        let taken = take(&plan(0, 3_000, 500), &recorded);
        let times: Vec<WallTime> = taken.iter().map(|frame| frame.at).collect();
        assert_eq!(times, [at(0), at(500), at(2_000), at(2_500)], "nothing stands in for 1.0-2.0");
    }

    #[test]
    fn frames_in_decode_order_are_chosen_by_when_they_are_shown() {
        let span = FragmentSpan { number: 7, start: at(0), end: at(160) };
        let shown_at = [0, 120, 40, 80];
        let frames: Vec<FrameTime> = (0u32..)
            .zip(shown_at)
            .map(|(sample, time)| FrameTime { sample, at: at(time) })
            .collect();
        let taken = plan(0, 160, 80).choose(&span, &frames);
        let samples: Vec<u32> = taken.iter().map(|frame| frame.sample).collect();
        assert_eq!(samples, [0, 3], "80 ms is the fourth sample of a stream with B-frames");
    }

    #[test]
    fn ranges_and_intervals_that_make_no_sense_are_refused() {
        assert!(DatasetPlan::new(at(5), at(5), Duration::from_secs(1)).is_err(), "empty");
        assert!(DatasetPlan::new(at(6), at(5), Duration::from_secs(1)).is_err(), "backwards");
        assert!(DatasetPlan::new(at(0), at(5), Duration::ZERO).is_err(), "every instant there is");
    }

    proptest! {
        #[test]
        fn each_instant_once_and_each_frame_once(
            start in 0i64..5_000, step in 1i64..200, every in 1u64..3_000,
            sizes in prop::collection::vec(1usize..30, 1..8),
            from in 0i64..4_000, length in 1i64..8_000,
        ) {
            let recorded = recording(start, step, &sizes);
            let plan = plan(from, from + length, every);
            let taken = take(&plan, &recorded);
            prop_assert!(taken.is_sorted_by(|a, b| a.at < b.at), "by time, each frame once");
            prop_assert!(taken.len() as u64 <= plan.expected_frames(), "one an instant at most");

            let frames: Vec<WallTime> =
                recorded.iter().flat_map(|(_, frames)| frames).map(|frame| frame.at).collect();
            let end = recorded.last().expect("one at least").0.end;
            let first_instant = from.max(0).unsigned_abs().next_multiple_of(every);
            for instant in (first_instant..(from + length).unsigned_abs()).step_by(every as usize) {
                let instant = at(instant as i64);
                let on_screen = frames.iter().rev().find(|frame| **frame <= instant);
                if let Some(on_screen) = on_screen.filter(|_| instant < end) {
                    prop_assert!(
                        taken.iter().any(|frame| frame.at == *on_screen),
                        "the frame on screen at {instant} is not taken"
                    );
                }
            }
            let all: Vec<WantedFrame> =
                recorded.iter().flat_map(|(span, frames)| plan.choose(span, frames)).collect();
            prop_assert_eq!(taken, all, "a fragment that is not wanted holds no wanted frame");
        }
    }
}
