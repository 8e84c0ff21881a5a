//! A recorder that starts again goes on where the last one ended, whatever the wall clock shows.

use crate::rig::{Rig, Visit, piece, seconds};
use afterimage_media::CaptureFailure::{AuthenticationFailed, Unreachable};
use afterimage_recorder::State;

/// Numbers rise by one and no fragment begins before the one before it ended.
fn assert_goes_on(rig: &Rig) {
    for pair in rig.fragments().windows(2) {
        assert_eq!(pair[1].number, pair[0].number + 1, "numbers go on for ever");
        assert!(pair[1].start >= pair[0].end(), "no instant has two pictures: {pair:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn numbers_go_on_and_the_absence_is_a_gap() {
    let again = Visit::new().connects_in(seconds(2.0)).streams_on();
    let mut rig = Rig::new([Visit::new().streams_on(), again]).await;
    rig.advance(5.5).await;
    rig.stop().await;
    rig.advance(60.0).await;
    rig.start();
    rig.advance(6.6).await;
    assert_goes_on(&rig);
    assert_eq!(rig.fragments().len(), 10, "six before and four after");
    let history = rig.history();
    assert_eq!(history[0], piece(0.0, 5.52, "recorded"), "until it was stopped");
    assert_eq!(history[1], piece(5.52, 65.5, "recorder_down"), "nobody was there");
    assert_eq!(history[2], piece(65.5, 67.5, "starting"), "then the camera had to answer");
    assert_eq!(history[3].what, "recorded", "and it goes on");
    let frames = rig.frames();
    assert_eq!(frames, (0..frames.len() as u32).collect::<Vec<_>>(), "all that was sent");
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_was_set_back_between_two_runs_overlaps_nothing() {
    let mut rig = Rig::new([Visit::new().streams_on(), Visit::new().streams_on()]).await;
    rig.advance(20.5).await;
    rig.stop().await;
    rig.clock.set_back(seconds(3_600.0));
    rig.start();
    rig.advance(20.5).await;
    assert_goes_on(&rig);
    let (fragments, frames) = (rig.fragments(), rig.frames());
    assert_eq!(fragments.len(), 41, "all of both runs");
    assert_eq!(frames, (0..frames.len() as u32).collect::<Vec<_>>(), "all that was sent");
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_set_back_while_recording_overlaps_nothing() {
    let rig = Rig::new([
        Visit::new().streams(seconds(20.0)).fails(Unreachable),
        Visit::new().streams_on(),
    ])
    .await;
    rig.advance(10.5).await;
    rig.clock.set_back(seconds(3_600.0));
    rig.advance(30.0).await;
    assert_goes_on(&rig);
    let frames = rig.frames();
    assert!(frames.len() >= 35 * 25, "it went on recording: {}", frames.len());
    assert_eq!(frames, (0..frames.len() as u32).collect::<Vec<_>>(), "all that was sent");
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_was_set_back_changes_no_reason_of_the_past() {
    let mut rig = Rig::new([
        Visit::new().streams(seconds(5.0)).fails(Unreachable),
        Visit::refuses(Unreachable, "no route to host"),
        Visit::new().streams_on(),
        Visit::new().connects_in(seconds(2.0)).streams_on(),
    ])
    .await;
    rig.until("recording again", |status| status.figures.connections == 2).await;
    rig.advance(5.5).await;
    rig.stop().await;
    rig.clock.set_back(seconds(60.0));
    rig.start();
    rig.until("recording", |status| status.state == State::Recording).await;
    rig.advance(5.0).await;
    assert_goes_on(&rig);
    rig.advance(120.0).await;
    let outline = rig.outline();
    let before = ["recorded", "camera_unreachable", "recorded"];
    assert_eq!(outline[..3], before, "what happened stays what it was: {outline:?}");
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_set_back_between_two_failures_changes_no_reason_of_the_past() {
    let rig = Rig::new([
        Visit::new()
            .streams(seconds(5.0))
            .pauses(seconds(10.0))
            .streams(seconds(5.0))
            .fails(Unreachable),
        Visit::refuses(AuthenticationFailed, "user or password"),
        Visit::new().streams_on(),
    ])
    .await;
    rig.until("failed", |status| status.fault.is_some()).await;
    rig.clock.set_back(seconds(60.0));
    rig.until("recording again", |status| status.figures.connections == 2).await;
    rig.advance(120.0).await;
    assert_goes_on(&rig);
    let outline = rig.outline();
    let before = ["recorded", "timestamp_jump", "recorded"];
    assert_eq!(outline[..3], before, "what happened stays what it was: {outline:?}");
}

#[tokio::test(start_paused = true)]
async fn what_was_stopped_stays_stopped() {
    let mut rig = Rig::new([Visit::new().streams_on()]).await;
    rig.advance(5.5).await;
    rig.enable(false).await;
    rig.until("stopped", |status| status.state == State::Stopped).await;
    rig.stop().await;
    rig.advance(60.0).await;
    rig.start();
    rig.advance(60.0).await;
    assert_eq!(rig.status().state, State::Stopped, "a restart is no wish of the operator");
    assert_eq!(rig.attempts().len(), 1, "the camera is left alone");
    let outline = rig.outline();
    assert_eq!(outline, ["recorded", "stopped_by_operator"], "also while no recorder ran");
}
