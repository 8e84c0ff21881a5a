//! One life of an archive: days of recording, trouble and retention.

use crate::promise::{HeldRange, Promise, Sacrifice};
use crate::random::Random;
use crate::rig;
use afterimage_base::{Clock, ErrorKind, SimClock, WallTime};
use afterimage_media::InitSegment;
use afterimage_store::file_system::{Fault, SimulatedDisk};
use afterimage_store::{
    GapReason, IndexPlace, MemoryIndex, RetentionReport, Store, StoreOptions, StreamWriter,
};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);
const YEAR: Duration = Duration::from_secs(365 * 86_400);
const MINUTE: Duration = Duration::from_secs(60);

/// Parts of days are no whole microseconds.
const ROUNDING: Duration = Duration::from_millis(100);

/// So long may an archive be off and its clock be believed at once.
const LONGEST_ABSENCE: Duration = Duration::from_secs(30 * 86_400);

/// Binds after some years: the streams that keep longest would hold more.
const VOLUME: u64 = 4_000_000;
const FRAGMENT_BYTES: usize = 500;

const FAULTS: [Fault; 6] = [
    Fault::FailOnce,
    Fault::FailForGood,
    Fault::Full,
    Fault::Tear,
    Fault::CrashBefore,
    Fault::CrashAfter,
];

