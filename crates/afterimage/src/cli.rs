//! The words of the command line. Every default and limit that a user can see is written here.

mod archive;
mod discovery;
mod export;
mod schedule;
mod size;

pub use archive::{Bookmark, Check, Event, EventList, Hold, Storage, StorageSet, WhatIf};
pub use discovery::{Discover, DiscoverProfiles, StreamTest};
pub use export::{Export, ExportCreate, ExportFormat};
pub use schedule::shown as shown_schedule;

use afterimage_api::dto::Schedule;
use afterimage_base::StreamName;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// Records what cameras see and keeps it for as long as you say.
#[derive(Debug, Parser)]
#[command(name = "afterimage", version, propagate_version = true, max_term_width = 100)]
pub struct Cli {
    #[command(flatten)]
    pub place: Place,
    #[command(subcommand)]
    pub command: Command,
}

/// Which recorder is meant.
#[derive(Clone, Debug, Args)]
pub struct Place {
    /// The data directory; if a recorder owns it, commands go through that recorder
    #[arg(long, global = true, env = "AFTERIMAGE_DATA", value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// A recorder elsewhere, as http://host:port; its token is read from AFTERIMAGE_TOKEN
    #[arg(
        long,
        global = true,
        env = "AFTERIMAGE_SERVER",
        value_name = "URL",
        conflicts_with = "data"
    )]
    pub server: Option<String>,
    /// Print one JSON document on standard output
    #[arg(long, global = true)]
    pub json: bool,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Record, and serve the API and the console, until stopped
    Serve(Serve),
    /// Simulated RTSP cameras playing real footage, recorded and served: ready to look at
    Demo(Demo),
    /// Simulated RTSP cameras: serve files in an endless loop
    Camera(Camera),
    /// Create, list, show, change and delete streams
    #[command(subcommand)]
    Stream(Stream),
    /// Cameras on the network and in this machine that could become streams
    Discover {
        #[command(subcommand)]
        command: Option<Discover>,
    },
    /// What is recorded, what is missing and why
    Timeline(Timeline),
    /// A time range to MP4 or MKV, without re-encoding
    Clip(Clip),
    /// The frame at an instant, to JPEG or PNG
    Frame(Frame),
    /// Files that the recorder makes of footage: MP4, MKV, pictures, training sets
    #[command(subcommand)]
    Export(Export),
    /// Frames and labels as a training set
    #[command(subcommand)]
    Dataset(Dataset),
    /// What models have seen
    #[command(subcommand)]
    Detections(Detections),
    /// What a person may want to look at: sightings, motion, cameras that went down
    #[command(subcommand)]
    Event(Event),
    /// Marks on the timeline
    #[command(subcommand)]
    Bookmark(Bookmark),
    /// Ranges that are kept whatever their age
    #[command(subcommand)]
    Hold(Hold),
    /// Room: what is held, whether the promises fit, limits of the archive
    Storage {
        #[command(subcommand)]
        command: Option<Storage>,
    },
    /// Verify the archive while recording goes on; repair it, or make its index anew
    Check(Check),
    /// Decode and infer for a recorder, here or on another machine
    Worker(Worker),
    /// The published benchmarks, repeatable
    #[command(subcommand)]
    Bench(Bench),
    /// Print the OpenAPI document of the HTTP API
    #[command(hide = true)]
    Openapi,
}

impl Command {
    /// What works for a recorder leaves it the processor.
    pub fn steps_back(&self) -> bool {
        matches!(self, Self::Export(Export::Make))
    }

    /// Long-running modes tell what happens; the others answer and are quiet.
    pub fn default_log(&self) -> &'static str {
        match self {
            Self::Serve(_) | Self::Demo(_) | Self::Worker(_) | Self::Camera(_) => "info",
            _ => "warn",
        }
    }
}

#[derive(Debug, Args)]
pub struct Serve {
    /// Where to listen
    #[arg(long, default_value = "127.0.0.1:8750", value_name = "ADDR")]
    pub listen: SocketAddr,
    /// Stop by itself after this long (90s, 15m, 1h)
    #[arg(long = "for", value_name = "DURATION", value_parser = duration)]
    pub run_for: Option<Duration>,
    /// Don't start a worker: models are run elsewhere or not at all
    #[arg(long)]
    pub no_worker: bool,
}

#[derive(Debug, Args)]
pub struct Demo {
    /// How many cameras
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=16), value_name = "N")]
    pub cameras: u8,
    /// Don't open a window or browser; print the address and go on
    #[arg(long)]
    pub headless: bool,
    #[command(flatten)]
    pub serve: Serve,
}

