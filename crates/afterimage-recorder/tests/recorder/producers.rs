//! A stream has exactly one producer.

use crate::rig::{Rig, Visit, seconds};
use afterimage_base::ErrorKind;
use afterimage_recorder::State;

#[tokio::test(start_paused = true)]
async fn a_second_producer_is_refused() {
    let rig = Rig::new([Visit::new().streams_on()]).await;
    rig.advance(3.5).await;
    let refused = rig.store().writer(rig.id()).expect_err("the camera is the producer");
    assert_eq!(refused.kind(), ErrorKind::InUse, "a caller can tell: {refused}");
    rig.enable(false).await;
    rig.until("stopped", |status| status.state == State::Stopped).await;
    rig.store().writer(rig.id()).expect("a stopped stream has no producer");
}

#[tokio::test(start_paused = true)]
async fn a_camera_that_finds_another_producer_says_so_and_records_once_that_one_left() {
    let rig = Rig::new([Visit::new().connects_in(seconds(1.0)).streams_on()]).await;
    let other = rig.store().writer(rig.id()).expect("the camera has sent nothing yet");
    rig.advance(5.5).await;
    let fault = rig.status().fault.expect("nothing can be kept");
    assert_eq!(fault.reason.code(), "write_failed", "footage came and was lost");
    assert!(fault.detail.contains("has a producer already"), "and why: {}", fault.detail);
    other.close();
    rig.advance(5.0).await;
    assert_eq!(rig.status().state, State::Recording, "the camera was there all the time");
    assert_eq!(rig.attempts().len(), 1, "the disk's trouble is not the camera's");
    assert_eq!(rig.outline(), ["starting", "write_failed", "recorded"], "told as it was");
}