/// Name, retention, limit of bytes.
fn streams() -> [(&'static str, Duration, Option<u64>); 7] {
    [
        ("hour", HOUR, None),
        ("day", DAY, None),
        ("month", 30 * DAY, None),
        ("year", YEAR, None),
        ("decade", 10 * YEAR, None),
        ("bytes", 10 * YEAR, Some(200_000)),
        ("half", 5 * YEAR, None),
    ]
}

#[derive(Debug, Default)]
struct Tally {
    fragments: u64,
    passes: u64,
    expired: u64,
    sacrificed: u64,
    crashes: u64,
    faults: u64,
    restarts: u64,
    holds: u64,
    clock_steps: u64,
}

pub struct Life {
    random: Random,
    disk: SimulatedDisk,
    index: MemoryIndex,
    clock: Arc<SimClock>,
    init: Arc<InitSegment>,
    store: Option<Store>,
    promises: Vec<Promise>,
    /// The wall clock is wrong until this day.
    clock_is_wrong_until: Option<u64>,
    /// A full disk was planned since all was last compared.
    may_have_been_full: bool,
    /// When retention last worked, by the elapsed clock.
    last_pass: Duration,
    /// No more time than this went by unseen since retention last worked under the right clock.
    unseen: Duration,
    tally: Tally,
}

impl Life {
    pub fn new(seed: u64) -> Self {
        let mut life = Self {
            random: Random(seed),
            disk: SimulatedDisk::new(seed),
            index: MemoryIndex::new().expect("room"),
            clock: rig::clock(),
            init: rig::camera(640),
            store: None,
            promises: Vec::new(),
            clock_is_wrong_until: None,
            may_have_been_full: false,
            last_pass: Duration::ZERO,
            unseen: Duration::ZERO,
            tally: Tally::default(),
        };
        let store = life.open();
        for (name, retention, retain_bytes) in streams() {
            let mut settings = rig::settings(name);
            settings.retention = retention;
            settings.retain_bytes = retain_bytes;
            let created = settings.created;
            let id = store.create_stream(settings).expect("new").id;
            life.promises.push(Promise {
                id,
                name,
                created,
                retention,
                retain_bytes,
                kept: BTreeMap::new(),
                last_number: 0,
                holds: Vec::new(),
            });
        }
        life.store = Some(store);
        life
    }

    fn open(&self) -> Store {
        let options = StoreOptions {
            file_system: Arc::new(self.disk.clone()),
            index: IndexPlace::Memory(self.index.clone()),
            retain_bytes: Some(VOLUME),
            ..rig::options(&self.clock)
        };
        let store = Store::open(Path::new("/data"), options).expect("an archive opens");
        store.start_recording().expect("nobody else records");
        store
    }

    /// True time, whatever the wall clock shows.
    fn truth(&self) -> WallTime {
        rig::epoch().plus(self.clock.elapsed())
    }

    pub fn elapsed_days(&self) -> u64 {
        self.clock.elapsed().as_secs() / DAY.as_secs()
    }

    fn store(&self) -> &Store {
        self.store.as_ref().expect("it is open but while it restarts")
    }

    /// A day: minutes of recording, then hours in which retention works.
    pub fn day(&mut self) {
        let day = self.elapsed_days();
        self.set_clock(day);
        let may_fail = self.random.once_in(12);
        if may_fail {
            let at = self.disk.operations() + self.random.below(120);
            let fault = FAULTS[usize::try_from(self.random.below(6)).expect("small")];
            self.disk.plan(at, fault);
            self.may_have_been_full |= fault == Fault::Full;
            self.tally.faults += 1;
        }
        self.record(1 + self.random.clone().below(3));
        let hold = self.random.once_in(40);
        if hold && !may_fail {
            self.place_hold();
        }
        self.release_holds();
        let passes = 2 + self.random.below(4);
        for _ in 0..passes {
            self.clock.advance(DAY / u32::try_from(passes).expect("few"));
            self.enforce(may_fail);
        }
        if self.disk.has_crashed() {
            self.tally.crashes += 1;
            self.come_up_again(true);
        } else if may_fail {
            self.disk.repair();
            self.compare_all();
        }
        if self.random.once_in(25) {
            let is_killed = self.random.once_in(2);
            self.come_up_again(is_killed);
        }
        if day.is_multiple_of(30) {
            self.look_at_all();
        }
    }

    /// Somebody sets the clock: twenty years ahead, or back to where clocks begin.
    fn set_clock(&mut self, day: u64) {
        match self.clock_is_wrong_until {
            Some(until) if day >= until => {
                self.clock.step_to(self.truth());
                self.clock_is_wrong_until = None;
            }
            None if self.random.once_in(150) => {
                let ahead = self.truth().plus(20 * YEAR);
                let wrong = if self.random.once_in(3) { WallTime::EPOCH } else { ahead };
                self.clock.step_to(wrong);
                self.clock_is_wrong_until = Some(day + 1 + self.random.below(5));
                self.tally.clock_steps += 1;
            }
            _ => {}
        }
    }

    fn record(&mut self, minutes: u64) {
        let store = self.store.take().expect("open");
        let mut writers: Vec<Option<StreamWriter>> =
            self.promises.iter().map(|promise| store.writer(promise.id).ok()).collect();
        for _ in 0..minutes {
            let start = rig::seconds(self.truth());
            self.clock.advance(MINUTE);
            for (promise, writer) in self.promises.iter_mut().zip(&mut writers) {
                let Some(writer) = writer else { continue };
                let fragment = rig::fragment_of(&self.init, start, 60.0, FRAGMENT_BYTES);
                match writer.append(&fragment) {
                    Ok(record) => {
                        assert!(
                            record.number > promise.last_number,
                            "{}: a number is never given twice",
                            promise.name
                        );
                        promise.last_number = record.number;
                        promise.kept.insert(record.number, record);
                        self.tally.fragments += 1;
                    }
                    Err(error) => {
                        let reason = match error.kind() {
                            ErrorKind::DiskFull => GapReason::DiskFull,
                            _ => GapReason::WriteFailed,
                        };
                        let (from, to) = (fragment.start, fragment.end());
                        let _ = store.record_gap(promise.id, from, to, reason, "");
                    }
                }
            }
        }
        drop(writers);
        let now = self.truth();
        for promise in &self.promises {
            let _ = store.open_gap(promise.id, now, GapReason::CameraSilent, "");
        }
        let _ = store.commit_due();
        self.store = Some(store);
    }

    fn place_hold(&mut self) {
        let which = usize::try_from(self.random.below(7)).expect("small");
        let now = self.truth();
        let back = DAY * u32::try_from(self.random.below(20)).expect("small");
        let (from, to) = (now.minus(back + DAY), now.minus(back).plus(HOUR));
        let lasts = YEAR / 2 * u32::try_from(1 + self.random.below(5)).expect("small");
        // Some end by themselves, some by the operator's hand, some never.
        let expires = self.random.once_in(2).then(|| now.plus(lasts));
        // What is past its age already may be gone.
        self.compare_all();
        let store = self.store.take().expect("open");
        let promise = &mut self.promises[which];
        let horizon = now.minus(promise.retention);
        promise.kept.retain(|_, record| {
            record.end() > horizon || record.start >= to || record.end() <= from
        });
        let hold = store
            .place_hold(promise.id, from, to, "theft", "ops", expires)
            .expect("no fault is planned");
        promise.holds.push(HeldRange { id: hold.id, from, to, expires });
        self.tally.holds += 1;
        self.store = Some(store);
    }

    fn release_holds(&mut self) {
        if self.disk.has_crashed() || !self.random.once_in(200) {
            return;
        }
        let store = self.store.take().expect("open");
        for promise in &mut self.promises {
            if let Some(hold) = promise.holds.first()
                && store.release_hold(promise.id, hold.id).is_ok()
            {
                promise.holds.remove(0);
            }
        }
        self.store = Some(store);
    }

    /// A pass of retention: what went must have been allowed to, in the fair order.
    fn enforce(&mut self, may_fail: bool) {
        let _ = self.store().commit_due();
        let before: u64 = self.promises.iter().map(Promise::bytes).sum();
        let outcome = self.store().enforce_retention(self.clock.now());
        self.tally.passes += 1;
        let report = match outcome {
            Ok(report) => report,
            Err(error) => {
                assert!(may_fail, "nothing fails by itself: {error}");
                return;
            }
        };
        let truth = self.truth();
        let known = report.waits_for_clock.map_or(truth, |waits| waits.believed);
        assert!(
            known <= truth.plus(ROUNDING) && truth.since(known) <= self.unseen + ROUNDING,
            "at {truth} the archive knows {known}; it can have missed {:?}",
            self.unseen
        );
        let clock = self.clock.now();
        let is_right = clock.since(truth).max(truth.since(clock)) <= ROUNDING;
        assert!(
            is_right || report.waits_for_clock.is_some(),
            "a clock that is decades off is noticed"
        );
        self.last_pass = self.clock.elapsed();
        if is_right {
            if report.waits_for_clock.is_some() {
                assert!(self.unseen > LONGEST_ABSENCE, "the right time is believed");
                self.store().confirm_clock().expect("no fault is planned");
            }
            self.unseen = Duration::ZERO;
        }
        if !may_fail {
            self.judge(&report, before, known);
        }
    }

    /// `known`: the time that the archive has come to believe.
    fn judge(&mut self, report: &RetentionReport, before: u64, known: WallTime) {
        let now = self.truth();
        let mut sacrificed: Vec<Sacrifice> = Vec::new();
        for gone in &report.streams {
            self.tally.expired += gone.segments as u64;
            let store = self.store.take().expect("open");
            let promise = self.promises.iter_mut().find(|promise| promise.id == gone.stream);
            let promise = promise.expect("one of ours");
            let was_over = promise.retain_bytes.is_some_and(|limit| promise.bytes() > limit);
            let own = promise.compare(&store, gone.deleted_to, now, known);
            self.tally.sacrificed += own.len() as u64;
            if !was_over {
                sacrificed.extend(own);
            }
            self.store = Some(store);
        }
        if sacrificed.is_empty() {
            return;
        }
        // Holds end by the earlier of both clocks.
        let believed = known.min(self.clock.now());
        assert!(before > VOLUME, "{before} bytes are within the limit, and footage was deleted");
        let least = sacrificed.iter().map(|gone| gone.share).fold(f64::MAX, f64::min);
        for promise in &self.promises {
            let oldest = promise.oldest_share(believed, known).unwrap_or(0.0);
            assert!(
                oldest <= least + 1e-3,
                "{}: footage that lived {oldest} of its time stayed, and some that lived {least} went",
                promise.name
            );
        }
    }

    /// After a fault: what is missing was past its age, or made room; nothing held is missing.
    fn compare_all(&mut self) {
        let now = self.truth();
        let store = self.store.take().expect("open");
        let bytes: u64 = self.promises.iter().map(Promise::bytes).sum();
        let made_room = bytes > VOLUME || self.may_have_been_full;
        for promise in &mut self.promises {
            let sacrificed = promise.compare(&store, WallTime::MAX, now, now);
            assert!(
                sacrificed.is_empty() || made_room || promise.retain_bytes.is_some(),
                "{}: footage went that was in nobody's way",
                promise.name
            );
        }
        self.may_have_been_full = false;
        self.store = Some(store);
    }

    /// The recorder ends, in good order or not, and another comes up, at once or after a holiday.
    fn come_up_again(&mut self, is_killed: bool) {
        let store = self.store.take().expect("open");
        if !is_killed {
            store.close().expect("no fault is planned");
        }
        drop(store);
        if is_killed {
            self.disk.restart();
        }
        let absence = if self.random.once_in(4) { 25 * DAY } else { HOUR };
        self.clock
            .advance(MINUTE + absence / u32::try_from(1 + self.random.below(10)).expect("few"));
        self.tally.restarts += 1;
        self.unseen += self.clock.elapsed() - self.last_pass;
        self.store = Some(self.open());
        self.compare_all();
    }

    fn look_at_all(&mut self) {
        self.compare_all();
        let now = self.truth();
        let store = self.store.take().expect("open");
        for promise in &self.promises {
            if self.clock_is_wrong_until.is_none() {
                promise.check_timeline(&store, now);
            }
            let ends = [promise.kept.first_key_value(), promise.kept.last_key_value()];
            for (_, record) in ends.into_iter().flatten() {
                promise.check_bytes(&store, record);
            }
        }
        self.store = Some(store);
    }

    /// The last look; answers what happened.
    pub fn end(mut self) -> String {
        self.clock.step_to(self.truth());
        self.clock_is_wrong_until = None;
        self.look_at_all();
        format!("{:?}", self.tally)
    }
}
