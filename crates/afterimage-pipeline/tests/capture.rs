//! Capture by GStreamer from the simulated camera, checked frame by frame through the decoder.

mod rig;

use afterimage_base::{Secret, SourceUrl};
use afterimage_media::{Capture, CaptureEvent, CaptureFailure, Codec};
use afterimage_pipeline::camera::{
    CameraServer, ClockPattern, Footage, PatternAudio, PatternCodec,
};
use afterimage_pipeline::capture::{self, RtspOptions, Source, Transport};
use afterimage_pipeline::decode::Decoder;
use rig::{Take, camera, clock, failure, serve, small, sound, spec, take};

fn rtsp(url: &str, transport: Transport) -> Source {
    let options = RtspOptions { transport, ..RtspOptions::default() };
    Source::Rtsp(SourceUrl::parse(url).expect("an address"), options)
}

fn watch(camera: &CameraServer) -> Source {
    rtsp(&camera.url(0), Transport::Tcp)
}

/// Every counter in order of showing, read from the decoded pictures.
fn counters(take: &Take) -> Vec<u32> {
    let fragment = take.video_fragment();
    let mut decoder = Decoder::new(take.video_track()).expect("a decoder");
    let all: Vec<usize> = (0..fragment.len()).collect();
    let frames = decoder.decode_fragment(&fragment, &all).expect("it decodes");
    let mut shown: Vec<_> = frames
        .iter()
        .map(|frame| {
            (fragment[frame.sample_index].presentation, frame.counter().expect("a counter"))
        })
        .collect();
    shown.sort_unstable();
    shown.into_iter().map(|(_, counter)| counter).collect()
}

fn assert_rises_by_one(counters: &[u32], at_least: usize, context: &str) {
    assert!(counters.len() >= at_least, "{context}: only {} frames", counters.len());
    for pair in counters.windows(2) {
        assert_eq!(pair[1], pair[0] + 1, "{context}: every frame once and in order: {counters:?}");
    }
}

#[tokio::test]
async fn every_frame_of_every_codec_comes_once_and_in_order() {
    let cases = [
        (PatternCodec::H264, false, Codec::H264),
        (PatternCodec::H264, true, Codec::H264),
        (PatternCodec::H265, false, Codec::H265),
        (PatternCodec::H265, true, Codec::H265),
        (PatternCodec::Mjpeg, false, Codec::H264),
    ];
    for (codec, b_frames, expected) in cases {
        let context = format!("{codec:?} b_frames={b_frames}");
        let camera = camera(Footage::ClockPattern(ClockPattern { codec, b_frames, ..small() }));
        let mut capture = capture::open(&watch(&camera), clock()).expect("it opens");
        let take =
            take(&mut capture, 75).await.unwrap_or_else(|error| panic!("{context}: {error}"));
        assert_eq!(take.video_track().codec, expected, "{context}");
        // The last pictures of an open end may miss their references.
        assert_rises_by_one(&counters(&take)[..70], 70, &context);
        let video = take.of_kind(true);
        for pair in video.windows(2) {
            let (before, after) = (pair[0].decode.expect("known"), pair[1].decode.expect("known"));
            assert!(before < after, "{context}: decode times rise, {before:?} to {after:?}");
            assert!(
                pair[1].decode <= Some(pair[1].presentation),
                "{context}: decoded before shown"
            );
        }
        let reordered = video.windows(2).any(|pair| pair[1].presentation < pair[0].presentation);
        assert_eq!(reordered, b_frames, "{context}: B-frames travel out of order, others don't");
        assert!(video.iter().filter(|sample| sample.is_sync).count() >= 2, "{context}: key frames");
        assert_eq!(take.skipped, Vec::<String>::new(), "{context}: nothing is lost inside TCP");
    }
}

