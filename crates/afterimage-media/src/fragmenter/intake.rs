//! Taking samples in: which belong to the recording, and at which media time.
//!
//! Belongs here: jumps, key frames, samples of other tracks that lead, lag or stray. Not here:
//! where fragments are cut ([`super::assemble`]).

use super::continuity::Step;
use super::queue::Queued;
use super::{Cut, Epoch, Fragmenter};
use crate::Sample;
use afterimage_base::MediaTime;

/// Times beyond this many seconds are not times; below it nothing overflows.
const MAX_SECONDS: i64 = 1_000_000_000;
const MAX_SAMPLE_BYTES: usize = 32 << 20;
/// Presentation and decode time are never further apart than this, in seconds.
const MAX_COMPOSITION_SECONDS: i64 = 10;
/// Who claims that a sample lasts longer (seconds) is taken to have said nothing: it lasts until
/// the next one.
const MAX_DURATION_SECONDS: i64 = 60;
/// Other tracks further than this from the reference (microseconds) are of another epoch, unless
/// the reference itself comes as rarely.
const MAX_SKEW: i64 = 3_000_000;
/// Room before the first sample for the decode times of video that reorders (microseconds).
const REORDER_ROOM: i64 = 1_000_000;
const MAX_HELD: usize = 1024;
const MAX_HELD_BYTES: usize = 16 << 20;

impl Fragmenter {
    pub(super) fn take_in(&mut self, mut sample: Sample, cuts: &mut Vec<Cut>) {
        if let Err(detail) = self.check(&sample) {
            cuts.push(Cut::Skipped { detail });
            return;
        }
        let queue = &self.queues[sample.track];
        sample.is_sync |= !queue.is_video;
        let longest = MAX_DURATION_SECONDS * i64::from(queue.timescale);
        sample.duration = sample.duration.filter(|duration| duration.0 <= longest);
        if let Some(MediaTime(decode)) = sample.decode {
            let latest = decode + MAX_COMPOSITION_SECONDS * i64::from(queue.timescale);
            sample.presentation = MediaTime(sample.presentation.0.clamp(decode, latest));
        }
        if sample.track == self.reference {
            self.take_in_reference(sample, cuts);
        } else {
            self.take_in_other(sample, cuts);
        }
    }

    fn check(&self, sample: &Sample) -> Result<(), String> {
        let times = [Some(sample.presentation), sample.decode];
        let Some(queue) = self.queues.get(sample.track) else {
            let track = sample.track;
            return Err(format!("a sample of track {track}, which the camera did not announce"));
        };
        let most = MAX_SECONDS * i64::from(queue.timescale);
        if sample.data.is_empty() || sample.data.len() > MAX_SAMPLE_BYTES {
            Err(format!("a sample of {} bytes was dropped", sample.data.len()))
        } else if times.iter().flatten().any(|time| !(-most..=most).contains(&time.0)) {
            Err(format!("a sample with the impossible time {} was dropped", sample.presentation.0))
        } else {
            Ok(())
        }
    }

    fn take_in_reference(&mut self, mut sample: Sample, cuts: &mut Vec<Cut>) {
        match self.continuity.step(&sample) {
            Step::Continuous => {}
            Step::Trimmed(time) => {
                sample.decode = sample.decode.map(|_| MediaTime(time));
                sample.presentation = sample.presentation.max(MediaTime(time));
            }
            Step::Jumped => self.end_epoch(cuts),
        }
        match self.epoch {
            Some(epoch) => self.enqueue(epoch, sample, cuts),
            None if sample.is_sync => self.begin_epoch(sample, cuts),
            None => {}
        }
    }

