//! How long to wait before the next attempt. Pure: the caller brings the randomness.

use afterimage_media::CaptureFailure;
use std::time::Duration;

/// A session that lasted this long was a success: waiting starts small again.
const GOOD_SESSION: Duration = Duration::from_secs(30);

#[derive(Debug, Default)]
pub struct Backoff {
    failures: u32,
}

impl Backoff {
    /// The wait after a session that lasted `lasted` and ended by `failure`. `jitter` is 0 to 1.
    pub fn after(&mut self, failure: CaptureFailure, lasted: Duration, jitter: f64) -> Duration {
        if lasted >= GOOD_SESSION {
            self.failures = 0;
        }
        let (first, longest) = match failure {
            // Cameras lock accounts that are tried too often.
            CaptureFailure::AuthenticationFailed => (30.0, 600.0),
            // Somebody must install or change something: soon enough to notice, rare enough not to burn.
            CaptureFailure::Unsupported | CaptureFailure::Unavailable => (5.0, 60.0),
            CaptureFailure::Unreachable | CaptureFailure::Silent | CaptureFailure::Ended => {
                (1.0, 15.0)
            }
        };
        let exponent = i32::try_from(self.failures.min(16)).expect("at most 16");
        self.failures = self.failures.saturating_add(1);
        let full: f64 = f64::min(first * 2f64.powi(exponent), longest);
        Duration::from_secs_f64(full * (0.5 + 0.5 * jitter.clamp(0.0, 1.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_a_limit_and_start_again_after_a_good_session() {
        let mut backoff = Backoff::default();
        let waits: Vec<u64> = (0..6)
            .map(|_| backoff.after(CaptureFailure::Unreachable, Duration::ZERO, 1.0).as_secs())
            .collect();
        assert_eq!(waits, [1, 2, 4, 8, 15, 15], "doubling, then the limit");
        let after_good = backoff.after(CaptureFailure::Unreachable, Duration::from_secs(60), 1.0);
        assert_eq!(after_good, Duration::from_secs(1), "a long session clears the count");
    }

    #[test]
    fn a_wrong_password_is_not_hammered() {
        let mut backoff = Backoff::default();
        let wait = backoff.after(CaptureFailure::AuthenticationFailed, Duration::ZERO, 0.0);
        assert!(wait >= Duration::from_secs(15), "even the shortest wait is long: {wait:?}");
    }
}