#[tokio::test]
async fn sound_comes_as_aac_or_opus() {
    let cases = [
        (PatternAudio::Aac, Codec::Aac, 48_000, 1_024),
        (PatternAudio::Opus, Codec::Opus, 48_000, 960),
        (PatternAudio::Pcmu, Codec::Aac, 8_000, 1_024),
    ];
    for (audio, codec, rate, length) in cases {
        let camera = camera(Footage::ClockPattern(ClockPattern { audio, ..small() }));
        let mut capture = capture::open(&watch(&camera), clock()).expect("it opens");
        let take =
            take(&mut capture, 50).await.unwrap_or_else(|error| panic!("{audio:?}: {error}"));
        assert_eq!(take.tracks.len(), 2, "{audio:?}: picture and sound");
        let track = take.tracks.iter().find(|track| !track.is_video()).expect("a sound track");
        assert_eq!((track.codec, track.timescale), (codec, rate), "{audio:?}");
        let sound = take.of_kind(false);
        let seconds = sound.len() * length / rate as usize;
        assert!((1..=3).contains(&seconds), "{audio:?}: two seconds of video bring {seconds} s");
        // The first packets may be cut where the stream was joined.
        for pair in sound[2..].windows(2) {
            let step = pair[1].presentation.0 - pair[0].presentation.0;
            let expected = length as i64;
            assert!((step - expected).abs() <= 8, "{audio:?}: {step} ticks follow {expected}");
        }
        let lag = take.of_kind(true)[0].presentation.micros_since(Default::default(), 90_000)
            - sound[0].presentation.micros_since(Default::default(), rate);
        assert!(lag.abs() < 500_000, "{audio:?}: both count from one zero, {lag} µs apart");
    }
}

#[tokio::test]
async fn sound_alone_is_captured() {
    let folder = tempfile::tempdir().expect("a folder");
    for (encoder, file, rate) in [("aac", "sound.m4a", 48_000), ("pcm_mulaw", "sound.mov", 8_000)] {
        let path = folder.path().join(file);
        sound(&path, encoder, 2);
        let camera = camera(Footage::File(path));
        let mut capture = capture::open(&watch(&camera), clock()).expect("it opens");
        let first = capture.next().await.expect("it plays");
        let CaptureEvent::Tracks(tracks) = first else { panic!("tracks come first: {first:?}") };
        assert_eq!(tracks.len(), 1, "{encoder}: there is no picture: {tracks:?}");
        assert_eq!((tracks[0].codec, tracks[0].timescale), (Codec::Aac, rate), "{encoder}");
        let mut times = Vec::new();
        while times.last().is_none_or(|last| *last < 5 * i64::from(rate)) {
            match capture.next().await.expect("it goes on") {
                CaptureEvent::Sample(sample) => times.push(sample.presentation.0),
                other => panic!("{encoder}: nothing else comes: {other:?}"),
            }
        }
        // The first packets may be cut where the stream was joined.
        for pair in times[2..].windows(2) {
            let step = pair[1] - pair[0];
            assert!((0..=2 * 1_024).contains(&step), "{encoder}: no hole at a join: {step}");
        }
    }
}

#[tokio::test]
async fn a_camera_inside_tls_is_captured_when_its_certificate_may_be_anyones() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).to_str().expect("a plain path").to_owned();
    let (key, certificate) = (path("key.pem"), path("certificate.pem"));
    let request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1"];
    let files = ["-days", "2", "-keyout", &key, "-out", &certificate];
    if let Err(error) = rig::run("openssl", &[&request[..], &files[..]].concat()) {
        println!("skipped: openssl makes no certificate ({error})");
        return;
    }
    let read = |path| std::fs::read_to_string(path).expect("openssl wrote it");
    let identity = Secret::new(format!("{}{}", read(&certificate), read(&key)));
    let listen = "127.0.0.1:0".parse().expect("an address");
    let specs = vec![spec("/door", Footage::ClockPattern(small()))];
    let camera = CameraServer::start_tls(listen, specs, &identity).expect("it starts");
    assert!(camera.url(0).starts_with("rtsps://"), "{}", camera.url(0));
    let mut strict = capture::open(&watch(&camera), clock()).expect("it opens");
    let refusal = failure(&mut strict).await;
    assert!(refusal.detail.contains("certificate"), "it says why: {refusal}");
    let options = RtspOptions { accept_any_certificate: true, ..RtspOptions::default() };
    let url = SourceUrl::parse(&camera.url(0)).expect("an address");
    let mut capture = capture::open(&Source::Rtsp(url, options), clock()).expect("it opens");
    let take = take(&mut capture, 30).await.expect("video inside TLS");
    assert_rises_by_one(&counters(&take), 25, "RTSPS");
}

#[tokio::test]
async fn the_cameras_clock_is_told_once_it_has_reported() {
    let camera = camera(Footage::ClockPattern(ClockPattern {
        b_frames: true,
        audio: PatternAudio::Aac,
        ..small()
    }));
    let mut capture = capture::open(&watch(&camera), clock()).expect("it opens");
    // The first report comes within five seconds (RFC 3550, section 6.2).
    let take = take(&mut capture, 150).await.expect("it plays");
    for is_video in [true, false] {
        let samples = take.of_kind(is_video);
        let timed = samples.iter().filter_map(|sample| Some((sample, sample.taken_at?)));
        let mut count = 0;
        for (sample, taken_at) in timed {
            let ahead = taken_at.as_micros() - sample.received_at.as_micros();
            // The camera's clock is this machine's, so only buffers lie between.
            assert!(ahead.abs() < 1_000_000, "video={is_video}: {ahead} µs from camera to us");
            count += 1;
        }
        assert!(count > 0, "video={is_video}: no report within {} samples", samples.len());
    }
}