#[derive(Debug, Args)]
pub struct Camera {
    /// Footage to play in a loop (MP4 with H.264 or H.265, or sound alone); repeat it for several
    /// cameras
    #[arg(long = "file", value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Add a camera that shows a clock and a frame counter
    #[arg(long)]
    pub clock: bool,
    /// Where to listen, and the path of the first camera
    #[arg(long, default_value = "127.0.0.1:8554/camera", value_name = "ADDR/PATH")]
    pub listen: String,
    /// Ask viewers for this user; the password is read from AFTERIMAGE_CAMERA_PASSWORD
    #[arg(long, value_name = "USER")]
    pub user: Option<String>,
    /// Stop by itself after this long
    #[arg(long = "for", value_name = "DURATION", value_parser = duration)]
    pub run_for: Option<Duration>,
}

#[derive(Debug, Subcommand)]
pub enum Stream {
    /// Add a stream and begin to record it
    Create(StreamCreate),
    /// Watch a source for a few seconds and say what it sends; nothing is recorded
    Test(StreamTest),
    /// All streams and what they are doing
    List,
    /// One stream: source, state, how it is captured, what is recorded
    Show { name: StreamName },
    /// Change a stream; what is not given stays
    Update(StreamUpdate),
    /// Delete a stream and its footage
    Delete {
        name: StreamName,
        /// Really delete what is recorded
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Debug, Args)]
pub struct StreamCreate {
    /// 1 to 256 of a-z A-Z 0-9 _ . -
    pub name: StreamName,
    /// rtsp://…, rtsps://…, webcam, webcam:/dev/video0, pipewire:NAME, test:; none for pushed media
    #[arg(long, value_name = "URL")]
    pub source: Option<String>,
    /// How long footage is kept: 1h to 10y
    #[arg(long, default_value = "30d", value_name = "DURATION")]
    pub retention: String,
    #[command(flatten)]
    pub limits: Limits,
    #[command(flatten)]
    pub capture: Capture,
}

#[derive(Debug, Args)]
pub struct StreamUpdate {
    pub name: StreamName,
    #[arg(long, value_name = "URL")]
    pub source: Option<String>,
    /// How long footage is kept: 1h to 10y
    #[arg(long, value_name = "DURATION")]
    pub retention: Option<String>,
    /// Record, or stop and keep what there is
    #[arg(long, value_name = "BOOL")]
    pub enabled: Option<bool>,
    #[command(flatten)]
    pub limits: Limits,
    /// Change nothing; show what the change would delete
    #[arg(long)]
    pub dry_run: bool,
    /// Really delete what the change no longer keeps
    #[arg(long)]
    pub yes: bool,
    #[command(flatten)]
    pub capture: Capture,
}

#[derive(Debug, Args)]
pub struct Limits {
    /// The most that the stream may hold (200GB); 0 has no limit
    #[arg(long, value_name = "SIZE", value_parser = size::bytes)]
    pub retain_bytes: Option<u64>,
    /// When to record, like "mon-fri 08:00-18:00 Europe/Berlin", or always
    #[arg(long, value_name = "SCHEDULE", value_parser = schedule::schedule)]
    pub schedule: Option<Schedule>,
}

#[derive(Debug, Args)]
pub struct Capture {
    /// Force the way of capture: retina or gstreamer
    #[arg(long, value_name = "BACKEND")]
    pub capture: Option<String>,
    /// RTSP over tcp or udp
    #[arg(long, value_name = "TRANSPORT")]
    pub transport: Option<String>,
    /// A model to run on this stream; may be repeated
    #[arg(long = "model", value_name = "MODEL")]
    pub models: Vec<String>,
}

#[derive(Debug, Args)]
pub struct Frame {
    pub name: StreamName,
    /// When: RFC 3339, `now`, or how long ago (-90m, -2d)
    #[arg(long, value_name = "T", allow_hyphen_values = true)]
    pub at: String,
    /// The key frame that the frame depends on: less work, up to a few seconds earlier
    #[arg(long)]
    pub key: bool,
    /// Make it no wider than this
    #[arg(long, value_name = "PIXELS", value_parser = clap::value_parser!(u32).range(16..=7680))]
    pub width: Option<u32>,
    /// The file to write; its ending (.jpg or .png) chooses the format
    #[arg(long, short, value_name = "FILE")]
    pub output: PathBuf,
}

/// A range of time: RFC 3339, `now`, or how long ago (-90m, -2d).
#[derive(Debug, Args)]
pub struct Range {
    #[arg(long, value_name = "T", allow_hyphen_values = true)]
    pub from: String,
    #[arg(long, value_name = "T", allow_hyphen_values = true)]
    pub to: String,
}

#[derive(Debug, Args)]
pub struct Timeline {
    pub name: StreamName,
    /// RFC 3339, `now`, or how long ago (-90m, -2d); the beginning of the footage by default
    #[arg(long, value_name = "T", allow_hyphen_values = true)]
    pub from: Option<String>,
    #[arg(long, value_name = "T", allow_hyphen_values = true, default_value = "now")]
    pub to: String,
}

