//! When a stream rests: nothing is captured, and nothing is wrong with that.
//!
//! Belongs here: why, and until when. Not here: what a schedule means ([`Schedule`]).

use super::Wish;
use super::status::State;
use crate::source::Source;
use afterimage_base::{Clock, WallTime};
use afterimage_store::{GapReason, Schedule};
use std::future::pending;
use std::time::Duration;

/// The wall clock is looked at so often: it may be set while we wait.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// What the stream does instead of recording.
pub(super) struct Rest {
    pub state: State,
    pub reason: GapReason,
    pub detail: &'static str,
}

/// Why a wish means no recording now, if it does.
pub(super) fn why_not(wish: &Wish, now: WallTime) -> Option<Rest> {
    let rest = |state, reason, detail| Some(Rest { state, reason, detail });
    if !wish.enabled {
        rest(State::Stopped, GapReason::StoppedByOperator, "recording was switched off")
    } else if wish.schedule.as_ref().is_some_and(|schedule| !schedule.is_on(now)) {
        // Nothing that would keep it from being one gap with what the store says of an absence.
        rest(State::Resting, GapReason::NotScheduled, "")
    } else if wish.source == Source::Pushed {
        rest(State::Waiting, GapReason::NoProducer, "no producer has pushed")
    } else {
        None
    }
}

/// Resolves when the schedule says something else than now.
pub(super) async fn until_schedule_changes(clock: &dyn Clock, schedule: Option<&Schedule>) {
    let Some(schedule) = schedule else { return pending().await };
    let is_on = schedule.is_on(clock.now());
    loop {
        let now = clock.now();
        if schedule.is_on(now) != is_on {
            return;
        }
        let left = schedule.next_change(now).map_or(LOOK_EVERY, |change| change.since(now));
        tokio::time::sleep(left.clamp(Duration::from_millis(1), LOOK_EVERY)).await;
    }
}
