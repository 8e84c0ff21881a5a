//! Whether a set is still what was written.

use crate::DatasetError;
use crate::files::{FileEntry, files_below};
use crate::state::{STATE_FILE, State};
use crate::writer::LOCK_FILE;
use std::path::{Component, Path};

/// Paths relative to the set's folder, sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Files that are as they were written.
    pub intact: u64,
    pub missing: Vec<String>,
    /// There, with other bytes.
    pub changed: Vec<String>,
    /// Not written by us.
    pub extra: Vec<String>,
}

impl Report {
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.missing.is_empty() && self.changed.is_empty() && self.extra.is_empty()
    }
}

/// Compares each file of a finished set with its checksum. Changes nothing.
pub fn verify(folder: &Path) -> Result<Report, DatasetError> {
    let state = State::read(folder)?;
    if !state.finished {
        return Err(DatasetError::Invalid(format!(
            "the training set in {} is not finished; resume it first",
            folder.display()
        )));
    }
    if let Some(name) = state.files.keys().find(|name| !is_inside(name)) {
        return Err(DatasetError::Damaged {
            path: folder.join(STATE_FILE),
            detail: format!("it names `{}`, which is outside the set", name.escape_debug()),
        });
    }
    let mut report = Report::default();
    for (name, expected) in &state.files {
        let path = folder.join(name);
        match path.symlink_metadata() {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                report.missing.push(name.clone());
            }
            Err(error) => return Err(DatasetError::io(&path)(error)),
            Ok(metadata) => {
                let is_same = metadata.is_file()
                    && metadata.len() == expected.bytes
                    && FileEntry::of_file(&path).map_err(DatasetError::io(&path))? == *expected;
                if is_same { report.intact += 1 } else { report.changed.push(name.clone()) }
            }
        }
    }
    report.extra = files_below(folder)?
        .into_iter()
        .filter(|name| name != STATE_FILE && name != LOCK_FILE && !state.files.contains_key(name))
        .collect();
    Ok(report)
}

fn is_inside(name: &str) -> bool {
    let path = Path::new(name);
    !name.is_empty() && path.components().all(|part| matches!(part, Component::Normal(_)))
}
