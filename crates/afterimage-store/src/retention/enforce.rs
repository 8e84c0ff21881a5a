//! Carrying retention out: rows, then files.

use super::choice;
use super::clock::ClockDisagreement;
use super::walk::{BATCH, Choice, Gone};
use crate::index::{Footprint, Index};
use crate::live::LiveStream;
use crate::path;
use crate::store::{Shared, Store, guard};
use crate::stream::StreamId;
use crate::{StoreError, recovery};
use afterimage_base::WallTime;
use std::sync::{Arc, MutexGuard};
use std::time::Duration;

/// A camera's clock vouches for ours when it is so near.
const WITNESS: Duration = Duration::from_secs(3_600);

/// What a pass of retention did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RetentionReport {
    /// Streams that lost footage.
    pub streams: Vec<StreamRetention>,
    /// Deletion by age goes by an earlier time than the clock shows, because nothing explains the
    /// clock. [`Store::confirm_clock`] ends it.
    pub waits_for_clock: Option<ClockDisagreement>,
    /// Bytes over the limits that could not be freed: the rest is held, read or being written.
    pub missing_bytes: u64,
}

/// What one stream lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamRetention {
    pub stream: StreamId,
    pub segments: usize,
    pub bytes: u64,
    /// The end of the newest footage that went.
    pub deleted_to: WallTime,
}

impl RetentionReport {
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.streams.iter().map(|stream| stream.bytes).sum()
    }

    fn add(&mut self, stream: StreamId, gone: &[Footprint]) {
        let Some(deleted_to) = gone.iter().map(|segment| segment.stop).max() else { return };
        let bytes = gone.iter().map(|segment| segment.length).sum();
        match self.streams.iter_mut().find(|known| known.stream == stream) {
            Some(known) => {
                known.segments += gone.len();
                known.bytes += bytes;
                known.deleted_to = known.deleted_to.max(deleted_to);
            }
            None => self.streams.push(StreamRetention {
                stream,
                segments: gone.len(),
                bytes,
                deleted_to,
            }),
        }
    }
}

impl Store {
    /// Deletes what may no longer be kept: by age, by bytes per stream, by bytes of all streams, to
    /// keep the free-space reserve. Whole segments; never held, leased or open ones. Meant to be
    /// called about once a minute; recording goes on meanwhile.
    pub fn enforce_retention(&self, now: WallTime) -> Result<RetentionReport, StoreError> {
        self.shared.check_open()?;
        let _pass = self.retention_pass();
        self.shared.flush()?;
        self.shared.enforce(now)
    }

    /// The operator says that the clock is right: ages count from it again.
    pub fn confirm_clock(&self) -> Result<(), StoreError> {
        self.shared.check_open()?;
        let clock = &self.shared.options.clock;
        guard(&self.shared.retention_clock).observe(clock.now(), clock.elapsed(), true);
        self.shared.save_agreed_clock()
    }

    /// One pass at a time; holds are placed between passes.
    pub(crate) fn retention_pass(&self) -> MutexGuard<'_, ()> {
        guard(&self.shared.retention_pass)
    }
}

impl Shared {
    /// From here on down, `now` is the believed time: a jump of the clock ends no hold either.
    fn enforce(&self, now: WallTime) -> Result<RetentionReport, StoreError> {
        let mut report = RetentionReport::default();
        let elapsed = self.options.clock.elapsed();
        let is_witnessed = self.all_live().iter().any(|live| {
            let witness = live.state().witness;
            witness.is_some_and(|taken| taken.since(now).max(now.since(taken)) < WITNESS)
        });
        let believed = {
            let mut clock = guard(&self.retention_clock);
            report.waits_for_clock = clock.observe(now, elapsed, is_witnessed);
            clock.believed(now, elapsed)
        };
        self.save_agreed_clock()?;
        let lives = self.all_live();
        for live in &lives {
            let limits = live.state().limits();
            let mut delete = |choice: Choice<'_>| self.delete(live, choice.gone, &mut report);
            self.choose_by_age(live, &limits, believed, &mut delete)?;
            self.forget_old_gaps(live, believed.minus(limits.retention))?;
        }
        for live in &lives {
            let limits = live.state().limits();
            let mut delete = |choice: Choice<'_>| self.delete(live, choice.gone, &mut report);
            let missing =
                self.choose_by_bytes(live, &limits, believed, &Gone::default(), &mut delete)?;
            report.missing_bytes += missing;
        }
        self.limit_volume(&lives, believed, &mut report)?;
        self.load_ballast();
        Ok(report)
    }

    /// A gap that ended so long ago is past its age as footage is.
    fn forget_old_gaps(&self, live: &LiveStream, horizon: WallTime) -> Result<(), StoreError> {
        let doing = "forget old gaps";
        let newest_old =
            self.index.gaps_between(live.key, WallTime::from_micros(i64::MIN), horizon)?;
        if newest_old.iter().any(|gap| gap.to < horizon) {
            self.index.write(doing, |transaction| {
                Index::forget_gaps(transaction, live.key, horizon).map_err(StoreError::index(doing))
            })?;
        }
        Ok(())
    }

