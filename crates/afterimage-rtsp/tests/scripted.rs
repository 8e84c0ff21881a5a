//! Cameras that misbehave, and what the recorder is told of each.

mod scripted_camera;

use afterimage_base::{SourceUrl, SystemClock, WallTime};
use afterimage_media::{
    Capture, CaptureError, CaptureEvent, CaptureFailure, Codec, TrackKind, VideoParameters,
};
use afterimage_rtsp::{RtspCapture, RtspOptions, open};
use scripted_camera::{Act, LARGE, SMALL, Script, delta, key, picture, sdp, serve};
use std::sync::Arc;
use std::time::Duration;

fn options() -> RtspOptions {
    RtspOptions {
        drain_every: Duration::from_millis(20),
        ..RtspOptions::new(Arc::new(SystemClock::new()))
    }
}

fn url(text: &str) -> SourceUrl {
    SourceUrl::parse(text).expect("an address")
}

async fn play(script: Script) -> RtspCapture {
    let camera = serve(script).await;
    open(&url(&format!("rtsp://{}", camera.place)), options()).await.expect("it plays")
}

async fn play_h264(acts: Vec<Act>) -> (Vec<CaptureEvent>, CaptureError) {
    let mut capture = play(Script::h264(LARGE, acts)).await;
    let mut events = Vec::new();
    loop {
        match capture.next().await {
            Ok(event) => events.push(event),
            Err(error) => return (events, error),
        }
    }
}

async fn refused(script: Script, credentials: &str) -> CaptureError {
    let camera = serve(script).await;
    let address = format!("rtsp://{credentials}{}", camera.place);
    open(&url(&address), options()).await.expect_err("it does not play")
}

/// One word an event: the width of tracks, the presentation ticks of samples.
fn words(events: &[CaptureEvent]) -> Vec<String> {
    events
        .iter()
        .map(|event| match event {
            CaptureEvent::Tracks(tracks) => match &tracks[0].kind {
                TrackKind::Video(VideoParameters { width, .. }) => format!("tracks:{width}"),
                TrackKind::Audio(_) => "tracks:audio".to_owned(),
            },
            CaptureEvent::Sample(sample) if sample.is_sync => {
                format!("key:{}", sample.presentation.0)
            }
            CaptureEvent::Sample(sample) => sample.presentation.0.to_string(),
            CaptureEvent::Skipped { .. } => "skipped".to_owned(),
        })
        .collect()
}

#[tokio::test]
async fn a_good_camera_is_tracks_and_samples_until_it_ends() {
    let script = vec![delta(0), key(3_600), delta(7_200), key(10_800), delta(14_400), Act::Close];
    let (events, error) = play_h264(script).await;
    assert_eq!(words(&events), ["tracks:640", "key:0", "3600", "key:7200", "10800"]);
    assert_eq!(error.failure, CaptureFailure::Ended, "{error}");
    let CaptureEvent::Tracks(tracks) = &events[0] else { panic!("tracks come first") };
    assert_eq!((tracks[0].codec, tracks[0].timescale), (Codec::H264, 90_000));
    assert_eq!(tracks[0].decoder_config[..4], [1, 0x42, 0xc0, 0x1e], "an avcC, profile and level");
    let CaptureEvent::Sample(first) = &events[1] else { panic!("then samples") };
    assert_eq!(first.data[..5], [0, 0, 0, 4, 0x65], "four-byte lengths before NAL units");
    assert_eq!(first.decode, None, "RTP knows presentation times only");
}

#[tokio::test]
async fn another_picture_size_is_another_track_on_the_same_clock() {
    let new_size = Act::Send { ticks: 3_600, ends_picture: false, payload: SMALL.to_vec() };
    let (events, _) = play_h264(vec![key(0), new_size, key(3_600), delta(7_200), Act::Close]).await;
    assert_eq!(words(&events), ["tracks:640", "key:0", "tracks:320", "key:3600", "7200"]);
}

#[tokio::test]
async fn garbage_is_skipped_to_the_next_key_frame() {
    let garbage = || Act::Send { ticks: 3_600, ends_picture: true, payload: vec![0xff; 1_000] };
    let script =
        vec![key(0), garbage(), garbage(), delta(7_200), key(10_800), delta(14_400), Act::Close];
    let (events, error) = play_h264(script).await;
    assert_eq!(words(&events), ["tracks:640", "key:0", "skipped", "key:10800", "14400"]);
    assert_eq!(error.failure, CaptureFailure::Ended, "the session survived it: {error}");
}

