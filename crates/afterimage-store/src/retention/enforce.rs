//! Carrying retention out: rows, then files.

use super::choice;
use super::clock::ClockDisagreement;
use super::walk::{BATCH, Choice, Gone};
use crate::StoreError;
use crate::index::{Footprint, Index};
use crate::live::LiveStream;
use crate::path;
use crate::removals::Removals;
use crate::store::{Shared, Store, guard};
use crate::stream::StreamId;
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
    /// Nothing explains what the clock shows, so deletion by age waits until it is set, cameras
    /// agree with it, or [`Store::confirm_clock`] ends it.
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

/// What a pass carries from batch to batch.
struct Pass<'a> {
    report: RetentionReport,
    removals: Removals<'a>,
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
        guard(&self.shared.retention_clock).confirm(clock.now(), clock.elapsed());
        self.shared.save_agreed_clock()
    }

    /// One pass at a time; holds are placed between passes.
    pub(crate) fn retention_pass(&self) -> MutexGuard<'_, ()> {
        guard(&self.shared.retention_pass)
    }
}

impl Shared {
    fn removals(&self) -> Removals<'_> {
        Removals::new(self.options.file_system.as_ref(), &self.directory, &self.index)
    }

    /// From here on down, `now` is the believed time: a jump of the clock ends no hold either.
    fn enforce(&self, now: WallTime) -> Result<RetentionReport, StoreError> {
        self.removals().finish()?;
        let mut pass = Pass { report: RetentionReport::default(), removals: self.removals() };
        let elapsed = self.options.clock.elapsed();
        let is_witnessed = self.all_live().iter().any(|live| {
            let witness = live.state().witness;
            witness.is_some_and(|taken| taken.since(now).max(now.since(taken)) < WITNESS)
        });
        let (believed, present) = {
            let mut clock = guard(&self.retention_clock);
            pass.report.waits_for_clock = clock.observe(now, elapsed, is_witnessed);
            (clock.believed(now, elapsed), clock.present(now, elapsed))
        };
        self.save_agreed_clock()?;
        let lives = self.all_live();
        for live in &lives {
            let limits = live.state().limits();
            let mut delete = |choice: Choice<'_>| self.delete(live, choice.gone, &mut pass);
            self.choose_by_age(live, &limits, believed, &mut delete)?;
            self.forget_old_gaps(live, believed.minus(limits.retention))?;
        }
        for live in &lives {
            let limits = live.state().limits();
            let mut delete = |choice: Choice<'_>| self.delete(live, choice.gone, &mut pass);
            let missing =
                self.choose_by_bytes(live, &limits, believed, &Gone::default(), &mut delete)?;
            pass.report.missing_bytes += missing;
        }
        self.limit_volume(&lives, believed, present, &mut pass)?;
        pass.removals.settle()?;
        self.load_ballast();
        Ok(pass.report)
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
        present: WallTime,
        pass: &mut Pass<'_>,
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
        let missing = self.free(lives, now, present, excess, pass)?;
        pass.report.missing_bytes += missing;
        Ok(())
    }

    /// Frees at least so many bytes in the fair order of `present`; answers what is missing.
    fn free(
        &self,
        lives: &[Arc<LiveStream>],
        now: WallTime,
        present: WallTime,
        mut excess: u64,
        pass: &mut Pass<'_>,
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
            let chosen = choice::fairest(&footage, present, excess);
            let before = excess;
            for (position, live) in lives.iter().enumerate() {
                let own = chosen.iter().filter(|(of, _)| *of == position);
                let gone: Vec<Footprint> = own.map(|(_, segment)| *segment).collect();
                excess = excess.saturating_sub(self.delete(live, gone, pass)?);
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
        let mut pass = Pass { report: RetentionReport::default(), removals: self.removals() };
        let reserve = guard(&self.archive_settings).free_space_reserve;
        let wanted = bytes.saturating_mul(4).max(reserve / 8);
        let clock = &self.options.clock;
        let (now, present) = {
            let (now, elapsed) = (clock.now(), clock.elapsed());
            let clock = guard(&self.retention_clock);
            (clock.believed(now, elapsed), clock.present(now, elapsed))
        };
        let mut freed = self.free(&lives, now, present, wanted, &mut pass);
        if freed.is_err() && self.drop_ballast() {
            freed = self.free(&lives, now, present, wanted, &mut pass);
        }
        match freed.and_then(|_| pass.removals.settle()) {
            Ok(()) => {
                tracing::warn!(
                    bytes = pass.report.bytes(),
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
        pass: &mut Pass<'_>,
    ) -> Result<u64, StoreError> {
        gone.retain(|segment| self.leases.condemn(segment.id));
        let outcome = self.delete_condemned(live, &gone, &mut pass.removals);
        for segment in &gone {
            self.inits.forget(segment.id);
            self.leases.acquit(segment.id);
        }
        outcome?;
        pass.report.add(live.id, &gone);
        Ok(gone.iter().map(|segment| segment.length).sum())
    }

    fn delete_condemned(
        &self,
        live: &Arc<LiveStream>,
        gone: &[Footprint],
        removals: &mut Removals<'_>,
    ) -> Result<(), StoreError> {
        let Some(expired_to) = gone.iter().map(|segment| segment.stop).max() else {
            return Ok(());
        };
        let doing = "forget footage";
        let path = |segment: &Footprint| {
            let path = path::segment_path(live.id, segment.start, segment.variant);
            path.to_string_lossy().into_owned()
        };
        let paths: Vec<String> = gone.iter().map(path).collect();
        self.index.write(doing, |transaction| {
            let forget = || {
                Index::delete_segments(transaction, gone.iter().map(|segment| segment.id))?;
                Index::put_removals(transaction, &paths)?;
                for (from, to) in joined(gone) {
                    Index::forget_detections(transaction, live.key, from, to)?;
                    Index::forget_events(transaction, live.key, from, to)?;
                }
                Index::raise_expired_to(transaction, live.key, expired_to)
            };
            forget().map_err(StoreError::index(doing))
        })?;
        {
            let mut state = live.state();
            state.expired_to = state.expired_to.max(expired_to);
        }
        paths.into_iter().try_for_each(|path| removals.unlink(path))
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

/// The time that segments in order of their start cover: those that touch are one range.
fn joined(segments: &[Footprint]) -> Vec<(WallTime, WallTime)> {
    let mut ranges: Vec<(WallTime, WallTime)> = Vec::new();
    for segment in segments {
        match ranges.last_mut() {
            Some((from, to)) if (*from..=*to).contains(&segment.start) => {
                *to = segment.stop.max(*to);
            }
            _ => ranges.push((segment.start, segment.stop)),
        }
    }
    ranges
}
