//! A volume without room is the disk's trouble, not the camera's.

use crate::rig::{Rig, Visit};
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
    assert_eq!((history[1].from, history[1].to), (5.0, 10.0), "the fragments that did not fit");
    let numbers: Vec<u64> = fragments.iter().map(|record| record.number).collect();
    assert_eq!(numbers, (1..=10).collect::<Vec<u64>>(), "what was never kept has no number");
    assert_eq!(rig.attempts().len(), 1, "the camera was not let go");
}
