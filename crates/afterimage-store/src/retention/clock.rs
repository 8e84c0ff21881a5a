//! The clock that deletion believes.
//!
//! A wall clock that jumps twenty years ahead must delete nothing. So the archive keeps the latest
//! time that it has come to believe, lets it pass as the elapsed clock does, and follows the wall
//! clock ahead only in steps that are explained: by the tolerance while it runs, by an absence of up
//! to [`LONGEST_ABSENCE`] at a start, by cameras whose own clocks agree, or by the operator.
//!
//! A wall clock that goes back is right if it takes back what it was wrongly believed, and wrong if
//! a battery is empty. Neither may cost footage: ages count from the earlier of both times, and room
//! is made by the later one where they are farther apart than any belief without a witness goes.
//!
//! Belongs here: that rule, as pure state. Not here: persisting it.

use afterimage_base::WallTime;
use std::time::Duration;

/// How far a wall clock may step ahead while we run and be believed.
const STEP_TOLERANCE: Duration = Duration::from_secs(60);

/// How long an archive may have been off and the clock be believed at its next start.
const LONGEST_ABSENCE: Duration = Duration::from_secs(30 * 86_400);

/// The wall clock is farther from the believed time than can be explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockDisagreement {
    /// What the wall clock shows.
    pub clock: WallTime,
    /// What has come to be believed and passes by itself. Deletion by age goes by the earlier of
    /// both.
    pub believed: WallTime,
}

#[derive(Clone, Debug)]
pub(crate) struct AgreedClock {
    /// The latest believed time and the elapsed clock then; `None` in a new archive.
    agreed: Option<(WallTime, Duration)>,
    /// The wall clock was not yet right since the archive was opened: an absence may lie before.
    is_fresh: bool,
}

impl AgreedClock {
    pub fn new(agreed: Option<WallTime>, elapsed: Duration) -> Self {
        Self { agreed: agreed.map(|agreed| (agreed, elapsed)), is_fresh: true }
    }

    /// The time that ages are counted from: the wall clock, or an earlier one.
    pub fn believed(&self, now: WallTime, elapsed: Duration) -> WallTime {
        let passed = self.passed(now, elapsed);
        if now <= passed.plus(self.tolerance()) { now } else { passed }
    }

    /// The time by which the share is told that footage has lived of its retention: it does not go
    /// back with a clock that has lost the time, so that ages stay apart.
    pub fn present(&self, now: WallTime, elapsed: Duration) -> WallTime {
        let passed = self.passed(now, elapsed);
        if is_lost(now, passed) { passed } else { self.believed(now, elapsed) }
    }

    /// Looks at the wall clock. `is_witnessed`: cameras' clocks agree with it. They say nothing for
    /// a clock that lost the time: after a power cut a camera may have lost it too.
    pub fn observe(
        &mut self,
        now: WallTime,
        elapsed: Duration,
        is_witnessed: bool,
    ) -> Option<ClockDisagreement> {
        let passed = self.passed(now, elapsed);
        if is_lost(now, passed) {
            self.agreed = Some((passed, elapsed));
            return Some(ClockDisagreement { clock: now, believed: passed });
        }
        if is_witnessed {
            self.confirm(now, elapsed);
            return None;
        }
        let believed = self.believed(now, elapsed);
        // A clock that went back is no reason to forget how late it has been.
        self.agreed = Some((passed.max(believed), elapsed));
        if believed < now {
            return Some(ClockDisagreement { clock: now, believed });
        }
        self.is_fresh = false;
        None
    }

    /// The wall clock is right, whatever it shows.
    pub fn confirm(&mut self, now: WallTime, elapsed: Duration) {
        self.agreed = Some((now, elapsed));
        self.is_fresh = false;
    }

    /// What is to be remembered over a restart.
    pub fn agreed(&self) -> Option<WallTime> {
        self.agreed.map(|(agreed, _)| agreed)
    }

    /// The latest believed time, passed on; the wall clock where none is known.
    fn passed(&self, now: WallTime, elapsed: Duration) -> WallTime {
        self.agreed.map_or(now, |(agreed, at)| agreed.plus(elapsed.saturating_sub(at)))
    }

    fn tolerance(&self) -> Duration {
        if self.is_fresh { LONGEST_ABSENCE } else { STEP_TOLERANCE }
    }
}

/// So far back that no correction explains it: no more than an absence was ever believed unasked.
fn is_lost(now: WallTime, passed: WallTime) -> bool {
    passed.since(now) > LONGEST_ABSENCE
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
    fn a_clock_that_goes_back_deletes_nothing_early_and_keeps_the_order() {
        let start = WallTime::from_millis(1_800_000_000_000);
        let mut clock = AgreedClock::new(Some(start), seconds(0));
        clock.observe(start, seconds(0), false);
        let past = WallTime::EPOCH;
        for is_witnessed in [false, true] {
            let lost = clock.observe(past, seconds(10), is_witnessed).expect("56 years are told");
            assert_eq!(lost.believed, start.plus(seconds(10)), "time goes on, cameras or no");
        }
        assert_eq!(clock.believed(past, seconds(10)), past, "nothing is past its age then");
        assert_eq!(
            clock.present(past, seconds(10)),
            start.plus(seconds(10)),
            "and what is older is still told from what is younger"
        );
        let back = start.plus(seconds(30));
        assert_eq!(clock.observe(back, seconds(30), false), None, "the true time is no jump");
        assert_eq!(clock.believed(back, seconds(30)), back, "ages count again");
    }

    #[test]
    fn a_correction_is_followed_back() {
        let start = WallTime::from_millis(1_800_000_000_000);
        let mut clock = AgreedClock::new(Some(start), seconds(0));
        let fast = start.plus(seconds(20 * DAY));
        assert_eq!(clock.observe(fast, seconds(1), false), None, "believed at a start");
        assert_eq!(clock.observe(start, seconds(2), false), None, "and taken back");
        assert_eq!(clock.believed(start, seconds(2)), start, "ages count from the earlier");
        assert_eq!(clock.present(start, seconds(2)), start, "the order too");
    }

    #[test]
    fn a_start_without_the_time_does_not_use_up_what_an_absence_explains() {
        let start = WallTime::from_millis(1_800_000_000_000);
        let mut clock = AgreedClock::new(Some(start), seconds(0));
        assert!(clock.observe(WallTime::EPOCH, seconds(1), false).is_some(), "no battery");
        let set = start.plus(seconds(3 * DAY));
        assert_eq!(clock.observe(set, seconds(60), false), None, "it was off for three days");
    }

    #[test]
    fn only_the_operator_takes_a_belief_back_by_years() {
        let start = WallTime::from_millis(1_800_000_000_000);
        let mut clock = AgreedClock::new(Some(start), seconds(0));
        let true_time = start.minus(seconds(20 * YEAR));
        assert!(clock.observe(true_time, seconds(1), true).is_some(), "cameras may be as wrong");
        clock.confirm(true_time, seconds(2));
        assert_eq!(clock.observe(true_time.plus(seconds(1)), seconds(3), false), None);
        assert_eq!(clock.agreed(), Some(true_time.plus(seconds(1))), "ages are small again");
    }
}
