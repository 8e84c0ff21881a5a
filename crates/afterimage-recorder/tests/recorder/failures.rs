//! What the recorder does about a camera that fails, and what the ledger says of it.

use crate::rig::{Rig, Visit, seconds};
use afterimage_media::CaptureFailure::{
    self, AuthenticationFailed, Ended, Silent, Unavailable, Unreachable, Unsupported,
};
use afterimage_recorder::{Backend, State, StreamChange};

#[tokio::test(start_paused = true)]
async fn every_failure_has_a_reason_of_its_own() {
    let failures: [(CaptureFailure, &str); 6] = [
        (Unreachable, "camera_unreachable"),
        (Silent, "camera_silent"),
        (Ended, "camera_ended"),
        (AuthenticationFailed, "authentication_failed"),
        (Unsupported, "unsupported"),
        (Unavailable, "capture_unavailable"),
    ];
    for (failure, reason) in failures {
        let rig = Rig::with(
            // Forced, so that no other backend is tried first.
            afterimage_recorder::StreamDraft {
                capture: Some(Backend::Retina),
                ..crate::rig::draft()
            },
            [Visit::new().streams(seconds(5.0)).fails(failure), Visit::new().streams_on()],
        )
        .await;
        rig.advance(50.0).await;
        assert_eq!(rig.outline(), ["recorded", reason, "recorded"], "{failure:?} has one gap");
        let history = rig.history();
        assert_eq!(history[1].from, 5.0, "what came before {failure:?} was kept");
        assert_eq!(history[1].to, rig.attempts()[1], "the camera sends as soon as it is asked");
        rig.stop().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_new_reason_splits_the_gap_and_the_same_one_does_not() {
    let rig = Rig::new([
        Visit::new().streams(seconds(5.0)).fails(Unreachable),
        Visit::refuses(Unreachable, "no route to host"),
        Visit::refuses(AuthenticationFailed, "user or password is wrong"),
        Visit::refuses(Unreachable, "no route to host"),
        Visit::new().streams_on(),
    ])
    .await;
    rig.until("recording again", |status| status.figures.connections == 2).await;
    rig.advance(5.5).await;
    let expected = [
        "recorded",
        "camera_unreachable",
        "authentication_failed",
        "camera_unreachable",
        "recorded",
    ];
    assert_eq!(rig.outline(), expected, "two failures of one kind are one gap");
    let (history, attempts) = (rig.history(), rig.attempts());
    assert_eq!(history[2].from, attempts[2], "the reason is told when it is known");
    assert_eq!(history[3].from, attempts[3], "and no longer than it is true");
}

#[tokio::test(start_paused = true)]
async fn a_camera_that_is_away_is_tried_again_soon_and_for_ever() {
    let rig = Rig::new(vec![Visit::refuses(Unreachable, "no route to host"); 40]).await;
    rig.advance(600.0).await;
    let attempts = rig.attempts();
    let waits: Vec<f64> = attempts.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(waits[0] <= 1.01, "the first wait is short: {waits:?}");
    assert!(waits.iter().all(|wait| *wait <= 15.01), "none is long: {waits:?}");
    assert!(waits[6..].iter().all(|wait| *wait >= 7.0), "it does not hammer: {waits:?}");
    assert_eq!(attempts.len(), 41, "it never gives up");
}

#[tokio::test(start_paused = true)]
async fn a_wrong_password_is_tried_again_after_the_long_wait_only() {
    let rig = Rig::new(vec![Visit::refuses(AuthenticationFailed, "user or password"); 8]).await;
    rig.advance(1.0).await;
    let fault = rig.status().fault.unwrap();
    assert_eq!(fault.reason.code(), "authentication_failed", "the operator must act");
    assert_eq!(fault.detail, "user or password", "in the camera's words");
    rig.advance(3_600.0).await;
    let attempts = rig.attempts();
    let waits: Vec<f64> = attempts.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!((15.0..=30.01).contains(&waits[0]), "cameras lock accounts: {waits:?}");
    assert!((30.0..=60.01).contains(&waits[1]), "waits double: {waits:?}");
    assert!(waits.iter().all(|wait| *wait <= 600.01), "ten minutes is the most: {waits:?}");
    let retry_at = rig.seconds(fault.retry_at.unwrap());
    assert!((attempts[1] - retry_at).abs() < 0.01, "the status told when: {retry_at}");
}

#[tokio::test(start_paused = true)]
async fn a_corrected_password_is_tried_at_once_and_waits_begin_anew() {
    let rig = Rig::new(vec![Visit::refuses(AuthenticationFailed, "user or password"); 5]).await;
    rig.until("refused four times", |_| rig.attempts().len() == 4).await;
    rig.advance(1.0).await;
    rig.pull_from("rtsp://admin:right@camera.example/1").await;
    let changed = rig.seconds(rig.now());
    rig.until("tried again", |_| rig.attempts().len() == 6).await;
    let attempts = rig.attempts();
    assert!(
        (attempts[4] - changed).abs() < 0.01,
        "nobody waits for what was changed: {attempts:?}"
    );
    let wait = attempts[5] - attempts[4];
    assert!(wait <= 30.01, "the new password has not failed often: {wait}");
}

#[tokio::test(start_paused = true)]
async fn a_change_that_does_not_touch_the_capture_does_not_touch_the_session() {
    let rig = Rig::new([Visit::new().streams_on()]).await;
    rig.advance(5.0).await;
    let retention = Some(seconds(7_200.0));
    rig.change(StreamChange { retention, ..StreamChange::default() }).await;
    rig.advance(5.0).await;
    assert_eq!(rig.attempts().len(), 1, "how long footage is kept is nothing to the camera");
}

#[tokio::test(start_paused = true)]
async fn a_long_session_makes_the_first_wait_short_again() {
    let rig = Rig::new([
        Visit::refuses(Unreachable, "away"),
        Visit::refuses(Unreachable, "away"),
        Visit::refuses(Unreachable, "away"),
        Visit::refuses(Unreachable, "away"),
        Visit::new().streams(seconds(60.0)).fails(Unreachable),
        Visit::new().streams_on(),
    ])
    .await;
    rig.until("recording for the second time", |status| status.figures.connections == 2).await;
    let attempts = rig.attempts();
    let wait = attempts[5] - attempts[4] - 60.0;
    assert!(wait <= 1.01, "a minute of footage shows that the camera is well: {wait}");
}

#[tokio::test(start_paused = true)]
async fn the_status_follows_the_failure_and_the_recovery() {
    let rig = Rig::new([
        Visit::new().streams(seconds(5.0)).fails(Ended),
        Visit::refuses(Ended, "ended again"),
        Visit::new().streams_on(),
    ])
    .await;
    let first = rig.until("failed", |status| status.fault.is_some()).await;
    assert_eq!(first.state, State::Retrying, "it will be tried again");
    let since = first.fault.unwrap().since;
    let second = rig.until("failed again", |status| {
        status.fault.as_ref().is_some_and(|fault| fault.detail == "ended again")
    });
    let again = second.await.fault.unwrap();
    assert_eq!(again.since, since, "the same trouble lasts since it began");
    let well = rig.until("recording", |status| status.state == State::Recording).await;
    assert_eq!(well.fault, None, "a durable fragment ends the fault");
}
