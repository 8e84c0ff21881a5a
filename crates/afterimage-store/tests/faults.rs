//! Every operation fails, tears or is the last one before a crash; nothing acknowledged is lost.
//!
//! A scenario is a short life of an archive, made from a seed. It is run once to count its
//! operations, then once for every operation and every fault. After each run the machine is
//! restarted with what was synced, the archive is opened, checked, and used again.
//!
//! `AFTERIMAGE_FAULT_CASES` sets how many cases a run has (100,000), `AFTERIMAGE_FAULT_SEED` where it begins,
//! and `AFTERIMAGE_FAULT_REPLAY=seed:operation:Fault` repeats one.

mod rig;

use afterimage_base::{Clock, ErrorKind, SimClock, WallTime};
use afterimage_media::{InitSegment, read_fragment, verify_fragment};
use afterimage_store::file_system::{Fault, SimulatedDisk};
use afterimage_store::{
    FragmentRecord, GapReason, IndexPlace, MemoryIndex, StartPosition, Store, StoreError,
    StoreOptions, StreamId, StreamWriter,
};
use rig::{at, camera, fragment};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

const FAULTS: [Fault; 6] = [
    Fault::FailOnce,
    Fault::FailForGood,
    Fault::Full,
    Fault::Tear,
    Fault::CrashBefore,
    Fault::CrashAfter,
];

/// splitmix64.
#[derive(Clone)]
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}

/// What one step of a scenario does.
#[derive(Clone, Copy, Debug)]
enum Step {
    Append {
        stream: usize,
    },
    /// The camera pauses; the recorder says so.
    Pause {
        stream: usize,
        seconds: u64,
    },
    /// The producer goes and comes back with another picture size.
    NewCamera {
        stream: usize,
    },
    Commit,
    Hold {
        stream: usize,
    },
    Hours(u64),
    Retain,
    Consume {
        stream: usize,
    },
    /// An orderly restart of the recorder.
    Restart,
}

fn scenario(seed: u64) -> Vec<Step> {
    let mut random = Random(seed);
    let count = 6 + random.below(10);
    (0..count)
        .map(|_| {
            let stream = usize::try_from(random.below(2)).expect("small");
            match random.below(20) {
                0..8 => Step::Append { stream },
                8..10 => Step::Pause { stream, seconds: 1 + random.below(60) },
                10..12 => Step::NewCamera { stream },
                12..15 => Step::Commit,
                15 => Step::Hold { stream },
                16 => Step::Hours(1 + random.below(2)),
                17 => Step::Retain,
                18 => Step::Consume { stream },
                _ => Step::Restart,
            }
        })
        .collect()
}

/// What the archive promised of a stream.
struct Promise {
    id: StreamId,
    acknowledged: BTreeMap<u64, FragmentRecord>,
    /// Starts of fragments that were tried without an answer, by the number they would have had.
    tried: Vec<WallTime>,
    held: Vec<(WallTime, WallTime)>,
    /// Gone before a hold came: making room on a full disk took them.
    gone_before_hold: BTreeSet<u64>,
    at: f64,
    width: u32,
}

/// One life of an archive on a simulated disk.
struct Life {
    disk: SimulatedDisk,
    index: MemoryIndex,
    clock: Arc<SimClock>,
    inits: [Arc<InitSegment>; 2],
    promises: Vec<Promise>,
    retained_at: Option<WallTime>,
}

impl Life {
    fn new(disk: &SimulatedDisk, index: &MemoryIndex, inits: &[Arc<InitSegment>; 2]) -> Self {
        Self {
            disk: disk.clone(),
            index: index.clone(),
            clock: rig::clock(),
            inits: inits.clone(),
            promises: Vec::new(),
            retained_at: None,
        }
    }

    fn open(&self) -> Result<Store, StoreError> {
        let options = StoreOptions {
            file_system: Arc::new(self.disk.clone()),
            index: IndexPlace::Memory(self.index.clone()),
            segment_span: Duration::from_secs(5),
            ..rig::options(&self.clock)
        };
        let store = Store::open(Path::new("/data"), options)?;
        store.start_recording()?;
        Ok(store)
    }

