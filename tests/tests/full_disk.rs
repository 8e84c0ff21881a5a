//! A real disk that another program fills while the real recorder records.
//!
//! All footage is held, so nothing may be deleted to make room. Needs root, for a disk of its own.

use afterimage_api::dto::{FragmentQuery, GapView, TimelineQuery};
use afterimage_base::{Clock, StreamName, SystemClock, WallTime};
use afterimage_client::Client;
use afterimage_store::{CheckOptions, Store, StoreOptions};
use afterimage_tests::{
    LoopDisk, Recorder, Running, broken_promises, create_streams, small_footage, watch,
};
use std::fs::File;
use std::io::{ErrorKind, Write};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

const START: Duration = Duration::from_secs(60);
/// Recording is back so soon after there is room.
const LASTING: Duration = Duration::from_secs(8);
const RESUME_GOAL: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_another_program_fills_is_a_gap_and_recording_resumes_by_itself() {
    let Some(disk) = LoopDisk::make(96) else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let footage = folder.path().join("footage.mp4");
    small_footage(&footage);
    let footage = footage.to_str().expect("a plain name");
    let arguments = ["camera", "--listen", "127.0.0.1:0/yard", "--file", footage];
    let camera = Running::start_with(folder.path(), &arguments, &[("AFTERIMAGE_LOG", "off")]);
    let data = disk.path().join("data");
    let clock = SystemClock::new();
    let began = clock.now();

    let mut first = Recorder::launch(&data);
    let client = first.client().await;
    let streams = create_streams(&client, std::slice::from_ref(&camera.first_line)).await;
    let stream = streams[0].clone();
    recorded_after(&client, &stream, began).await;
    first.kill();
    hold_everything(&data, &stream, began);

    let mut recorder = Recorder::launch(&data);
    let client = recorder.client().await;
    let restarted = clock.now();
    let held = watch(&client, &streams, recorded_after(&client, &stream, restarted)).await;
    assert!(!held.is_empty(), "there is footage to keep");
    let pid = recorder.pid();

    let mut filler = Filler::new(&disk.path().join("somebody-elses-backup"));
    let filling = Instant::now();
    let gap = loop {
        // What the recorder gives back of its own, the other program takes as well.
        filler.fill();
        // The newest fragment is kept and written once there is room: a shorter gap may close.
        if let Some(gap) = gap(&client, &stream, restarted, "disk_full").await
            && gap.to.since(gap.from) >= LASTING
        {
            break gap;
        }
        assert!(filling.elapsed() < START, "the disk is full and the timeline does not say so");
    };
    let broken = broken_promises(&client, &held).await;
    assert_eq!(broken, Vec::<String>::new(), "held footage stays on a full disk");

    let released = clock.now();
    let waited = Instant::now();
    filler.give_back();
    recorded_after(&client, &stream, released).await;
    let resumed = waited.elapsed();
    println!("disk full from {}; recording again {resumed:?} after there was room", gap.from);
    assert!(resumed <= RESUME_GOAL, "recording is back within seconds, not after {resumed:?}");
    assert_eq!(recorder.pid(), pid, "and by the same process");

    let broken = broken_promises(&client, &held).await;
    assert_eq!(broken, Vec::<String>::new(), "held footage is intact after all");
    let query = TimelineQuery { from: Some(restarted.to_string()), to: None };
    let timeline = client.timeline(&stream, &query).await.expect("the recorder answers");
    let full = timeline.gaps.iter().find(|gap| gap.reason == "disk_full").expect("the gap stays");
    let range = timeline.ranges.last().expect("footage after the gap");
    assert!(full.to <= range.to && range.from >= full.from, "{full:?} ends where {range:?} begins");
    recorder.kill();
    nothing_is_torn(&data);
}

/// Waits until a fragment that begins at or after `since` is listed. Each asking takes its time.
async fn recorded_after(client: &Client, stream: &StreamName, since: WallTime) {
    let waited = Instant::now();
    loop {
        let query = FragmentQuery { from: Some(since.to_string()), to: None, limit: None };
        let listed = client.fragments(stream, &query).await.expect("the recorder answers");
        if listed.fragments.iter().any(|fragment| fragment.from >= since) {
            return;
        }
        assert!(waited.elapsed() < START, "nothing is recorded from {since} on");
    }
}

async fn gap(
    client: &Client,
    stream: &StreamName,
    since: WallTime,
    reason: &str,
) -> Option<GapView> {
    let query = TimelineQuery { from: Some(since.to_string()), to: None };
    let timeline = client.timeline(stream, &query).await.expect("the recorder answers");
    timeline.gaps.into_iter().find(|gap| gap.reason == reason)
}

fn hold_everything(data: &Path, stream: &StreamName, from: WallTime) {
    let store = open(data);
    let id = store.stream(stream).expect("it was created").id;
    let to = from.plus(Duration::from_secs(3_600));
    store.place_hold(id, from, to, "theft", "tests", None).expect("the stream is there");
    store.close().expect("it ends in good order");
}

fn nothing_is_torn(data: &Path) {
    let store = open(data);
    let report = store.check(&CheckOptions::default(), &mut |_| ControlFlow::Continue(()));
    assert_eq!(report.expect("it can be read").findings, [], "no file is torn");
    store.close().expect("it ends in good order");
}

fn open(data: &Path) -> Store {
    let options = StoreOptions::new(Arc::new(SystemClock::new()));
    Store::open(data, options).expect("no recorder runs")
}

/// Another program's file, which takes all there is.
struct Filler {
    file: File,
}

impl Filler {
    fn new(path: &Path) -> Self {
        Self { file: File::create_new(path).expect("there is room for a name") }
    }

    /// Until not one byte more goes in.
    fn fill(&mut self) {
        let mut piece = vec![0xAA; 1 << 20];
        while !piece.is_empty() {
            match self.file.write(&piece) {
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::StorageFull => {
                    piece.truncate(piece.len() / 2);
                }
                Err(error) => panic!("a full disk is the only thing in the way: {error}"),
            }
        }
        // What is only in memory would find no room later.
        drop(self.file.sync_data());
    }

    fn give_back(&self) {
        self.file.set_len(0).and_then(|()| self.file.sync_all()).expect("there is room now");
    }
}
