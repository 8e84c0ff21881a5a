//! Test material: what the set-up fetched, and what only a mirror has.

use std::path::{Path, PathBuf};

/// The project's root.
///
/// # Panics
/// Never: this crate lies in it.
#[must_use]
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("this crate lies in the root").to_owned()
}

/// The street scene that the set-up fetches.
///
/// # Panics
/// When it was not fetched.
#[must_use]
pub fn bikes() -> PathBuf {
    let file = repository().join(".cache/footage/bikes.mp4");
    assert!(file.exists(), "{} is missing: scripts/setup test", file.display());
    file
}

/// A model's weights out of the mirror, if there is one; says so in one line if not.
#[must_use]
pub fn mirrored_model(file: &str) -> Option<PathBuf> {
    let mirror = std::env::var_os("AFTERIMAGE_MIRROR")
        .map_or_else(|| repository().join("../shared"), PathBuf::from);
    let found = mirror.join("models").join(file);
    if found.exists() {
        return Some(found);
    }
    eprintln!("skipped: {file} is not in the mirror folder (AFTERIMAGE_MIRROR)");
    None
}