    /// Lives through the steps. An error ends nothing, as in a recorder; a crash does.
    fn live(&mut self, steps: &[Step]) {
        let Some(mut store) = self.open_or_crash() else { return };
        for name in ["door", "yard"] {
            let mut settings = rig::settings(name);
            settings.retention = Duration::from_secs(3_600);
            let stream = loop {
                match store.create_stream(settings.clone()) {
                    Ok(stream) => break stream,
                    Err(_) if self.disk.has_crashed() => return,
                    Err(_) => self.disk.repair(),
                }
            };
            self.promises.push(Promise {
                id: stream.id,
                acknowledged: BTreeMap::new(),
                tried: Vec::new(),
                held: Vec::new(),
                gone_before_hold: BTreeSet::new(),
                at: 0.0,
                width: 0,
            });
        }
        let mut writers: [Option<StreamWriter>; 2] = [None, None];
        for step in steps {
            self.step(*step, &mut store, &mut writers);
            if self.disk.has_crashed() {
                return;
            }
        }
        writers.into_iter().flatten().for_each(StreamWriter::close);
        let _ = store.close();
    }

    /// Faults that don't crash end with a repair, as an administrator would do.
    fn open_or_crash(&self) -> Option<Store> {
        for _ in 0..3 {
            match self.open() {
                Ok(store) => return Some(store),
                Err(_) if self.disk.has_crashed() => return None,
                Err(_) => self.disk.repair(),
            }
        }
        panic!("a repaired disk must open: {:?}", self.open().err());
    }

    fn step(&mut self, step: Step, store: &mut Store, writers: &mut [Option<StreamWriter>; 2]) {
        let now = self.promises.iter().map(|promise| promise.at).fold(0.0, f64::max);
        match step {
            Step::Append { stream } => self.append(stream, store, &mut writers[stream]),
            Step::Pause { stream, seconds } => {
                let promise = &mut self.promises[stream];
                let _ = store.open_gap(promise.id, at(promise.at), GapReason::CameraSilent, "");
                promise.at += seconds as f64;
            }
            Step::NewCamera { stream } => {
                self.promises[stream].width ^= 1;
                writers[stream] = None;
            }
            Step::Commit => {
                let _ = store.flush();
            }
            Step::Hold { stream } => {
                let promise = &mut self.promises[stream];
                let (from, to) = (at((promise.at - 6.0).max(0.0)), at(promise.at + 2.0));
                let gone = |number: &&u64| matches!(store.fragment(promise.id, **number), Ok(None));
                let gone: Vec<u64> = promise.acknowledged.keys().filter(gone).copied().collect();
                promise.gone_before_hold.extend(gone);
                if store.place_hold(promise.id, from, to, "why", "who", None).is_ok() {
                    promise.held.push((from, to));
                }
            }
            Step::Hours(hours) => {
                for promise in &mut self.promises {
                    promise.at = now + hours as f64 * 3_600.0;
                }
                self.clock.advance(Duration::from_secs(hours * 3_600));
            }
            Step::Retain => {
                self.retained_at = Some(self.clock.now());
                let _ = store.enforce_retention(self.clock.now());
            }
            Step::Consume { stream } => {
                let id = self.promises[stream].id;
                let _ = store.create_consumer(id, "reader", StartPosition::Earliest);
                let _ = store.commit_consumer(id, "reader", 1);
            }
            Step::Restart => {
                writers.iter_mut().for_each(|writer| *writer = None);
                let _ = store.close();
                if let Some(reopened) = self.open_or_crash() {
                    *store = reopened;
                }
            }
        }
        let newest = self.promises.iter().map(|promise| promise.at).fold(0.0, f64::max);
        let passed = at(newest).since(self.clock.now());
        self.clock.advance(passed);
    }

    fn append(&mut self, stream: usize, store: &Store, writer: &mut Option<StreamWriter>) {
        let promise = &mut self.promises[stream];
        let init = &self.inits[promise.width as usize];
        if writer.is_none() {
            *writer = store.writer(promise.id).ok();
        }
        let Some(writer) = writer else { return };
        let fragment = fragment(init, promise.at, 2.0);
        match writer.append(&fragment) {
            Ok(record) => {
                promise.acknowledged.insert(record.number, record);
            }
            Err(error) => {
                promise.tried.push(fragment.start);
                let reason = match error.kind() {
                    ErrorKind::DiskFull => GapReason::DiskFull,
                    _ => GapReason::WriteFailed,
                };
                let (from, to) = (fragment.start, fragment.end());
                let _ = store.record_gap(promise.id, from, to, reason, "");
            }
        }
        promise.at += 2.0;
    }

