//! The command line of the window.
//!
//! Belongs here: flags and their defaults. Not here: what is done with them.

use std::path::{self, PathBuf};

use clap::Parser;

use crate::directories;
use crate::launch::Mode;
use crate::recorder::Wanted;
use crate::shell::{First, Start};

/// Watch, search and export what Afterimage records.
///
/// Finds the recorder of the data directory, or starts one. Closing the last window leaves the icon in
/// the tray, where there is one, and the recorder recording; "Quit and stop recording" in the menu ends
/// both. A second start brings the first one's window to the front.
#[derive(Parser, Debug)]
#[command(name = "afterimage-desktop", version)]
pub struct Arguments {
    /// The data directory [default: the platform's, such as ~/.local/share/afterimage]
    #[arg(long, env = "AFTERIMAGE_DATA", value_name = "DIR")]
    data: Option<PathBuf>,

    /// Where no recorder runs, start the demo with its simulated cameras
    #[arg(long)]
    demo: bool,

    /// Start in the tray, without a window
    #[arg(long)]
    hidden: bool,

    /// Open a recorder of the address book; none is started on this computer
    #[arg(long, value_name = "NAME", conflicts_with_all = ["demo", "hidden"])]
    recorder: Option<String>,
}

impl From<Arguments> for Start {
    fn from(arguments: Arguments) -> Self {
        let if_none_runs = if arguments.demo { Mode::Demo } else { Mode::Serve };
        // Started again from elsewhere, it is the same directory.
        let named = arguments.data.map(|data| path::absolute(&data).unwrap_or(data));
        let data =
            named.clone().unwrap_or_else(|| directories::data().join(if_none_runs.directory()));
        let first = match arguments.recorder {
            Some(name) => First::Elsewhere(name),
            None if arguments.hidden => First::Nothing,
            None => First::ThisComputer,
        };
        Self { wanted: Wanted { data, if_none_runs }, named, first }
    }
}
