//! Playback: how soon a seek has its media, and what a clip costs.
//!
//! Belongs here: one recorder with footage on local disk, asked as a player asks. Not here: how
//! pictures are decoded and painted, which is the console's.

use super::process::cpu_seconds;
use super::{Figure, spread};
use crate::child;
use crate::cli::BenchPlayback;
use crate::failure::Failure;
use afterimage_api::dto::{
    ClipQuery, ConfirmQuery, FragmentQuery, StreamCreate, StreamUpdate, TimelineQuery, TimelineView,
};
use afterimage_base::{ErrorKind, StreamName, WallTime};
use afterimage_client::{Client, Container, local};
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Child;

const START_LIMIT: Duration = Duration::from_secs(60);
/// Neighbouring seeks lie far apart: no fragment is asked for twice in a row.
const STRIDE: u32 = 7_919;

pub async fn run(options: &BenchPlayback) -> Result<Vec<Figure>, Failure> {
    let folder = tempfile::tempdir().map_err(|error| failed("no temporary folder", &error))?;
    let footage = folder.path().join("footage.mp4");
    child::make_bench_footage(&footage).await?;
    let mut camera = child::start_bench_camera(&footage)
        .map_err(|error| failed("the camera did not start", &error))?;
    let url = first_line(&mut camera).await?;
    let data = folder.path().join("data");
    let mut recorder = child::start_bench_recorder(&data)
        .map_err(|error| failed("the recorder did not start", &error))?;
    first_line(&mut recorder).await?;
    let running = local::find(&data).await?;
    let client = running.map(|running| running.client).ok_or_else(|| {
        Failure::new(ErrorKind::Internal, "the recorder did not say where it listens")
    })?;
    let name: StreamName = "camera".parse().expect("letters");
    let range = record(options, &client, &name, url).await?;
    drop(camera.kill().await);
    let seeks = seek(options, &client, &name, range).await?;
    let pid = recorder.id().ok_or_else(|| {
        Failure::new(ErrorKind::Internal, "the recorder ended during the measurement")
    })?;
    let mut clips = Vec::new();
    for layout in ["plain", "fragmented"] {
        clips.push(clip(options, &client, &name, range, layout, pid, folder.path()).await?);
    }
    drop(recorder.kill().await);
    Ok(figures(options, seeks, &clips))
}

/// What serving one layout gave: megabytes for each second of processor time, and in all.
struct Served {
    layout: &'static str,
    per_cpu_second: f64,
    megabytes: f64,
}

fn figures(options: &BenchPlayback, mut seeks: Vec<f64>, clips: &[Served]) -> Vec<Figure> {
    seeks.sort_by(f64::total_cmp);
    let (median, ..) = spread(seeks.clone());
    let late = seeks[(seeks.len() * 99 / 100).min(seeks.len() - 1)];
    let seek = |id, value| Figure {
        id,
        value,
        unit: "ms",
        goal: String::new(),
        beside: format!("{} seeks, list and whole fragment, page cache warm", options.seeks),
        ok: true,
    };
    let mut figures = vec![seek("playback.seek_p50", median), seek("playback.seek_p99", late)];
    figures.extend(clips.iter().map(|served| Figure {
        id: match served.layout {
            "plain" => "playback.clip_plain",
            _ => "playback.clip_fragmented",
        },
        value: served.per_cpu_second,
        unit: "MB a CPU s",
        goal: String::new(),
        beside: format!("{:.0} MB served; every fragment's hash is checked", served.megabytes),
        ok: true,
    }));
    figures
}

/// Records for as long as told, then stops the camera's stream: nothing else runs while measuring.
async fn record(
    options: &BenchPlayback,
    client: &Client,
    name: &StreamName,
    url: String,
) -> Result<(WallTime, WallTime), Failure> {
    let stream =
        StreamCreate { name: name.to_string(), source: Some(url), ..StreamCreate::default() };
    client.create_stream(&stream).await?;
    let began = Instant::now();
    loop {
        let timeline = client.timeline(name, &TimelineQuery::default()).await?;
        let longest = longest(&timeline);
        if let Some((from, to)) = longest
            && to.since(from) >= options.footage
        {
            let stop = StreamUpdate { enabled: Some(false), ..StreamUpdate::default() };
            client.update_stream(name, &stop, ConfirmQuery::default()).await?;
            return Ok((from, to));
        }
        if began.elapsed() > options.footage + START_LIMIT {
            let message = "the camera's footage did not come within a minute";
            return Err(Failure::new(ErrorKind::Unreachable, message));
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

fn longest(timeline: &TimelineView) -> Option<(WallTime, WallTime)> {
    let ranges = timeline.ranges.iter().map(|range| (range.from, range.to));
    ranges.max_by_key(|(from, to)| to.since(*from))
}

/// From the wish for an instant to the fragment that shows it, in milliseconds each.
async fn seek(
    options: &BenchPlayback,
    client: &Client,
    name: &StreamName,
    (from, to): (WallTime, WallTime),
) -> Result<Vec<f64>, Failure> {
    let length = u32::try_from(to.since(from).as_millis()).unwrap_or(u32::MAX).max(1);
    let mut times = Vec::new();
    // The first round warms connections and page cache.
    for round in [0, 1] {
        times.clear();
        for index in 0..options.seeks {
            let after = Duration::from_millis(u64::from((index + round) * STRIDE % length));
            let at = from.plus(after);
            let began = Instant::now();
            let query = FragmentQuery {
                from: Some(at.as_micros().to_string()),
                to: Some(at.plus(Duration::from_millis(1)).as_micros().to_string()),
                limit: Some(1),
            };
            let listed = client.fragments(name, &query).await?;
            let Some(fragment) = listed.fragments.first() else {
                let message = format!("nothing was recorded at {at}");
                return Err(Failure::new(ErrorKind::Internal, message));
            };
            client.fragment(name, fragment.number).await?;
            times.push(began.elapsed().as_secs_f64() * 1_000.0);
        }
    }
    Ok(times)
}

async fn clip(
    options: &BenchPlayback,
    client: &Client,
    name: &StreamName,
    (from, to): (WallTime, WallTime),
    layout: &'static str,
    pid: u32,
    folder: &Path,
) -> Result<Served, Failure> {
    let query = ClipQuery {
        from: from.as_micros().to_string(),
        to: Some(to.as_micros().to_string()),
        layout: Some(layout.to_owned()),
        ..ClipQuery::default()
    };
    let output = folder.join("clip.mp4");
    let before = cpu_seconds(pid)?;
    let mut bytes = 0;
    for _ in 0..options.clips {
        bytes += client.download_clip(name, &query, Container::Mp4, &output, |_| {}).await?;
    }
    let cpu = (cpu_seconds(pid)? - before).max(0.01);
    let megabytes = bytes as f64 / 1e6;
    Ok(Served { layout, per_cpu_second: megabytes / cpu, megabytes })
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
