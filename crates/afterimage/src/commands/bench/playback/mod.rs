//! Playback: how late live view is, how soon a seek has its media, and what a clip costs.
//!
//! Belongs here: one recorder with footage on local disk, asked as a player asks. Not here: how pictures
//! are decoded and painted, which is the console's; what ten years cost in the index ([`super::archive`]).

mod live;
mod serving;
mod tap;

use super::{Figure, spread};
use crate::child;
use crate::cli::BenchPlayback;
use crate::failure::Failure;
use afterimage_api::dto::{
    ConfirmQuery, FragmentQuery, StreamCreate, StreamUpdate, TimelineQuery, TimelineView,
};
use afterimage_base::{ErrorKind, StreamName, WallTime};
use afterimage_client::{Client, local};
use serving::{Server, start_nginx};
use std::fs::File;
use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};
use tap::Tap;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Child;

const START_LIMIT: Duration = Duration::from_secs(60);
/// Neighbouring seeks lie far apart: no fragment is asked for twice in a row.
const STRIDE: u32 = 7_919;

const SEEK_GOAL: f64 = 5.0;
const LIVE_GOAL: f64 = 10.0;
const SERVING_GOAL: f64 = 0.9;

/// What is recorded: which stream, from when to when.
struct Footage {
    name: StreamName,
    range: (WallTime, WallTime),
}

pub async fn run(options: &BenchPlayback) -> Result<Vec<Figure>, Failure> {
    let folder = tempfile::tempdir().map_err(|error| failed("no temporary folder", &error))?;
    let footage = folder.path().join("footage.mp4");
    child::make_bench_footage(&footage).await?;
    let mut camera = child::start_bench_camera(&footage)
        .map_err(|error| failed("the camera did not start", &error))?;
    let tap = Tap::start(&first_line(&mut camera).await?).await?;
    let data = folder.path().join("data");
    let mut recorder = child::start_bench_recorder(&data)
        .map_err(|error| failed("the recorder did not start", &error))?;
    first_line(&mut recorder).await?;
    let running = local::find(&data).await?;
    let client = running.map(|running| running.client).ok_or_else(|| {
        Failure::new(ErrorKind::Internal, "the recorder did not say where it listens")
    })?;
    let name: StreamName = "camera".parse().expect("letters");
    let stream = StreamCreate {
        name: name.to_string(),
        source: Some(tap.url.clone()),
        ..StreamCreate::default()
    };
    client.create_stream(&stream).await?;
    until_recorded(&client, &name, Duration::from_secs(1)).await?;
    let added = live::watch(&client, &name, &tap, options.live).await?;
    // Nothing else runs while the rest is measured.
    let range = until_recorded(&client, &name, options.footage).await?;
    let stop = StreamUpdate { enabled: Some(false), ..StreamUpdate::default() };
    client.update_stream(&name, &stop, ConfirmQuery::default()).await?;
    drop(camera.kill().await);
    let footage = Footage { name, range };
    let (whole, known) = seek(options, &client, &footage).await?;
    let pid = recorder.id().ok_or_else(|| {
        Failure::new(ErrorKind::Internal, "the recorder ended during the measurement")
    })?;
    let mut figures = vec![
        late(
            "playback.live_added_p99",
            added,
            LIVE_GOAL,
            "from a frame's last packet to the live socket",
        ),
        late(
            "playback.seek_p99",
            whole,
            SEEK_GOAL,
            "which fragment, and all of its bytes; page cache warm",
        ),
        late("playback.fragment_p99", known, SEEK_GOAL, "all bytes of a fragment that is known"),
    ];
    for (id, layout) in
        [("playback.clip_vs_nginx", "plain"), ("playback.fragmented_clip_vs_nginx", "fragmented")]
    {
        let ours = clip_server(&client, &footage, layout, pid)?;
        figures.push(beside_nginx(id, options, &ours, folder.path()).await?);
    }
    drop(recorder.kill().await);
    Ok(figures)
}

/// The hundredth part that is slowest.
fn late(id: &'static str, mut times: Vec<f64>, goal: f64, what: &str) -> Figure {
    times.sort_by(f64::total_cmp);
    let value = times[(times.len() * 99 / 100).min(times.len() - 1)];
    let count = times.len();
    let (median, _, most) = spread(times);
    Figure {
        id,
        value,
        unit: "ms",
        goal: format!("<= {goal}"),
        beside: format!("{what}; median {median:.2}, most {most:.1}, of {count}"),
        ok: value <= goal,
    }
}

