//! The real recorder as a process that dies at any moment, and one who writes down what it told
//! as durable.
//!
//! Belongs here: `afterimage serve` and its consumers' view. Not here: assertions.

#![expect(clippy::disallowed_types, reason = "these tests drive the real program")]

use crate::program::afterimage;
use afterimage_api::dto::{ConsumerStart, StreamCreate};
use afterimage_base::{Clock, StreamName, SystemClock, WallTime};
use afterimage_client::{Client, ConsumerItem, local};
use bytes::Bytes;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Seven seconds of a small picture with a key frame a second: fragments of a second, and cameras
/// that cost next to nothing.
///
/// # Panics
/// When ffmpeg makes none.
pub fn small_footage(file: &Path) {
    let made = Command::new("ffmpeg")
        .args(["-nostdin", "-loglevel", "error", "-f", "lavfi"])
        .args(["-i", "testsrc2=size=320x180:rate=12", "-t", "7"])
        .args(["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency"])
        .args(["-b:v", "200k", "-g", "12", "-pix_fmt", "yuv420p"])
        .arg(file)
        .status()
        .expect("ffmpeg is installed by the set-up");
    assert!(made.success(), "ffmpeg makes the footage");
}

/// `afterimage serve` without a worker. Killed when dropped.
#[derive(Debug)]
pub struct Recorder {
    child: Child,
    data: PathBuf,
}

impl Recorder {
    /// Starts it and waits for nothing.
    ///
    /// # Panics
    /// When the program can't be started.
    #[must_use]
    pub fn launch(data: &Path) -> Self {
        let child = Command::new(afterimage())
            .env_remove("AFTERIMAGE_SERVER")
            .env_remove("AFTERIMAGE_TOKEN")
            .env("AFTERIMAGE_DATA", data)
            // It is hurt on purpose, and says so at length.
            .env("AFTERIMAGE_LOG", "off")
            .args(["serve", "--no-worker", "--listen", "127.0.0.1:0"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        Self { child, data: data.to_owned() }
    }

    /// Waits until it serves, and answers its API.
    ///
    /// # Panics
    /// When it ends instead.
    pub async fn client(&mut self) -> Client {
        let output = self.child.stdout.as_mut().expect("it is piped");
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line).expect("it prints text");
        assert!(!line.is_empty(), "the recorder ended without a word");
        let running = local::find(&self.data).await.expect("it tells where it listens");
        running.expect("it runs").client
    }

    /// The process.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// `SIGKILL`. Nothing of it runs on when this returns.
    pub fn kill(self) {
        drop(self);
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// One fragment that the recorder handed out as durable.
#[derive(Clone, Debug)]
pub struct Told {
    pub stream: StreamName,
    pub number: u64,
    pub from: WallTime,
    pub to: WallTime,
    pub bytes: Bytes,
    /// When we had it.
    pub at: WallTime,
}

impl Told {
    /// From the end of the fragment until we had it.
    #[must_use]
    pub fn delay(&self) -> Duration {
        self.at.since(self.to)
    }
}

/// Creates streams on these cameras, `camera-1` and so on, with a consumer each.
///
/// # Panics
/// When the recorder refuses.
pub async fn create_streams(client: &Client, cameras: &[String]) -> Vec<StreamName> {
    let mut streams = Vec::new();
    for (index, camera) in cameras.iter().enumerate() {
        let name: StreamName = format!("camera-{}", index + 1).parse().expect("a name");
        let create = StreamCreate {
            name: name.to_string(),
            source: Some(camera.clone()),
            ..StreamCreate::default()
        };
        client.create_stream(&create).await.expect("the stream is new");
        client.put_consumer(&name, WITNESS, ConsumerStart::Earliest).await.expect("it is new");
        streams.push(name);
    }
    streams
}

const WITNESS: &str = "witness";

/// Reads all streams as a consumer until the moment comes, and writes down everything that was
/// told. A recorder that goes away meanwhile ends nothing.
pub async fn watch(
    client: &Client,
    streams: &[StreamName],
    until: impl Future<Output = ()>,
) -> Vec<Told> {
    let told = Arc::new(Mutex::new(Vec::new()));
    let readers: Vec<_> = streams
        .iter()
        .map(|stream| tokio::spawn(read(client.clone(), stream.clone(), Arc::clone(&told))))
        .collect();
    until.await;
    for reader in readers {
        reader.abort();
        drop(reader.await);
    }
    let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
    std::mem::take(&mut *told)
}

/// What is wrong with fragments that were told as durable: not there, or other bytes.
pub async fn broken_promises(client: &Client, told: &[Told]) -> Vec<String> {
    let mut broken = Vec::new();
    for promise in told {
        let fragment = format!("{} #{} of {}", promise.stream, promise.number, promise.from);
        match client.fragment(&promise.stream, promise.number).await {
            Ok(bytes) if bytes == promise.bytes => {}
            Ok(_) => broken.push(format!("{fragment} has other bytes")),
            Err(error) => broken.push(format!("{fragment} is gone: {error}")),
        }
    }
    broken
}

async fn read(client: Client, stream: StreamName, told: Arc<Mutex<Vec<Told>>>) {
    let clock = SystemClock::new();
    let Ok(mut feed) = client.read(&stream, WITNESS).await else { return };
    while let Ok(Some(item)) = feed.next().await {
        let ConsumerItem::Fragment(fragment) = item else { continue };
        let from = WallTime::from_micros(fragment.from_micros);
        let duration = u64::try_from(fragment.duration_micros).unwrap_or(0);
        let number = fragment.number;
        told.lock().unwrap_or_else(PoisonError::into_inner).push(Told {
            stream: stream.clone(),
            number,
            from,
            to: from.plus(Duration::from_micros(duration)),
            bytes: fragment.bytes,
            at: clock.now(),
        });
        if feed.commit(number).await.is_err() {
            return;
        }
    }
}
