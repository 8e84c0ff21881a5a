//! Decode times for samples that came with presentation times alone.
//!
//! Belongs here: the reorder buffer. In decode order the k-th sample is decoded at the (k−d)-th
//! smallest presentation time, where d is how deep the stream reorders: never after it is shown,
//! and never before its predecessor. Not here: where d stands in a parameter set
//! ([`crate::codec`]).
//! Invariant: times handed out rise strictly, over fragments and sessions.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// No level of H.264 or H.265 reorders deeper.
const MAX_DEPTH: usize = 16;

#[derive(Clone, Debug)]
pub(super) struct DecodeTimes {
    depth: usize,
    /// Presentation times that are not used as a decode time yet: `depth` of them once primed.
    waiting: BinaryHeap<Reverse<i64>>,
    is_primed: bool,
    last: Option<i64>,
}

impl DecodeTimes {
    /// `depth` as the parameter sets say it; learned from the samples where they don't.
    pub fn new(depth: Option<usize>) -> Self {
        Self {
            depth: depth.unwrap_or_default().min(MAX_DEPTH),
            waiting: BinaryHeap::new(),
            is_primed: false,
            last: None,
        }
    }

    pub fn depth(&self) -> usize {
        self.depth
    }

    /// Media time begins anew, behind all times handed out so far.
    pub fn restart(&mut self) {
        self.waiting.clear();
        self.is_primed = false;
    }

    /// Gets ready for the samples of a whole fragment: learns how deep they reorder, and makes
    /// room in front of the first for as many decode times. `behind` are those of the samples that
    /// follow, as far as they are here; `step` is a typical frame duration.
    pub fn prepare(&mut self, presentations: &[i64], behind: &[i64], step: i64) {
        let Some(first) = presentations.iter().copied().min() else { return };
        let needed = depth_of(&[presentations, behind].concat());
        if !self.is_primed {
            self.depth = self.depth.max(needed);
            self.prime(first, step);
        } else if needed > self.depth {
            self.deepen(needed - self.depth, presentations);
        }
    }

    fn prime(&mut self, first: i64, step: i64) {
        let depth = self.depth as i64;
        let floor = self.last.unwrap_or(-1);
        let step = step.min((first - floor) / (depth + 1)).max(1);
        self.waiting = (1..=depth).map(|index| Reverse(first - step * index)).collect();
        self.is_primed = true;
    }

    /// Slips decode times in between the next two, so that the one promised to follow the last
    /// fragment stays where it is.
    fn deepen(&mut self, by: usize, presentations: &[i64]) {
        let waiting = self.waiting.iter().map(|Reverse(time)| *time);
        let mut upcoming: Vec<_> = waiting.chain(presentations.iter().copied()).collect();
        upcoming.sort_unstable();
        let next = upcoming.first().copied().unwrap_or_default();
        let room = upcoming.get(1).map_or(0, |second| second - next);
        for index in 1..=by as i64 {
            self.waiting.push(Reverse(next + room * index / (by as i64 + 1)));
        }
        self.depth += by;
    }

    /// The decode time of the next sample. Later than its presentation only where the camera's
    /// times contradict themselves.
    pub fn next(&mut self, presentation: i64) -> i64 {
        if !self.is_primed {
            self.prime(presentation, 1);
        }
        self.waiting.push(Reverse(presentation));
        let due = if self.waiting.len() > self.depth { self.waiting.pop() } else { None };
        self.hand_out(due.map_or(i64::MIN, |Reverse(time)| time))
    }

    /// Takes a decode time that the camera's capture knows.
    pub fn accept(&mut self, decode: i64) -> i64 {
        self.waiting.clear();
        self.is_primed = false;
        self.hand_out(decode)
    }

    /// What [`DecodeTimes::next`] will hand out for a sample shown at `presentation`.
    pub fn peek(&self, presentation: i64) -> i64 {
        let due = self.waiting.peek().map_or(presentation, |Reverse(time)| *time);
        self.not_before_last(due.min(presentation))
    }

    /// Live view can't look ahead: it learns from what went wrong.
    pub fn deepen_late(&mut self) {
        self.depth = (self.depth + 1).min(MAX_DEPTH);
    }

    pub fn not_before_last(&self, time: i64) -> i64 {
        self.last.map_or(time.max(0), |last| time.max(last + 1))
    }

    fn hand_out(&mut self, time: i64) -> i64 {
        let time = self.not_before_last(time);
        self.last = Some(time);
        time
    }
}

/// The largest number of samples that come before one that is shown earlier than they.
fn depth_of(presentations: &[i64]) -> usize {
    let earlier = |index: usize| &presentations[index.saturating_sub(2 * MAX_DEPTH)..index];
    let later_ones =
        |index: usize| earlier(index).iter().filter(|time| **time > presentations[index]).count();
    (0..presentations.len()).map(later_ones).max().unwrap_or_default().min(MAX_DEPTH)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assign(times: &mut DecodeTimes, presentations: &[i64]) -> Vec<i64> {
        times.prepare(presentations, &[], 10);
        presentations.iter().map(|time| times.next(*time)).collect()
    }

    #[test]
    fn without_reordering_a_sample_is_decoded_when_it_is_shown() {
        let mut times = DecodeTimes::new(Some(0));
        assert_eq!(assign(&mut times, &[100, 110, 120]), [100, 110, 120]);
    }

    #[test]
    fn reordered_samples_are_decoded_in_order_and_never_late() {
        let mut times = DecodeTimes::new(None);
        let decode = assign(&mut times, &[100, 130, 110, 120, 160, 140, 150]);
        assert_eq!(decode, [90, 100, 110, 120, 130, 140, 150], "a depth of one is learned");
        assert_eq!(times.peek(170), 160, "the next fragment's first decode time is known");
        let decode = assign(&mut times, &[170, 200, 180, 190]);
        assert_eq!(decode, [160, 170, 180, 190], "and goes on from there");
    }

    #[test]
    fn a_stream_that_begins_to_reorder_later_keeps_its_promise() {
        let mut times = DecodeTimes::new(None);
        assert_eq!(assign(&mut times, &[100, 110]), [100, 110]);
        assert_eq!(times.peek(120), 120);
        let decode = assign(&mut times, &[120, 150, 130, 140, 180, 160, 170]);
        assert_eq!(decode, [120, 125, 130, 140, 150, 160, 170], "room is made behind the first");
    }
}