    /// The machine comes up again: everything that was promised must hold.
    fn check(&mut self) {
        self.disk.restart();
        self.clock.advance(Duration::from_secs(5));
        let store = self.open().expect("an archive opens after any crash");
        for promise in &self.promises {
            let found = self.check_stream(&store, promise);
            self.check_timeline(&store, promise);
            self.use_again(&store, promise, &found);
        }
        let before: Vec<Vec<FragmentRecord>> =
            self.promises.iter().map(|promise| all(&store, promise.id)).collect();
        drop(store);
        self.disk.restart();
        let store = self.open().expect("and again");
        for (promise, before) in self.promises.iter().zip(before) {
            assert_eq!(all(&store, promise.id), before, "recovery is stable");
        }
    }

    fn check_stream(&self, store: &Store, promise: &Promise) -> Vec<FragmentRecord> {
        let now = self.clock.now();
        let horizon = store.visible_from(promise.id, now).expect("the stream is there");
        let found = all(store, promise.id);
        let by_number: BTreeMap<u64, FragmentRecord> =
            found.iter().map(|record| (record.number, *record)).collect();
        assert_eq!(by_number.len(), found.len(), "a number names one fragment");
        for (number, record) in &promise.acknowledged {
            let touches =
                |(from, to): &(WallTime, WallTime)| record.start < *to && record.end() > *from;
            let is_held =
                promise.held.iter().any(touches) && !promise.gone_before_hold.contains(number);
            // Room may have been made on a full disk; nothing may be held then.
            if record.end() <= horizon && !is_held {
                continue;
            }
            let is_kept = by_number.get(number) == Some(record);
            assert!(
                is_kept || self.was_full(),
                "acknowledged fragment {number} at {} is lost (held: {is_held})",
                record.start
            );
            assert!(is_kept || !is_held, "held fragment {number} is lost");
        }
        for record in &found {
            let bytes = store.read_fragment_bytes(record).expect("what is listed is whole");
            let header = verify_fragment(&bytes).expect("and right");
            assert_eq!((header.start, header.identity.number), (record.start, record.number));
            let init = store.init_of(record.segment).expect("the segment describes itself");
            let (_, samples) = read_fragment(&init, &bytes).expect("our own format");
            let mut start = [0; 8];
            start.copy_from_slice(&samples[0][0].data[5..13]);
            assert_eq!(at(f64::from_be_bytes(start)), record.start, "the bytes of that fragment");
            let is_known = promise.acknowledged.get(&record.number) == Some(record)
                || promise.tried.contains(&record.start)
                || self.disk_crashed_during_append(promise, record);
            assert!(is_known, "fragment {} was never given", record.number);
        }
        found
    }

    /// The last fragment before a crash may be there without having been acknowledged.
    fn disk_crashed_during_append(&self, promise: &Promise, record: &FragmentRecord) -> bool {
        let last = promise.acknowledged.keys().next_back().copied().unwrap_or(0);
        record.number == last + 1
    }

    fn was_full(&self) -> bool {
        self.disk.was_full()
    }

    fn check_timeline(&self, store: &Store, promise: &Promise) {
        let now = self.clock.now();
        let timeline = store.timeline(promise.id, at(0.0), now, now).expect("the stream is there");
        let mut parts: Vec<(WallTime, WallTime)> = timeline
            .ranges
            .iter()
            .map(|range| (range.from, range.to))
            .chain(timeline.gaps.iter().map(|gap| (gap.from, gap.to)))
            .collect();
        parts.sort();
        let unknown = timeline.gaps.iter().find(|gap| gap.reason == GapReason::Unknown);
        assert_eq!(unknown, None, "every gap has a reason");
        let tolerance = Duration::from_millis(1);
        let mut covered_to = at(0.0);
        for (from, to) in parts {
            assert!(
                from.since(covered_to) <= tolerance,
                "{covered_to} to {from} is neither recorded nor explained: {timeline:?}"
            );
            assert!(covered_to.since(from) <= tolerance, "{from} is told twice: {timeline:?}");
            covered_to = to;
        }
        assert!(
            now.since(covered_to) <= tolerance,
            "{covered_to} to {now} is not explained: {timeline:?}"
        );
    }

