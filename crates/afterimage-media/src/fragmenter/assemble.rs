//! Where fragments are cut, and their final times.
//!
//! Belongs here: cut points, waiting for what belongs before them, durations. Not here: which
//! samples were taken in ([`super::intake`]).

use super::queue::{Queued, TrackQueue};
use super::{AUDIO_FRAGMENT, Cut, Epoch, Fragmenter, MAX_FRAGMENT_BYTES, MAX_FRAGMENT_SAMPLES};
use crate::{Fragment, FragmentSample};
use afterimage_base::{MediaTime, WallTime};
use std::sync::Arc;
use std::time::Duration;

/// How long a finished fragment waits for sound that lags behind (microseconds).
const AUDIO_LAG: i64 = 500_000;
/// Sound that was last heard so long ago is not waited for.
const AUDIO_QUIET: i64 = 2_000_000;
/// When sound comes and no picture did for so long, the picture stands still …
const PATIENCE: i64 = 5_000_000;
/// … unless so many of its usual distances are longer.
const USUAL_DISTANCES: i64 = 10;
/// How far back a clean cut is looked for, and how long a cut waits for reordered pictures.
const LOOK_BACK: usize = 64;
const LOOK_AHEAD: usize = 16;

impl Fragmenter {
    /// A reference sample was queued: does it, or one shortly before it, begin a fragment?
    pub(super) fn consider_cut(&mut self) {
        let Some(epoch) = self.epoch.filter(|_| self.next_cut.is_none()) else { return };
        let queue = &self.queues[self.reference];
        let last = queue.samples.len() - 1;
        if self.begins_fragment(epoch, last) {
            self.next_cut = Some(last);
        } else if self.is_full(epoch, last) {
            self.next_cut = clean_cut(queue);
        }
    }

    /// Whether the queued reference sample at `index` ends the fragment before it.
    fn begins_fragment(&self, epoch: Epoch, index: usize) -> bool {
        let queue = &self.queues[self.reference];
        let sample = &queue.samples[index];
        let span = queue.micros(sample.presentation) - queue.micros(epoch.fragment_start);
        let shortest = if queue.is_video {
            self.options.shortest
        } else {
            self.options.shortest.max(AUDIO_FRAGMENT)
        };
        let is_long_enough = span >= micros(shortest) || epoch.is_continuation && queue.is_video;
        sample.is_sync && is_long_enough && (index > 0 || self.has_other_samples() && span > 0)
    }

    fn has_other_samples(&self) -> bool {
        let mut others = self.queues.iter().enumerate();
        others.any(|(track, queue)| track != self.reference && !queue.samples.is_empty())
    }

    fn is_full(&self, epoch: Epoch, last: usize) -> bool {
        let queue = &self.queues[self.reference];
        let span =
            queue.micros(queue.samples[last].presentation) - queue.micros(epoch.fragment_start);
        span >= micros(self.options.longest)
            || last >= MAX_FRAGMENT_SAMPLES
            || self.queued_bytes() > MAX_FRAGMENT_BYTES
    }

    fn queued_bytes(&self) -> usize {
        self.queues.iter().map(|queue| queue.bytes).sum()
    }

    /// Far more than a fragment holds is waiting.
    fn is_too_much(&self) -> bool {
        self.queued_bytes() > 2 * MAX_FRAGMENT_BYTES
            || self.queues.iter().any(|queue| queue.samples.len() > 2 * MAX_FRAGMENT_SAMPLES)
    }

    /// The latest time of any track, microseconds.
    fn latest(&self) -> i64 {
        let latest = |queue: &TrackQueue| queue.latest.map(|time| queue.micros(time));
        self.queues.iter().filter_map(latest).max().unwrap_or_default()
    }

    /// Cuts every fragment whose samples are all here.
    pub(super) fn cut_what_is_settled(&mut self, cuts: &mut Vec<Cut>) {
        while let (Some(epoch), Some(index)) = (self.epoch, self.next_cut) {
            let boundary = self.boundary(epoch, index);
            if !self.is_settled(index, boundary) {
                break;
            }
            let is_sync = self.queues[self.reference].samples[index].is_sync;
            self.cut(epoch, index, boundary, false, cuts);
            self.epoch =
                Some(Epoch { fragment_start: boundary, is_continuation: !is_sync, ..epoch });
            self.next_cut = None;
            for index in 1..self.queues[self.reference].samples.len() {
                if self.next_cut.is_none() && self.begins_fragment(self.epoch_now(), index) {
                    self.next_cut = Some(index);
                }
            }
        }
    }

