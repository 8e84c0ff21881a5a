//! Any sequence of appends, gaps, deletions, holds, changes of schedule and retention, absences,
//! reopenings and kills keeps the sum: what is recorded and what is missing make the scheduled time,
//! and with what was not scheduled all the time that there was.
//!
//! `AFTERIMAGE_PROPERTY_CASES` sets how many sequences there are (10,000),
//! `AFTERIMAGE_PROPERTY_SEED` where they begin; a failure prints its seed and its steps.

mod rig;

use afterimage_base::{Clock, SimClock, WallTime};
use afterimage_media::InitSegment;
use afterimage_store::file_system::SimulatedDisk;
use afterimage_store::{
    CheckOptions, FragmentRecord, GapReason, IndexPlace, MemoryIndex, Period, Schedule, Store,
    StoreOptions, StreamId, StreamSettings, TOLERANCE, Timeline, Weekday,
};
use rig::{at, camera, fragment, settings};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

#[derive(Clone, Copy, Debug)]
enum Step {
    /// So many fragments of two seconds, without a break.
    Append(u64),
    /// The camera is away for so many seconds, and the recorder says so.
    Pause(u64),
    /// The same, told afterwards.
    Missing(u64),
    /// So many hours pass without a word from the camera.
    Hours(u64),
    Retain,
    /// Holds the last minutes, for ever or for an hour, or releases what was held first.
    Hold(bool),
    Release,
    /// Another schedule, or none; [`schedule`] by number.
    Schedule(u64),
    /// The recorder says that the schedule lets the camera rest for so many seconds.
    Rest(u64),
    /// The stream keeps its footage for so many hours from now on.
    Keep(u64),
    Commit,
    Repair,
    Reopen,
    /// The process dies: what was synced and committed is there.
    Kill,
    /// The same, and nobody starts it again for so many hours.
    Away(u64),
    /// The power fails: the same, and what was not synced may be torn.
    PowerCut,
}

/// splitmix64.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % limit
    }
}

fn steps(seed: u64) -> Vec<Step> {
    let mut random = Random(seed);
    (0..5 + random.below(25))
        .map(|_| match random.below(29) {
            0..6 => Step::Append(1 + random.below(8)),
            6..8 => Step::Pause(1 + random.below(100)),
            8 => Step::Missing(1 + random.below(100)),
            9..11 => Step::Hours(1 + random.below(3)),
            11..13 => Step::Retain,
            13 => Step::Hold(random.below(2) == 0),
            14 => Step::Release,
            15..17 => Step::Commit,
            17 => Step::Repair,
            18 => Step::Reopen,
            19..21 => Step::Kill,
            21..24 => Step::Schedule(random.below(4)),
            24 => Step::Rest(1 + random.below(1_000)),
            25 => Step::Keep(1 + random.below(4)),
            26..28 => Step::Away(1 + random.below(5)),
            _ => Step::PowerCut,
        })
        .collect()
}

/// Schedules that sequences of some hours, which begin at midnight, run in and out of.
fn schedule(number: u64) -> Option<Schedule> {
    let periods: &[(&str, &str)] = match number {
        0 => return None,
        1 => &[("00:20", "01:10"), ("02:00", "04:30")],
        2 => &[("22:00", "03:00")],
        _ => &[("01:00", "24:00")],
    };
    let part = |text: &str| text.parse().expect("a time of day");
    let period = |(from, to): &(&str, &str)| Period {
        days: Weekday::ALL.to_vec(),
        from: part(from),
        to: part(to),
    };
    Some(Schedule { zone: "UTC".into(), periods: periods.iter().map(period).collect() })
}

struct Archive {
    disk: SimulatedDisk,
    index: MemoryIndex,
    clock: Arc<SimClock>,
    init: Arc<InitSegment>,
    stream: StreamId,
    store: Option<Store>,
    given: BTreeMap<u64, FragmentRecord>,
    /// Of these, what was past its age at some time: it may be gone, or be seen again when the
    /// stream is told to keep more.
    gone: BTreeSet<u64>,
    /// When nothing was scheduled, by the recorder's word or by any schedule that there was.
    rests: Vec<(WallTime, WallTime)>,
    schedules: BTreeSet<u64>,
}

impl Archive {
    fn new(seed: u64, index: &MemoryIndex, init: &Arc<InitSegment>) -> Self {
        index.clear().expect("in memory");
        let mut archive = Self {
            disk: SimulatedDisk::new(seed),
            index: index.clone(),
            clock: rig::clock(),
            init: Arc::clone(init),
            stream: "00000000-0000-0000-0000-000000000000".parse().expect("an id"),
            store: None,
            given: BTreeMap::new(),
            gone: BTreeSet::new(),
            rests: Vec::new(),
            schedules: BTreeSet::new(),
        };
        archive.open();
        let mut door = settings("door");
        door.retention = Duration::from_secs(7_200);
        archive.stream = archive.store().create_stream(door).expect("new").id;
        archive
    }

