//! The recorded share: how much of what should be there is there.

use crate::{GapReason, Store, StoreError, StreamId};
use afterimage_base::WallTime;
use std::time::Duration;

/// How much of what should have been recorded is recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// What should have been recorded: `recorded` and all that is `missing`, to the microsecond.
    pub scheduled: Duration,
    pub recorded: Duration,
    /// By reason, the longest first: how long, and in how many gaps.
    pub missing: Vec<(GapReason, Duration, u64)>,
}

impl Store {
    /// What is recorded and missing of `[from, to)`; `now` as for [`Store::timeline`]. Costs about
    /// the same for an hour and for ten years. What a schedule, an operator or its age excludes is
    /// not scheduled.
    pub fn share(
        &self,
        stream: StreamId,
        from: WallTime,
        to: WallTime,
        now: WallTime,
    ) -> Result<Share, StoreError> {
        let tally = self.tally(stream, from, to, now)?;
        let micros = |micros: i64| Duration::from_micros(u64::try_from(micros).unwrap_or(0));
        let mut missing: Vec<(GapReason, Duration, u64)> = tally
            .missing()
            .map(|(reason, missing)| (reason, micros(missing.micros), missing.gaps))
            .collect();
        missing.sort_by_key(|(reason, time, _)| (std::cmp::Reverse(*time), *reason));
        let recorded = micros(tally.recorded);
        let lost: Duration = missing.iter().map(|(_, time, _)| *time).sum();
        Ok(Share { scheduled: recorded + lost, recorded, missing })
    }
}
