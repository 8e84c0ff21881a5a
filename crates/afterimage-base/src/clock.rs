//! The clock port: the only way to learn what time it is.

use crate::WallTime;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Tells wall time and elapsed time. The two are unrelated: wall time may step, elapsed time never.
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// What the wall clock shows now.
    fn now(&self) -> WallTime;
    /// Time since an arbitrary start; never goes back.
    fn elapsed(&self) -> Duration;
}

/// The machine's clocks.
#[derive(Debug)]
pub struct SystemClock {
    started: Instant,
}

impl SystemClock {
    #[must_use]
    pub fn new() -> Self {
        Self { started: Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that asks the system")]
    fn now(&self) -> WallTime {
        WallTime::from_system(std::time::SystemTime::now())
    }

    fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }
}

/// A clock for tests and simulation: stands still until it is advanced or stepped.
#[derive(Debug)]
pub struct SimClock {
    state: Mutex<(WallTime, Duration)>,
}

impl SimClock {
    #[must_use]
    pub fn at(now: WallTime) -> Self {
        Self { state: Mutex::new((now, Duration::ZERO)) }
    }

    /// Time passes: both clocks move.
    pub fn advance(&self, by: Duration) {
        let mut state = self.lock();
        state.0 = state.0.plus(by);
        state.1 += by;
    }

    /// Somebody sets the wall clock; no time passes.
    pub fn step_to(&self, now: WallTime) {
        self.lock().0 = now;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, (WallTime, Duration)> {
        self.state.lock().expect("no panic is possible while this is held")
    }
}

impl Clock for SimClock {
    fn now(&self) -> WallTime {
        self.lock().0
    }

    fn elapsed(&self) -> Duration {
        self.lock().1
    }
}
