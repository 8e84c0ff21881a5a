//! The archive: what years cost in the index, and what the disk costs beside plain writes.
//!
//! Belongs here: the store alone, on synthetic years and on real bytes. Not here: cameras, HTTP.

use super::{Figure, spread};
use crate::cli::BenchArchive;
use crate::failure::Failure;
use afterimage_base::{Clock, ErrorKind, MediaTime, SimClock, WallTime};
use afterimage_media::{
    Codec, Fragment, FragmentSample, InitSegment, Track, TrackKind, VideoParameters,
};
use afterimage_store::synthetic::{SEGMENT_SPAN, insert_into_plain_sqlite, make_file_of_one_block};
use afterimage_store::{Store, StoreOptions, Stream, StreamSettings, StreamWriter};
use bytes::Bytes;
use std::fs::{self, File};
use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const DAY: Duration = Duration::from_secs(86_400);
const FRAGMENT: Duration = Duration::from_secs(2);
const LOOKUPS: u64 = 20_000;
const CAMERAS: usize = 16;
/// What a ten-year overview is painted from.
const BUCKETS: usize = 1_000;
const ROUNDS: usize = 5;
const MEGABYTE: usize = 1_000_000;

pub async fn run(options: &BenchArchive) -> Result<Vec<Figure>, Failure> {
    let options = options.clone();
    let measured = tokio::task::spawn_blocking(move || measure(&options)).await;
    measured.map_err(|error| Failure::new(ErrorKind::Internal, error))?
}

fn measure(options: &BenchArchive) -> Result<Vec<Figure>, Failure> {
    let folder = match &options.folder {
        Some(folder) => tempfile::tempdir_in(folder),
        None => tempfile::tempdir(),
    };
    let folder = folder.map_err(|error| failed("no folder to measure in", &error))?;
    let folder = folder.path();
    let mut figures = years(&folder.join("years"), options.days)?;
    figures.push(insertion(folder, options.days)?);
    figures.extend(retention(folder, options.retention_days)?);
    figures.push(append(folder)?);
    figures.push(rebuild(&folder.join("rebuilt"), options.rebuild_megabytes)?);
    Ok(figures)
}

/// One camera of many days and sixteen of one day, in the index alone.
fn years(data: &Path, days: u32) -> Result<Vec<Figure>, Failure> {
    let end = beginning().plus(DAY * days);
    let clock = || Arc::new(SimClock::at(end));
    eprintln!("a camera of {days} days and {CAMERAS} of one day are written");
    let store = Store::open(data, options(clock()))?;
    let long = stream(&store, "long")?;
    store.add_synthetic_segments(long.id, beginning(), segments(DAY * days), false)?;
    let mut short = Vec::new();
    for camera in 1..=CAMERAS {
        let camera = stream(&store, &format!("camera-{camera}"))?;
        let start = end.minus(DAY);
        store.add_synthetic_segments(camera.id, start, segments(DAY), false)?;
        short.push(camera);
    }
    drop(store);

    let began = Instant::now();
    let store = Store::open(data, options(clock()))?;
    store.start_recording()?;
    let door = stream(&store, "door")?;
    let mut writer = store.writer(door.id)?;
    writer.append(&fragment(&init()?, end, MEGABYTE))?;
    let start_up = began.elapsed();
    writer.close();

    store.roll_up()?;
    store.flush()?;
    let years = f64::from(days + 16) / 365.0;
    let index = file_bytes(&data.join("index.sqlite")) + file_bytes(&data.join("index.sqlite-wal"));
    let span = (DAY * days).as_micros() as u64;
    let mut lookups = Vec::new();
    for round in 0..LOOKUPS * 2 {
        let at = round.wrapping_mul(2_654_435_761).wrapping_mul(7_919) % span;
        let at = beginning().plus(Duration::from_micros(at));
        let began = Instant::now();
        let found = store.fragments(long.id, at, at.plus(Duration::from_micros(1)))?;
        // The first half warms the caches.
        if round >= LOOKUPS {
            lookups.push(began.elapsed().as_secs_f64() * 1e6);
        }
        if found.is_empty() {
            return Err(Failure::new(ErrorKind::Internal, format!("nothing was found at {at}")));
        }
    }
    lookups.sort_by(f64::total_cmp);
    let coverage = timed(|| {
        for camera in &short {
            store.timeline(camera.id, end.minus(DAY), end, end)?;
        }
        Ok(())
    })?;
    let overview = timed(|| {
        store.activity(long.id, beginning(), end, BUCKETS, end)?;
        Ok(())
    })?;
    store.close()?;
    let of = format!("{years:.1} camera-years");
    Ok(vec![
        at_most(
            "archive.index_per_camera_year",
            index as f64 / 1e6 / years,
            "MB",
            130.0,
            of.clone(),
        ),
        at_most(
            "archive.lookup_p99",
            lookups[lookups.len() * 99 / 100],
            "µs",
            200.0,
            format!("median {:.1}, in {of}", lookups[lookups.len() / 2]),
        ),
        at_most(
            "archive.coverage_day",
            coverage.0 * 1e3,
            "ms",
            5.0,
            range_ms(coverage, "24 h × 16 cameras"),
        ),
        at_most(
            "archive.overview",
            overview.0 * 1e3,
            "ms",
            50.0,
            range_ms(overview, &format!("{days} days in {BUCKETS} buckets")),
        ),
        at_most(
            "archive.start_up",
            start_up.as_secs_f64(),
            "s",
            1.0,
            format!("open to first durable fragment, {of}, caches warm"),
        ),
    ])
}

