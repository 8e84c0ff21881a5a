//! Real cameras, recorded by retina and read back by ffmpeg: codecs, sound, transports, passwords.

use afterimage_base::{Secret, SourceUrl, SystemClock, WallTime};
use afterimage_media::{
    Capture, CaptureError, CaptureEvent, CaptureFailure, Codec, Cut, Fragment, FragmentIdentity,
    Fragmenter, FragmenterOptions, Sample, Track, TrackKind,
};
use afterimage_pipeline::camera::{
    CameraServer, CameraSpec, ClockPattern, Footage, PatternAudio, PatternCodec,
};
use afterimage_rtsp::{RtspOptions, Transport, open};
use std::sync::Arc;
use std::time::Duration;

const LOCALHOST: (std::net::Ipv4Addr, u16) = (std::net::Ipv4Addr::LOCALHOST, 0);

/// Media time that a recording covers.
const RECORDED: Duration = Duration::from_secs(5);

fn camera(footage: Footage, credentials: Option<(&str, &str)>) -> CameraServer {
    let credentials = credentials.map(|(user, password)| (user.to_owned(), Secret::new(password)));
    let spec = CameraSpec { mount: "/door".to_owned(), footage, credentials };
    CameraServer::start(LOCALHOST.into(), vec![spec]).expect("a camera")
}

fn clock(codec: PatternCodec, b_frames: bool, audio: PatternAudio) -> CameraServer {
    let (width, height) = (320, 180);
    let pattern = ClockPattern { width, height, codec, b_frames, audio, ..ClockPattern::default() };
    camera(Footage::ClockPattern(pattern), None)
}

fn options(transport: Transport) -> RtspOptions {
    RtspOptions { transport, ..RtspOptions::new(Arc::new(SystemClock::new())) }
}

fn url(camera: &CameraServer, credentials: &str) -> SourceUrl {
    let address = camera.url(0).replacen("rtsp://", &format!("rtsp://{credentials}"), 1);
    SourceUrl::parse(&address).expect("an address")
}

struct Recording {
    tracks: Vec<Track>,
    samples: Vec<Sample>,
    skipped: Vec<String>,
}

async fn drain(capture: &mut impl Capture) -> Recording {
    let Ok(CaptureEvent::Tracks(tracks)) = capture.next().await else {
        panic!("the first event is the tracks");
    };
    let mut recording = Recording { tracks, samples: Vec::new(), skipped: Vec::new() };
    loop {
        match capture.next().await.expect("the camera goes on") {
            CaptureEvent::Tracks(tracks) => assert_eq!(tracks, recording.tracks, "nothing changes"),
            CaptureEvent::Skipped { detail } => recording.skipped.push(detail),
            CaptureEvent::Sample(sample) => {
                let timescale = recording.tracks[sample.track].timescale;
                let micros = sample.presentation.rescale(timescale, 1_000_000).0;
                let is_last = sample.track == 0 && micros >= micros_of(RECORDED);
                recording.samples.push(sample);
                if is_last {
                    return recording;
                }
            }
        }
    }
}

fn micros_of(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).expect("short")
}

impl Recording {
    fn of(&self, track: usize) -> impl Iterator<Item = &Sample> {
        self.samples.iter().filter(move |sample| sample.track == track)
    }

    /// What ffmpeg makes of it: the frames it decodes and what it complains about.
    fn read_back(&self) -> ReadBack {
        let mut fragmenter = Fragmenter::new(FragmenterOptions::default());
        let mut cuts = fragmenter.tracks(self.tracks.clone()).expect("tracks that can be recorded");
        cuts.extend(self.samples.iter().cloned().flat_map(|sample| fragmenter.push(sample)));
        cuts.extend(fragmenter.finish());
        let fragments: Vec<Fragment> = cuts
            .into_iter()
            .filter_map(|cut| match cut {
                Cut::Fragment(fragment) => Some(fragment),
                Cut::Chunk(_) => None,
                unexpected => panic!("nothing jumps and nothing is skipped: {unexpected:?}"),
            })
            .collect();
        let mut file = fragments.first().expect("five seconds make a fragment").init.bytes.to_vec();
        for (number, fragment) in (1..).zip(&fragments) {
            let identity = FragmentIdentity { number, previous_hash: [0; 32] };
            file.extend_from_slice(&fragment.encode(&identity).bytes);
        }
        let path = tempfile::Builder::new().suffix(".mp4").tempfile().expect("a file");
        std::fs::write(path.path(), file).expect("room for it");
        ReadBack::of(path.path())
    }
}

struct ReadBack {
    /// `codec_name` of each stream.
    codecs: Vec<String>,
    frames: usize,
    complaints: String,
}

