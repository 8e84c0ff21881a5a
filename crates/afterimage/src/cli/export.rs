//! The words about exports: files that the recorder makes.

use super::duration;
use afterimage_base::StreamName;
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;
use std::time::Duration;

#[derive(Debug, Subcommand)]
pub enum Export {
    /// Let the recorder make files of a range
    Create(ExportCreate),
    /// All exports and how far each has come
    List,
    /// One export: its files, where they lie, what is missing
    Show {
        /// As `export list` shows it
        id: u64,
    },
    /// Compare an export's files with what was written
    Verify {
        /// As `export list` shows it
        id: u64,
    },
    /// Cancel an export if it is not done, and delete its files
    Delete {
        /// As `export list` shows it
        id: u64,
    },
    /// Make pictures for a recorder
    #[command(hide = true)]
    Make,
}

#[derive(Debug, Args)]
pub struct ExportCreate {
    /// May be repeated
    #[arg(long = "stream", required = true, value_name = "NAME")]
    pub streams: Vec<StreamName>,
    #[command(flatten)]
    pub range: super::Range,
    /// Original pictures and sound cut exactly (mp4) or at fragments (mkv), JPEG pictures (frames),
    /// or a COCO training set (dataset)
    #[arg(long, value_enum, default_value = "mp4")]
    pub format: ExportFormat,
    /// Of frames and datasets: one frame in each such interval; 1s by default
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub every: Option<Duration>,
    /// Wait until it is done, fetch its files into this folder and verify them
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum ExportFormat {
    Mp4,
    Mkv,
    Frames,
    Dataset,
}
