//! Somebody who watches live and stops reading: over a real WebSocket, from the real recorder.

#![expect(clippy::disallowed_types, reason = "ffmpeg makes the footage")]

use afterimage_api::dto::{StreamCreate, TimelineQuery};
use afterimage_base::{Clock, StreamName, SystemClock};
use afterimage_client::{Client, LiveItem, LiveStream};
use afterimage_pipeline::camera::{CameraServer, CameraSpec, Footage};
use afterimage_tests::Recorder;
use std::path::Path;
use std::process::Command;

/// Of the footage: enough to fill what the kernel holds for one connection within seconds.
const BITS_PER_SECOND: u64 = 24_000_000;
const FRAMES_PER_SECOND: i64 = 50;
const FRAME_MICROS: i64 = 1_000_000 / FRAMES_PER_SECOND;
const GOP_MICROS: i64 = 1_000_000;

/// Far more than a connection and the recorder's backlog for one watcher hold together.
const STOPPED_FRAMES: i64 = 16 * FRAMES_PER_SECOND;

/// More is another matter than the 384 frames that a watcher may be behind.
const MOST_MEMORY: u64 = 64 << 20;

fn busy_footage(file: &Path) {
    let noise = format!("testsrc2=size=640x360:rate={FRAMES_PER_SECOND},noise=alls=80:allf=t");
    let rate = BITS_PER_SECOND.to_string();
    let gop = FRAMES_PER_SECOND.to_string();
    let made = Command::new("ffmpeg")
        .args(["-nostdin", "-loglevel", "error", "-f", "lavfi", "-i", &noise, "-t", "4"])
        .args(["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency"])
        .args(["-b:v", &rate, "-g", &gop, "-pix_fmt", "yuv420p"])
        .arg(file)
        .status()
        .expect("ffmpeg is installed by the set-up");
    assert!(made.success(), "ffmpeg makes the footage");
}

/// A frame as a watcher gets it.
#[derive(Clone, Copy, Debug)]
struct Frame {
    is_sync: bool,
    at_micros: i64,
    /// How old it was when it came.
    age_micros: i64,
}

async fn frame(live: &mut LiveStream) -> Frame {
    let clock = SystemClock::new();
    loop {
        let item = live.next().await.expect("the connection holds").expect("the stream goes on");
        if let LiveItem::Media { header, .. } = item {
            let age_micros = clock.now().as_micros() - header.at_micros;
            return Frame { is_sync: header.is_sync, at_micros: header.at_micros, age_micros };
        }
    }
}

/// The memory that a process holds.
fn resident_bytes(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("Linux tells");
    let kibibytes: u64 = line.trim_end_matches("kB").trim().parse().expect("a number");
    kibibytes * 1024
}

async fn watched_stream(client: &Client, source: String) -> StreamName {
    let name: StreamName = "door".parse().expect("a name");
    let create =
        StreamCreate { name: name.to_string(), source: Some(source), ..StreamCreate::default() };
    client.create_stream(&create).await.expect("the stream is new");
    name
}

#[tokio::test(flavor = "multi_thread")]
async fn who_stops_reading_comes_back_to_now_and_costs_nobody_anything() {
    let folder = tempfile::tempdir().expect("a folder");
    let film = folder.path().join("busy.mp4");
    busy_footage(&film);
    let spec =
        CameraSpec { mount: "/door".to_owned(), footage: Footage::File(film), credentials: None };
    let listen = (std::net::Ipv4Addr::LOCALHOST, 0).into();
    let camera = CameraServer::start(listen, vec![spec]).expect("a camera");
    let data = folder.path().join("data");
    let mut recorder = Recorder::launch(&data);
    let client = recorder.client().await;
    let door = watched_stream(&client, camera.url(0)).await;

    let mut slow = client.watch(&door).await.expect("connected");
    let mut quick = client.watch(&door).await.expect("connected");
    let mut before = frame(&mut slow).await;
    assert!(before.is_sync, "a decoder begins at a key frame");
    let mut last = frame(&mut quick).await;
    for _ in 0..2 * FRAMES_PER_SECOND {
        last = frame(&mut quick).await;
    }
    let memory = resident_bytes(recorder.pid());
    for _ in 0..STOPPED_FRAMES {
        let next = frame(&mut quick).await;
        let step = next.at_micros - last.at_micros;
        assert!((1..3 * FRAME_MICROS).contains(&step), "the other misses nothing: {step} µs");
        last = next;
    }
    let grown = resident_bytes(recorder.pid()).saturating_sub(memory);
    assert!(grown < MOST_MEMORY, "one who does not read holds {grown} bytes of the recorder");

    // It reads again, and the other goes on as before.
    let others = tokio::spawn(async move {
        for _ in 0..8 * FRAMES_PER_SECOND {
            let next = frame(&mut quick).await;
            assert!(next.at_micros - last.at_micros < 3 * FRAME_MICROS, "nothing is missing");
            last = next;
        }
    });
    let mut old = 0;
    let resumed = loop {
        let next = frame(&mut slow).await;
        if next.at_micros - before.at_micros > 3 * FRAME_MICROS {
            break next;
        }
        (before, old) = (next, old + 1);
    };
    assert!(old > 0, "first comes what was on its way");
    assert!(resumed.is_sync, "without what was dropped only a key frame can be decoded");
    let dropped = resumed.at_micros - before.at_micros;
    println!(
        "stopped for {} s; {old} frames were on their way, {} s were dropped, then {} ms old; \
         the recorder grew by {} MiB",
        STOPPED_FRAMES / FRAMES_PER_SECOND,
        dropped / 1_000_000,
        resumed.age_micros / 1_000,
        grown >> 20
    );
    assert!(
        resumed.age_micros < GOP_MICROS + 1_000_000,
        "it goes on at the newest key frame, not behind a backlog: {} µs old",
        resumed.age_micros
    );
    let mut previous = resumed;
    for index in 0..6 * FRAMES_PER_SECOND {
        let next = frame(&mut slow).await;
        let step = next.at_micros - previous.at_micros;
        assert!((1..3 * FRAME_MICROS).contains(&step), "from there on it gets every frame");
        if index > FRAMES_PER_SECOND {
            assert!(next.age_micros < 1_000_000, "it stays current: {} µs", next.age_micros);
        }
        previous = next;
    }
    others.await.expect("who reads misses nothing");

    let timeline = client.timeline(&door, &TimelineQuery::default()).await.expect("a timeline");
    assert_eq!(timeline.ranges.len(), 1, "what is recorded has no hole: {:?}", timeline.gaps);
    let recorded = &timeline.ranges[0];
    let length = recorded.to.since(recorded.from).as_secs();
    assert!(length >= 20, "recording went on all the time, not for {length} s");
    recorder.kill();
}
