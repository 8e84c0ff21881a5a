//! The words about the archive: checking it, keeping parts of it, its room, what was noticed.

use super::size::bytes;
use afterimage_base::StreamName;
use clap::{Args, Subcommand, ValueEnum};

#[derive(Debug, Args)]
pub struct Check {
    /// Only this stream
    #[arg(long, value_name = "NAME")]
    pub stream: Option<StreamName>,
    /// Read headers only: finds what is missing or cut, not flipped bits
    #[arg(long)]
    pub quick: bool,
    /// Put right what can be: what is damaged becomes a gap, and says so
    #[arg(long)]
    pub repair: bool,
    /// Make the index anew from the media alone; no recorder may run
    #[arg(long, conflicts_with_all = ["stream", "quick", "repair"])]
    pub rebuild: bool,
}

#[derive(Debug, Subcommand)]
pub enum Hold {
    /// Keep a range whatever its age
    Create(HoldCreate),
    /// All holds, those that ended too
    List {
        /// Only of this stream
        name: Option<StreamName>,
    },
    /// Give a held range back to retention
    Release {
        name: StreamName,
        /// As `hold list` shows it
        id: i64,
        /// Really release it: retention may delete the range from then on
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Debug, Args)]
pub struct HoldCreate {
    pub name: StreamName,
    #[command(flatten)]
    pub range: super::Range,
    /// Why it is kept, for whoever finds it later
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// When it ends: RFC 3339, or how long from now (90d); never by default
    #[arg(long, value_name = "T")]
    pub until: Option<String>,
}

#[derive(Debug, Subcommand)]
pub enum Storage {
    /// What is held, by stream
    Usage,
    /// Whether the promises fit, and when they stop to
    Forecast,
    /// The forecast as it would be with other settings
    WhatIf(WhatIf),
    /// Limits of the archive as a whole; what is not given stays
    Set(StorageSet),
    /// Say that the machine's clock is right where the archive doubts it: footage past its age goes
    ConfirmClock,
}

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("change").required(true).multiple(true))]
pub struct WhatIf {
    /// Keep footage this long (90d)
    #[arg(long, value_name = "DURATION", group = "change")]
    pub retention: Option<String>,
    /// Only this stream keeps it so long; all by default
    #[arg(long, value_name = "NAME", requires = "retention")]
    pub stream: Option<StreamName>,
    /// The most that the archive may hold (2TB); 0 has no limit
    #[arg(long, value_name = "SIZE", value_parser = bytes, group = "change")]
    pub retain_bytes: Option<u64>,
    /// One more camera that brings so much an hour (2GB)
    #[arg(long, value_name = "SIZE", value_parser = bytes, group = "change")]
    pub bytes_per_hour: Option<u64>,
}

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("change").required(true).multiple(true))]
pub struct StorageSet {
    /// The most that all streams together may hold (2TB); 0 has no limit
    #[arg(long, value_name = "SIZE", value_parser = bytes, group = "change")]
    pub retain_bytes: Option<u64>,
    /// What is kept free on the volume (50GB)
    #[arg(long, value_name = "SIZE", value_parser = bytes, group = "change")]
    pub reserve: Option<u64>,
    /// Read and verify all footage once in this time (30d); 0s never
    #[arg(long, value_name = "DURATION", group = "change")]
    pub scrub: Option<String>,
    /// Really delete what no longer fits
    #[arg(long)]
    pub yes: bool,
}

#[derive(Debug, Subcommand)]
pub enum Event {
    /// What a person may want to look at, the newest first
    List(EventList),
}

#[derive(Debug, Args)]
pub struct EventList {
    /// Only of these streams
    pub streams: Vec<StreamName>,
    #[arg(long, value_name = "T", allow_hyphen_values = true, default_value = "-1d")]
    pub from: String,
    #[arg(long, value_name = "T", allow_hyphen_values = true, default_value = "now")]
    pub to: String,
    /// Only this kind; may be repeated
    #[arg(long = "kind", value_name = "KIND")]
    pub kinds: Vec<EventWord>,
    /// Only this label (person, car); may be repeated
    #[arg(long = "label", value_name = "LABEL")]
    pub labels: Vec<String>,
    /// Only what was seen in this part of the picture: left, top, width and height as fractions of
    /// it (0.5,0,0.5,1 is its right half)
    #[arg(long, value_name = "X,Y,W,H", allow_hyphen_values = true)]
    pub region: Option<String>,
    /// Only what nobody has marked as seen
    #[arg(long)]
    pub unseen: bool,
    #[arg(long, default_value_t = 200)]
    pub limit: u32,
}

/// The kinds of events, as the API names them.
#[derive(Clone, Copy, Debug, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum EventWord {
    Sighting,
    Motion,
    CameraDown,
    Damage,
}

#[derive(Debug, Subcommand)]
pub enum Bookmark {
    /// Mark an instant or a range
    Create(BookmarkCreate),
    /// Bookmarks in order of time
    List {
        /// Only of this stream, and those of all streams
        name: Option<StreamName>,
        /// Ten years back by default
        #[arg(long, value_name = "T", allow_hyphen_values = true)]
        from: Option<String>,
        #[arg(long, value_name = "T", allow_hyphen_values = true)]
        to: Option<String>,
    },
    /// Delete a bookmark; the footage stays
    Delete {
        /// As `bookmark list` shows it
        id: i64,
    },
}

#[derive(Debug, Args)]
pub struct BookmarkCreate {
    pub title: String,
    /// RFC 3339, `now`, or how long ago (-90m)
    #[arg(long, value_name = "T", allow_hyphen_values = true)]
    pub at: String,
    /// The end of a range; without it the bookmark is an instant
    #[arg(long, value_name = "T", allow_hyphen_values = true)]
    pub to: Option<String>,
    /// Only of this stream; of all by default
    #[arg(long, value_name = "NAME")]
    pub stream: Option<StreamName>,
}
