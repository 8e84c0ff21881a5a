//! The command line of the window.
//!
//! Belongs here: flags and their defaults. Not here: what is done with them.

use std::path::PathBuf;

use clap::Parser;

use crate::directories;
use crate::launch::Mode;
use crate::recorder::Wanted;

/// Watch, search and export what Afterimage records.
///
/// Finds the recorder of the data directory, or starts one. Closing the window leaves the recorder
/// recording; the menu's "Quit and stop recording" ends both.
#[derive(Parser, Debug)]
#[command(name = "afterimage-desktop", version)]
pub struct Arguments {
    /// The data directory [default: the platform's, such as ~/.local/share/afterimage]
    #[arg(long, env = "AFTERIMAGE_DATA", value_name = "DIR")]
    data: Option<PathBuf>,

    /// Where no recorder runs, start the demo with its simulated cameras
    #[arg(long)]
    demo: bool,
}

impl From<Arguments> for Wanted {
    fn from(arguments: Arguments) -> Self {
        let if_none_runs = if arguments.demo { Mode::Demo } else { Mode::Serve };
        let data =
            arguments.data.unwrap_or_else(|| directories::data().join(if_none_runs.directory()));
        Self { data, if_none_runs }
    }
}