    fn epoch_now(&self) -> Epoch {
        self.epoch.expect("an epoch is only left by `end_epoch`")
    }

    /// The first time shown from the sample at `index` on: itself, or a leading picture that was
    /// decoded after it.
    fn boundary(&self, epoch: Epoch, index: usize) -> i64 {
        let samples = &self.queues[self.reference].samples;
        let own = samples[index].presentation;
        let behind = samples.range(index + 1..).map(|sample| sample.presentation);
        let first = behind.take_while(|time| *time < own).fold(own, i64::min);
        first.max(epoch.fragment_start + 1)
    }

    /// Whether all that belongs before the cut has come.
    fn is_settled(&self, index: usize, boundary: i64) -> bool {
        let reference = &self.queues[self.reference];
        let own = reference.samples[index].presentation;
        let waits_for_leading = self.continuity.reorders()
            && reference.samples.len() - index <= LOOK_AHEAD
            && !reference.samples.range(index + 1..).any(|later| later.presentation > own);
        let at = reference.micros(boundary);
        if self.latest() > at + AUDIO_QUIET || self.is_too_much() {
            return true;
        }
        let latest = reference.latest.map_or(at, |latest| reference.micros(latest));
        let has_come = |queue: &TrackQueue| match queue.latest.map(|time| queue.micros(time)) {
            None => true,
            Some(heard) => heard >= at || heard < at - AUDIO_QUIET || latest >= at + AUDIO_LAG,
        };
        let mut others = self.queues.iter().enumerate();
        !waits_for_leading
            && others.all(|(track, queue)| track == self.reference || has_come(queue))
    }

    /// The picture stands still and the sound goes on: what was seen last may not stay in memory.
    /// `now` is when the latest sound came.
    pub(super) fn cut_if_reference_stalls(&mut self, now: WallTime, cuts: &mut Vec<Cut>) {
        let Some(epoch) = self.epoch.filter(|_| self.next_cut.is_none()) else { return };
        let reference = &self.queues[self.reference];
        let Some(last) = reference.samples.back() else { return };
        let patience = self.usual_distance().saturating_mul(USUAL_DISTANCES).max(PATIENCE);
        let waited = now.since(last.received_at);
        if micros(waited) > patience || self.is_too_much() {
            let boundary = reference.ticks(self.latest() + 1).max(epoch.fragment_start + 1);
            let all = reference.samples.len();
            self.cut(epoch, all, boundary, false, cuts);
            self.epoch = Some(Epoch { fragment_start: boundary, is_continuation: true, ..epoch });
        }
    }

    /// Between two samples of the reference track, microseconds.
    pub(super) fn usual_distance(&self) -> i64 {
        let reference = &self.queues[self.reference];
        reference.micros(reference.usual_distance().unwrap_or_default())
    }

    /// Media time ends or breaks: everything queued becomes the last fragment.
    pub(super) fn end_epoch(&mut self, cuts: &mut Vec<Cut>) {
        self.cut_what_is_settled(cuts);
        // A key frame whose sound had not come yet begins a fragment all the same.
        while let (Some(epoch), Some(index)) = (self.epoch, self.next_cut.take()) {
            let boundary = self.boundary(epoch, index);
            let is_sync = self.queues[self.reference].samples[index].is_sync;
            self.cut(epoch, index, boundary, false, cuts);
            self.epoch =
                Some(Epoch { fragment_start: boundary, is_continuation: !is_sync, ..epoch });
            let count = self.queues[self.reference].samples.len();
            self.next_cut = (1..count).find(|index| self.begins_fragment(self.epoch_now(), *index));
        }
        let Some(epoch) = self.epoch.take() else { return };
        let reference = &self.queues[self.reference];
        let end = if reference.samples.is_empty() {
            reference.ticks(self.latest())
        } else {
            reference.latest.unwrap_or(epoch.fragment_start) + reference.estimated_duration()
        };
        let boundary = end.max(epoch.fragment_start + 1);
        if self.queues.iter().any(|queue| !queue.samples.is_empty()) {
            self.cut(epoch, reference.samples.len(), boundary, true, cuts);
        }
        for queue in &mut self.queues {
            queue.restart();
        }
        self.timeline.end_epoch(epoch.shift);
    }

