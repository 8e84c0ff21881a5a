//! Whether the camera's media time goes on or jumped.
//!
//! Belongs here: the judgement over the reference track. Not here: what a jump does to fragments.

use crate::Sample;
use afterimage_base::MediaTime;

/// Forward steps up to this are a slow camera or a lost packet.
const SMALLEST_JUMP_SECONDS: i64 = 2;
/// … and up to this many times the last distance of two samples.
const JUMP_IN_SAMPLES: i64 = 10;
/// … but never more than this.
const LARGEST_STEP_SECONDS: i64 = 300;
/// Steps back up to this, in thousandths of a second, are a camera whose clock is being trimmed.
const JITTER_MILLIS: i64 = 100;
/// A picture is never shown more than this before one that was decoded earlier.
const MAX_REORDERED: i64 = 16;

#[derive(Debug, Default)]
pub(super) struct Continuity {
    timescale: i64,
    reorders: bool,
    latest: Option<i64>,
    distance: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Continuous,
    /// A little back: to be shown at this time instead.
    Trimmed(i64),
    Jumped,
}

impl Continuity {
    pub fn new(timescale: u32, depth: Option<usize>) -> Self {
        let reorders = depth != Some(0);
        Self { timescale: i64::from(timescale), reorders, latest: None, distance: 0 }
    }

    /// Whether pictures may be shown in another order than they come.
    pub fn reorders(&self) -> bool {
        self.reorders
    }

    pub fn restart(&mut self) {
        self.latest = None;
        self.distance = 0;
    }

    /// Judges the next sample of the reference track, in the camera's media time.
    pub fn step(&mut self, sample: &Sample) -> Step {
        let MediaTime(time) = sample.decode.unwrap_or(sample.presentation);
        let Some(latest) = self.latest else {
            self.latest = Some(time);
            return Step::Continuous;
        };
        let distance = time.saturating_sub(latest);
        if distance > 0 {
            let usual = self.distance.saturating_mul(JUMP_IN_SAMPLES);
            let shortest = SMALLEST_JUMP_SECONDS * self.timescale;
            let is_jump = distance > usual.clamp(shortest, LARGEST_STEP_SECONDS * self.timescale);
            self.distance = distance;
            self.latest = Some(time);
            return if is_jump { Step::Jumped } else { Step::Continuous };
        }
        let jitter = (self.timescale * JITTER_MILLIS / 1000).max(1);
        // No picture is reordered over a key frame, nor where the decode time is known.
        let may_reorder = self.reorders && sample.decode.is_none() && !sample.is_sync;
        let reordered =
            self.distance.saturating_mul(MAX_REORDERED).clamp(self.timescale, 10 * self.timescale);
        if may_reorder && -distance <= reordered {
            Step::Continuous
        } else if -distance <= jitter {
            self.latest = Some(latest + 1);
            Step::Trimmed(latest + 1)
        } else {
            self.latest = Some(time);
            Step::Jumped
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use afterimage_base::WallTime;
    use bytes::Bytes;

    fn steps(depth: Option<usize>, times: &[(i64, bool)]) -> Vec<Step> {
        let mut continuity = Continuity::new(1000, depth);
        let sample = |&(time, is_sync): &(i64, bool)| Sample {
            track: 0,
            presentation: MediaTime(time),
            decode: None,
            duration: None,
            is_sync,
            received_at: WallTime::EPOCH,
            taken_at: None,
            data: Bytes::new(),
        };
        times.iter().map(|time| continuity.step(&sample(time))).collect()
    }

    #[test]
    fn a_slow_camera_does_not_jump_but_an_outage_does() {
        use Step::{Continuous, Jumped};
        let outage = [(0, true), (40, false), (80, false), (2_200, false), (2_240, false)];
        let expected = [Continuous, Continuous, Continuous, Jumped, Continuous];
        assert_eq!(steps(Some(0), &outage), expected, "more than two seconds at 25 fps");
        let slow = [(0, true), (5_000, true), (10_000, true), (16_000, true)];
        let expected = [Continuous, Jumped, Continuous, Continuous];
        assert_eq!(steps(Some(0), &slow), expected, "one frame in five seconds is learned");
    }

    #[test]
    fn steps_back_are_reordering_trimming_or_a_jump() {
        use Step::{Continuous, Jumped, Trimmed};
        let reordered = [(0, true), (120, false), (40, false), (80, false)];
        assert_eq!(steps(None, &reordered), [Continuous; 4], "B frames");
        let trimmed = [(0, true), (40, false), (20, false)];
        assert_eq!(steps(Some(0), &trimmed), [Continuous, Continuous, Trimmed(41)]);
        let reset = [(90_000, true), (90_040, false), (0, true)];
        assert_eq!(steps(None, &reset), [Continuous, Continuous, Jumped], "the camera restarted");
    }
}