fn clip_server(
    client: &Client,
    Footage { name, range: (from, to) }: &Footage,
    layout: &str,
    pid: u32,
) -> Result<Server, Failure> {
    let address = client.address().trim_start_matches("http://");
    let address: SocketAddr = address
        .parse()
        .map_err(|_| Failure::new(ErrorKind::Internal, format!("{address} is no address")))?;
    let (from, to) = (from.as_micros(), to.as_micros());
    Ok(Server {
        address,
        pid,
        target: format!("/api/v1/streams/{name}/clip.mp4?from={from}&to={to}&layout={layout}"),
        token: Some(client.token().expose().to_owned()),
    })
}

/// In turns with nginx, which has the same bytes in a file: once as the kernel sends files by itself,
/// once as who wants to see the bytes must copy them.
async fn beside_nginx(
    id: &'static str,
    options: &BenchPlayback,
    ours: &Server,
    folder: &Path,
) -> Result<Figure, Failure> {
    let target = format!("/{id}.mp4");
    let copy = folder.join(&target[1..]);
    let mut file = File::create(&copy).map_err(|error| failed("no file for nginx", &error))?;
    ours.fetch(|bytes| file.write_all(bytes)).await?;
    let mut rivals = Vec::new();
    for sends_files in [true, false] {
        if let Some((child, address)) = start_nginx(folder, sends_files).await? {
            let pid = child.id().unwrap_or_default();
            rivals.push((child, Server { address, pid, target: target.clone(), token: None }));
        }
    }
    let (mut mine, mut theirs) = (Vec::new(), vec![Vec::new(); rivals.len()]);
    for _ in 0..options.rounds {
        mine.push(ours.serve(options.clips).await?);
        for ((_, rival), rates) in rivals.iter().zip(&mut theirs) {
            rates.push(rival.serve(options.clips).await?);
        }
    }
    for (mut child, _) in rivals {
        drop(child.kill().await);
    }
    let (rate, ..) = spread(mine.clone());
    let [sending, copying] = &theirs[..] else {
        return Ok(Figure {
            id,
            value: rate,
            unit: "MB a CPU s",
            goal: String::new(),
            beside: "nothing: nginx is not on this machine, `make bench` fetches it".to_owned(),
            ok: true,
        });
    };
    let ratios = mine.iter().zip(sending).map(|(mine, theirs)| mine / theirs).collect();
    let (ratio, least, greatest) = spread(ratios);
    let ((sending, ..), (copying, ..)) = (spread(sending.clone()), spread(copying.clone()));
    Ok(Figure {
        id,
        value: ratio,
        unit: "ratio",
        goal: format!(">= {SERVING_GOAL}"),
        beside: format!(
            "{least:.2} to {greatest:.2}; {rate:.0} MB a CPU s, every fragment's hash checked; nginx \
             {sending:.0}, without sendfile {copying:.0}"
        ),
        ok: ratio >= SERVING_GOAL,
    })
}

/// Waits until so much is recorded without a hole; from when to when.
async fn until_recorded(
    client: &Client,
    name: &StreamName,
    wanted: Duration,
) -> Result<(WallTime, WallTime), Failure> {
    let began = Instant::now();
    loop {
        let timeline = client.timeline(name, &TimelineQuery::default()).await?;
        if let Some((from, to)) = longest(&timeline)
            && to.since(from) >= wanted
        {
            return Ok((from, to));
        }
        if began.elapsed() > wanted + START_LIMIT {
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

/// From the wish for an instant to the fragment that shows it, and the second half of that alone;
/// milliseconds.
async fn seek(
    options: &BenchPlayback,
    client: &Client,
    Footage { name, range: (from, to) }: &Footage,
) -> Result<(Vec<f64>, Vec<f64>), Failure> {
    let length = u32::try_from(to.since(*from).as_millis()).unwrap_or(u32::MAX).max(1);
    let (mut whole, mut known) = (Vec::new(), Vec::new());
    // The first round warms connections and page cache.
    for round in [0, 1] {
        whole.clear();
        known.clear();
        for index in 0..options.seeks {
            let after = u64::from(index + round) * u64::from(STRIDE) % u64::from(length);
            let at = from.plus(Duration::from_millis(after));
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
            let asked = Instant::now();
            client.fragment(name, fragment.number).await?;
            whole.push(began.elapsed().as_secs_f64() * 1_000.0);
            known.push(asked.elapsed().as_secs_f64() * 1_000.0);
        }
    }
    Ok((whole, known))
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
