//! The thread that commits the index, at most once a second, and rolls up hours that are over.
//!
//! A failed commit loses nothing: what it was for stays in memory and in the files, and the next
//! second tries again.

use crate::store::{Shared, guard};
use crate::{Store, StoreError};
use std::io;
use std::sync::{Arc, Condvar, Mutex, PoisonError, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

const PERIOD: Duration = Duration::from_secs(1);

/// Hours end seldom: after all streams were looked at, roll-ups rest.
const ROLL_UP_EVERY: Duration = Duration::from_secs(60);

pub(crate) struct Flusher {
    stop: Arc<(Mutex<bool>, Condvar)>,
    thread: JoinHandle<()>,
}

impl Flusher {
    pub fn start(shared: Weak<Shared>) -> io::Result<Self> {
        let stop = Arc::new((Mutex::new(false), Condvar::new()));
        let signal = Arc::clone(&stop);
        let run = move || {
            let mut is_failing = false;
            let mut rolls_up_at = Instant::now();
            while !wait(&signal) {
                let Some(shared) = shared.upgrade() else { return };
                is_failing = report(shared.commit_due(), is_failing);
                if Instant::now() < rolls_up_at {
                    continue;
                }
                match (Store { shared }).roll_up_step() {
                    Ok(true) => {}
                    Ok(false) => rolls_up_at = Instant::now() + ROLL_UP_EVERY,
                    // Answers are the same without, only slower.
                    Err(error) => tracing::debug!(%error, "sums of past hours wait"),
                }
            }
        };
        let thread = std::thread::Builder::new().name("index-flusher".into()).spawn(run)?;
        Ok(Self { stop, thread })
    }

    pub fn stop(self) {
        *guard(&self.stop.0) = true;
        self.stop.1.notify_all();
        // The flusher itself may hold the last handle.
        if self.thread.thread().id() != std::thread::current().id() {
            let _ = self.thread.join();
        }
    }
}

/// True when it is time to end.
fn wait(signal: &(Mutex<bool>, Condvar)) -> bool {
    let is_stopped = guard(&signal.0);
    let waited = signal.1.wait_timeout_while(is_stopped, PERIOD, |is_stopped| !*is_stopped);
    *waited.unwrap_or_else(PoisonError::into_inner).0
}

/// Tells the first failure and the recovery, not each second between.
fn report(outcome: Result<(), StoreError>, was_failing: bool) -> bool {
    match outcome {
        Ok(()) => {
            if was_failing {
                tracing::info!("the index takes commits again");
            }
            false
        }
        Err(error) => {
            if !was_failing {
                tracing::error!(%error, "the index could not be committed; recording goes on and it is tried every second");
            }
            true
        }
    }
}
