//! Where the demo finds its footage: what `make setup` fetched, or a folder that is named.

use std::path::{Path, PathBuf};

/// Set by installers and tests; a folder that holds `bikes.mp4`.
const VARIABLE: &str = "AFTERIMAGE_FOOTAGE";
/// Where set-up puts it, below the project's root.
const CACHE: &str = ".cache/footage";

/// The street scene of the demo, if it is on this machine.
pub fn bikes() -> Option<PathBuf> {
    let named = std::env::var_os(VARIABLE).map(PathBuf::from);
    let beside = std::env::current_exe().ok();
    let here = std::env::current_dir().ok();
    let cached = [beside, here]
        .into_iter()
        .flatten()
        .flat_map(|start| start.ancestors().map(|folder| folder.join(CACHE)).collect::<Vec<_>>());
    named
        .into_iter()
        .chain(cached)
        .map(|folder| folder.join("bikes.mp4"))
        .find(|file| Path::exists(file))
}