/// Rows of segments beside rows of the same size in SQLite alone.
fn insertion(folder: &Path, days: u32) -> Result<Figure, Failure> {
    let count = segments(DAY * days.min(365));
    let mut ratios = Vec::new();
    let mut rate = 0.0;
    for round in 0..ROUNDS {
        let store = Store::open(
            folder.join(format!("insertion-{round}")),
            options(Arc::new(SimClock::at(beginning()))),
        )?;
        let camera = stream(&store, "camera")?;
        let began = Instant::now();
        store.add_synthetic_segments(camera.id, beginning(), count, false)?;
        let ours = began.elapsed();
        let began = Instant::now();
        insert_into_plain_sqlite(&folder.join(format!("plain-{round}.sqlite")), count)?;
        ratios.push(ours.as_secs_f64() / began.elapsed().as_secs_f64());
        rate = count as f64 / ours.as_secs_f64();
    }
    let (ratio, least, greatest) = spread(ratios);
    Ok(informs(
        "archive.insert_vs_sqlite",
        ratio,
        "ratio",
        format!("SQLite alone = 1; {least:.2} to {greatest:.2}; {rate:.0} segments/s with packing"),
    ))
}

/// A camera's footage past its age beside unlinking the same files, while another one records.
fn retention(folder: &Path, days: u32) -> Result<Vec<Figure>, Failure> {
    let count = segments(DAY * days);
    eprintln!("{count} files are made twice and deleted");
    let data = folder.join("retention");
    let now = beginning().plus(DAY * (days + 30));
    let clock = Arc::new(SimClock::at(now));
    let store = Store::open(&data, options(Arc::clone(&clock)))?;
    let old = stream(&store, "old")?;
    let files = store.add_synthetic_segments(old.id, beginning(), count, true)?;
    let plain: Vec<PathBuf> = files
        .iter()
        .map(|file| folder.join("plain").join(file.strip_prefix(&data).unwrap_or(file)))
        .collect();
    for (file, copy) in files.iter().zip(&plain) {
        let length = file_bytes(file);
        let make = || {
            fs::create_dir_all(copy.parent().unwrap_or(folder))?;
            make_file_of_one_block(copy, length)
        };
        make().map_err(|error| failed("a file could not be made", &error))?;
    }
    drop(store);
    let store = Store::open(&data, options(clock))?;
    let settings = StreamSettings { retention: DAY, ..store.stream_by_id(old.id)?.settings };
    let door = stream(&store, "door")?;
    store.start_recording()?;
    store.confirm_clock()?;

    let mut writer = store.writer(door.id)?;
    let mut recorded_to = now;
    let mut while_recording = |work: &mut (dyn FnMut() -> Result<(), Failure> + Send)| {
        let is_over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let working = scope.spawn(|| {
                let began = Instant::now();
                let outcome = work();
                is_over.store(true, Ordering::SeqCst);
                outcome.map(|()| began.elapsed())
            });
            let appends = appends_until(&mut writer, &mut recorded_to, &is_over);
            let took = working.join().expect("deleting does not panic")?;
            Ok::<_, Failure>((took, appends?))
        })
    };
    // Footage that is old enough to go has long been written.
    rustix::fs::sync();
    let (floor, beside_floor) = while_recording(&mut || {
        let mut files = plain.iter();
        let unlinked = files.try_for_each(fs::remove_file);
        unlinked.map_err(|error| failed("a file could not be removed", &error))
    })?;
    store.update_stream(old.id, settings)?;
    rustix::fs::sync();
    let (ours, appends) = while_recording(&mut || {
        let report = store.enforce_retention(now)?;
        let gone: usize = report.streams.iter().map(|stream| stream.segments).sum();
        if gone as u64 != count {
            let told = format!("{gone} of {count} segments were deleted");
            return Err(Failure::new(ErrorKind::Internal, told));
        }
        Ok(())
    })?;
    drop(writer);
    store.close()?;
    let ratio = ours.as_secs_f64() / floor.as_secs_f64();
    let (median, _, longest) = spread(appends);
    let (_, _, longest_beside_floor) = spread(beside_floor);
    Ok(vec![
        at_most(
            "archive.retention_vs_unlink",
            ratio,
            "ratio",
            1.2,
            format!("unlinking {count} files while recording: {:.2} s", floor.as_secs_f64()),
        ),
        at_most(
            "archive.append_stall",
            longest * 1e3,
            "ms",
            50.0,
            format!(
                "while {count} segments are deleted; median append {:.1} ms; {:.1} ms beside \
                 plain unlinking",
                median * 1e3,
                longest_beside_floor * 1e3
            ),
        ),
    ])
}

