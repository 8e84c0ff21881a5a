//! Recording runs and the gap ledger.
//!
//! Belongs here: from when to when a recorder lived, and writing down why nothing is recorded.
//! Not here: reading the ledger ([`crate::timeline`]).
//! Invariant: whatever moment a recorder is killed at, the time until the next one is explained.

use crate::directory::{self, MediaIdentity};
use crate::gap::{Gap, GapReason, TOLERANCE};
use crate::index::Index;
use crate::live::StreamState;
use crate::schedule::Schedule;
use crate::store::{Shared, Store};
use crate::{StoreError, StreamId};
use afterimage_base::WallTime;

impl Store {
    /// A recorder begins. What lies between the last one's end and now becomes a gap
    /// `recorder_down` on every stream, and `not_scheduled` outside its schedule; from here on, heartbeats are committed with the index.
    /// Commands that only look don't call this.
    pub fn start_recording(&self) -> Result<(), StoreError> {
        let shared = &self.shared;
        shared.check_open()?;
        if shared.is_recording() {
            return Ok(());
        }
        let now = self.now();
        let heartbeat = shared.index.instant("heartbeat")?;
        for live in shared.all_live() {
            live.state().explain_absence(heartbeat, now);
        }
        let epoch = shared.index.number("epoch")?.unwrap_or(0) + 1;
        let file_system = shared.options.file_system.as_ref();
        let media = MediaIdentity { archive: shared.identity.archive, epoch };
        directory::write_media_identity(file_system, &shared.directory, &media)?;
        let doing = "begin a recording run";
        shared.index.write(doing, |transaction| {
            Index::set_number(transaction, "epoch", epoch)
                .and_then(|()| Index::set_number(transaction, "recording", 1))
                .map_err(StoreError::index(doing))
        })?;
        shared.load_ballast();
        shared.set_recording(true);
        shared.flush()
    }

    /// Writes down that `[from, to)` is not recorded. It begins earlier where that leaves an
    /// unexplained hole after what was recorded last.
    pub fn record_gap(
        &self,
        stream: StreamId,
        from: WallTime,
        to: WallTime,
        reason: GapReason,
        detail: &str,
    ) -> Result<(), StoreError> {
        if to <= from {
            return Err(StoreError::Invalid("a gap must end after it begins".into()));
        }
        let live = self.shared.live(stream)?;
        live.state().record_gap(Gap { from, to, reason, detail: detail.to_owned() });
        Ok(())
    }

    /// From `from` on nothing is recorded, until [`Store::close_gap`] or the next fragment.
    /// Another open gap ends there; the same one goes on. In the index within a second.
    pub fn open_gap(
        &self,
        stream: StreamId,
        from: WallTime,
        reason: GapReason,
        detail: &str,
    ) -> Result<(), StoreError> {
        let live = self.shared.live(stream)?;
        live.state().start_gap(Gap { from, to: from, reason, detail: detail.to_owned() });
        Ok(())
    }

    /// The open gap, if there is one, ends.
    pub fn close_gap(&self, stream: StreamId, to: WallTime) -> Result<(), StoreError> {
        self.shared.live(stream)?.state().end_gap(to);
        Ok(())
    }
}

impl Shared {
    /// The orderly end of a run.
    pub fn end_recording(&self) -> Result<(), StoreError> {
        let now = self.options.clock.now();
        let was_recording = self.is_recording();
        for live in self.all_live() {
            let mut state = live.state();
            state.end_all_segments();
            if was_recording
                && state.open_gap.as_ref().is_some_and(|gap| !gap.reason.outlives_recorder())
            {
                state.end_gap(now);
            }
        }
        self.flush()?;
        if was_recording {
            let doing = "end a recording run";
            self.index.write(doing, |transaction| {
                Index::set_number(transaction, "recording", 0).map_err(StoreError::index(doing))
            })?;
            self.set_recording(false);
        }
        Ok(())
    }
}

impl StreamState {
    fn explain_absence(&mut self, heartbeat: Option<WallTime>, now: WallTime) {
        match self.open_gap.take() {
            Some(gap) if gap.reason.outlives_recorder() => {
                self.open_gap = Some(gap);
                return;
            }
            Some(gap) => {
                let lived_to = heartbeat.unwrap_or(gap.from).clamp(gap.from, now.max(gap.from));
                self.push_gap(Gap { to: lived_to, ..gap });
                self.accounted_to = self.accounted_to.max(lived_to);
                self.is_urgent = true;
            }
            None => {}
        }
        if now > self.accounted_to.plus(TOLERANCE) {
            for gap in absence(self.settings.schedule.as_ref(), self.accounted_to, now) {
                self.push_gap(gap);
            }
        }
    }

    fn record_gap(&mut self, gap: Gap) {
        if gap.to <= self.accounted_to {
            self.push_side_gap(gap);
        } else if gap.from > self.accounted_to.plus(TOLERANCE) && self.open_gap.is_none() {
            let from = self.accounted_to;
            self.push_gap(Gap { from, ..gap });
        } else {
            self.push_gap(gap);
        }
    }
}

/// Why nothing is there of an interval in which no recorder ran.
pub(crate) fn absence(schedule: Option<&Schedule>, from: WallTime, to: WallTime) -> Vec<Gap> {
    let gap = |from, to, reason| Gap { from, to, reason, detail: String::new() };
    let Some(schedule) = schedule else {
        return vec![gap(from, to, GapReason::RecorderDown)];
    };
    let parts = schedule.split(from, to).into_iter().map(|(from, to, is_on)| {
        let reason = if is_on { GapReason::RecorderDown } else { GapReason::NotScheduled };
        gap(from, to, reason)
    });
    parts.collect()
}
