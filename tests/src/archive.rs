//! What a data directory and a timeline hold, seen from outside.

use afterimage_base::WallTime;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Every segment file below a folder.
///
/// # Panics
/// When the folder can't be listed.
#[must_use]
pub fn segments(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the archive's folder") {
        let path = entry.expect("a directory entry").path();
        if path.is_dir() {
            found.extend(segments(&path));
        } else if path.extension().is_some_and(|ending| ending == "mp4") {
            found.push(path);
        }
    }
    found
}

/// An instant of a JSON answer.
///
/// # Panics
/// When it is none.
#[must_use]
pub fn instant(value: &Value) -> WallTime {
    value.as_str().expect("an instant is text").parse().expect("RFC 3339")
}
