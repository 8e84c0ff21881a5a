//! The scrub: reads the whole archive again and again, slowly, so that damage is found while a
//! backup still has the footage.
//!
//! Belongs here: pace, position, verifying. Not here: what damage means for the timeline
//! ([`crate::segment_reader`]), a check on demand ([`crate::check`]).
//! Invariants: a step reads no more than the pace asks for, and one fragment more at the most. A
//! restart goes on where the last run was. Footage on a disk that is not there is never called
//! damaged.

use crate::file_system::{Access, StoreFile, read_range};
use crate::index::Index;
use crate::live::LiveStream;
use crate::record::{FragmentRecord, Segment, SegmentId};
use crate::store::{Shared, Store, guard};
use crate::{StoreError, StreamId, directory, path};
use afterimage_base::WallTime;
use afterimage_media::verify_fragment;
use serde::{Deserialize, Serialize};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// The time in which the archive is read where nothing else was set.
pub(crate) const USUAL_PERIOD: Duration = Duration::from_secs(30 * 86_400);

/// The key in `meta`.
const KEY: &str = "scrub";

/// How often the position is committed: a kill repeats so much.
const REMEMBER_EVERY: Duration = Duration::from_secs(60);

/// How often the size of the archive is asked for.
const MEASURE_EVERY: Duration = Duration::from_secs(600);

/// The longest pause that a step makes up for: after a standstill the disk is not stormed.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Part of the period that a round is planned for; the rest is for what comes in between.
const PLANNED_PART: f64 = 0.9;

/// A round that is late hurries to this many times its usual pace, not more.
const HURRY: f64 = 8.0;

/// How far the reading of the whole archive has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScrubState {
    pub round_started: Option<WallTime>,
    pub last_round_ended: Option<WallTime>,
    /// Read in this round.
    pub done_bytes: u64,
    /// What the archive holds, to a few minutes.
    pub total_bytes: u64,
    /// Fragments that were found damaged ever, by whoever read them.
    pub damaged: u64,
}

/// What a scrub keeps while the archive is open.
#[derive(Debug, Default)]
pub(crate) struct Scrub {
    state: ScrubState,
    /// The last fragment that was read: stream key and number, as an id of a segment.
    position: i64,
    /// Bytes that may be read now; below zero after a large fragment.
    credit: f64,
    /// By the elapsed clock.
    last_step: Option<Duration>,
    measured: Option<Duration>,
    remembered: Option<Duration>,
    is_changed: bool,
    damaged_since_open: u64,
}

/// As `meta` has it.
#[derive(Serialize, Deserialize)]
struct Stored {
    #[serde(flatten)]
    state: ScrubState,
    position: i64,
}

impl Scrub {
    /// Goes on where the last run was.
    pub fn load(index: &Index) -> Result<Self, StoreError> {
        // What can't be read costs a round, no footage.
        let stored = index.text(KEY)?.and_then(|text| serde_json::from_str::<Stored>(&text).ok());
        Ok(stored.map_or_else(Self::default, |stored| Self {
            state: stored.state,
            position: stored.position,
            ..Self::default()
        }))
    }

    /// A fragment was found damaged.
    pub fn count_damaged(&mut self) {
        self.state.damaged += 1;
        self.damaged_since_open += 1;
        self.is_changed = true;
    }

    /// Lets the bytes come due that the time since the last step is worth.
    fn earn(&mut self, now: WallTime, elapsed: Duration, period: Duration) {
        let passed = elapsed.saturating_sub(self.last_step.unwrap_or(elapsed)).min(LONGEST_PAUSE);
        self.last_step = Some(elapsed);
        let planned = period.as_secs_f64() * PLANNED_PART;
        let total = self.state.total_bytes;
        // What was measured is never exact: there is always something left until there is not.
        let left = total.saturating_sub(self.state.done_bytes).max(total / 100).max(1);
        let gone = self.state.round_started.map_or(0.0, |began| now.since(began).as_secs_f64());
        let time_left = (planned - gone).max(planned / HURRY);
        let pace = left as f64 / time_left;
        // What was not used is not saved up.
        self.credit = (self.credit + pace * passed.as_secs_f64()).min(pace * passed.as_secs_f64());
    }
}

