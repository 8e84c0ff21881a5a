//! What the index costs, measured on synthetic archives without media.
//!
//! `cargo test -p afterimage-store scale -- --ignored --nocapture` measures ten camera-years.

use crate::file_system::Disk;
use crate::index::{Index, IndexPlace};
use crate::stream::{StreamId, StreamKey, StreamSettings};
use crate::synthetic::{self, FRAGMENT, PER_SEGMENT};
use afterimage_base::WallTime;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

const PER_YEAR: u64 = 365 * 86_400 / FRAGMENT.as_secs();

const BEGAN: WallTime = WallTime::from_micros(1_700_000_000_000_000);

/// An index of so many cameras with so many segments each.
fn index(directory: &Path, cameras: u64, segments: u64) -> Index {
    let index = Index::open(&IndexPlace::Directory, directory, Arc::new(Disk)).expect("room");
    let secret = crate::secret::SecretKey::open(&Disk, directory).expect("room");
    for camera in 1..=cameras {
        let key = index
            .write("add a stream", |transaction| {
                let name = format!("camera-{camera}").parse().expect("a name");
                let id = StreamId(uuid::Uuid::new_v4());
                Index::insert_stream(
                    transaction,
                    id,
                    &StreamSettings::new(name, WallTime::EPOCH),
                    &secret,
                )
            })
            .expect("room");
        for batch in (0..segments).collect::<Vec<_>>().chunks(10_000) {
            index
                .write("add segments", |transaction| {
                    for number in batch {
                        let segment = synthetic::segment(key, BEGAN, *number);
                        Index::put_segment(transaction, &segment).expect("room");
                    }
                    Ok(())
                })
                .expect("room");
        }
    }
    index
}

fn bytes(directory: &Path) -> u64 {
    std::fs::metadata(directory.join("index.sqlite")).expect("there").len()
}

#[test]
fn an_index_costs_less_than_130_mb_a_camera_year() {
    let directory = tempfile::tempdir().expect("room");
    let segments = PER_YEAR / PER_SEGMENT / 20;
    drop(index(directory.path(), 1, segments));
    let year = bytes(directory.path()) as f64 * 20.0 / 1e6;
    println!("{year:.1} MB a camera-year");
    assert!(year <= 130.0, "{year} MB a camera-year");
}

#[test]
#[ignore = "writes a gigabyte; run by hand"]
fn ten_camera_years() {
    let directory = tempfile::tempdir().expect("room");
    let began = Instant::now();
    let segments = PER_YEAR / PER_SEGMENT;
    let index = index(directory.path(), 10, segments);
    println!("written in {:?}, {} MB", began.elapsed(), bytes(directory.path()) / 1_000_000);
    let mut times = Vec::new();
    for round in 0..20_000_u64 {
        let key = StreamKey((round % 10 + 1).cast_signed());
        let at = BEGAN.plus(Duration::from_secs(round.wrapping_mul(7_919_777) % (365 * 86_400)));
        let began = Instant::now();
        let found =
            index.segments_between(key, at, at.plus(Duration::from_millis(1))).expect("there");
        let hit = found.iter().flat_map(|segment| &segment.entries).find(|entry| entry.end() > at);
        assert!(hit.is_some_and(|entry| entry.start <= at), "the fragment of that instant");
        times.push(began.elapsed());
    }
    times.sort();
    println!("time to fragment: median {:?}, p99 {:?}", times[10_000], times[19_800]);
    let began = Instant::now();
    let start = BEGAN;
    for camera in 1..=10 {
        let day = start.plus(Duration::from_secs(86_400));
        index.spans_between(StreamKey(camera), start, day).expect("there");
    }
    println!("24 h of 10 cameras: {:?}", began.elapsed());
    let began = Instant::now();
    let all = index.spans_between(StreamKey(1), start, WallTime::MAX).expect("there");
    println!("a camera-year of {} segments: {:?}", all.len(), began.elapsed());
}
