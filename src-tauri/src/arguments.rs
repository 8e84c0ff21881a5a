//! The command line of the window.
//!
//! Belongs here: flags, and the default data directory. Not here: what is done with them.

use std::env;
use std::path::{Path, PathBuf};

use clap::Parser;

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
        let data = arguments.data.unwrap_or_else(|| {
            platform_data_directory(
                env::var_os("XDG_DATA_HOME").map(PathBuf::from).as_deref(),
                env::home_dir().as_deref(),
            )
            .join(if_none_runs.directory())
        });
        Self { data, if_none_runs }
    }
}

/// The rule of the XDG base directories, in which a relative `XDG_DATA_HOME` counts as none.
fn platform_data_directory(xdg_data_home: Option<&Path>, home: Option<&Path>) -> PathBuf {
    match xdg_data_home.filter(|path| path.is_absolute()) {
        Some(base) => base.to_owned(),
        None => home.unwrap_or(Path::new(".")).join(".local/share"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_lives_where_the_platform_keeps_it() {
        let home = Some(Path::new("/home/ada"));
        let at = |xdg: Option<&str>| platform_data_directory(xdg.map(Path::new), home);
        assert_eq!(at(Some("/data")), Path::new("/data"), "XDG_DATA_HOME decides");
        let usual = Path::new("/home/ada/.local/share");
        assert_eq!(at(None), usual, "its default is ~/.local/share");
        assert_eq!(at(Some("data")), usual, "the standard says to ignore a relative one");
    }
}