    /// By the limit of all streams together and by the free-space reserve.
    fn limit_volume(
        &self,
        lives: &[Arc<LiveStream>],
        now: WallTime,
        report: &mut RetentionReport,
    ) -> Result<(), StoreError> {
        let settings = *guard(&self.archive_settings);
        let mut excess = 0;
        if let Some(limit) = settings.retain_bytes {
            let mut total = 0_u64;
            for live in lives {
                total = total.saturating_add(self.index.stream_bytes(live.key)?);
            }
            excess = total.saturating_sub(limit);
        }
        let media = self.path(path::MEDIA.as_ref());
        let file_system = self.options.file_system.as_ref();
        let space = file_system.space(&media).map_err(StoreError::io("measure", &media))?;
        let reserve = settings.free_space_reserve.min(space.total / 10);
        excess = excess.max(reserve.saturating_sub(space.available));
        report.missing_bytes += self.free(lives, now, excess, report)?;
        Ok(())
    }

    /// Frees at least so many bytes in the fair order; answers what is missing.
    fn free(
        &self,
        lives: &[Arc<LiveStream>],
        now: WallTime,
        mut excess: u64,
        report: &mut RetentionReport,
    ) -> Result<u64, StoreError> {
        let oldest = WallTime::from_micros(i64::MIN);
        let mut passed_over = vec![oldest; lives.len()];
        while excess > 0 {
            let mut footage = Vec::new();
            for (live, passed_over) in lives.iter().zip(&passed_over) {
                let segments =
                    self.index.footprints(live.key, *passed_over, WallTime::MAX, BATCH)?;
                let limits = live.state().limits();
                footage.push(self.footage(live, limits.retention, now, segments));
            }
            if footage.iter().all(|footage| footage.segments.is_empty()) {
                break;
            }
            let chosen = choice::fairest(&footage, now, excess);
            let before = excess;
            for (position, live) in lives.iter().enumerate() {
                let own = chosen.iter().filter(|(of, _)| *of == position);
                let gone: Vec<Footprint> = own.map(|(_, segment)| *segment).collect();
                excess = excess.saturating_sub(self.delete(live, gone, report)?);
            }
            if excess == before {
                // All of these stay: look behind them.
                for (passed_over, footage) in passed_over.iter_mut().zip(&footage) {
                    *passed_over = footage.segments.last().map_or(*passed_over, |s| s.start);
                }
            }
        }
        Ok(excess)
    }

    /// A write found the volume full: frees the reserve at once. Finding nothing that may go is no
    /// error; the write that comes next tells.
    pub fn make_room(&self, bytes: u64) -> Result<(), StoreError> {
        let _pass = guard(&self.retention_pass);
        let lives = self.all_live();
        let mut report = RetentionReport::default();
        let reserve = guard(&self.archive_settings).free_space_reserve;
        let wanted = bytes.saturating_mul(4).max(reserve / 8);
        let clock = &self.options.clock;
        let now = guard(&self.retention_clock).believed(clock.now(), clock.elapsed());
        let mut freed = self.free(&lives, now, wanted, &mut report);
        if freed.is_err() && self.drop_ballast() {
            freed = self.free(&lives, now, wanted, &mut report);
        }
        match freed {
            Ok(_) => {
                tracing::warn!(
                    bytes = report.bytes(),
                    "the volume is full; the oldest footage was deleted"
                );
            }
            Err(error) => tracing::error!(%error, "the volume is full and no room could be made"),
        }
        Ok(())
    }

    /// Deletes segments for good; answers their bytes. Those being read stay.
    fn delete(
        &self,
        live: &Arc<LiveStream>,
        mut gone: Vec<Footprint>,
        report: &mut RetentionReport,
    ) -> Result<u64, StoreError> {
        gone.retain(|segment| self.leases.condemn(segment.id));
        let outcome = self.delete_condemned(live, &gone);
        for segment in &gone {
            self.inits.forget(segment.id);
            self.leases.acquit(segment.id);
        }
        outcome?;
        report.add(live.id, &gone);
        Ok(gone.iter().map(|segment| segment.length).sum())
    }

    fn delete_condemned(
        &self,
        live: &Arc<LiveStream>,
        gone: &[Footprint],
    ) -> Result<(), StoreError> {
        let Some(expired_to) = gone.iter().map(|segment| segment.stop).max() else {
            return Ok(());
        };
        let doing = "forget footage";
        self.index.write(doing, |transaction| {
            let forget = || {
                for segment in gone {
                    let path = path::segment_path(live.id, segment.start, segment.variant);
                    Index::delete_segment(transaction, segment.id)?;
                    Index::put_removal(transaction, &path.to_string_lossy())?;
                    Index::forget_detections(transaction, live.key, segment.start, segment.stop)?;
                    Index::forget_events(transaction, live.key, segment.start, segment.stop)?;
                }
                Index::raise_expired_to(transaction, live.key, expired_to)
            };
            forget().map_err(StoreError::index(doing))
        })?;
        {
            let mut state = live.state();
            state.expired_to = state.expired_to.max(expired_to);
        }
        recovery::finish_removals(self.options.file_system.as_ref(), &self.directory, &self.index)
    }

    pub fn save_agreed_clock(&self) -> Result<(), StoreError> {
        let agreed = guard(&self.retention_clock).agreed();
        let Some(agreed) = agreed else { return Ok(()) };
        let doing = "remember the time";
        self.index.write(doing, |transaction| {
            Index::set_number(transaction, "agreed_clock", agreed.as_micros())
                .map_err(StoreError::index(doing))
        })
    }
}
