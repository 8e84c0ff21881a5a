//! Recording beside `ffmpeg -c copy`: the same bytes from one RTSP server, in turns.

use super::process::{counted_calls, cpu_seconds, memory_megabytes, written_bytes};
use super::{Figure, spread};
use crate::child;
use crate::cli::BenchRecording;
use crate::failure::Failure;
use afterimage_api::dto::{StreamCreate, StreamState, TimelineQuery};
use afterimage_base::{ErrorKind, StreamName, format_duration};
use afterimage_client::{Client, local};
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Child;

/// Connections, first fragments and page caches are not what is measured.
const SETTLE: Duration = Duration::from_secs(4);
const START_LIMIT: Duration = Duration::from_secs(60);
const CPU_GOAL: f64 = 0.5;
const CALLS_GOAL: f64 = 12.0;
const WRITTEN_GOAL: f64 = 1.02;

/// What one round of one recorder cost.
struct Cost {
    cpu: f64,
    memory: f64,
}

/// Bytes that a recorder wrote, and what it kept of them.
#[derive(Clone, Copy, Default)]
struct Volume {
    written: u64,
    kept: u64,
}

impl Volume {
    fn since(self, before: Self) -> Self {
        Self { written: self.written - before.written, kept: self.kept - before.kept }
    }

    /// What is written for each byte of media.
    fn ratio(&self) -> f64 {
        self.written as f64 / self.kept as f64
    }
}

impl std::iter::Sum for Volume {
    fn sum<I: Iterator<Item = Self>>(volumes: I) -> Self {
        volumes.fold(Self::default(), |sum, one| Self {
            written: sum.written + one.written,
            kept: sum.kept + one.kept,
        })
    }
}

pub async fn run(options: &BenchRecording) -> Result<Vec<Figure>, Failure> {
    let folder = tempfile::tempdir().map_err(|error| failed("no temporary folder", &error))?;
    let footage = folder.path().join("footage.mp4");
    child::make_bench_footage(&footage).await?;
    let mut camera = child::start_bench_camera(&footage)
        .map_err(|error| failed("the camera did not start", &error))?;
    let url = first_line(&mut camera).await?;
    let (mut ours, mut theirs, mut written) = (Vec::new(), Vec::new(), Vec::new());
    for round in 1..=options.rounds {
        eprintln!(
            "round {round} of {}: afterimage, then ffmpeg, {} each",
            options.rounds,
            format_duration(options.round)
        );
        let recorder = Recorder::start(options, &url, folder.path()).await?;
        let before = recorder.volume().await?;
        ours.push(recorder.measure(options).await?);
        written.push(recorder.volume().await?.since(before));
        recorder.end().await;
        theirs.push(record_by_ffmpeg(options, &url, folder.path()).await?);
    }
    // In a round of its own: counting calls slows them.
    let recorder = Recorder::start(options, &url, folder.path()).await?;
    let calls = recorder.system_calls(options).await;
    recorder.end().await;
    drop(camera.kill().await);
    let mut figures = figures(options, &ours, &theirs);
    let of_all = written.iter().copied().sum::<Volume>().ratio();
    let (_, least, greatest) = spread(written.iter().map(Volume::ratio).collect());
    figures.push(Figure {
        id: "recording.bytes_written",
        value: of_all,
        unit: "ratio",
        goal: format!("<= {WRITTEN_GOAL}"),
        beside: format!("media bytes = 1, index included; rounds {least:.3} to {greatest:.3}"),
        ok: of_all <= WRITTEN_GOAL,
    });
    match calls? {
        Some(calls) => figures.push(Figure {
            id: "recording.syscalls",
            value: calls,
            unit: "per stream-second",
            goal: format!("<= {CALLS_GOAL}"),
            beside: "strace -f -c of the whole recorder".to_owned(),
            ok: calls <= CALLS_GOAL,
        }),
        None => eprintln!("recording.syscalls is left out: strace could not count"),
    }
    Ok(figures)
}

fn figures(options: &BenchRecording, ours: &[Cost], theirs: &[Cost]) -> Vec<Figure> {
    let stream_hours = options.round.as_secs_f64() * f64::from(options.cameras) / 3_600.0;
    let per_hour =
        |costs: &[Cost]| spread(costs.iter().map(|cost| cost.cpu / stream_hours).collect());
    let memory = |costs: &[Cost]| spread(costs.iter().map(|cost| cost.memory).collect());
    let ratios = ours.iter().zip(theirs).map(|(ours, theirs)| ours.cpu / theirs.cpu);
    let (ratio, least, greatest) = spread(ratios.collect());
    let (our_hour, ..) = per_hour(ours);
    let (their_hour, ..) = per_hour(theirs);
    let (our_memory, ..) = memory(ours);
    let (their_memory, ..) = memory(theirs);
    let memory_goal = 40.0 + 3.0 * f64::from(options.cameras);
    vec![
        Figure {
            id: "recording.cpu_vs_ffmpeg",
            value: ratio,
            unit: "ratio",
            goal: format!("<= {CPU_GOAL}"),
            beside: format!("{} rounds, {least:.3} to {greatest:.3}", options.rounds),
            ok: ratio <= CPU_GOAL,
        },
        Figure {
            id: "recording.cpu_per_stream_hour",
            value: our_hour,
            unit: "CPU s",
            goal: String::new(),
            beside: format!("ffmpeg -c copy, a process a stream: {their_hour:.1}"),
            ok: true,
        },
        Figure {
            id: "recording.memory",
            value: our_memory,
            unit: "MB (PSS)",
            goal: format!("<= {memory_goal}"),
            beside: format!("ffmpeg: {their_memory:.1}"),
            ok: our_memory <= memory_goal,
        },
    ]
}

