//! What the index costs, on a synthetic archive without media. `afterimage bench archive` measures
//! ten camera-years.

use crate::file_system::Disk;
use crate::index::{Index, IndexPlace};
use crate::stream::{StreamId, StreamSettings};
use crate::synthetic::{self, FRAGMENT, PER_SEGMENT};
use afterimage_base::WallTime;
use std::path::Path;
use std::sync::Arc;

const PER_YEAR: u64 = 365 * 86_400 / FRAGMENT.as_secs();

const BEGAN: WallTime = WallTime::from_micros(1_700_000_000_000_000);

/// Writes the index of a camera with so many segments.
fn write_index(directory: &Path, segments: u64) {
    let index = Index::open(&IndexPlace::Directory, directory, Arc::new(Disk)).expect("room");
    let secret = crate::secret::SecretKey::open(&Disk, directory).expect("room");
    let key = index
        .write("add a stream", |transaction| {
            let id = StreamId(uuid::Uuid::new_v4());
            let name = "camera".parse().expect("a name");
            let settings = StreamSettings::new(name, WallTime::EPOCH);
            Index::insert_stream(transaction, id, &settings, &secret)
        })
        .expect("room");
    index
        .write("add segments", |transaction| {
            for number in 0..segments {
                let segment = synthetic::segment(key, BEGAN, number);
                Index::put_segment(transaction, &segment).expect("room");
            }
            Ok(())
        })
        .expect("room");
}

fn bytes(directory: &Path) -> u64 {
    std::fs::metadata(directory.join("index.sqlite")).expect("there").len()
}

#[test]
fn an_index_costs_less_than_130_mb_a_camera_year() {
    let directory = tempfile::tempdir().expect("room");
    let segments = PER_YEAR / PER_SEGMENT / 20;
    write_index(directory.path(), segments);
    let year = bytes(directory.path()) as f64 * 20.0 / 1e6;
    println!("{year:.1} MB a camera-year");
    assert!(year <= 130.0, "{year} MB a camera-year");
}