#[tokio::test]
async fn lost_packets_are_counted_and_what_depends_on_them_left_out() {
    let script = vec![
        key(0),
        delta(3_600),
        Act::Lose(5),
        delta(10_800),
        delta(14_400),
        key(18_000),
        Act::Close,
    ];
    let (events, _) = play_h264(script).await;
    assert_eq!(words(&events), ["tracks:640", "key:0", "3600", "skipped", "key:18000"]);
    let CaptureEvent::Skipped { detail } = &events[3] else { panic!("the loss is told") };
    assert!(detail.contains("5 packets") && detail.contains("2 frames"), "{detail}");
}

#[tokio::test]
async fn a_frame_and_an_error_in_one_packet_end_no_more_than_the_session() {
    // The picture has no end mark, so the bad packet ends it and is an error as well.
    let script = vec![key(0), picture(3_600, 0x41), Act::Close];
    let (good, _) = play_h264(script).await;
    assert_eq!(good.len(), 3, "the control: {good:?}");
    let unmarked = Act::Send { ticks: 3_600, ends_picture: false, payload: vec![0x41, 1, 2, 3] };
    let bad = |ticks| Act::Send { ticks, ends_picture: false, payload: vec![0xff, 1, 2, 3] };
    let script = vec![key(0), unmarked, bad(7_200), bad(10_800), key(14_400), Act::Close];
    let (events, error) = play_h264(script).await;
    assert_eq!(words(&events)[..2], ["tracks:640", "key:0"], "what came before is kept");
    assert!(
        matches!(error.failure, CaptureFailure::Ended | CaptureFailure::Unreachable),
        "the recorder connects anew: {error:?}"
    );
}

#[tokio::test]
async fn a_camera_that_speaks_nonsense_ends_the_session() {
    let nonsense = Act::Raw(b"HTTP/1.1 200 OK\r\n\x00\x01\x02\r\n\r\n".to_vec());
    let (events, error) = play_h264(vec![key(0), nonsense]).await;
    assert_eq!(words(&events), ["tracks:640", "key:0"]);
    assert_eq!(error.failure, CaptureFailure::Unreachable, "{error}");
    assert!(!error.detail.contains('\n'), "one line for the operator: {error}");
}

#[tokio::test]
async fn a_clock_that_steps_ends_the_session() {
    let (events, error) = play_h264(vec![key(0), key(90_000 * 3_600), Act::Close]).await;
    assert_eq!(words(&events), ["tracks:640", "key:0"]);
    assert_eq!(error.failure, CaptureFailure::Unreachable, "{error}");
    assert!(error.detail.contains("3599 s") || error.detail.contains("3600 s"), "{error}");
}

#[tokio::test]
async fn silence_is_a_failure_of_its_own() {
    let camera = serve(Script::h264(LARGE, vec![key(0)])).await;
    let options = RtspOptions { silence: Duration::from_millis(300), ..options() };
    let address = url(&format!("rtsp://{}", camera.place));
    let mut capture = open(&address, options).await.expect("it plays");
    while let Ok(event) = capture.next().await {
        assert!(!matches!(event, CaptureEvent::Skipped { .. }), "nothing was damaged: {event:?}");
    }
    let error = capture.next().await.expect_err("an end stays an end");
    assert_eq!(error.failure, CaptureFailure::Silent, "{error}");
}

#[tokio::test]
async fn taken_at_comes_from_sender_reports() {
    let taken: WallTime = "2026-01-02T03:04:05Z".parse().expect("RFC 3339");
    let ntp =
        u64::try_from(taken.as_micros() / 1_000_000 + 2_208_988_800).expect("after 1900") << 32;
    let report = Act::Report { ntp, ticks: 3_600 };
    let (events, _) = play_h264(vec![key(0), report, delta(93_600), Act::Close]).await;
    let taken_at = |event: &CaptureEvent| match event {
        CaptureEvent::Sample(sample) => sample.taken_at,
        _ => None,
    };
    assert_eq!(taken_at(&events[1]), None, "before the report nobody knows");
    let expected = taken.plus(Duration::from_secs(1));
    assert_eq!(taken_at(&events[2]), Some(expected), "a second of RTP time after the report");
}

#[tokio::test]
async fn passwords_are_asked_for_refused_and_never_told() {
    let locked = || Script { describe: "401 Unauthorized", ..Script::h264(LARGE, vec![]) };
    let without = refused(locked(), "").await;
    assert_eq!(without.failure, CaptureFailure::AuthenticationFailed);
    assert!(without.detail.contains("asks for a user"), "{without}");
    let wrong = refused(locked(), "admin:tops3cret@").await;
    assert_eq!(wrong.failure, CaptureFailure::AuthenticationFailed);
    assert!(wrong.detail.contains("`admin`"), "{wrong}");
    assert!(!format!("{wrong:?}").contains("tops3cret"), "{wrong:?}");
}

