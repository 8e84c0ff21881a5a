//! What of a stream may be seen: footage past its age is gone at once, even while its segment
//! still has younger fragments; held ranges stay.

use crate::hold::Hold;
use crate::live::LiveStream;
use crate::store::{Shared, Store, guard};
use crate::{StoreError, StreamId};
use afterimage_base::WallTime;
use std::time::Duration;

/// The visible part of a stream at an instant.
#[derive(Debug)]
pub(crate) struct Visibility {
    /// Everything that ends at this instant or before is past its age.
    pub from: WallTime,
    holds: Vec<Hold>,
}

impl Visibility {
    pub fn shows(&self, start: WallTime, end: WallTime) -> bool {
        end > self.from || self.holds.iter().any(|hold| hold.touches(start, end))
    }

    pub fn has_holds(&self) -> bool {
        !self.holds.is_empty()
    }
}

impl Shared {
    pub fn visibility(&self, live: &LiveStream, now: WallTime) -> Visibility {
        let retention = live.state().settings.retention;
        self.visibility_within(live, retention, now)
    }

    /// What would be visible if the stream kept its footage for so long.
    pub fn visibility_within(
        &self,
        live: &LiveStream,
        retention: Duration,
        now: WallTime,
    ) -> Visibility {
        let elapsed = self.options.clock.elapsed();
        let believed = guard(&self.retention_clock).believed(now, elapsed);
        let state = live.state();
        Visibility {
            from: believed.minus(retention),
            holds: state.holds.iter().filter(|hold| hold.is_active(believed)).cloned().collect(),
        }
    }
}

impl Store {
    /// Footage of the stream that ends at this instant or before is past its retention.
    pub fn visible_from(&self, stream: StreamId, now: WallTime) -> Result<WallTime, StoreError> {
        let live = self.shared.live(stream)?;
        Ok(self.shared.visibility(&live, now).from)
    }
}
