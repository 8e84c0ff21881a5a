//! Who pulls: retina where it can, GStreamer where it must, and the operator's word above both.

use crate::rig::{Rig, Visit, draft, seconds, source};
use afterimage_media::CaptureFailure::{Unreachable, Unsupported};
use afterimage_recorder::{Backend, Choice, StreamDraft};

fn no_use() -> Visit {
    Visit::refuses(Unsupported, "the camera wants multicast")
}

fn backends(rig: &Rig) -> Vec<Backend> {
    rig.cameras.opened().iter().map(|opened| opened.plan.choice.backend).collect()
}

#[test]
fn each_source_has_its_way() {
    for (text, backend) in [
        ("rtsp://camera.example/1", Backend::Retina),
        ("rtsps://camera.example/1", Backend::Gstreamer),
        ("webcam", Backend::Gstreamer),
        ("pipewire:fakecam", Backend::Gstreamer),
        ("test:", Backend::Gstreamer),
    ] {
        let choice = Choice::of(&source(text), None, None);
        assert_eq!(choice.backend, backend, "{text} is pulled by what can pull it");
        assert!(!choice.forced && !choice.because.is_empty(), "{text}: the reason is told");
    }
}

#[tokio::test(start_paused = true)]
async fn gstreamer_takes_at_once_what_retina_can_not_use() {
    let rig = Rig::new([no_use(), Visit::new().streams_on()]).await;
    rig.advance(5.5).await;
    assert_eq!(backends(&rig), [Backend::Retina, Backend::Gstreamer], "the cheap way first");
    assert_eq!(rig.attempts()[1], 0.0, "no footage is lost by waiting");
    let choice = rig.status().capture.unwrap().choice;
    assert_eq!(choice.because, "retina: the camera wants multicast", "the operator sees why");
    assert!(!choice.forced, "nobody asked for it");
    assert_eq!(rig.outline(), ["recorded"], "a fallback that works is no failure");
}

#[tokio::test(start_paused = true)]
async fn falling_back_happens_once_and_lasts() {
    let rig = Rig::new([
        no_use(),
        Visit::refuses(Unsupported, "GStreamer neither"),
        Visit::new().streams(seconds(5.0)).fails(Unreachable),
        Visit::new().streams_on(),
    ])
    .await;
    rig.until("recording", |status| status.figures.connections == 2).await;
    let expected = [Backend::Retina, Backend::Gstreamer, Backend::Gstreamer, Backend::Gstreamer];
    assert_eq!(backends(&rig), expected, "retina's word on this camera stands");
    let attempts = rig.attempts();
    assert!(attempts[2] - attempts[1] >= 2.5, "there is no third way: {attempts:?}");
    assert_eq!(rig.history()[0].what, "unsupported", "now the operator must act");
}

#[tokio::test(start_paused = true)]
async fn a_new_source_forgets_what_retina_said_of_the_old_one() {
    let rig = Rig::new([no_use(), Visit::new().streams_on(), Visit::new().streams_on()]).await;
    rig.advance(5.5).await;
    rig.pull_from("rtsp://other.example/1").await;
    rig.advance(5.0).await;
    let expected = [Backend::Retina, Backend::Gstreamer, Backend::Retina];
    assert_eq!(backends(&rig), expected, "another camera, another try");
    let because = rig.status().capture.unwrap().choice.because;
    assert!(!because.contains("multicast"), "the old camera's reason is gone: {because}");
}

#[tokio::test(start_paused = true)]
async fn a_new_source_is_a_new_try_also_between_two_attempts() {
    let away = Visit::refuses(Unreachable, "no route to host");
    let rig = Rig::new([no_use(), away, Visit::new().streams_on()]).await;
    rig.until("waiting", |status| status.fault.is_some()).await;
    rig.pull_from("rtsp://other.example/1").await;
    rig.until("recording", |status| status.figures.connections == 1).await;
    let expected = [Backend::Retina, Backend::Gstreamer, Backend::Retina];
    assert_eq!(backends(&rig), expected, "what was said was said of the old camera");
}

#[tokio::test(start_paused = true)]
async fn a_forced_backend_is_never_replaced() {
    let forced = StreamDraft { capture: Some(Backend::Retina), ..draft() };
    let rig = Rig::with(forced, [no_use(), no_use(), Visit::new().streams_on()]).await;
    rig.until("recording", |status| status.figures.connections == 1).await;
    assert_eq!(backends(&rig), [Backend::Retina; 3], "the operator's word counts");
    let choice = rig.status().capture.unwrap().choice;
    assert!(choice.forced, "and the status says whose choice it is");
    assert_eq!(rig.history()[0].what, "unsupported", "what does not work is told");
}
