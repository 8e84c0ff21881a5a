//! A store with a clock that stands still, and fragments to feed it with.
#![allow(dead_code, reason = "each test file uses its part of the rig")]

use afterimage_base::MediaTime;
use afterimage_base::{SimClock, StreamName, WallTime};
use afterimage_media::{
    Codec, Fragment, FragmentSample, InitSegment, Track, TrackKind, VideoParameters,
};
use afterimage_store::{Store, StoreOptions, Stream, StreamSettings, Timeline};
use bytes::Bytes;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// When tests begin.
pub fn epoch() -> WallTime {
    "2026-03-01T00:00:00Z".parse().expect("RFC 3339")
}

/// So many seconds after the test began.
pub fn at(seconds: f64) -> WallTime {
    epoch().plus(Duration::from_secs_f64(seconds))
}

pub fn clock() -> Arc<SimClock> {
    Arc::new(SimClock::at(epoch()))
}

pub fn options(clock: &Arc<SimClock>) -> StoreOptions {
    StoreOptions {
        commit_in_background: false,
        free_space_reserve: 0,
        ballast_bytes: 0,
        ..StoreOptions::new(Arc::clone(clock) as Arc<_>)
    }
}

pub fn open(directory: &Path, clock: &Arc<SimClock>) -> Store {
    Store::open(directory, options(clock)).expect("the archive opens")
}

pub fn settings(name: &str) -> StreamSettings {
    let name: StreamName = name.parse().expect("a stream name");
    StreamSettings::new(name, epoch())
}

pub fn stream(store: &Store, name: &str) -> Stream {
    store.create_stream(settings(name)).expect("the stream is new")
}

/// The init section of a camera of this width.
pub fn camera(width: u32) -> Arc<InitSegment> {
    // AVCDecoderConfigurationRecord of a baseline stream with one SPS and one PPS.
    let config = Bytes::from_static(&[
        0x01, 0x42, 0xC0, 0x1E, 0xFF, 0xE1, 0x00, 0x09, 0x67, 0x42, 0xC0, 0x1E, 0xD9, 0x00, 0xA0,
        0x5B, 0x20, 0x01, 0x00, 0x04, 0x68, 0xCE, 0x3C, 0x80,
    ]);
    let track = Track {
        codec: Codec::H264,
        kind: TrackKind::Video(VideoParameters { width, height: 480 }),
        timescale: 90_000,
        decoder_config: config,
    };
    Arc::new(InitSegment::new(vec![track]).expect("a usual camera"))
}

/// A fragment of `seconds` that begins `start` seconds after the test does; its bytes tell `start`.
pub fn fragment(init: &Arc<InitSegment>, start: f64, seconds: f64) -> Fragment {
    fragment_of(init, start, seconds, 64)
}

pub fn fragment_of(init: &Arc<InitSegment>, start: f64, seconds: f64, bytes: usize) -> Fragment {
    let ticks = |seconds: f64| MediaTime((seconds * 90_000.0) as i64);
    let mut data = vec![0x65; bytes.max(16)];
    data[..4].copy_from_slice(&(bytes.max(16) as u32 - 4).to_be_bytes());
    data[5..13].copy_from_slice(&start.to_be_bytes());
    let sample = FragmentSample {
        decode: ticks(start),
        presentation: ticks(start),
        duration: ticks(seconds),
        is_sync: true,
        data: Bytes::from(data),
    };
    Fragment {
        init: Arc::clone(init),
        samples: vec![vec![sample]],
        is_independent: true,
        start: at(start),
        duration: Duration::from_secs_f64(seconds),
        producer_timestamp: Some(at(start)),
        server_timestamp: at(start + 0.04),
    }
}

/// Appends fragments of two seconds that cover `[from, to)`.
pub fn record(store: &Store, stream: &Stream, from: u32, to: u32) {
    let init = camera(640);
    let mut writer = store.writer(stream.id).expect("no other producer");
    for start in (from..to).step_by(2) {
        writer.append(&fragment(&init, f64::from(start), 2.0)).expect("the disk takes it");
    }
}

/// The ranges of a timeline, in seconds since the test began.
pub fn ranges(timeline: &Timeline) -> Vec<(f64, f64)> {
    timeline.ranges.iter().map(|range| (seconds(range.from), seconds(range.to))).collect()
}

/// The gaps of a timeline, in seconds since the test began, with the code of their reason.
pub fn gaps(timeline: &Timeline) -> Vec<(f64, f64, &'static str)> {
    let gap = |gap: &afterimage_store::Gap| (seconds(gap.from), seconds(gap.to), gap.reason.code());
    timeline.gaps.iter().map(gap).collect()
}

pub fn seconds(time: WallTime) -> f64 {
    (time.as_micros() - epoch().as_micros()) as f64 / 1e6
}

/// Everything about a stream until the end of the test.
pub fn timeline(store: &Store, stream: &Stream, now: f64) -> Timeline {
    store
        .timeline(stream.id, epoch().minus(Duration::from_secs(60)), at(1e9), at(now))
        .expect("the stream is there")
}

/// Copies a data directory as a kill at this moment leaves it.
pub fn copy_directory(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("room in the temporary directory");
    for entry in std::fs::read_dir(from).expect("a directory") {
        let entry = entry.expect("a readable entry");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a type").is_dir() {
            copy_directory(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("a readable file");
        }
    }
}
