//! The timeline: what is recorded, what is missing and why.
//!
//! Belongs here: fragments and ledger as one answer. Not here: writing the ledger
//! ([`crate::recording`]).
//! Invariant: within the time that a stream should have been recorded, every instant is in a
//! range or in a gap, except the fragment that a living recorder is working on.

use crate::gap::{Gap, GapReason, TOLERANCE};
use crate::index::Span;
use crate::live::LiveStream;
use crate::record::Segment;
use crate::recording::absence;
use crate::schedule::Schedule;
use crate::store::Store;
use crate::visibility::Visibility;
use crate::{StoreError, StreamId};
use afterimage_base::WallTime;

/// An interval that is covered without a break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    pub from: WallTime,
    pub to: WallTime,
    /// Fragments that touch it, and their bytes.
    pub fragments: u64,
    pub bytes: u64,
}

/// What is recorded and what is missing in a period.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timeline {
    pub ranges: Vec<Range>,
    pub gaps: Vec<Gap>,
}

impl Store {
    /// The timeline of `[from, to)` as of `now`: fragments that the index does not know yet are in
    /// it, footage past retention is a gap `expired`, and the time since a recorder ended is a gap
    /// `recorder_down`, or `not_scheduled`. Nothing is missing before the stream was made or after `now`.
    pub fn timeline(
        &self,
        stream: StreamId,
        from: WallTime,
        to: WallTime,
        now: WallTime,
    ) -> Result<Timeline, StoreError> {
        let live = self.shared.live(stream)?;
        let visible = self.shared.visibility(&live, now);
        let heartbeat = self.shared.index.instant("heartbeat")?;
        let is_recording = self.shared.is_recording();
        // The state first: what is committed meanwhile is then seen twice, never not at all.
        let (created, schedule, accounted_to, expired_to, mut ledger) = {
            let state = live.state();
            let mut ledger = state.new_gaps().to_vec();
            if let Some(open) = &state.open_gap {
                let lives_on = is_recording || open.reason.outlives_recorder();
                let to = if lives_on { now } else { heartbeat.unwrap_or(open.from).min(now) };
                ledger.push(Gap { to: to.max(open.from), ..open.clone() });
            }
            let schedule = state.settings.schedule.clone();
            (state.settings.created, schedule, state.accounted_to, state.expired_to, ledger)
        };
        ledger.extend(self.shared.index.gaps_between(live.key, from, to)?);
        ledger.sort_by_key(|gap| gap.from);
        let accounted_to = ledger.iter().map(|gap| gap.to).fold(accounted_to, Ord::max);
        let ranges = self.ranges(stream, from, to, &live, &visible)?;
        let explain = Explain {
            ledger: &ledger,
            visible_from: visible.from,
            expired_to,
            accounted_to,
            is_recording,
            schedule: schedule.as_ref(),
        };
        let mut gaps = Vec::new();
        let mut at = from.max(created);
        let end = to.min(now);
        for range in &ranges {
            explain.hole(at, range.from.min(end), &mut gaps);
            at = at.max(range.to);
        }
        explain.hole(at, end, &mut gaps);
        Ok(Timeline { ranges, gaps: merge(gaps) })
    }

    fn ranges(
        &self,
        stream: StreamId,
        from: WallTime,
        to: WallTime,
        live: &LiveStream,
        visible: &Visibility,
    ) -> Result<Vec<Range>, StoreError> {
        let mut pieces = Vec::new();
        let mut add = |segment: &Segment| {
            for record in segment.records(stream) {
                let (start, end) = (record.start.max(from), record.end().min(to));
                if start < end && visible.shows(record.start, record.end()) {
                    pieces.push(Range { from: start, to: end, fragments: 1, bytes: record.length });
                }
            }
        };
        // The overlay first, as above.
        let overlay = live.state().overlay();
        overlay.values().for_each(|segment| add(segment));
        let spans = self.shared.index.spans_between(live.key, from, to)?;
        let (whole, parts): (Vec<Span>, Vec<Span>) =
            spans.into_iter().filter(|span| !overlay.contains_key(&span.id)).partition(|span| {
                span.is_whole && span.start >= from && span.stop <= to && span.start >= visible.from
            });
        for span in parts {
            // One that is gone meanwhile was deleted by retention.
            if let Some(segment) = self.shared.index.segment(span.id)? {
                add(&segment);
            }
        }
        pieces.extend(whole.iter().map(|span| Range {
            from: span.start,
            to: span.stop,
            fragments: span.fragments,
            bytes: span.bytes,
        }));
        pieces.sort_by_key(|piece| piece.from);
        Ok(join(&pieces))
    }
}

/// Makes one range of pieces that touch.
fn join(pieces: &[Range]) -> Vec<Range> {
    let mut ranges: Vec<Range> = Vec::new();
    for piece in pieces {
        match ranges.last_mut() {
            Some(last) if piece.from <= last.to.plus(TOLERANCE) => {
                last.to = last.to.max(piece.to);
                last.fragments += piece.fragments;
                last.bytes += piece.bytes;
            }
            _ => ranges.push(*piece),
        }
    }
    ranges
}

/// What is known about intervals without footage.
struct Explain<'a> {
    /// By start.
    ledger: &'a [Gap],
    visible_from: WallTime,
    expired_to: WallTime,
    accounted_to: WallTime,
    is_recording: bool,
    schedule: Option<&'a Schedule>,
}

impl Explain<'_> {
    fn hole(&self, from: WallTime, to: WallTime, gaps: &mut Vec<Gap>) {
        if to <= from.plus(TOLERANCE) {
            return;
        }
        let young = from.max(self.visible_from.min(to));
        push(gaps, from, young, GapReason::Expired, "");
        let mut at = young;
        for gap in self.ledger.iter().filter(|gap| gap.from < to && gap.to > young) {
            if gap.to <= at {
                continue;
            }
            self.unexplained(at, gap.from.min(to), gaps);
            at = at.max(gap.from);
            let end = gap.to.min(to);
            push(gaps, at, end, gap.reason, &gap.detail);
            at = at.max(end);
        }
        self.unexplained(at, to, gaps);
    }

    /// What the ledger says nothing about.
    fn unexplained(&self, from: WallTime, to: WallTime, gaps: &mut Vec<Gap>) {
        let past = to.min(self.accounted_to.max(from));
        if past.since(from) > TOLERANCE {
            let expired = from.max(past.min(self.expired_to));
            push(gaps, from, expired, GapReason::Expired, "");
            push(gaps, expired, past, GapReason::Unknown, "");
        }
        if to.since(past) > TOLERANCE && !self.is_recording {
            gaps.extend(absence(self.schedule, past, to));
        }
    }
}

fn push(gaps: &mut Vec<Gap>, from: WallTime, to: WallTime, reason: GapReason, detail: &str) {
    if to > from {
        gaps.push(Gap { from, to, reason, detail: detail.to_owned() });
    }
}

fn merge(gaps: Vec<Gap>) -> Vec<Gap> {
    let mut merged: Vec<Gap> = Vec::with_capacity(gaps.len());
    for gap in gaps {
        match merged.last_mut() {
            Some(last) if gap.continues(last) => last.to = last.to.max(gap.to),
            _ => merged.push(gap),
        }
    }
    merged
}
