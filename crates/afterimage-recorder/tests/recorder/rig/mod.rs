//! A recorder with one stream, `door`, whose camera follows a script.

mod cameras;
mod clock;
mod ledger;
mod visit;

pub use cameras::{Cameras, Opened, frame_number};
pub use clock::MachineClock;
pub use ledger::piece;
pub use visit::{Footage, Visit};

use afterimage_base::{Clock, StreamName, WallTime};
use afterimage_recorder::{
    Recorder, RecorderOptions, Source, StreamChange, StreamDraft, StreamStatus, Transport,
};
use afterimage_store::file_system::SimulatedDisk;
use afterimage_store::{IndexPlace, MemoryIndex, Store, StoreError, StoreOptions, StreamId};
use std::sync::Arc;
use std::time::Duration;

pub struct Rig {
    pub clock: Arc<MachineClock>,
    pub cameras: Arc<Cameras>,
    pub recorder: Recorder,
    pub began: WallTime,
    pub data: tempfile::TempDir,
}

pub fn seconds(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

pub fn door() -> StreamName {
    "door".parse().unwrap()
}

pub fn source(text: &str) -> Source {
    text.parse().unwrap()
}

/// The stream as tests make it.
pub fn draft() -> StreamDraft {
    StreamDraft {
        name: door(),
        source: source("rtsp://admin:secret@camera.example/1"),
        retention: Duration::from_secs(86_400),
        capture: None,
        transport: Transport::Tcp,
        models: Vec::new(),
        retain_bytes: None,
        schedule: None,
    }
}

impl Rig {
    pub async fn new(visits: impl IntoIterator<Item = Visit>) -> Self {
        Self::with(draft(), visits).await
    }

    pub async fn with(draft: StreamDraft, visits: impl IntoIterator<Item = Visit>) -> Self {
        let data = tempfile::tempdir().unwrap();
        let path = data.path().to_owned();
        Self::open(draft, visits, data, |clock| Store::open(path, options(clock))).await
    }

    /// On a disk that fails when it is told to.
    pub async fn on_disk(disk: &SimulatedDisk, visits: impl IntoIterator<Item = Visit>) -> Self {
        let data = tempfile::tempdir().unwrap();
        let open = |clock: &Arc<MachineClock>| {
            let options = StoreOptions {
                file_system: Arc::new(disk.clone()),
                index: IndexPlace::Memory(MemoryIndex::new().unwrap()),
                ..options(clock)
            };
            Store::open("/data", options)
        };
        Self::open(draft(), visits, data, open).await
    }

    async fn open(
        draft: StreamDraft,
        visits: impl IntoIterator<Item = Visit>,
        data: tempfile::TempDir,
        open: impl FnOnce(&Arc<MachineClock>) -> Result<Store, StoreError>,
    ) -> Self {
        let began: WallTime = "2026-03-01T12:00:00Z".parse().unwrap();
        let clock = Arc::new(MachineClock::at(began));
        let cameras = Arc::new(Cameras::new(Arc::clone(&clock), visits));
        let recorder = start(open(&clock).unwrap(), &clock, &cameras, true);
        recorder.create_stream(draft).await.unwrap();
        Self { clock, cameras, recorder, began, data }
    }

    /// Time passes; what was due before its end is done then.
    pub async fn advance(&self, by: f64) {
        tokio::time::sleep(seconds(by)).await;
    }

    /// Waits until the stream's status is as expected.
    pub async fn until(&self, what: &str, is_so: impl Fn(&StreamStatus) -> bool) -> StreamStatus {
        for _ in 0..100_000 {
            let status = self.status();
            if is_so(&status) {
                return status;
            }
            self.advance(0.01).await;
        }
        panic!("not {what} after a thousand seconds: {:?}", self.status());
    }

    pub async fn change(&self, change: StreamChange) {
        self.recorder.update_stream(&door(), change).await.unwrap();
    }

    pub async fn enable(&self, enabled: bool) {
        self.change(StreamChange { enabled: Some(enabled), ..StreamChange::default() }).await;
    }

    pub async fn pull_from(&self, text: &str) {
        let source = Some(source(text));
        self.change(StreamChange { source, ..StreamChange::default() }).await;
    }

    pub async fn stop(&self) {
        self.recorder.shutdown().await;
    }

    /// The same archive, with a new recorder.
    pub fn start(&mut self) {
        self.start_with(true);
    }

    /// The same archive, only served.
    pub fn serve_only(&mut self) {
        self.start_with(false);
    }

    fn start_with(&mut self, recording: bool) {
        let store = Store::open(self.data.path(), options(&self.clock)).unwrap();
        self.recorder = start(store, &self.clock, &self.cameras, recording);
    }

    pub fn status(&self) -> StreamStatus {
        self.recorder.status(&door())
    }

    pub fn store(&self) -> &Store {
        self.recorder.store()
    }

    pub fn id(&self) -> StreamId {
        self.store().stream(&door()).unwrap().id
    }

    pub fn now(&self) -> WallTime {
        self.clock.now()
    }

    /// When the camera was tried, in seconds since the test began.
    pub fn attempts(&self) -> Vec<f64> {
        let wall = |opened: &Opened| self.seconds(self.clock.wall(opened.at));
        self.cameras.opened().iter().map(wall).collect()
    }
}

fn options(clock: &Arc<MachineClock>) -> StoreOptions {
    StoreOptions {
        // Its thread lives outside of tokio's time.
        commit_in_background: false,
        free_space_reserve: 0,
        ballast_bytes: 0,
        segment_span: Duration::from_secs(60),
        ..StoreOptions::new(Arc::clone(clock) as Arc<dyn Clock>)
    }
}

fn start(
    store: Store,
    clock: &Arc<MachineClock>,
    cameras: &Arc<Cameras>,
    recording: bool,
) -> Recorder {
    let captures = Arc::clone(cameras) as Arc<_>;
    let clock = Arc::clone(clock) as Arc<_>;
    Recorder::start(store, RecorderOptions { clock, captures, recording }).unwrap()
}