#[tokio::test]
async fn what_can_not_be_used_is_left_to_another_capture() {
    let mjpeg = Script {
        sdp: sdp("m=video 0 RTP/AVP 26\r\na=control:track1\r\n"),
        ..Script::h264(LARGE, vec![])
    };
    let error = refused(mjpeg, "").await;
    assert_eq!(error.failure, CaptureFailure::Unsupported);
    assert!(error.detail.contains("jpeg video"), "it says what was offered: {error}");
    let moved = Script { describe: "302 Moved Temporarily", ..Script::h264(LARGE, vec![]) };
    assert_eq!(refused(moved, "").await.failure, CaptureFailure::Unsupported);
    let missing = Script { describe: "404 Not Found", ..Script::h264(LARGE, vec![]) };
    assert_eq!(refused(missing, "").await.failure, CaptureFailure::Unreachable);
}

#[tokio::test]
async fn nobody_at_the_address_is_unreachable() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let place = listener.local_addr().expect("bound");
    drop(listener);
    let error = open(&url(&format!("rtsp://{place}/")), options()).await.expect_err("nobody");
    assert_eq!(error.failure, CaptureFailure::Unreachable, "{error}");
}

#[tokio::test]
async fn watching_is_served_at_once_and_calm_waits_for_its_instant() {
    let camera = serve(Script::h264(LARGE, vec![key(0)])).await;
    let options = RtspOptions { drain_every: Duration::from_secs(86_400), ..options() };
    let address = url(&format!("rtsp://{}", camera.place));
    let mut capture = open(&address, options).await.expect("it plays");
    capture.set_watched(true);
    let event = capture.next().await.expect("not tomorrow");
    assert!(matches!(event, CaptureEvent::Tracks(_)), "{event:?}");
}

#[tokio::test]
async fn a_capture_that_is_dropped_says_goodbye() {
    let mut camera = serve(Script::h264(LARGE, vec![key(0)])).await;
    let address = url(&format!("rtsp://{}", camera.place));
    let mut capture = open(&address, options()).await.expect("it plays");
    capture.next().await.expect("tracks");
    drop(capture);
    let mut requests = Vec::new();
    while requests.last().is_none_or(|last| last != "TEARDOWN") {
        requests.push(camera.requests.recv().await.expect("the camera is still there"));
    }
    assert_eq!(requests, ["DESCRIBE", "SETUP", "PLAY", "TEARDOWN"], "and sets up nothing else");
}

/// Bytes that look like chance and are the same in each run (xorshift64).
fn chance(mut state: u64) -> impl FnMut(u64) -> u64 {
    move |below| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % below
    }
}

/// Packets between which a depacketizer can't tell what to expect.
fn mangled(seed: u64) -> Vec<Act> {
    let mut next = chance(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) + 1);
    let kinds = [0x65, 0x41, 0x67, 0x68, 0x78, 0x7c, 0x5c, 0x26, 0x02, 0x40, 0x42, 0x62, 0xff];
    let mut acts = vec![key(0)];
    for step in 0..60 {
        let kind = kinds[usize::try_from(next(13)).expect("small")];
        let length = next(40);
        let mut payload = vec![kind];
        payload.extend((0..length).map(|_| u8::try_from(next(256)).expect("a byte")));
        let ticks = if next(4) == 0 { step * 3_600 } else { step / 3 * 3_600 };
        let ticks = u32::try_from(ticks).expect("small");
        acts.push(match next(12) {
            0 => Act::Lose(u16::try_from(next(5)).expect("small")),
            1 => Act::Report { ntp: next(u64::MAX), ticks },
            2 => key(ticks),
            _ => Act::Send { ticks, ends_picture: next(2) == 0, payload },
        });
    }
    acts.push(Act::Close);
    acts
}

#[tokio::test]
async fn whatever_comes_the_session_ends_in_a_sentence() {
    let hevc = sdp("m=video 0 RTP/AVP 96\r\na=rtpmap:96 H265/90000\r\na=control:track1\r\n");
    let sessions = (0..200).map(|seed| {
        let mut script = Script::h264(LARGE, mangled(seed));
        if seed % 2 == 1 {
            script.sdp.clone_from(&hevc);
        }
        async move {
            let mut capture = play(script).await;
            let error = loop {
                if let Err(error) = capture.next().await {
                    break error;
                }
            };
            assert_ne!(error.failure, CaptureFailure::Unsupported, "seed {seed}: {error}");
            assert!(!error.detail.contains("broke the reader"), "seed {seed}: {error}");
        }
    });
    futures::future::join_all(sessions).await;
}
