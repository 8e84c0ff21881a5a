//! What a piece of time of a stream holds, in a form that can be added up.
//!
//! Belongs here: the sums, and cutting a timeline into pieces. Not here: where pieces come from
//! ([`crate::rollup`]).
//! Invariant: the tally of a piece is the tallies of its parts appended in order; a gap that goes
//! on over a cut counts once.

use crate::gap::GapReason;
use crate::timeline::Timeline;
use std::collections::BTreeMap;

/// How long something is missing, in how many gaps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Missing {
    pub micros: i64,
    pub gaps: u64,
}

/// The sums over a piece of time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Its length; 0 only before anything was appended.
    pub span: i64,
    pub recorded: i64,
    pub gaps: BTreeMap<GapReason, Missing>,
    /// The reason of the gap over its beginning, and over its end.
    pub first: Option<GapReason>,
    pub last: Option<GapReason>,
    pub seen: SeenCounts,
}

/// Frames and events; a frame has one instant, so parts add up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct SeenCounts {
    pub motion: u32,
    pub objects: u32,
    /// That begin in it.
    pub events: u32,
}

impl SeenCounts {
    pub fn add(&mut self, other: Self) {
        self.motion = self.motion.saturating_add(other.motion);
        self.objects = self.objects.saturating_add(other.objects);
        self.events = self.events.saturating_add(other.events);
    }
}

impl Tally {
    /// Appends the piece that follows.
    pub fn append(&mut self, next: &Self) {
        if next.span == 0 {
            return;
        }
        if self.span == 0 {
            self.first = next.first;
        }
        self.recorded += next.recorded;
        for (reason, missing) in &next.gaps {
            let sum = self.gaps.entry(*reason).or_default();
            sum.micros += missing.micros;
            sum.gaps += missing.gaps;
        }
        if let Some(reason) = next.first
            && self.last == Some(reason)
            && let Some(sum) = self.gaps.get_mut(&reason)
        {
            sum.gaps = sum.gaps.saturating_sub(1);
        }
        self.last = next.last;
        self.seen.add(next.seen);
        self.span += next.span;
    }

    /// What is missing although it should be there, by reason.
    pub fn missing(&self) -> impl Iterator<Item = (GapReason, Missing)> + '_ {
        self.gaps
            .iter()
            .map(|(reason, missing)| (*reason, *missing))
            .filter(|(reason, _)| reason.is_missing())
    }
}

/// Cuts a timeline at `cuts` (ascending); one tally per piece, without what was seen.
pub(crate) fn cut(timeline: &Timeline, cuts: &[i64]) -> Vec<Tally> {
    let pieces = || cuts.windows(2).map(|pair| (pair[0], pair[1]));
    let mut tallies: Vec<Tally> =
        pieces().map(|(from, to)| Tally { span: to - from, ..Tally::default() }).collect();
    let touched = |from: i64, to: i64| {
        let first = cuts.partition_point(|cut| *cut <= from).saturating_sub(1);
        let last = cuts.partition_point(|cut| *cut < to).min(cuts.len().saturating_sub(1));
        first..last.max(first)
    };
    for range in &timeline.ranges {
        let (from, to) = (range.from.as_micros(), range.to.as_micros());
        for piece in touched(from, to) {
            let covered = to.min(cuts[piece + 1]) - from.max(cuts[piece]);
            tallies[piece].recorded += covered.max(0);
        }
    }
    let mut gaps: Vec<(i64, i64, GapReason)> = Vec::with_capacity(timeline.gaps.len());
    for gap in &timeline.gaps {
        let (from, to) = (gap.from.as_micros(), gap.to.as_micros());
        match gaps.last_mut() {
            // The same reason with other words: one gap here.
            Some((_, end, reason)) if *reason == gap.reason && from == *end => *end = to,
            _ => gaps.push((from, to, gap.reason)),
        }
    }
    for (from, to, reason) in gaps {
        for piece in touched(from, to) {
            let (start, stop) = (cuts[piece], cuts[piece + 1]);
            let missing = to.min(stop) - from.max(start);
            if missing <= 0 {
                continue;
            }
            let tally = &mut tallies[piece];
            let sum = tally.gaps.entry(reason).or_default();
            sum.micros += missing;
            sum.gaps += 1;
            if from <= start {
                tally.first = Some(reason);
            }
            if to >= stop {
                tally.last = Some(reason);
            }
        }
    }
    tallies
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gap::Gap;
    use crate::timeline::Range;
    use afterimage_base::WallTime;

    fn timeline() -> Timeline {
        let at = WallTime::from_micros;
        let range = |from, to| Range { from: at(from), to: at(to), fragments: 1, bytes: 1 };
        let gap =
            |from, to, reason| Gap { from: at(from), to: at(to), reason, detail: String::new() };
        Timeline {
            ranges: vec![range(0, 10), range(40, 55)],
            gaps: vec![gap(10, 35, GapReason::CameraSilent), gap(35, 40, GapReason::DiskFull)],
        }
    }

    #[test]
    fn parts_appended_are_the_whole() {
        let whole = &cut(&timeline(), &[0, 60])[0];
        for cuts in [vec![0, 20, 30, 60], vec![0, 10, 35, 40, 55, 60], vec![0, 1, 36, 60]] {
            let mut sum = Tally::default();
            for part in cut(&timeline(), &cuts) {
                sum.append(&part);
            }
            assert_eq!(&sum, whole, "a cut gap counts once, wherever it is cut");
        }
        assert_eq!(whole.recorded, 25, "both ranges");
        assert_eq!(
            whole.gaps[&GapReason::CameraSilent],
            Missing { micros: 25, gaps: 1 },
            "one gap of that reason"
        );
    }
}