/// What became of the next fragment.
enum Step {
    Read(u64),
    Skipped,
    /// There is none behind the position.
    RoundEnded,
}

impl Store {
    /// Reads as much as is due at `now` and verifies it; what is damaged becomes a gap `damaged`.
    /// Meant to be called about once a second. An error is about one fragment: the next step goes
    /// on behind it.
    pub fn scrub_step(&self, now: WallTime) -> Result<ScrubState, StoreError> {
        let shared = &self.shared;
        shared.check_open()?;
        let Some(period) = self.archive_settings().scrub_period else {
            return Ok(self.scrub_state());
        };
        let elapsed = shared.options.clock.elapsed();
        shared.measure_for_scrub(elapsed)?;
        if self.scrub_state().total_bytes == 0 {
            return Ok(self.scrub_state());
        }
        {
            let mut scrub = guard(&shared.scrub);
            if scrub.state.round_started.is_none() {
                scrub.state.round_started = Some(now);
                scrub.is_changed = true;
            }
            scrub.earn(now, elapsed, period);
        }
        let outcome = self.read_what_is_due(now);
        shared.remember_scrub(elapsed)?;
        outcome.map(|()| self.scrub_state())
    }

    /// How far the reading of the whole archive has come.
    #[must_use]
    pub fn scrub_state(&self) -> ScrubState {
        guard(&self.shared.scrub).state
    }

    /// Fragments that were found damaged since the archive was opened.
    #[must_use]
    pub fn damaged_since_open(&self) -> u64 {
        guard(&self.shared.scrub).damaged_since_open
    }

    /// Somebody read this fragment and its bytes are wrong: it becomes a gap `damaged` and is never
    /// served again. False where it was so already, or is gone.
    pub fn mark_damaged(&self, stream: StreamId, number: u64) -> Result<bool, StoreError> {
        let live = self.shared.live(stream)?;
        let Some(segment) = self.shared.segment_with(&live, number)? else { return Ok(false) };
        let record = segment.records(stream).find(|record| record.number == number);
        record.map_or(Ok(false), |record| self.shared.mark_damaged(&record))
    }

    fn read_what_is_due(&self, now: WallTime) -> Result<(), StoreError> {
        let shared = &self.shared;
        loop {
            let position = {
                let scrub = guard(&shared.scrub);
                if scrub.credit <= 0.0 {
                    return Ok(());
                }
                scrub.position
            };
            let outcome = shared.scrub_next(position);
            let mut scrub = guard(&shared.scrub);
            match outcome? {
                Step::Read(bytes) => {
                    scrub.credit -= bytes as f64;
                    scrub.state.done_bytes += bytes;
                }
                Step::Skipped => {}
                Step::RoundEnded => {
                    scrub.position = 0;
                    scrub.credit = 0.0;
                    scrub.state.last_round_ended = Some(now);
                    scrub.state.round_started = Some(now);
                    scrub.state.done_bytes = 0;
                    scrub.is_changed = true;
                    return Ok(());
                }
            }
        }
    }
}

impl Shared {
    /// Verifies the fragment behind `position` and moves the position there.
    fn scrub_next(&self, position: i64) -> Result<Step, StoreError> {
        let Some((live, segment, number)) = self.behind(SegmentId(position))? else {
            return Ok(Step::RoundEnded);
        };
        let found = segment.records(live.id).find(|record| record.number >= number);
        // The position moves first: what can't be read stops nobody.
        let reached = found.map_or(segment.next_number() - 1, |record| record.number);
        {
            let mut scrub = guard(&self.scrub);
            scrub.position = SegmentId::new(live.key, reached).0;
            scrub.is_changed = true;
        }
        let Some(record) = found else { return Ok(Step::Skipped) };
        // No lease: retention is deleting it.
        let Some(_lease) = self.leases.take(segment.id) else { return Ok(Step::Skipped) };
        let relative = path::segment_path(live.id, segment.start(), segment.variant);
        let Some(detail) = self.verify(&relative, &record)? else {
            return Ok(Step::Read(record.length));
        };
        // Deleted meanwhile by somebody who held it is not damage.
        if self.segment_with(&live, record.number)?.is_some() && self.mark_damaged(&record)? {
            tracing::warn!(
                stream = %live.id, fragment = record.number, start = %record.start,
                path = %relative.display(), detail, "the scrub found damaged footage"
            );
        }
        Ok(Step::Read(record.length))
    }

