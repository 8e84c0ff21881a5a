//! What has to be done again and again and belongs to no stream: retention and the scrub.
//!
//! Belongs here: when. Not here: what ([`afterimage_store`]). Both block, so they run on blocking
//! threads, each for itself: a long scrub does not hold up retention.

use crate::notices::Notices;
use crate::stream::Surroundings;
use afterimage_store::{ClockDisagreement, Store, StoreError};
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

const RETENTION_EVERY: Duration = Duration::from_secs(30);
const SCRUB_EVERY: Duration = Duration::from_secs(1);

/// Subjects of notices.
const CLOCK: &str = "clock";
const DAMAGE: &str = "damage";
const SCRUB: &str = "scrub";

/// Until it is told to stop.
pub(crate) async fn run(around: Surroundings, stop: CancellationToken) {
    tokio::join!(
        every(RETENTION_EVERY, &around, &stop, enforce_retention),
        every(SCRUB_EVERY, &around, &stop, scrub),
    );
}

async fn every(
    period: Duration,
    around: &Surroundings,
    stop: &CancellationToken,
    work: fn(&Surroundings),
) {
    let mut ticks = interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => {}
        }
        let around = around.clone();
        drop(tokio::task::spawn_blocking(move || work(&around)).await);
    }
}

fn enforce_retention(around: &Surroundings) {
    match around.store.enforce_retention(around.clock.now()) {
        Ok(report) => {
            tracing::debug!(?report, "retention");
            tell_clock(report.waits_for_clock, &around.notices);
        }
        Err(error) => {
            tracing::error!(%error, "retention could not delete; it will be tried again");
        }
    }
}

fn tell_clock(disagreement: Option<ClockDisagreement>, notices: &Notices) {
    let Some(ClockDisagreement { clock, believed }) = disagreement else {
        notices.clear(CLOCK);
        return;
    };
    let sentence = format!(
        "this machine's clock says {clock} and the archive expected about {believed}: footage that is past its age is kept until the clock is set, or `afterimage storage confirm-clock` says that it is right"
    );
    // Once for each trouble, not with each pass.
    if notices.set(CLOCK, sentence) {
        tracing::warn!(%clock, %believed, "deletion by age waits for the clock");
    }
}

fn scrub(around: &Surroundings) {
    let outcome = around.store.scrub_step(around.clock.now());
    match outcome {
        Ok(_) => around.notices.clear(SCRUB),
        Err(StoreError::Closed) => {}
        Err(error) => {
            // Once for each trouble, not once a second.
            if around.notices.set(SCRUB, format!("footage can't be read: {error}")) {
                tracing::warn!(%error, "the scrub could not read a fragment");
            }
        }
    }
    tell_damage(&around.store, &around.notices);
}

/// Damage that was found since the recorder started stays on the screen until it is restarted: the
/// timeline has it for ever.
fn tell_damage(store: &Store, notices: &Notices) {
    let found = store.damaged_since_open();
    if found == 0 {
        return;
    }
    let fragments =
        if found == 1 { "one fragment".to_owned() } else { format!("{found} fragments") };
    notices.set(
        DAMAGE,
        format!(
            "{fragments} of the archive were found damaged since the start: the timeline shows them as gaps; check the disk, and see `afterimage check` for what is affected"
        ),
    );
}