/// Our recorder with all its cameras, past its start.
struct Recorder {
    process: Child,
    client: Client,
    _data: tempfile::TempDir,
}

impl Recorder {
    async fn start(options: &BenchRecording, url: &str, folder: &Path) -> Result<Self, Failure> {
        let data =
            tempfile::tempdir_in(folder).map_err(|error| failed("no temporary folder", &error))?;
        let mut process = child::start_bench_recorder(data.path())
            .map_err(|error| failed("the recorder did not start", &error))?;
        first_line(&mut process).await?;
        let running = local::find(data.path()).await?;
        let client = running.map(|running| running.client).ok_or_else(|| {
            Failure::new(ErrorKind::Internal, "the recorder did not say where it listens")
        })?;
        for index in 0..options.cameras {
            let stream = StreamCreate {
                name: camera_name(index).to_string(),
                source: Some(url.to_owned()),
                ..StreamCreate::default()
            };
            client.create_stream(&stream).await?;
        }
        until_recording(&client).await?;
        Ok(Self { process, client, _data: data })
    }

    async fn measure(&self, options: &BenchRecording) -> Result<Cost, Failure> {
        let cost = measure(&[pid(&self.process)?], options.round).await?;
        // A recorder that records nothing is cheap: the round counts only when it kept its footage.
        let from = Some(format!("-{}s", options.round.as_secs()));
        let query = TimelineQuery { from, to: None };
        for index in 0..options.cameras {
            let name = camera_name(index);
            let timeline = self.client.timeline(&name, &query).await?;
            let kept: Duration =
                timeline.ranges.iter().map(|range| range.to.since(range.from)).sum();
            if kept + SETTLE < options.round {
                let kept = kept.as_secs_f64();
                return Err(Failure::new(
                    ErrorKind::Internal,
                    format!("{name} kept only {kept:.1} s of the round"),
                ));
            }
        }
        Ok(cost)
    }

    async fn volume(&self) -> Result<Volume, Failure> {
        let streams = self.client.streams().await?.streams;
        let kept = streams.iter().map(|stream| stream.recorded.bytes).sum();
        Ok(Volume { written: written_bytes(pid(&self.process)?)?, kept })
    }

    /// `None` where nothing can count them.
    async fn system_calls(&self, options: &BenchRecording) -> Result<Option<f64>, Failure> {
        let summary = child::count_system_calls(pid(&self.process)?, options.round)
            .await
            .map_err(|error| failed("system calls can't be counted", &error))?;
        let stream_seconds = options.round.as_secs_f64() * f64::from(options.cameras);
        Ok(counted_calls(&summary).map(|calls| calls as f64 / stream_seconds))
    }

    async fn end(mut self) {
        drop(self.process.kill().await);
    }
}

fn camera_name(index: u8) -> StreamName {
    format!("camera-{index}").parse().expect("letters, a dash and digits")
}

async fn until_recording(client: &Client) -> Result<(), Failure> {
    let began = Instant::now();
    while began.elapsed() < START_LIMIT {
        if client
            .streams()
            .await?
            .streams
            .iter()
            .all(|stream| stream.state == StreamState::Recording)
        {
            tokio::time::sleep(SETTLE).await;
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    Err(Failure::new(ErrorKind::Unreachable, "the cameras did not all record within a minute"))
}

async fn record_by_ffmpeg(
    options: &BenchRecording,
    url: &str,
    folder: &Path,
) -> Result<Cost, Failure> {
    let output =
        tempfile::tempdir_in(folder).map_err(|error| failed("no temporary folder", &error))?;
    let mut rivals = Vec::new();
    for index in 0..options.cameras {
        let rival = child::start_rival(url, &output.path().join(format!("{index}-%04d.mp4")));
        rivals.push(
            rival.map_err(|error| {
                failed("ffmpeg did not start; `make setup` installs it", &error)
            })?,
        );
    }
    let pids = rivals.iter().map(pid).collect::<Result<Vec<_>, _>>()?;
    tokio::time::sleep(SETTLE * 2).await;
    let cost = measure(&pids, options.round).await?;
    for rival in &mut rivals {
        drop(rival.kill().await);
    }
    Ok(cost)
}

async fn measure(pids: &[u32], round: Duration) -> Result<Cost, Failure> {
    let cpu = || pids.iter().map(|pid| cpu_seconds(*pid)).sum::<Result<f64, Failure>>();
    let before = cpu()?;
    tokio::time::sleep(round).await;
    let after = cpu()?;
    let memory = pids.iter().map(|pid| memory_megabytes(*pid)).sum::<Result<f64, Failure>>()?;
    Ok(Cost { cpu: after - before, memory })
}

fn pid(child: &Child) -> Result<u32, Failure> {
    child
        .id()
        .ok_or_else(|| Failure::new(ErrorKind::Internal, "a process ended during the measurement"))
}

async fn first_line(child: &mut Child) -> Result<String, Failure> {
    let silent =
        || Failure::new(ErrorKind::Internal, "a process of the benchmark said nothing and ended");
    let output = child.stdout.take().ok_or_else(silent)?;
    let mut lines = BufReader::new(output).lines();
    lines.next_line().await.ok().flatten().ok_or_else(silent)
}

fn failed(what: &str, error: &std::io::Error) -> Failure {
    Failure::new(ErrorKind::Internal, format!("{what}: {error}"))
}