/// How long each append took until the other is over.
fn appends_until(
    writer: &mut StreamWriter,
    recorded_to: &mut WallTime,
    is_over: &AtomicBool,
) -> Result<Vec<f64>, Failure> {
    let init = init()?;
    let mut times = Vec::new();
    while times.is_empty() || !is_over.load(Ordering::SeqCst) {
        let fragment = fragment(&init, *recorded_to, MEGABYTE / 10);
        let began = Instant::now();
        writer.append(&fragment)?;
        times.push(began.elapsed().as_secs_f64());
        *recorded_to = recorded_to.plus(FRAGMENT);
    }
    Ok(times)
}

/// Appending beside a plain write and `fdatasync` of as many bytes, in turns.
fn append(folder: &Path) -> Result<Figure, Failure> {
    let store = Store::open(folder.join("append"), options(Arc::new(SimClock::at(beginning()))))?;
    store.start_recording()?;
    let camera = stream(&store, "camera")?;
    let init = init()?;
    let mut writer = store.writer(camera.id)?;
    let mut plain = File::create_new(folder.join("plain.bin"))
        .map_err(|error| failed("no plain file", &error))?;
    let (mut ours, mut floor) = (Vec::new(), Vec::new());
    let bytes = vec![0x5A; MEGABYTE];
    for number in 0..100_u32 {
        let fragment = fragment(&init, beginning().plus(FRAGMENT * number), MEGABYTE);
        let began = Instant::now();
        writer.append(&fragment)?;
        ours.push(began.elapsed().as_secs_f64());
        let began = Instant::now();
        plain
            .write_all(&bytes)
            .and_then(|()| plain.sync_data())
            .map_err(|error| failed("a plain write failed", &error))?;
        floor.push(began.elapsed().as_secs_f64());
    }
    let ((ours, ..), (floor, ..)) = (spread(ours), spread(floor));
    Ok(informs(
        "archive.append_vs_write",
        ours / floor,
        "ratio",
        format!("write and fdatasync of 1 MB: median {:.2} ms", floor * 1e3),
    ))
}

/// The index made anew from real bytes; it must tell the same as before.
fn rebuild(data: &Path, megabytes: u32) -> Result<Figure, Failure> {
    let end = beginning().plus(FRAGMENT * megabytes);
    let clock = Arc::new(SimClock::at(end));
    let store = Store::open(data, options(Arc::clone(&clock)))?;
    let camera = stream(&store, "camera")?;
    let init = init()?;
    let mut writer = store.writer(camera.id)?;
    for number in 0..megabytes {
        writer.append(&fragment(&init, beginning().plus(FRAGMENT * number), MEGABYTE))?;
    }
    writer.close();
    let before = store.fragments(camera.id, beginning(), end)?;
    store.close()?;
    drop(store);
    let began = Instant::now();
    let report =
        Store::rebuild(data, &options(Arc::clone(&clock)), &mut |_| ControlFlow::Continue(()))?;
    let took = began.elapsed();
    let store = Store::open(data, options(clock))?;
    let is_same = store.fragments(camera.id, beginning(), end)? == before;
    let rate = report.bytes as f64 / 1e6 / took.as_secs_f64();
    Ok(Figure {
        id: "archive.rebuild",
        value: rate,
        unit: "MB/s",
        goal: ">= 200, the same index".to_owned(),
        beside: format!(
            "{} MB, index {}",
            report.bytes / 1_000_000,
            if is_same { "the same" } else { "DIFFERENT" }
        ),
        ok: rate >= 200.0 && is_same,
    })
}