    /// The stream, the segment and the number of the next fragment behind `position`.
    fn behind(&self, position: SegmentId) -> Result<Option<Due>, StoreError> {
        for live in self.all_live() {
            if live.key < position.stream() {
                continue;
            }
            let is_within = live.key == position.stream();
            let number = if is_within { position.first_number() + 1 } else { 1 };
            if let Some(segment) = self.segment_with(&live, number)? {
                return Ok(Some((live, segment, number)));
            }
            let next = self.segments_after(&live, SegmentId::new(live.key, number), 1)?;
            if let Some(segment) = next.into_iter().next() {
                let first = segment.id.first_number();
                return Ok(Some((live, segment, first)));
            }
        }
        Ok(None)
    }

    /// What is wrong with the fragment's bytes, if anything is.
    fn verify(
        &self,
        relative: &std::path::Path,
        record: &FragmentRecord,
    ) -> Result<Option<String>, StoreError> {
        let full: PathBuf = self.path(relative);
        let file_system = self.options.file_system.as_ref();
        let read = |file: Box<dyn StoreFile>| {
            let length = usize::try_from(record.length).unwrap_or(usize::MAX);
            read_range(file.as_ref(), record.offset, length)
        };
        let bytes = match file_system.open_file(&full, Access::Read).and_then(read) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                // The file is lost, or the disk that holds it is not mounted.
                self.check_media_disk()?;
                return Ok(Some("its file is missing".into()));
            }
            Err(error) => return Err(StoreError::io("read", &full)(error)),
        };
        Ok(match verify_fragment(&bytes) {
            Ok(header) if header.identity.number == record.number => None,
            Ok(header) => Some(format!("it says that it is fragment {}", header.identity.number)),
            Err(error) => Some(error.to_string()),
        })
    }

    fn check_media_disk(&self) -> Result<(), StoreError> {
        let found =
            directory::read_media_identity(self.options.file_system.as_ref(), &self.directory)?;
        if found.is_some_and(|media| media.archive == self.identity.archive) {
            return Ok(());
        }
        Err(StoreError::WrongDirectory {
            directory: self.directory.clone(),
            detail: "its media folder is gone or is another one; mount the disk that holds it"
                .into(),
        })
    }

    fn measure_for_scrub(&self, elapsed: Duration) -> Result<(), StoreError> {
        let measured = guard(&self.scrub).measured;
        if measured.is_some_and(|at| elapsed.saturating_sub(at) < MEASURE_EVERY) {
            return Ok(());
        }
        let mut total = 0_u64;
        for live in self.all_live() {
            total = total.saturating_add(self.index.stream_bytes(live.key)?);
        }
        let mut scrub = guard(&self.scrub);
        scrub.measured = Some(elapsed);
        scrub.state.total_bytes = total;
        Ok(())
    }

    fn remember_scrub(&self, elapsed: Duration) -> Result<(), StoreError> {
        let is_due = |scrub: &Scrub| {
            scrub.remembered.is_none_or(|at| elapsed.saturating_sub(at) >= REMEMBER_EVERY)
        };
        if is_due(&guard(&self.scrub)) { self.save_scrub() } else { Ok(()) }
    }

    /// Commits the position if it moved.
    pub fn save_scrub(&self) -> Result<(), StoreError> {
        let stored = {
            let mut scrub = guard(&self.scrub);
            if !scrub.is_changed {
                return Ok(());
            }
            scrub.is_changed = false;
            scrub.remembered = Some(self.options.clock.elapsed());
            Stored { state: scrub.state, position: scrub.position }
        };
        let text = serde_json::to_string(&stored).expect("numbers serialise");
        let doing = "remember the scrub";
        self.index.write(doing, |transaction| {
            Index::set_text(transaction, KEY, &text).map_err(StoreError::index(doing))
        })
    }
}

/// The stream, the segment and the number of the fragment that is read next.
type Due = (Arc<LiveStream>, Arc<Segment>, u64);