impl ReadBack {
    #[expect(clippy::disallowed_types, reason = "an independent program reads what we wrote")]
    fn of(path: &std::path::Path) -> Self {
        let run = |program: &str, arguments: &[&str]| {
            let output = std::process::Command::new(program)
                .args(["-v", "error"])
                .args(arguments)
                .arg(path)
                .args(if program == "ffmpeg" { &["-f", "null", "-"][..] } else { &[] })
                .output()
                .expect("ffmpeg is installed");
            let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
            (text(output.stdout), text(output.stderr))
        };
        let (codecs, _) = run("ffprobe", &["-show_entries", "stream=codec_name", "-of", "csv=p=0"]);
        let count = ["-count_frames", "-select_streams", "v", "-show_entries"];
        let (frames, mut complaints) =
            run("ffprobe", &[&count[..], &["stream=nb_read_frames", "-of", "csv=p=0"]].concat());
        complaints.push_str(&run("ffmpeg", &["-xerror", "-i"]).1);
        Self {
            codecs: codecs.lines().map(|line| line.trim_end_matches(',').to_owned()).collect(),
            frames: frames.trim().trim_end_matches(',').parse().expect("a number of frames"),
            complaints,
        }
    }
}

/// Every picture of the camera is there once: 25 a second, in some order, without a hole.
fn assert_whole(recording: &Recording, what: &str) {
    assert_eq!(recording.skipped, Vec::<String>::new(), "{what}: nothing was lost on the way");
    let mut times: Vec<i64> = recording.of(0).map(|sample| sample.presentation.0).collect();
    // Of the pictures that come last, some are still to come that are shown before them.
    times.sort_unstable();
    times.truncate(times.len().saturating_sub(4));
    assert_eq!(times.first(), Some(&0), "{what}: media time begins with the first key frame");
    for pair in times.windows(2) {
        let distance = pair[1] - pair[0];
        assert!((3_500..=3_700).contains(&distance), "{what}: 40 ms at 90 kHz, not {distance}");
    }
}

fn assert_read_back(recording: &Recording, codecs: &[&str], what: &str) {
    let read = recording.read_back();
    assert_eq!(read.complaints, "", "{what}: ffmpeg decodes all of it");
    assert_eq!(read.codecs, codecs, "{what}");
    assert_eq!(read.frames, recording.of(0).count(), "{what}: every picture decodes");
}

/// Records a camera over each transport at once and has both recordings judged.
async fn over_both_transports(
    camera: impl Fn() -> CameraServer,
    what: &str,
    judge: impl Fn(&Recording, &str),
) {
    let (tcp, udp) =
        tokio::join!(record(camera(), Transport::Tcp), record(camera(), Transport::Udp),);
    for (recording, transport) in [(tcp, "TCP"), (udp, "UDP")] {
        let what = format!("{what} over {transport}");
        assert_whole(&recording, &what);
        judge(&recording, &what);
    }
}

async fn record(camera: CameraServer, transport: Transport) -> Recording {
    let mut capture = open(&url(&camera, ""), options(transport)).await.expect("it plays");
    drain(&mut capture).await
}

