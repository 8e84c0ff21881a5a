//! A volume without room: recording goes on where something may go, and resumes by itself where
//! nothing may.

mod rig;

use afterimage_base::ErrorKind;
use afterimage_store::file_system::{Fault, SimulatedDisk};
use afterimage_store::{GapReason, IndexPlace, MemoryIndex, Store, StoreOptions};
use rig::{at, camera, clock, fragment, gaps, ranges, record, stream, timeline};
use std::path::Path;
use std::sync::Arc;

#[test]
fn a_full_volume_is_a_gap_and_recording_resumes_by_itself() {
    let (disk, clock) = (SimulatedDisk::new(1), clock());
    let options = StoreOptions {
        file_system: Arc::new(disk.clone()),
        index: IndexPlace::Memory(MemoryIndex::new().expect("room")),
        ..rig::options(&clock)
    };
    let store = Store::open(Path::new("/data"), options).expect("opens");
    store.start_recording().expect("nobody else records");
    let door = stream(&store, "door");
    record(&store, &door, 0, 10);
    store.flush().expect("the index takes it");
    store.place_hold(door.id, at(0.0), at(10.0), "theft", "ops", None).expect("there");
    let init = camera(640);
    let mut writer = store.writer(door.id).expect("no other producer");
    writer.append(&fragment(&init, 10.0, 2.0)).expect("there is room");
    disk.plan(disk.operations(), Fault::Full);
    for start in [12.0, 14.0] {
        let fragment = fragment(&init, start, 2.0);
        let error = writer.append(&fragment).expect_err("there is no room and nothing may go");
        assert_eq!(error.kind(), ErrorKind::DiskFull, "{error}");
        store
            .record_gap(door.id, fragment.start, fragment.end(), GapReason::DiskFull, "")
            .expect("the stream is there");
    }
    disk.repair();
    writer.append(&fragment(&init, 16.0, 2.0)).expect("the same writer goes on");
    let timeline = timeline(&store, &door, 18.0);
    assert_eq!(ranges(&timeline), [(0.0, 12.0), (16.0, 18.0)], "what was held is intact");
    assert_eq!(gaps(&timeline), [(12.0, 16.0, "disk_full")]);
}

#[test]
fn a_full_volume_loses_the_oldest_first() {
    let (disk, clock) = (SimulatedDisk::new(1), clock());
    let options = StoreOptions {
        file_system: Arc::new(disk.clone()),
        index: IndexPlace::Memory(MemoryIndex::new().expect("room")),
        ..rig::options(&clock)
    };
    let store = Store::open(Path::new("/data"), options).expect("opens");
    store.start_recording().expect("nobody else records");
    let door = stream(&store, "door");
    for part in 0..5 {
        record(&store, &door, part * 10, part * 10 + 10);
    }
    store.flush().expect("the index takes it");
    let mut writer = store.writer(door.id).expect("no other producer");
    disk.plan(disk.operations(), Fault::Full);
    // The disk stays full: the append fails, but the oldest segment was sacrificed for it.
    let error = writer.append(&fragment(&camera(640), 50.0, 2.0)).expect_err("still full");
    assert_eq!(error.kind(), ErrorKind::DiskFull);
    let timeline = timeline(&store, &door, 50.0);
    let first = timeline.ranges.first().expect("the younger ones are left");
    assert!(first.from > at(0.0), "the oldest made room");
    assert_eq!(first.to, at(50.0), "the youngest are whole");
    assert_eq!(gaps(&timeline)[0].2, "expired", "and what went says so");
}