fn beginning() -> WallTime {
    WallTime::from_micros(1_700_006_400_000_000)
}

fn options(clock: Arc<SimClock>) -> StoreOptions {
    StoreOptions { free_space_reserve: 0, ..StoreOptions::new(clock as Arc<dyn Clock>) }
}

fn stream(store: &Store, name: &str) -> Result<Stream, Failure> {
    let name = name.parse().expect("letters, digits and dashes");
    let retention = *afterimage_store::RETENTION_LIMITS.end();
    let settings = StreamSettings::new(name, beginning());
    Ok(store.create_stream(StreamSettings { retention, ..settings })?)
}

fn segments(time: Duration) -> u64 {
    time.as_secs() / SEGMENT_SPAN.as_secs()
}

fn init() -> Result<Arc<InitSegment>, Failure> {
    // AVCDecoderConfigurationRecord of a baseline stream with one SPS and one PPS.
    let config = Bytes::from_static(&[
        0x01, 0x42, 0xC0, 0x1E, 0xFF, 0xE1, 0x00, 0x09, 0x67, 0x42, 0xC0, 0x1E, 0xD9, 0x00, 0xA0,
        0x5B, 0x20, 0x01, 0x00, 0x04, 0x68, 0xCE, 0x3C, 0x80,
    ]);
    let track = Track {
        codec: Codec::H264,
        kind: TrackKind::Video(VideoParameters { width: 640, height: 480 }),
        timescale: 90_000,
        decoder_config: config,
    };
    let init = InitSegment::new(vec![track]);
    Ok(Arc::new(init.map_err(|error| Failure::new(ErrorKind::Internal, error))?))
}

/// A fragment of one sample, about as long as `bytes`.
fn fragment(init: &Arc<InitSegment>, start: WallTime, bytes: usize) -> Fragment {
    let mut data = vec![0x65; bytes];
    data[..4].copy_from_slice(&u32::try_from(bytes - 4).unwrap_or(u32::MAX).to_be_bytes());
    data[5..13].copy_from_slice(&start.as_micros().to_be_bytes());
    let ticks = start.as_micros() / 1_000 * 90;
    let sample = FragmentSample {
        decode: MediaTime(ticks),
        presentation: MediaTime(ticks),
        duration: MediaTime(180_000),
        is_sync: true,
        data: Bytes::from(data),
    };
    Fragment {
        init: Arc::clone(init),
        samples: vec![vec![sample]],
        is_independent: true,
        start,
        duration: FRAGMENT,
        producer_timestamp: None,
        server_timestamp: start.plus(FRAGMENT),
    }
}

/// Median, least and greatest seconds; the first time warms the caches.
fn timed(mut work: impl FnMut() -> Result<(), Failure>) -> Result<(f64, f64, f64), Failure> {
    work()?;
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let began = Instant::now();
        work()?;
        times.push(began.elapsed().as_secs_f64());
    }
    Ok(spread(times))
}

fn range_ms((_, least, greatest): (f64, f64, f64), of: &str) -> String {
    format!("{of}; {:.2} to {:.2} ms", least * 1e3, greatest * 1e3)
}

fn at_most(id: &'static str, value: f64, unit: &'static str, goal: f64, beside: String) -> Figure {
    Figure { id, value, unit, goal: format!("<= {goal}"), beside, ok: value <= goal }
}

fn informs(id: &'static str, value: f64, unit: &'static str, beside: String) -> Figure {
    Figure { id, value, unit, goal: String::new(), beside, ok: true }
}

fn file_bytes(file: &Path) -> u64 {
    fs::metadata(file).map_or(0, |found| found.len())
}

fn failed(what: &str, error: &std::io::Error) -> Failure {
    Failure::new(ErrorKind::Internal, format!("{what}: {error}"))
}