#[tokio::test]
async fn datagrams_are_captured() {
    let camera = camera(Footage::ClockPattern(small()));
    let source = rtsp(&camera.url(0), Transport::Udp);
    let mut capture = capture::open(&source, clock()).expect("it opens");
    let take = take(&mut capture, 30).await.expect("video by UDP");
    assert_rises_by_one(&counters(&take), 25, "UDP on loopback");
}

#[tokio::test]
async fn the_test_pattern_is_paced_and_exact() {
    for (codec, b_frames, audio) in [
        (PatternCodec::H264, false, PatternAudio::Aac),
        (PatternCodec::H264, true, PatternAudio::None),
        (PatternCodec::Mjpeg, false, PatternAudio::None),
    ] {
        let pattern = ClockPattern { codec, b_frames, audio, ..small() };
        let started = std::time::Instant::now();
        let mut capture = capture::open(&Source::TestPattern(pattern), clock()).expect("it opens");
        let take = take(&mut capture, 50).await.expect("the pattern plays");
        assert!(started.elapsed().as_millis() > 1_500, "two seconds of pattern take two seconds");
        assert_rises_by_one(&counters(&take)[..45], 45, "test pattern");
        assert_eq!(take.tracks.len(), 1 + usize::from(audio != PatternAudio::None));
    }
}

#[tokio::test]
async fn a_wrong_password_is_said_so() {
    let mut specs = vec![spec("/door", Footage::ClockPattern(small()))];
    specs[0].credentials = Some(("anna".to_owned(), Secret::new("secret")));
    let camera = serve(specs);
    let address = camera.local_addr();
    for login in ["", "anna:hunter2@"] {
        let source = rtsp(&format!("rtsp://{login}{address}/door"), Transport::Tcp);
        let mut capture = capture::open(&source, clock()).expect("it opens");
        let error = failure(&mut capture).await;
        assert_eq!(error.failure, CaptureFailure::AuthenticationFailed, "{error}");
        assert!(!error.detail.contains("hunter2"), "no password in an error: {error}");
    }
    let source = rtsp(&format!("rtsp://anna:secret@{address}/door"), Transport::Tcp);
    let mut capture = capture::open(&source, clock()).expect("it opens");
    take(&mut capture, 5).await.expect("the right password opens");
}

#[tokio::test]
async fn nobody_there_and_no_such_path_are_unreachable() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let nobody = listener.local_addr().expect("an address");
    drop(listener);
    let camera = camera(Footage::ClockPattern(small()));
    let wrong_path = format!("rtsp://{}/nowhere", camera.local_addr());
    for url in [format!("rtsp://{nobody}/door"), wrong_path] {
        let mut capture = capture::open(&rtsp(&url, Transport::Tcp), clock()).expect("it opens");
        let error = failure(&mut capture).await;
        assert_eq!(error.failure, CaptureFailure::Unreachable, "{url}: {error}");
        let again = failure(&mut capture).await;
        assert_eq!(again.detail, error.detail, "a session that has ended stays ended");
    }
}

#[tokio::test]
async fn a_camera_that_goes_away_ends_the_session() {
    let camera = camera(Footage::ClockPattern(small()));
    let mut capture = capture::open(&watch(&camera), clock()).expect("it opens");
    take(&mut capture, 10).await.expect("it plays");
    camera.stop();
    let error = failure(&mut capture).await;
    let expected = [CaptureFailure::Unreachable, CaptureFailure::Ended];
    assert!(expected.contains(&error.failure), "{:?}: {error}", error.failure);
}

#[tokio::test]
async fn what_is_no_camera_is_refused_at_once() {
    for source in [
        Source::Webcam(Some("/etc/passwd".into())),
        Source::PipeWire(String::new()),
        rtsp("http://camera/1", Transport::Tcp),
        Source::TestPattern(ClockPattern { width: 3, ..small() }),
    ] {
        let error = capture::open(&source, clock()).expect_err("no camera");
        assert_eq!(error.failure, CaptureFailure::Unsupported, "{error}");
    }
}
