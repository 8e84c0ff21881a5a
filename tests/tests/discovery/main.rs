//! Finding a camera that nobody told us about, up to its first recorded picture: a simulated ONVIF
//! camera, whose video is a simulated RTSP camera, and a recorder behind its API.

#![expect(clippy::disallowed_types, reason = "these tests drive the real program")]

mod onvif;

use afterimage_api::dto::{ProfileList, ProfilesQuery, StreamCreate, TrialCreate};
use afterimage_api::{Api, ApiOptions, Target};
use afterimage_base::{Clock, ErrorKind, Secret, SystemClock};
use afterimage_client::{Client, ClientError};
use afterimage_http::{Doors, HttpOptions, router, serve};
use afterimage_pipeline::camera::{CameraServer, CameraSpec, ClockPattern, Footage};
use afterimage_recorder::{RealCaptures, Recorder, RecorderOptions};
use afterimage_store::{Store, StoreOptions};
use afterimage_tests::afterimage;
use onvif::{AHEAD_SECONDS, Manner, OnvifCamera, PASSWORD, USER};
use std::net::Ipv4Addr;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

const TOKEN: &str = "0123456789abcdef";
/// What the contract allows, and a machine under load.
const LOOK_WITHIN: Duration = Duration::from_millis(3_500);

struct Rig {
    client: Client,
    recorder: Recorder,
    shutdown: CancellationToken,
    server: JoinHandle<std::io::Result<()>>,
    _data: tempfile::TempDir,
}

impl Rig {
    async fn new(target: Target) -> Self {
        let clock = Arc::new(SystemClock::new());
        let data = tempfile::tempdir().expect("a directory");
        let store = Store::open(data.path(), StoreOptions::new(clock.clone())).expect("an archive");
        let captures = Arc::new(RealCaptures { clock: clock.clone() });
        let options = RecorderOptions { clock: clock.clone(), captures, recording: true };
        let recorder = Recorder::start(store, options).expect("a recorder");
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let address = listener.local_addr().expect("bound");
        let shutdown = CancellationToken::new();
        let options =
            ApiOptions { version: "0.0.0".to_owned(), started: clock.now(), models: Vec::new() };
        let http = HttpOptions {
            token: Secret::new(TOKEN),
            doors: Doors::at(address),
            shutdown: shutdown.clone(),
        };
        let api = Api::new(recorder.clone(), options).looking_at(target);
        let server = tokio::spawn(serve(listener, router(api, http), shutdown.clone()));
        let client = Client::new(&address.to_string(), Secret::new(TOKEN)).expect("an address");
        Self { client, recorder, shutdown, server, _data: data }
    }

    async fn profiles(
        &self,
        service: &str,
        login: Option<(&str, &str)>,
    ) -> Result<ProfileList, ClientError> {
        let query = ProfilesQuery {
            service: service.to_owned(),
            user: login.map(|(user, _)| user.to_owned()),
            password: login.map(|(_, password)| password.to_owned()),
        };
        self.client.profiles(&query).await
    }