    fn use_again(&self, store: &Store, promise: &Promise, found: &[FragmentRecord]) {
        let mut writer = store.writer(promise.id).expect("nobody else writes");
        let start = rig::seconds(self.clock.now()).max(promise.at);
        let record = writer.append(&fragment(&self.inits[0], start, 2.0)).expect("it works again");
        let newest = found.iter().max_by_key(|record| record.number);
        assert!(newest.is_none_or(|newest| record.number > newest.number), "numbers only rise");
        let last = promise.acknowledged.keys().next_back();
        assert!(last.is_none_or(|last| record.number > *last), "a number is never given twice");
        if let Some(newest) = newest.filter(|newest| newest.number + 1 == record.number) {
            let before = store.fragment_header(newest).expect("readable");
            let header = store.fragment_header(&record).expect("readable");
            assert_eq!(header.identity.previous_hash, before.hash, "the chain goes on");
        }
    }
}

fn all(store: &Store, stream: StreamId) -> Vec<FragmentRecord> {
    store.fragments(stream, WallTime::EPOCH, WallTime::MAX).expect("the stream is there")
}

/// Counts the operations of a scenario that meets no fault.
fn operations(seed: u64, index: &MemoryIndex, inits: &[Arc<InitSegment>; 2]) -> u64 {
    index.clear().expect("in memory");
    let disk = SimulatedDisk::new(seed);
    let mut life = Life::new(&disk, index, inits);
    life.live(&scenario(seed));
    let count = disk.operations();
    life.check();
    count
}

fn run_case(
    seed: u64,
    operation: u64,
    fault: Fault,
    index: &MemoryIndex,
    inits: &[Arc<InitSegment>; 2],
) {
    index.clear().expect("in memory");
    let disk = SimulatedDisk::new(seed ^ operation.rotate_left(32));
    disk.plan(operation, fault);
    let mut life = Life::new(&disk, index, inits);
    life.live(&scenario(seed));
    life.check();
}

/// Says on a panic which case it was.
struct Case(u64, u64, Fault);

impl Drop for Case {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("replay with AFTERIMAGE_FAULT_REPLAY={}:{}:{:?}", self.0, self.1, self.2);
        }
    }
}

fn number(variable: &str, usual: u64) -> u64 {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

#[test]
fn nothing_acknowledged_is_lost_whatever_fails() {
    let inits = [camera(640), camera(1_280)];
    if let Ok(replay) = std::env::var("AFTERIMAGE_FAULT_REPLAY") {
        let parts: Vec<&str> = replay.split(':').collect();
        let fault = FAULTS.into_iter().find(|fault| format!("{fault:?}") == parts[2]);
        let index = MemoryIndex::new().expect("room");
        let (seed, operation) =
            (parts[0].parse().expect("a seed"), parts[1].parse().expect("a number"));
        println!("{:?}", scenario(seed));
        run_case(seed, operation, fault.expect("a fault"), &index, &inits);
        return;
    }
    let wanted = number("AFTERIMAGE_FAULT_CASES", 100_000);
    let (next_seed, done) = (AtomicU64::new(number("AFTERIMAGE_FAULT_SEED", 1)), AtomicU64::new(0));
    let is_failed = AtomicBool::new(false);
    let threads = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let index = MemoryIndex::new().expect("room");
                while done.load(Ordering::Relaxed) < wanted && !is_failed.load(Ordering::Relaxed) {
                    let seed = next_seed.fetch_add(1, Ordering::Relaxed);
                    let _fails = FailureFlag(&is_failed);
                    let count = operations(seed, &index, &inits);
                    for operation in 0..count {
                        for fault in FAULTS {
                            let _case = Case(seed, operation, fault);
                            run_case(seed, operation, fault, &index, &inits);
                        }
                    }
                    done.fetch_add(count * FAULTS.len() as u64, Ordering::Relaxed);
                }
            });
        }
    });
    println!("{} cases", done.load(Ordering::Relaxed));
}

/// A failure of one thread ends the others.
struct FailureFlag<'a>(&'a AtomicBool);

impl Drop for FailureFlag<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.store(true, Ordering::Relaxed);
        }
    }
}