    fn open(&mut self) {
        let options = StoreOptions {
            file_system: Arc::new(self.disk.clone()),
            index: IndexPlace::Memory(self.index.clone()),
            segment_span: Duration::from_secs(10),
            ..rig::options(&self.clock)
        };
        let store = Store::open(Path::new("/data"), options).expect("it opens");
        store.start_recording().expect("nobody else records");
        self.store = Some(store);
    }

    fn store(&self) -> &Store {
        self.store.as_ref().expect("it is closed only while it reopens")
    }

    fn now(&self) -> f64 {
        rig::seconds(self.clock.now())
    }

    fn pass(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    fn step(&mut self, step: Step) {
        let (stream, now) = (self.stream, self.clock.now());
        match step {
            Step::Append(count) => {
                let mut writer = self.store().writer(stream).expect("no other producer");
                for _ in 0..count {
                    let fragment = fragment(&self.init, self.now(), 2.0);
                    self.pass(2);
                    let record = writer.append(&fragment).expect("no fault is planned");
                    self.given.insert(record.number, record);
                }
            }
            Step::Pause(seconds) => {
                self.store().open_gap(stream, now, GapReason::CameraSilent, "").expect("there");
                self.pass(seconds);
            }
            Step::Missing(seconds) => {
                self.pass(seconds);
                let to = self.clock.now();
                self.store()
                    .record_gap(stream, now, to, GapReason::WriteFailed, "")
                    .expect("there");
            }
            Step::Hours(hours) => {
                self.store()
                    .open_gap(stream, now, GapReason::CameraUnreachable, "")
                    .expect("there");
                self.pass(hours * 3_600);
            }
            Step::Retain => {
                self.store().enforce_retention(now).expect("no fault is planned");
            }
            Step::Hold(is_for_ever) => {
                let from = now.minus(Duration::from_secs(300));
                let expires = (!is_for_ever).then(|| now.plus(Duration::from_secs(3_600)));
                self.store().place_hold(stream, from, now, "why", "who", expires).expect("there");
            }
            Step::Schedule(number) => {
                self.schedules.insert(number);
                self.change(|settings| settings.schedule = schedule(number));
            }
            Step::Rest(seconds) => {
                self.store().open_gap(stream, now, GapReason::NotScheduled, "").expect("there");
                self.pass(seconds);
                let over = self.clock.now();
                self.rests.push((now, over));
                self.store().open_gap(stream, over, GapReason::Starting, "").expect("there");
            }
            Step::Keep(hours) => {
                self.change(|settings| settings.retention = Duration::from_secs(hours * 3_600));
            }
            Step::Release => {
                let first = self.store().holds(stream).expect("there").into_iter().next();
                if let Some(hold) = first {
                    self.store().release_hold(stream, hold.id).expect("there");
                }
            }
            Step::Commit => self.store().flush().expect("no fault is planned"),
            Step::Repair => {
                let options = CheckOptions { repair: true, ..CheckOptions::default() };
                let report = self
                    .store()
                    .check(&options, &mut |_| ControlFlow::Continue(()))
                    .expect("no fault is planned");
                assert_eq!(report.findings, [], "nothing is wrong, so nothing is repaired");
            }
            Step::Reopen => {
                self.store().close().expect("no fault is planned");
                self.come_up();
            }
            Step::Kill => self.come_up(),
            Step::Away(hours) => {
                self.pass(hours * 3_600);
                self.come_up();
            }
            Step::PowerCut => {
                self.store = None;
                self.disk.restart();
                self.come_up();
            }
        }
    }

    fn change(&self, change: impl FnOnce(&mut StreamSettings)) {
        let mut settings = self.store().stream_by_id(self.stream).expect("there").settings;
        change(&mut settings);
        self.store().update_stream(self.stream, settings).expect("no fault is planned");
    }

    fn come_up(&mut self) {
        self.store = None;
        self.pass(7);
        self.open();
    }

    fn check(&mut self) {
        // While a recorder works on its next fragment, that time is not explained yet.
        let (now, store) = (self.clock.now(), self.store.as_ref().expect("open"));
        let timeline = store.timeline(self.stream, at(0.0), now, now).expect("there");
        let mut parts: Vec<(WallTime, WallTime)> = timeline
            .ranges
            .iter()
            .map(|range| (range.from, range.to))
            .chain(timeline.gaps.iter().map(|gap| (gap.from, gap.to)))
            .collect();
        parts.sort();
        let mut covered_to = at(0.0);
        let mut sum = Duration::ZERO;
        for (from, to) in parts {
            assert!(from.since(covered_to) <= TOLERANCE, "{covered_to} to {from} is unexplained");
            assert!(covered_to.since(from) <= TOLERANCE, "{from} is told twice: {timeline:?}");
            sum += to.since(from);
            covered_to = to;
        }
        let all = now.since(at(0.0));
        assert_eq!(sum, all, "recorded and gaps are all the time: {timeline:?}");
        self.check_share(store, &timeline, all);
        self.check_rests(&timeline);

        let horizon = store.visible_from(self.stream, now).expect("there");
        let found = store.fragments(self.stream, WallTime::EPOCH, WallTime::MAX).expect("there");
        assert!(found.is_sorted_by_key(|record| record.number), "in order of numbers");
        assert!(found.is_sorted_by_key(|record| record.start), "and of times");
        let by_number: BTreeMap<u64, FragmentRecord> =
            found.iter().map(|record| (record.number, *record)).collect();
        assert_eq!(by_number.len(), found.len(), "a number names one fragment");
        let holds = store.holds(self.stream).expect("there");
        for (number, record) in &self.given {
            let is_there = by_number.get(number) == Some(record);
            let is_past = record.end() <= horizon;
            assert!(
                is_there || is_past || self.gone.contains(number),
                "fragment {number} is not past its age and is gone"
            );
            // What a hold came too late for is past its age and gone.
            let is_held = holds.iter().any(|hold| {
                hold.is_active(now) && hold.from < record.end() && record.start < hold.to
            });
            assert!(
                is_there || !is_held || self.gone.contains(number),
                "fragment {number} is held and is gone"
            );
            if !is_there {
                self.gone.insert(*number);
            }
        }
        for (number, record) in &by_number {
            assert_eq!(self.given.get(number), Some(record), "fragment {number} was never given");
        }
    }

    /// The share tells the same sums, by reason.
    fn check_share(&self, store: &Store, timeline: &Timeline, all: Duration) {
        let (from, now) = (at(0.0), self.clock.now());
        let share = store.share(self.stream, from, now, now).expect("there");
        let recorded: Duration =
            timeline.ranges.iter().map(|range| range.to.since(range.from)).sum();
        assert_eq!(share.recorded, recorded, "what is recorded: {timeline:?}");
        let excused = timeline.gaps.iter().filter(|gap| !gap.reason.is_missing());
        let excused: Duration = excused.map(|gap| gap.to.since(gap.from)).sum();
        assert_eq!(
            share.scheduled + excused,
            all,
            "recorded and missing are the scheduled time: {timeline:?}"
        );
    }

    /// Nothing is excused by a schedule that no schedule excuses.
    fn check_rests(&self, timeline: &Timeline) {
        let now = self.clock.now();
        let mut rests = self.rests.clone();
        for schedule in self.schedules.iter().filter_map(|number| schedule(*number)) {
            let parts = schedule.split(at(0.0), now).into_iter();
            rests.extend(parts.filter(|part| !part.2).map(|(from, to, _)| (from, to)));
        }
        rests.sort();
        let excused = timeline.gaps.iter().filter(|gap| gap.reason == GapReason::NotScheduled);
        for gap in excused {
            let mut covered_to = gap.from;
            for (from, to) in &rests {
                if *from <= covered_to.plus(TOLERANCE) {
                    covered_to = covered_to.max(*to);
                }
            }
            assert!(
                covered_to.plus(TOLERANCE) >= gap.to,
                "{} to {} is excused, and the camera had to record from {covered_to} on",
                gap.from,
                gap.to
            );
        }
    }
}

/// Says on a panic which case it was.
struct Case<'a>(u64, &'a [Step]);

impl Drop for Case<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("repeat with AFTERIMAGE_PROPERTY_SEED={}: {:?}", self.0, self.1);
        }
    }
}

fn number(variable: &str, usual: u64) -> u64 {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

#[test]
fn whatever_happens_recorded_and_missing_make_the_scheduled_time() {
    let (index, init) = (MemoryIndex::new().expect("room"), camera(640));
    let first = number("AFTERIMAGE_PROPERTY_SEED", 1);
    let cases = number("AFTERIMAGE_PROPERTY_CASES", 10_000);
    for seed in first..first + cases {
        let steps = steps(seed);
        let _case = Case(seed, &steps);
        let mut archive = Archive::new(seed, &index, &init);
        for step in &steps {
            archive.step(*step);
            archive.check();
        }
    }
    println!("{cases} sequences");
}