    /// The command line, asking this recorder.
    async fn command(&self, arguments: &[&str], password: Option<&str>) -> (i32, String, String) {
        let mut command = Command::new(afterimage());
        command
            .env_remove("AFTERIMAGE_DATA")
            .env_remove("AFTERIMAGE_CAMERA_PASSWORD")
            .env("AFTERIMAGE_SERVER", self.client.address())
            .env("AFTERIMAGE_TOKEN", TOKEN)
            .envs(password.map(|password| ("AFTERIMAGE_CAMERA_PASSWORD", password)))
            .args(arguments)
            .stdin(Stdio::null());
        let ended = tokio::task::spawn_blocking(move || command.output().expect("it starts"));
        let output = ended.await.expect("joined");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
        (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
    }

    async fn finish(self) {
        self.shutdown.cancel();
        self.server.await.expect("joined").expect("it served");
        self.recorder.shutdown().await;
    }
}

fn video() -> CameraServer {
    let pattern = ClockPattern { width: 320, height: 180, ..ClockPattern::default() };
    let spec = CameraSpec {
        mount: "/door".to_owned(),
        footage: Footage::ClockPattern(pattern),
        credentials: Some((USER.to_owned(), Secret::new(PASSWORD))),
    };
    CameraServer::start((Ipv4Addr::LOCALHOST, 0).into(), vec![spec]).expect("a camera")
}

/// As a person pastes it: user and password in front, escaped.
fn with_login(url: &str) -> String {
    url.replacen("rtsp://", &format!("rtsp://{USER}:p%3Css%20%26%20w%C3%B6rd@"), 1)
}

#[tokio::test(flavor = "multi_thread")]
async fn from_a_shout_into_the_network_to_a_recorded_stream() {
    let video = video();
    let camera = OnvifCamera::start(Manner::Token, &video.url(0)).await;
    let rig = Rig::new(Target::Addresses(vec![camera.udp])).await;

    let began = Instant::now();
    let found = rig.client.discover().await.expect("it looked");
    assert!(began.elapsed() < LOOK_WITHIN, "a look is short: {:?}", began.elapsed());
    let [front] = &found.cameras[..] else { panic!("one camera: {:?}", found.cameras) };
    assert_eq!(front.name, "Front door", "decoded; and answers that were none cost nothing");
    assert_eq!(front.hardware.as_deref(), Some("SIM-1"));
    assert_eq!((&*front.id, &*front.service), ("urn:uuid:onvif-1", &*camera.service()));
    assert_eq!(front.stream, None, "nobody records it");

    let told = rig.profiles(&front.service, Some((USER, PASSWORD))).await.expect("profiles");
    let [main] = &told.profiles[..] else { panic!("one has an address: {:?}", told.profiles) };
    assert_eq!((&*main.name, main.codec.as_deref()), ("main", Some("h264")));
    assert_eq!(
        (main.width, main.height, main.frames_per_second),
        (Some(320), Some(180), Some(25.0))
    );
    let expected = format!("{}?a=1&b=2", video.url(0));
    assert_eq!(main.url, expected, "0.0.0.0 is the camera that was asked");
    let skew = told.clock_skew_micros.expect("it tells its time");
    let off = (skew - AHEAD_SECONDS * 1_000_000).abs();
    assert!(off < 2_000_000, "an hour ahead, to about a second: {skew}");
    assert!(!camera.heard().contains(PASSWORD), "the password never left");

    let source = with_login(&video.url(0));
    let create = TrialCreate { source: source.clone(), transport: None, capture: None };
    let trial = rig.client.try_source(&create).await.expect("video comes");
    let size = (trial.tracks[0].width, trial.tracks[0].height);
    assert_eq!((&*trial.tracks[0].kind, size), ("video", (Some(320), Some(180))));

    let create =
        StreamCreate { name: "front".to_owned(), source: Some(source), ..StreamCreate::default() };
    rig.client.create_stream(&create).await.expect("created");
    let again = rig.client.discover().await.expect("it looked");
    assert_eq!(again.cameras[0].stream.as_deref(), Some("front"), "known by its address");

    let (code, json, _) = rig.command(&["discover", "--json"], None).await;
    let json: serde_json::Value = serde_json::from_str(&json).expect("one document");
    assert_eq!((code, &json["cameras"][0]["stream"]), (0, &"front".into()), "the same by command");
    let (code, table, _) = rig.command(&["discover"], None).await;
    assert!(code == 0 && table.contains("Front door") && table.contains("SIM-1"), "{table}");
    rig.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_way_to_prove_a_password_works() {
    for manner in [Manner::Token, Manner::HttpDigest, Manner::Modern, Manner::Old] {
        let camera = OnvifCamera::start(manner, "rtsp://127.0.0.1:554/1").await;
        let rig = Rig::new(Target::Addresses(Vec::new())).await;
        let service = camera.service();
        let told = rig.profiles(&service, Some((USER, PASSWORD))).await;
        let told = told.unwrap_or_else(|error| panic!("{manner:?}: {error}"));
        let codec = if manner == Manner::Modern { "h265" } else { "h264" };
        assert_eq!(told.profiles[0].codec.as_deref(), Some(codec), "{manner:?}");
        assert_eq!(told.profiles[0].url, "rtsp://127.0.0.1:554/1?a=1&b=2", "{manner:?}");

        let wrong = rig.profiles(&service, Some((USER, "wr0ng-secret"))).await;
        let error = wrong.expect_err("it is wrong");
        assert_eq!(error.kind, ErrorKind::Unauthenticated, "{manner:?}: {error}");
        assert!(error.message.contains("refused user and password"), "{manner:?}: {error}");
        assert!(!error.message.contains("wr0ng-secret"), "{error}");
        let error = rig.profiles(&service, None).await.expect_err("it wants one");
        assert!(error.message.contains("wants a user"), "{manner:?}: {error}");
        let heard = camera.heard();
        assert!(!heard.contains("wr0ng-secret") && !heard.contains(PASSWORD), "only proofs leave");
        assert!(!heard.contains("asic "), "the weak way is not taken where it is offered");
        rig.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_camera_is_told_in_a_sentence_and_in_time() {
    let rig = Rig::new(Target::Addresses(Vec::new())).await;
    for (manner, kind, words) in [
        (Manner::Website, ErrorKind::InvalidInput, "not as an ONVIF camera"),
        (Manner::Redirects, ErrorKind::InvalidInput, "another address"),
        (Manner::Endless, ErrorKind::InvalidInput, "has no end"),
        (Manner::Silent, ErrorKind::Unreachable, "longer than 5 s"),
    ] {
        let camera = OnvifCamera::start(manner, "rtsp://127.0.0.1:554/1").await;
        let began = Instant::now();
        let asked = rig.profiles(&camera.service(), Some((USER, PASSWORD))).await;
        let error = asked.expect_err("no camera");
        assert_eq!(error.kind, kind, "{manner:?}: {error}");
        assert!(error.message.contains(words), "{manner:?}: {error}");
        assert!(began.elapsed() < Duration::from_secs(8), "{manner:?}: {:?}", began.elapsed());
    }
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
    let nobody = format!("http://{}/", listener.local_addr().expect("bound"));
    drop(listener);
    let error = rig.profiles(&nobody, None).await.expect_err("nobody is there");
    assert!(error.message.contains("does not answer"), "{error}");
    rig.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_recorder_is_no_way_into_other_networks() {
    let rig = Rig::new(Target::Addresses(Vec::new())).await;
    for service in [
        "http://8.8.8.8/onvif/device_service",
        "http://169.254.169.254/latest/meta-data/",
        "http://camera.example/onvif/device_service",
        "http://localhost:8750/",
        "ftp://192.168.1.64/",
        "http://admin:hidden@192.168.1.64/",
        "",
    ] {
        let began = Instant::now();
        let error = rig.profiles(service, Some((USER, PASSWORD))).await.expect_err(service);
        assert_eq!(error.kind, ErrorKind::InvalidInput, "{service}: {error}");
        assert!(!error.message.contains("hidden"), "{error}");
        assert!(began.elapsed() < Duration::from_secs(1), "{service} is refused, not tried");
    }
    rig.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_into_the_networks_of_this_machine_ends_in_time() {
    let rig = Rig::new(Target::Networks).await;
    let began = Instant::now();
    let looks = futures::future::join_all((0..4).map(|_| rig.client.discover())).await;
    assert!(looks.iter().all(Result::is_ok), "whoever is there: {looks:?}");
    assert!(began.elapsed() < LOOK_WITHIN, "one look for all who wait: {:?}", began.elapsed());
    rig.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_asks_and_tries() {
    let video = video();
    let camera = OnvifCamera::start(Manner::HttpDigest, &video.url(0)).await;
    let rig = Rig::new(Target::Addresses(Vec::new())).await;
    let service = camera.service();
    let profiles = ["discover", "profiles", &service, "--user", USER];
    let (code, table, errors) = rig.command(&profiles, Some(PASSWORD)).await;
    assert_eq!(code, 0, "{errors}");
    assert!(table.contains("320×180"), "{table}");
    // Cameras tell whole seconds.
    let skews = ["59m59s ahead", "1h ahead", "1h1s ahead"];
    assert!(skews.iter().any(|skew| table.contains(skew)), "{table}");
    let (code, _, errors) = rig.command(&profiles, None).await;
    assert_eq!(code, 2, "no terminal, no password: {errors}");
    assert!(errors.contains("AFTERIMAGE_CAMERA_PASSWORD"), "{errors}");
    let (code, _, errors) = rig.command(&profiles, Some("wr0ng-secret")).await;
    assert_eq!(code, 3, "the camera refused: {errors}");
    assert!(!errors.contains("wr0ng-secret"), "{errors}");

    let (code, told, errors) =
        rig.command(&["stream", "test", &with_login(&video.url(0))], None).await;
    assert_eq!(code, 0, "{errors}");
    for words in ["h264 320×180", "25.00 a second", "every 1.0 s", "Mbit/s", "retina"] {
        assert!(told.contains(words), "{words}: {told}");
    }
    let (code, _, errors) = rig.command(&["stream", "test", "rtsp://127.0.0.1:1/none"], None).await;
    assert_eq!(code, 3, "nobody is there: {errors}");
    rig.finish().await;
}
