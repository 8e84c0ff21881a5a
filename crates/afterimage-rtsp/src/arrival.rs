//! When a sample reached us, although its socket was read late.
//!
//! Belongs here: the least delay between a track's own clock and our arrival clock. The sample
//! that was delayed least tells how the two clocks stand to each other; every other sample is
//! placed by its own timestamp from there, so timeline times are as smooth as the camera's, however
//! rarely the socket is read. The least is taken over the last 30 to 60 seconds, so that a camera
//! whose clock runs slow or fast is followed.

const WINDOW_MICROS: i64 = 30_000_000;

/// Later than this is no delay: the camera's timestamps stepped, or the network stood still.
const IMPLAUSIBLE_MICROS: i64 = 5_000_000;

/// The least of `arrival - media time` of late, both in microseconds of any origin.
#[derive(Debug, Default)]
pub struct LeastDelay {
    windows: Option<Windows>,
}

#[derive(Clone, Copy, Debug)]
struct Windows {
    began: i64,
    current: i64,
    previous: i64,
}

impl LeastDelay {
    /// Takes a sample in and tells when it would have arrived with the least delay; never later
    /// than it did.
    pub fn arrived(&mut self, arrival: i64, media: i64) -> i64 {
        let delay = arrival.saturating_sub(media);
        let windows = match self.windows {
            Some(known) if delay.saturating_sub(known.least()) <= IMPLAUSIBLE_MICROS => {
                if arrival.saturating_sub(known.began) >= WINDOW_MICROS {
                    Windows { began: arrival, current: delay, previous: known.current }
                } else {
                    Windows { current: known.current.min(delay), ..known }
                }
            }
            _ => Windows { began: arrival, current: delay, previous: delay },
        };
        self.windows = Some(windows);
        media.saturating_add(windows.least())
    }

    #[must_use]
    pub fn get(&self) -> Option<i64> {
        self.windows.map(Windows::least)
    }
}

impl Windows {
    fn least(self) -> i64 {
        self.current.min(self.previous)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_read_late_keep_their_own_rhythm() {
        let mut delay = LeastDelay::default();
        // 25 pictures a second, read five at a time every 200 ms; the last of five is fresh.
        let times: Vec<i64> = (0..100)
            .map(|frame: i64| {
                let drained_at = (frame / 5 + 1) * 200_000;
                delay.arrived(drained_at, frame * 40_000)
            })
            .collect();
        let steady = times[5..].windows(2).all(|pair| pair[1] - pair[0] == 40_000);
        assert!(steady, "after the first batch the times are evenly spaced: {times:?}");
        assert_eq!(times[99], 20 * 200_000, "the freshest of a batch came when it was read");
    }

    #[test]
    fn a_camera_whose_clock_drifts_is_followed() {
        for drift in [-2_i64, 2] {
            let mut delay = LeastDelay::default();
            let mut last_error = 0;
            for second in 0..3_600_i64 {
                let arrival = second * 1_000_000;
                let media = arrival + second * drift * 100;
                last_error = arrival - delay.arrived(arrival, media);
            }
            assert!(
                (0..=60 * 200).contains(&last_error),
                "an hour at {drift}00 ppm leaves only the drift of a minute: {last_error} µs"
            );
        }
    }

    #[test]
    fn a_step_of_the_camera_clock_starts_anew() {
        let mut delay = LeastDelay::default();
        delay.arrived(1_000_000, 3_600_000_000);
        let back = delay.arrived(2_000_000, 40_000);
        assert_eq!(back, 2_000_000, "an hour back is a step, not a delay of an hour");
        let ahead = delay.arrived(3_000_000, 7_200_000_000);
        assert_eq!(ahead, 3_000_000, "a time from the future arrived just now");
    }
}
