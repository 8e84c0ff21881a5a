//! Which frames of a stream are looked at, when not all are.
//!
//! The rule is one for all who look (models, training sets, stills), so that they meet on the very
//! same frames: the frame that is on screen at each whole multiple of the interval since 1970. It
//! depends on nothing but the frame times, so each fragment answers it alone.

use crate::WallTime;
use std::time::Duration;

/// Indexes of the frames on screen at whole multiples of `interval`, each once.
///
/// `frames` are presentation times in rising order; the last stays on screen until `end`.
#[must_use]
pub fn frames_on_grid(frames: &[WallTime], end: WallTime, interval: Duration) -> Vec<usize> {
    let step = i64::try_from(interval.as_micros()).unwrap_or(i64::MAX).max(1);
    let last_multiple_before = |time: WallTime| (time.as_micros() - 1).div_euclid(step);
    (0..frames.len())
        .filter(|&index| {
            let leaves = frames.get(index + 1).copied().unwrap_or(end);
            // A multiple lies in [frame, leaves).
            last_multiple_before(leaves) > last_multiple_before(frames[index])
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(times: &[i64]) -> Vec<WallTime> {
        times.iter().map(|&time| WallTime::from_millis(time)).collect()
    }

    #[test]
    fn picks_the_frame_on_screen_at_each_whole_second() {
        let frames = millis(&[900, 980, 1_060, 1_940, 2_000, 2_080]);
        let picked = frames_on_grid(&frames, WallTime::from_millis(2_160), Duration::from_secs(1));
        assert_eq!(picked, [1, 4], "980 is on screen at 1 s, and 2000 begins at 2 s");
    }

    #[test]
    fn fragments_answer_alone_what_they_answer_together() {
        let frames: Vec<WallTime> = (0..200).map(|n| WallTime::from_millis(17 + n * 40)).collect();
        let end = WallTime::from_millis(17 + 200 * 40);
        let interval = Duration::from_millis(700);
        let whole = frames_on_grid(&frames, end, interval);
        let (first, second) = frames.split_at(77);
        let mut parts = frames_on_grid(first, second[0], interval);
        parts.extend(frames_on_grid(second, end, interval).iter().map(|index| index + 77));
        assert_eq!(whole, parts, "cutting a stream into fragments must not change the choice");
        assert_eq!(whole.len(), 8_017 / 700, "one frame for each multiple in 17..8017 ms");
    }

    #[test]
    fn an_interval_shorter_than_a_frame_takes_every_frame_once() {
        let frames = millis(&[0, 40, 80]);
        let end = WallTime::from_millis(120);
        assert_eq!(frames_on_grid(&frames, end, Duration::from_millis(1)), [0, 1, 2]);
        assert_eq!(frames_on_grid(&frames, end, Duration::ZERO), [0, 1, 2], "zero means all");
    }
}
