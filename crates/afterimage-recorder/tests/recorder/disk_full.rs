//! A volume without room is the disk's trouble, not the camera's.

use crate::rig::{Footage, Rig, Visit};
use afterimage_recorder::State;
use afterimage_store::file_system::{Fault, SimulatedDisk};

#[tokio::test(start_paused = true)]
async fn a_full_disk_is_a_gap_and_recording_resumes_by_itself() {
    let disk = SimulatedDisk::new(1);
    let rig = Rig::on_disk(&disk, [Visit::new().streams_on()]).await;
    rig.advance(5.5).await;
    assert_eq!(rig.status().state, State::Recording, "there is room");
    disk.plan(disk.operations(), Fault::Full);
    rig.advance(5.0).await;
    let fault = rig.status().fault.expect("what is lost is told at once");
    assert_eq!(fault.reason.code(), "disk_full", "the operator can act: {}", fault.detail);
    disk.repair();
    rig.advance(5.0).await;
    assert_eq!(rig.status().state, State::Recording, "the first fragment that fits ends it");
    assert_eq!(rig.outline(), ["recorded", "disk_full", "recorded"], "the gap names its reason");
    let (history, fragments) = (rig.history(), rig.fragments());
    assert_eq!((history[1].from, history[1].to), (5.0, 9.0), "the newest one waited for room");
    let numbers: Vec<u64> = fragments.iter().map(|record| record.number).collect();
    assert_eq!(numbers, (1..=11).collect::<Vec<u64>>(), "what was never kept has no number");
    assert_eq!(rig.attempts().len(), 1, "the camera was not let go");
}

#[tokio::test(start_paused = true)]
async fn recording_resumes_within_seconds_of_room_however_long_fragments_are() {
    let disk = SimulatedDisk::new(2);
    let slow = Footage { width: 640, frames_per_second: 5, gop_frames: 75 };
    let rig = Rig::on_disk(&disk, [Visit::with(slow).streams_on()]).await;
    rig.advance(20.0).await;
    disk.plan(disk.operations(), Fault::Full);
    rig.until("out of room", |status| status.fault.is_some()).await;
    let notices = rig.recorder.notices().all();
    assert_eq!(notices.len(), 1, "the whole recorder tells it once");
    assert!(notices[0].starts_with("the disk is full and one stream is not recorded"));
    rig.advance(2.0).await;
    disk.repair();
    let room_at = rig.seconds(rig.now());
    rig.until("recording", |status| status.state == State::Recording).await;
    let resumed_in = rig.seconds(rig.now()) - room_at;
    assert!(resumed_in < 5.0, "{resumed_in} s, with a key frame every 15 s");
    assert_eq!(rig.recorder.notices().all(), Vec::<String>::new(), "the notice is gone");
    assert_eq!(rig.outline(), ["recorded"], "what waited for room was kept: nothing is missing");
}