    /// A key frame begins a run of continuous media time.
    fn begin_epoch(&mut self, sample: Sample, cuts: &mut Vec<Cut>) {
        if self.media_end > MAX_SECONDS * 1_000_000 {
            let detail = "the camera's timestamps jump too far; reconnect it".to_owned();
            cuts.push(Cut::Skipped { detail });
            return;
        }
        let queue = &self.queues[self.reference];
        let camera = queue.micros(sample.presentation.0);
        let room = match sample.decode {
            Some(MediaTime(decode)) => camera - queue.micros(decode),
            None if self.continuity.reorders() => REORDER_ROOM,
            None => 0,
        };
        let shift = self.media_end + room - camera;
        let start = sample.presentation.0 + queue.ticks(shift);
        let media = queue.micros(start);
        if let Some((from, to)) = self.timeline.begin(media, camera, sample.received_at) {
            cuts.push(Cut::Jump { from, to });
        }
        let epoch = Epoch { shift, start, fragment_start: start, is_continuation: false };
        self.epoch = Some(epoch);
        self.enqueue(epoch, sample, cuts);
        self.held_bytes = 0;
        for sample in std::mem::take(&mut self.held) {
            let ahead = self.queues[sample.track].micros(sample.presentation.0) - camera;
            if (0..=MAX_SKEW).contains(&ahead) {
                self.enqueue(epoch, sample, cuts);
            }
        }
    }

    /// Sound (or a second picture): goes with the reference track, where it is near it.
    fn take_in_other(&mut self, sample: Sample, cuts: &mut Vec<Cut>) {
        let Some(epoch) = self.epoch else {
            self.hold(sample);
            return;
        };
        let queue = &self.queues[sample.track];
        let time = sample.presentation.0 + queue.ticks(epoch.shift);
        let reference = &self.queues[self.reference];
        let latest = reference.latest.unwrap_or(epoch.fragment_start);
        let skew = queue.micros(time).saturating_sub(reference.micros(latest));
        let tolerated = i64::from(queue.timescale) / if queue.is_video { 1 } else { 10 };
        let goes_back = queue.latest.is_some_and(|latest| time < latest - tolerated);
        self.cut_if_reference_stalls(sample.received_at, cuts);
        let Some(epoch) = self.epoch else { return };
        if skew.saturating_abs() <= MAX_SKEW.max(self.usual_distance().saturating_mul(2))
            && !goes_back
        {
            self.enqueue(epoch, sample, cuts);
        } else if !self.hold(sample) && !self.told_of_strays {
            self.told_of_strays = true;
            let detail = "sound whose times do not fit the picture's is being dropped".to_owned();
            cuts.push(Cut::Skipped { detail });
        }
    }

    /// Keeps a sample until the next epoch begins; false if others had to go for it.
    fn hold(&mut self, sample: Sample) -> bool {
        self.held_bytes += sample.data.len();
        self.held.push_back(sample);
        let mut is_room = true;
        while self.held.len() > MAX_HELD || self.held_bytes > MAX_HELD_BYTES {
            is_room = false;
            let dropped = self.held.pop_front().map_or(0, |dropped| dropped.data.len());
            self.held_bytes -= dropped;
        }
        is_room
    }

    fn enqueue(&mut self, epoch: Epoch, sample: Sample, cuts: &mut Vec<Cut>) {
        let is_reference = sample.track == self.reference;
        let start = self.queues[self.reference].micros(epoch.start);
        let queue = &mut self.queues[sample.track];
        let shift = queue.ticks(epoch.shift);
        let mut presentation = sample.presentation.0 + shift;
        // Pictures that lead the first key frame can't be decoded without what came before it.
        if presentation < queue.ticks(start) {
            return;
        }
        if !queue.is_video
            && let Some(latest) = queue.latest
        {
            presentation = presentation.max(latest + 1);
        }
        let queued = Queued {
            presentation,
            decode: sample.decode.map(|MediaTime(decode)| decode + shift),
            duration: sample.duration.map(|MediaTime(duration)| duration),
            is_sync: sample.is_sync,
            received_at: sample.received_at,
            taken_at: sample.taken_at,
            data: sample.data,
        };
        // A reordered picture comes earlier before it is shown than the others do.
        if is_reference && (queued.is_sync || !self.continuity.reorders()) {
            self.timeline.observe(queue.micros(presentation), queued.received_at);
        }
        if let (Some(live), Some(init)) = (&mut self.live, &self.init) {
            let at = self.timeline.at(queue.micros(presentation));
            cuts.push(Cut::Chunk(live.chunk(init, sample.track, queue, &queued, at)));
        }
        queue.push(queued);
        if is_reference {
            self.consider_cut();
        }
    }
}
