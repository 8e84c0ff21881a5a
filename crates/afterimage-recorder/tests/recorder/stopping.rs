//! What arrived is kept, whatever ends a session.

use crate::rig::{Rig, Visit, piece, seconds};
use afterimage_media::CaptureFailure::Unreachable;
use afterimage_recorder::State;

#[tokio::test(start_paused = true)]
async fn stopping_keeps_every_frame_and_says_who_stopped() {
    let again = Visit::new().connects_in(seconds(1.0)).streams_on();
    let rig = Rig::new([Visit::new().streams_on(), again]).await;
    rig.advance(3.5).await;
    rig.enable(false).await;
    let status = rig.until("stopped", |status| status.state == State::Stopped).await;
    assert_eq!(status.fault, None, "what the operator wanted is no fault");
    let sent = rig.cameras.sent();
    assert_eq!(sent, 88, "frames from 0 s to 3.48 s came");
    assert_eq!(rig.frames(), (0..sent).collect::<Vec<_>>(), "the half second is kept too");
    assert_eq!(rig.fragments().last().unwrap().number, 4, "as a last, short fragment");

    rig.advance(10.0).await;
    assert_eq!(rig.attempts().len(), 1, "a stopped stream does not touch the camera");
    let history = rig.history();
    assert_eq!(history[0], piece(0.0, 3.52, "recorded"), "to the end of the last frame");
    assert_eq!(history[1].what, "stopped_by_operator", "the gap names its reason");

    let enabled_at = rig.seconds(rig.now());
    rig.enable(true).await;
    rig.advance(5.5).await;
    let expected = [
        piece(0.0, 3.52, "recorded"),
        piece(3.52, enabled_at, "stopped_by_operator"),
        piece(enabled_at, enabled_at + 1.0, "starting"),
    ];
    assert_eq!(rig.history()[..3], expected, "it records again as soon as it is asked to");
    let numbers: Vec<u64> = rig.fragments().iter().map(|record| record.number).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6, 7, 8], "numbers go on by one");
}

#[tokio::test(start_paused = true)]
async fn the_recorders_end_keeps_every_frame() {
    let mut rig = Rig::new([Visit::new().streams_on()]).await;
    rig.advance(3.5).await;
    rig.stop().await;
    rig.serve_only();
    let sent = rig.cameras.sent();
    assert_eq!(rig.frames(), (0..sent).collect::<Vec<_>>(), "Ctrl-C loses nothing");
    rig.advance(60.0).await;
    assert_eq!(rig.outline(), ["recorded", "recorder_down"], "since then nobody records");
    assert_eq!(rig.status().state, State::Offline, "and the status says so");
}

#[tokio::test(start_paused = true)]
async fn a_changed_source_keeps_what_came_from_the_old_one() {
    let next = Visit::new().connects_in(seconds(2.0)).streams_on();
    let rig = Rig::new([Visit::new().streams_on(), next]).await;
    rig.advance(3.5).await;
    rig.pull_from("rtsp://other.example/1").await;
    rig.advance(6.6).await;
    assert_eq!(rig.outline(), ["recorded", "starting", "recorded"], "one camera, then the other");
    let recorded = rig.frames();
    assert_eq!(recorded, (0..recorded.len() as u32).collect::<Vec<_>>(), "no frame is missing");
    let opened = rig.cameras.opened();
    let pulled = opened.last().unwrap().plan.source.to_string();
    assert!(pulled.contains("other.example"), "the new camera is pulled: {pulled}");
}

#[tokio::test(start_paused = true)]
async fn a_stream_can_be_stopped_while_the_camera_does_not_answer() {
    let rig = Rig::new([Visit::never_answers()]).await;
    rig.advance(100.0).await;
    let asked = rig.seconds(rig.now());
    rig.enable(false).await;
    rig.until("stopped", |status| status.state == State::Stopped).await;
    assert!(rig.seconds(rig.now()) - asked < 1.0, "a dead camera can't hold the operator up");
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_stream_can_be_stopped_while_it_waits_for_the_next_attempt() {
    let rig = Rig::new(vec![Visit::refuses(Unreachable, "no route to host"); 9]).await;
    rig.until("waiting long", |_| rig.attempts().len() == 6).await;
    let asked = rig.seconds(rig.now());
    rig.enable(false).await;
    rig.until("stopped", |status| status.state == State::Stopped).await;
    assert!(rig.seconds(rig.now()) - asked < 1.0, "nobody waits for a wait");
    rig.advance(20.0).await;
    let outline = rig.outline();
    let expected = ["camera_unreachable", "stopped_by_operator"];
    assert_eq!(outline, expected, "each reason as long as it was true");
    let attempts = rig.attempts().len();
    rig.stop().await;
    assert_eq!(rig.attempts().len(), attempts, "no attempt after the word to stop");
}

#[tokio::test(start_paused = true)]
async fn a_recorder_that_is_forgotten_without_a_stop_goes_on_quietly() {
    let Rig { recorder, cameras, clock: _clock, data: _data, .. } =
        Rig::new([Visit::new().streams_on()]).await;
    tokio::time::sleep(seconds(5.5)).await;
    drop(recorder);
    tokio::time::sleep(seconds(60.0)).await;
    assert_eq!(cameras.opened().len(), 1, "the camera is not opened again and again");
    assert!(cameras.sent() >= 65 * 25, "it records until the process ends");
}