    /// Makes a fragment of the first `count` reference samples and what belongs to them.
    fn cut(
        &mut self,
        epoch: Epoch,
        count: usize,
        boundary: i64,
        is_last: bool,
        cuts: &mut Vec<Cut>,
    ) {
        let reference = &self.queues[self.reference];
        let (from, to) = (reference.micros(epoch.fragment_start), reference.micros(boundary));
        let mut taken = Vec::with_capacity(self.queues.len());
        for (track, queue) in self.queues.iter_mut().enumerate() {
            let count = if is_last {
                queue.samples.len()
            } else if track == self.reference {
                count
            } else {
                let at = queue.ticks(to);
                queue
                    .samples
                    .iter()
                    .position(|sample| sample.presentation >= at)
                    .unwrap_or(queue.samples.len())
            };
            taken.push(queue.take(count));
        }
        let first = taken[self.reference].first().or_else(|| taken.iter().flatten().next());
        let Some(server_timestamp) = first.map(|sample| sample.received_at) else { return };
        let is_independent = taken[self.reference].first().is_some_and(|first| first.is_sync);
        let reference = &self.queues[self.reference];
        let producer_timestamp = taken[self.reference].iter().find_map(|sample| {
            let after = reference.micros(sample.presentation) - from;
            let after = Duration::from_micros(u64::try_from(after).unwrap_or_default());
            sample.taken_at.map(|taken_at| taken_at.minus(after))
        });
        let place = self.timeline.cut(from, to);
        let mut samples = Vec::with_capacity(taken.len());
        for (queue, taken) in self.queues.iter_mut().zip(taken) {
            let finished = finish(queue, taken);
            if let Some(last) = finished.last() {
                let end = last.presentation.0.max(last.decode.0 + last.duration.0).max(
                    finished.iter().map(|sample| sample.presentation.0).max().unwrap_or(0)
                        + last.duration.0,
                );
                self.media_end = self.media_end.max(queue.micros(end) + 1);
            }
            samples.push(finished);
        }
        let init = Arc::clone(self.init.as_ref().expect("samples are refused before tracks"));
        cuts.push(Cut::Fragment(Fragment {
            init,
            samples,
            is_independent,
            start: place.start,
            duration: place.duration,
            producer_timestamp,
            server_timestamp,
        }));
        if let Some((from, to)) = place.jump {
            cuts.push(Cut::Jump { from, to });
        }
    }
}

/// The last place at which everything before is shown before everything behind.
fn clean_cut(queue: &TrackQueue) -> Option<usize> {
    let samples = &queue.samples;
    let times: Vec<_> = samples.iter().map(|sample| sample.presentation).collect();
    let mut shown_by = times.clone();
    for index in 1..shown_by.len() {
        shown_by[index] = shown_by[index].max(shown_by[index - 1]);
    }
    let depth = queue.decode_times.depth();
    let mut first_behind = i64::MAX;
    for index in (1..times.len()).rev() {
        first_behind = first_behind.min(times[index]);
        let is_known = times.len() - index > depth;
        if is_known && shown_by[index - 1] < first_behind {
            return Some(index);
        }
        if times.len() - index > LOOK_BACK {
            return Some(times.len() - 1);
        }
    }
    None
}

/// Gives samples their decode times and durations.
fn finish(queue: &mut TrackQueue, taken: Vec<Queued>) -> Vec<FragmentSample> {
    let is_derived = taken.iter().any(|sample| sample.decode.is_none());
    let step = queue.usual_distance().unwrap_or(1);
    if is_derived {
        let presentations: Vec<_> = taken.iter().map(|sample| sample.presentation).collect();
        let behind = queue.samples.iter().take(LOOK_AHEAD).map(|sample| sample.presentation);
        queue.decode_times.prepare(&presentations, &behind.collect::<Vec<_>>(), step);
    }
    let known = taken.last().and_then(|last| last.duration).filter(|duration| *duration > 0);
    let mut finished: Vec<FragmentSample> = Vec::with_capacity(taken.len());
    for sample in taken {
        let decode = match sample.decode.filter(|_| !is_derived) {
            Some(decode) => queue.decode_times.accept(decode),
            None => queue.decode_times.next(sample.presentation),
        };
        if let Some(previous) = finished.last_mut() {
            previous.duration = MediaTime(decode - previous.decode.0);
        }
        finished.push(FragmentSample {
            decode: MediaTime(decode),
            presentation: MediaTime(sample.presentation.max(decode)),
            duration: MediaTime(0),
            is_sync: sample.is_sync,
            data: sample.data,
        });
    }
    let next = queue.samples.front().map(|next| match next.decode.filter(|_| !is_derived) {
        Some(decode) => queue.decode_times.not_before_last(decode),
        None => queue.decode_times.peek(next.presentation),
    });
    if let Some(last) = finished.last_mut() {
        let until_next = next.map(|next| next - last.decode.0);
        last.duration = MediaTime(until_next.or(known).unwrap_or(step).max(1));
    }
    finished
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX / 4)
}