#[derive(Debug, Args)]
pub struct Clip {
    pub name: StreamName,
    #[command(flatten)]
    pub range: Range,
    /// Where to write; its ending chooses MP4 or MKV
    #[arg(long, short, value_name = "FILE")]
    pub output: PathBuf,
    /// At the frame on screen at --from and before --to, or with all of the outer fragments;
    /// MKV is always cut at fragments
    #[arg(long, value_enum, default_value = "exact")]
    pub cut: ClipCut,
    /// Of MP4: one table of all samples in front, or fragments as recorded; plain unless the
    /// range is too long for it
    #[arg(long, value_enum)]
    pub layout: Option<ClipLayout>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum ClipCut {
    Exact,
    Fragment,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum ClipLayout {
    Plain,
    Fragmented,
}

#[derive(Debug, Subcommand)]
pub enum Dataset {
    /// Write frames as JPEG and what models saw on them as COCO
    Create(DatasetCreate),
    /// Check a training set against its own checksums
    Verify { directory: PathBuf },
}

#[derive(Debug, Args)]
pub struct DatasetCreate {
    /// May be repeated
    #[arg(long = "stream", required = true, value_name = "NAME")]
    pub streams: Vec<StreamName>,
    #[command(flatten)]
    pub range: Range,
    /// One frame in each such interval
    #[arg(long, default_value = "2s", value_name = "DURATION", value_parser = duration)]
    pub every: Duration,
    /// A new or unfinished training set
    #[arg(long, short, value_name = "DIR")]
    pub output: PathBuf,
    /// JPEG quality
    #[arg(long, default_value_t = 92, value_parser = clap::value_parser!(u8).range(1..=100))]
    pub quality: u8,
}

#[derive(Debug, Subcommand)]
pub enum Detections {
    /// Boxes in a range of time
    List {
        name: StreamName,
        #[arg(long, value_name = "T", allow_hyphen_values = true, default_value = "-1h")]
        from: String,
        #[arg(long, value_name = "T", allow_hyphen_values = true, default_value = "now")]
        to: String,
        /// Only this label
        #[arg(long)]
        label: Option<String>,
        #[arg(long, default_value_t = 1000)]
        limit: u32,
    },
}

#[derive(Debug, Args)]
pub struct Worker {
    /// Work on these streams only, instead of all that name models
    #[arg(long = "stream", value_name = "NAME")]
    pub streams: Vec<StreamName>,
}

#[derive(Debug, Subcommand)]
pub enum Bench {
    /// CPU of recording beside ffmpeg's, interleaved
    Recording(BenchRecording),
    /// How late live view is, how soon a seek has its media, and what clips cost
    Playback(BenchPlayback),
    /// What years cost in the index, and appending beside plain writes
    Archive(BenchArchive),
}

#[derive(Clone, Debug, Args)]
pub struct BenchArchive {
    /// How long the synthetic camera was recorded
    #[arg(long, default_value_t = 3_650, value_parser = clap::value_parser!(u32).range(2..=3_650))]
    pub days: u32,
    /// Of how many days retention deletes the files
    #[arg(long, default_value_t = 365, value_parser = clap::value_parser!(u32).range(2..=3_000))]
    pub retention_days: u32,
    /// How many megabytes are recorded and indexed anew
    #[arg(long, default_value_t = 400, value_parser = clap::value_parser!(u32).range(10..=100_000))]
    pub rebuild_megabytes: u32,
    /// Where to write, about 3 GB; the system's temporary folder when absent
    #[arg(long, value_name = "DIR")]
    pub folder: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct BenchPlayback {
    /// How much is recorded before it is played
    #[arg(long, default_value = "60s", value_parser = duration)]
    pub footage: Duration,
    /// How long live view is watched
    #[arg(long, default_value = "20s", value_parser = duration)]
    pub live: Duration,
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..))]
    pub seeks: u32,
    /// Rounds of clips, each in turns with nginx
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    pub rounds: u32,
    /// How often the clip of all footage is fetched in a round
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    pub clips: u32,
}

#[derive(Debug, Args)]
pub struct BenchRecording {
    #[arg(long, default_value_t = 8)]
    pub cameras: u8,
    /// Pairs of interleaved rounds
    #[arg(long, default_value_t = 5)]
    pub rounds: u8,
    /// How long each round measures
    #[arg(long, default_value = "20s", value_parser = duration)]
    pub round: Duration,
}

fn duration(text: &str) -> Result<Duration, String> {
    afterimage_base::parse_duration(text).map_err(|error| error.to_string())
}
