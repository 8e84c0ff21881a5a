//! A recorder behind a real socket, with one stream on a camera in the test's hand.

use crate::camera::{Camera, ffmpeg};
use afterimage_api::dto::{ClipQuery, ConsumerStart, StreamCreate};
use afterimage_api::{Api, ApiOptions};
use afterimage_base::{Clock, Secret, SimClock, StreamName, WallTime};
use afterimage_client::{Client, ConsumerItem};
use afterimage_http::{Doors, HttpOptions, router, serve};
use afterimage_recorder::{Recorder, RecorderOptions};
use afterimage_store::{Store, StoreOptions};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub const TOKEN: &str = "0123456789abcdef";

pub struct Rig {
    pub camera: Camera,
    pub client: Client,
    pub door: StreamName,
    pub began: WallTime,
    pub data: tempfile::TempDir,
    pub recorder: Recorder,
    pub shutdown: CancellationToken,
    pub server: tokio::task::JoinHandle<std::io::Result<()>>,
}

impl Rig {
    /// A recorder with one stream, `door`, on a camera with this much footage.
    pub async fn new(footage_seconds: usize) -> Self {
        let began: WallTime = "2026-03-01T12:00:00Z".parse().expect("RFC 3339");
        let clock = Arc::new(SimClock::at(began));
        let (camera, captures) = Camera::new(clock.clone(), footage_seconds).await;
        let data = tempfile::tempdir().expect("a directory");
        let store = Store::open(data.path(), StoreOptions::new(clock.clone())).expect("an archive");
        let options =
            RecorderOptions { clock: clock.clone(), captures: Arc::new(captures), recording: true };
        let recorder = Recorder::start(store, options).expect("a recorder");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("bound");
        let shutdown = CancellationToken::new();
        let options =
            ApiOptions { version: "0.0.0".to_owned(), started: clock.now(), models: Vec::new() };
        let http = HttpOptions {
            token: Secret::new(TOKEN),
            doors: Doors::at(address),
            shutdown: shutdown.clone(),
        };
        let router = router(Api::new(recorder.clone(), options), http);
        let server = tokio::spawn(serve(listener, router, shutdown.clone()));
        let client = Client::new(&address.to_string(), Secret::new(TOKEN)).expect("an address");
        let door: StreamName = "door".parse().expect("a name");
        let create = StreamCreate {
            name: door.to_string(),
            source: Some("rtsp://admin:hidden@camera.example/1".to_owned()),
            ..StreamCreate::default()
        };
        client.create_stream(&create).await.expect("created");
        Self { camera, client, door, began, data, recorder, shutdown, server }
    }

    pub fn at(&self, seconds: u64) -> String {
        self.began.plus(Duration::from_secs(seconds)).to_string()
    }

    pub fn clip(&self, from: u64, to: u64) -> ClipQuery {
        ClipQuery { from: self.at(from), to: Some(self.at(to)), ..ClipQuery::default() }
    }

    /// Waits until fragment `number` is durable, as a consumer.
    pub async fn recorded(&self, number: u64) {
        let start = ConsumerStart::Earliest;
        self.client.put_consumer(&self.door, "waiter", start).await.expect("a consumer");
        let mut reader = self.client.read(&self.door, "waiter").await.expect("connected");
        while let Some(item) = reader.next().await.expect("it reads") {
            if matches!(item, ConsumerItem::Fragment(fragment) if fragment.number >= number) {
                return;
            }
        }
        panic!("the stream ended before fragment {number}");
    }

    pub async fn finish(self) {
        self.shutdown.cancel();
        self.server.await.expect("joined").expect("it served");
        self.recorder.shutdown().await;
    }
}

/// Decodes every frame of a file and counts them.
pub async fn frames_in(file: &Path) -> usize {
    count_frames(vec![file.display().to_string()]).await
}

/// Decodes every frame that ffprobe gets from these arguments, and counts them.
pub async fn count_frames(input: Vec<String>) -> usize {
    let mut arguments: Vec<String> =
        ["-count_frames", "-show_entries", "stream=nb_read_frames", "-of", "csv=p=0"]
            .map(str::to_owned)
            .into();
    arguments.extend(input);
    let printed = String::from_utf8(ffmpeg("ffprobe", arguments).await).expect("text");
    let first = printed.lines().find_map(|line| line.trim().trim_end_matches(',').parse().ok());
    first.unwrap_or_else(|| panic!("no count of frames: {printed}"))
}
