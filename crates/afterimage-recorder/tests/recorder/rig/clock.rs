//! The machine's clocks, driven by tokio's paused time; the wall clock can be set.

use afterimage_base::{Clock, WallTime};
use std::sync::Mutex;
use std::time::Duration;
use tokio::time::Instant;

#[derive(Debug)]
pub struct MachineClock {
    started: Instant,
    /// What the wall clock shows at `started`, as it is set now.
    at_start: Mutex<WallTime>,
}

impl MachineClock {
    pub fn at(now: WallTime) -> Self {
        Self { started: Instant::now(), at_start: Mutex::new(now) }
    }

    /// What the wall clock shows at an instant.
    pub fn wall(&self, instant: Instant) -> WallTime {
        self.at_start.lock().unwrap().plus(instant.duration_since(self.started))
    }

    /// Somebody sets the wall clock back; no time passes.
    pub fn set_back(&self, by: Duration) {
        let mut at_start = self.at_start.lock().unwrap();
        *at_start = at_start.minus(by);
    }
}

impl Clock for MachineClock {
    fn now(&self) -> WallTime {
        self.wall(Instant::now())
    }

    fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }
}
