//! The repository that this program was built in, when it runs from there.
//!
//! Belongs here: finding the root, for what a developer's set-up leaves beside it (the runtime's
//! library, the mirror of files that are not in the repository). An installed program has none.

use std::path::{Path, PathBuf};

/// The folder above the executable (or above the package that cargo runs) that holds this
/// project's `models/motion-grid.toml`.
pub(crate) fn root() -> Option<PathBuf> {
    let executable = std::env::current_exe().ok();
    let package = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    [executable, package].into_iter().flatten().find_map(|start| root_above(&start))
}

fn root_above(start: &Path) -> Option<PathBuf> {
    start
        .ancestors()
        .find(|folder| {
            folder.join("Cargo.toml").is_file() && folder.join("models/motion-grid.toml").is_file()
        })
        .map(Path::to_path_buf)
}