#[tokio::test(flavor = "multi_thread")]
async fn both_codecs_with_and_without_b_frames_over_both_transports() {
    let judge = |codec: &str, reorders: bool, recording: &Recording, what: &str| {
        let mut pairs = recording.samples.windows(2);
        let goes_back = pairs.any(|pair| pair[1].presentation < pair[0].presentation);
        assert_eq!(goes_back, reorders, "{what}: the camera reorders as told");
        assert_read_back(recording, &[codec], what);
        let TrackKind::Video(size) = &recording.tracks[0].kind else {
            panic!("{what}: the first track is video");
        };
        assert_eq!((size.width, size.height), (320, 180), "{what}: cropped, as shown");
    };
    let of = |codec, b_frames| move || clock(codec, b_frames, PatternAudio::None);
    tokio::join!(
        over_both_transports(of(PatternCodec::H264, false), "H.264", move |recording, what| {
            judge("h264", false, recording, what);
        }),
        over_both_transports(of(PatternCodec::H264, true), "H.264 B", move |recording, what| {
            judge("h264", true, recording, what);
        }),
        over_both_transports(of(PatternCodec::H265, false), "H.265", move |recording, what| {
            judge("hevc", false, recording, what);
        }),
        over_both_transports(of(PatternCodec::H265, true), "H.265 B", move |recording, what| {
            judge("hevc", true, recording, what);
        }),
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn sound_stands_beside_its_picture() {
    let judge = |codec: Codec, name: &str, recording: &Recording, what: &str| {
        assert_eq!(recording.tracks[1].codec, codec, "{what}");
        assert_read_back(recording, &["h264", name], what);
        let sound: Vec<&Sample> = recording.of(1).collect();
        for pair in sound.windows(2) {
            let distance = pair[1].presentation.0 - pair[0].presentation.0;
            let duration = pair[0].duration.expect("sound knows its length").0;
            assert!((distance - duration).abs() <= 2, "{what}: {distance} after {duration}");
        }
        let last = sound.last().expect("sound").presentation;
        let seconds = last.0 as f64 / f64::from(recording.tracks[1].timescale);
        assert!((3.5..6.0).contains(&seconds), "{what}: it ends with the picture, at {seconds}");
    };
    let of = |audio| move || clock(PatternCodec::H264, false, audio);
    tokio::join!(
        over_both_transports(of(PatternAudio::Aac), "AAC", move |recording, what| {
            judge(Codec::Aac, "aac", recording, what);
        }),
        over_both_transports(of(PatternAudio::Pcmu), "G.711", move |recording, what| {
            judge(Codec::Opus, "opus", recording, what);
        }),
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn times_are_smooth_and_true_although_the_socket_is_read_rarely() {
    let camera = clock(PatternCodec::H264, false, PatternAudio::None);
    let clock = Arc::new(SystemClock::new());
    let mut capture = open(&url(&camera, ""), RtspOptions::new(clock)).await.expect("it plays");
    let recording = drain(&mut capture).await;
    let late: Vec<&Sample> = recording.of(0).skip(50).collect();
    for pair in late.windows(2) {
        let received = micros_between(pair[0].received_at, pair[1].received_at);
        let shown = (pair[1].presentation.0 - pair[0].presentation.0) * 100 / 9;
        let error = (received - shown).abs();
        assert!(error <= 20_000, "received {received} µs apart, shown {shown} µs apart");
    }
    let told = late.iter().filter_map(|sample| Some((sample.taken_at?, sample.received_at)));
    let differences: Vec<i64> = told.map(|(taken, came)| micros_between(taken, came)).collect();
    assert!(!differences.is_empty(), "GStreamer sends sender reports within seconds");
    for difference in differences {
        assert!(difference.abs() < 1_500_000, "one machine, one clock: {difference} µs apart");
    }
}

fn micros_between(from: WallTime, to: WallTime) -> i64 {
    to.as_micros() - from.as_micros()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_opens_and_a_wrong_one_is_told_as_such() {
    let pattern = ClockPattern { width: 320, height: 180, ..ClockPattern::default() };
    let camera = camera(Footage::ClockPattern(pattern), Some(("admin", "p@ss")));
    let mut right = open(&url(&camera, "admin:p%40ss@"), options(Transport::Tcp)).await;
    let first = right.as_mut().expect("the password is right").next().await;
    assert!(matches!(first, Ok(CaptureEvent::Tracks(_))), "{first:?}");
    for credentials in ["admin:wr0ngsecret@", ""] {
        let refused = open(&url(&camera, credentials), options(Transport::Tcp)).await;
        let error: CaptureError = refused.expect_err("the camera is locked");
        assert_eq!(error.failure, CaptureFailure::AuthenticationFailed, "{error}");
        assert!(!format!("{error:?}").contains("wr0ngsecret"), "{error:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_camera_that_is_gone_is_unreachable_and_one_that_goes_ends() {
    let pattern = ClockPattern { width: 320, height: 180, ..ClockPattern::default() };
    let camera = camera(Footage::ClockPattern(pattern), None);
    let address = url(&camera, "");
    let mut capture = open(&address, options(Transport::Tcp)).await.expect("it plays");
    capture.next().await.expect("tracks");
    drop(camera);
    let ended = loop {
        if let Err(error) = capture.next().await {
            break error;
        }
    };
    assert!(
        matches!(ended.failure, CaptureFailure::Ended | CaptureFailure::Unreachable),
        "{ended:?}"
    );
    let gone = open(&address, options(Transport::Tcp)).await.expect_err("nobody listens");
    assert_eq!(gone.failure, CaptureFailure::Unreachable, "{gone}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_gstreamer_must_take_is_refused_with_its_name() {
    for (codec, audio, named) in [
        (PatternCodec::Mjpeg, PatternAudio::None, "jpeg video"),
        (PatternCodec::H264, PatternAudio::Opus, "opus audio"),
    ] {
        let camera = clock(codec, false, audio);
        let refused = open(&url(&camera, ""), options(Transport::Tcp)).await;
        let error = refused.expect_err("not by this way");
        assert_eq!(error.failure, CaptureFailure::Unsupported, "{error}");
        assert!(error.detail.contains(named), "{error}");
    }
}
