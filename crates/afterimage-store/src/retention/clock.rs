//! The clock that deletion by age believes.
//!
//! A wall clock that jumps twenty years ahead must delete nothing. So the archive keeps the latest
//! time that it has come to believe, lets it pass as the elapsed clock does, and follows the wall
//! clock only in steps that are explained: by the tolerance while it runs, by an absence of up to
//! [`LONGEST_ABSENCE`] at a start, by cameras whose own clocks agree, or by the operator.
//!
//! Belongs here: that rule, as pure state. Not here: persisting it.

use afterimage_base::WallTime;
use std::time::Duration;

/// How far a wall clock may step ahead while we run and be believed.
const STEP_TOLERANCE: Duration = Duration::from_secs(60);

/// How long an archive may have been off and the clock be believed at its next start.
const LONGEST_ABSENCE: Duration = Duration::from_secs(30 * 86_400);

/// The wall clock is ahead of what can be explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockDisagreement {
    /// What the wall clock shows.
    pub clock: WallTime,
    /// What deletion by age goes by instead.
    pub believed: WallTime,
}

#[derive(Clone, Debug)]
pub(crate) struct AgreedClock {
    /// The latest believed time and the elapsed clock then; `None` in a new archive.
    agreed: Option<(WallTime, Duration)>,
    /// Not looked at since the archive was opened: an absence may lie before.
    is_fresh: bool,
}

impl AgreedClock {
    pub fn new(agreed: Option<WallTime>, elapsed: Duration) -> Self {
        Self { agreed: agreed.map(|agreed| (agreed, elapsed)), is_fresh: true }
    }

    /// The time that ages are counted from: the wall clock, or an earlier one.
    pub fn believed(&self, now: WallTime, elapsed: Duration) -> WallTime {
        match self.agreed {
            Some((agreed, at)) => {
                let passed = agreed.plus(elapsed.saturating_sub(at));
                if now <= passed.plus(self.tolerance()) { now } else { passed }
            }
            None => now,
        }
    }

    /// Looks at the wall clock. `is_witnessed`: cameras' clocks agree with it.
    pub fn observe(
        &mut self,
        now: WallTime,
        elapsed: Duration,
        is_witnessed: bool,
    ) -> Option<ClockDisagreement> {
        let believed = if is_witnessed { now } else { self.believed(now, elapsed) };
        let disagreement = (believed < now).then_some(ClockDisagreement { clock: now, believed });
        let passed = match self.agreed {
            // A clock that went back is no reason to forget how late it has been.
            Some((agreed, at)) if !is_witnessed => {
                agreed.plus(elapsed.saturating_sub(at)).max(believed)
            }
            _ => believed,
        };
        self.agreed = Some((passed, elapsed));
        if disagreement.is_none() {
            self.is_fresh = false;
        }
        disagreement
    }

    /// What is to be remembered over a restart.
    pub fn agreed(&self) -> Option<WallTime> {
        self.agreed.map(|(agreed, _)| agreed)
    }

    fn tolerance(&self) -> Duration {
        if self.is_fresh { LONGEST_ABSENCE } else { STEP_TOLERANCE }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u64 = 86_400;
    const YEAR: u64 = 365 * DAY;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_jump_of_twenty_years_is_not_believed_and_a_correction_ends_it() {
        let start = WallTime::from_millis(1_800_000_000_000);
        let mut clock = AgreedClock::new(Some(start), seconds(0));
        assert_eq!(clock.observe(start.plus(seconds(60)), seconds(60), false), None);
        let jumped = start.plus(seconds(20 * YEAR));
        let disagreement = clock.observe(jumped, seconds(120), false).expect("it must be noticed");
        assert_eq!(disagreement.believed, start.plus(seconds(120)), "time passes as elapsed");
        assert!(
            clock.observe(jumped.plus(seconds(DAY)), seconds(DAY), false).is_some(),
            "it does not wear off"
        );
        assert_eq!(clock.observe(start.plus(seconds(2 * DAY)), seconds(2 * DAY), false), None);
    }

    #[test]
    fn a_holiday_is_believed_at_a_start_and_three_years_are_not() {
        let start = WallTime::from_millis(1_800_000_000_000);
        let mut clock = AgreedClock::new(Some(start), seconds(0));
        assert_eq!(clock.observe(start.plus(seconds(20 * DAY)), seconds(1), false), None);
        let mut clock = AgreedClock::new(Some(start), seconds(0));
        let late = start.plus(seconds(3 * YEAR));
        assert!(clock.observe(late, seconds(1), false).is_some(), "nobody vouches for it");
        assert_eq!(clock.observe(late, seconds(2), true), None, "cameras do");
        assert_eq!(clock.believed(late.plus(seconds(5)), seconds(7)), late.plus(seconds(5)));
    }

    #[test]
    fn a_clock_that_goes_back_deletes_nothing_early_when_it_returns() {
        let start = WallTime::from_millis(1_800_000_000_000);
        let mut clock = AgreedClock::new(Some(start), seconds(0));
        clock.observe(start, seconds(0), false);
        let past = WallTime::EPOCH;
        assert_eq!(clock.observe(past, seconds(10), false), None, "going back is harmless");
        assert_eq!(clock.believed(past, seconds(10)), past, "less is past its age then");
        let back = start.plus(seconds(30));
        assert_eq!(clock.observe(back, seconds(30), false), None, "the true time is no jump");
    }
}
