//! A source is tried before it is kept.

use crate::rig::{Rig, Visit, seconds, source};
use afterimage_media::CaptureFailure;
use afterimage_recorder::{Transport, TrialPlan};

fn plan() -> TrialPlan {
    TrialPlan {
        source: source("rtsp://camera.example/2"),
        transport: Transport::Tcp,
        capture: None,
    }
}

#[tokio::test(start_paused = true)]
async fn a_trial_tells_what_comes_and_keeps_nothing() {
    let rig =
        Rig::new([Visit::new().connects_in(seconds(90.0)).streams_on(), Visit::new().streams_on()])
            .await;
    rig.advance(0.1).await;
    let trial = rig.recorder.try_source(plan()).await.expect("the camera streams");
    assert_eq!(trial.tracks.len(), 1, "one picture");
    let rate = trial.frames_per_second.expect("frames came");
    assert!((rate - 25.0).abs() < 0.5, "as many as the script says: {rate}");
    assert!(trial.gop.is_some(), "two key frames were waited for");
    assert!(trial.bits_per_second > 0.0, "frames have bytes");
    let kept = rig.store().last_fragment(rig.id()).expect("the archive answers");
    assert!(kept.is_none(), "nothing of it is recorded");
}

#[tokio::test(start_paused = true)]
async fn a_source_that_never_answers_ends_the_trial() {
    let rig = Rig::new([Visit::new().streams_on()]).await;
    rig.advance(3.5).await;
    // The script is at its end: the next connection is never answered.
    let error = rig.recorder.try_source(plan()).await.expect_err("nobody answers");
    assert_eq!(error.failure, CaptureFailure::Silent, "{error}");
    assert!(error.detail.contains("10 s"), "it says how long it waited: {error}");
}
