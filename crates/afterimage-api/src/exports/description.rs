//! An export's folder: `export.json`, which says what it is, beside the files.
//!
//! Belongs here: what is written down, and taking stock at the start. Not here: the files' making.
//! Invariant: `export.json` is there whole or not at all; what is named in it is durable.

use crate::ApiError;
use crate::dto::{ExportFile, ExportFormat, ExportState};
use afterimage_base::{ErrorKind, WallTime};
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

const NAME: &str = "export.json";
const VERSION: u32 = 1;
/// Beside a file's name until it is whole.
pub(crate) const PART: &str = ".part";
/// A folder that is being deleted.
const DELETED: &str = ".deleted-";
/// What one of ours is far below.
const LONGEST: u64 = 16 * 1024 * 1024;

/// One export as `export.json` has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Description {
    version: u32,
    pub id: u64,
    pub streams: Vec<String>,
    pub from_micros: i64,
    pub to_micros: i64,
    pub format: ExportFormat,
    pub state: ExportState,
    pub created: WallTime,
    /// How long it was made for; known when it is over.
    pub took_micros: Option<u64>,
    pub files: Vec<ExportFile>,
    pub notes: Vec<String>,
    pub failure: Option<String>,
}

impl Description {
    pub fn waiting(id: u64, wanted: &super::ExportWanted, created: WallTime) -> Self {
        Self {
            version: VERSION,
            id,
            streams: wanted.streams.iter().map(ToString::to_string).collect(),
            from_micros: wanted.range.from.as_micros(),
            to_micros: wanted.range.to.as_micros(),
            format: wanted.format,
            state: ExportState::Waiting,
            created,
            took_micros: None,
            files: Vec::new(),
            notes: Vec::new(),
            failure: None,
        }
    }

    pub fn is_over(&self) -> bool {
        !matches!(self.state, ExportState::Waiting | ExportState::Running)
    }

    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }

    pub fn write(&self, folder: &Path) -> Result<(), ApiError> {
        let path = folder.join(NAME);
        let part = folder.join(format!("{NAME}{PART}"));
        let text = serde_json::to_vec_pretty(self).expect("plain data");
        let written = File::create(&part)
            .and_then(|mut file| file.write_all(&text).and_then(|()| file.sync_all()))
            .and_then(|()| fs::rename(&part, &path))
            .and_then(|()| sync_folder(folder));
        written.map_err(failed("written", &path))
    }

    fn read(folder: &Path) -> Result<Self, String> {
        let mut text = Vec::new();
        File::open(folder.join(NAME))
            .and_then(|file| file.take(LONGEST).read_to_end(&mut text))
            .map_err(|error| error.to_string())?;
        let read: Self = serde_json::from_slice(&text).map_err(|error| error.to_string())?;
        if read.version != VERSION {
            return Err(format!("it is of version {}, this program knows {VERSION}", read.version));
        }
        Ok(read)
    }
}

/// What lies in the folder of exports at the start.
pub(crate) struct Stock {
    pub exports: Vec<Description>,
    /// No folder has this number or a higher one.
    pub next_id: u64,
}

/// Reads all descriptions. What was being made is failed from now on, and its parts are removed.
pub(crate) fn take_stock(root: &Path) -> Stock {
    let mut stock = Stock { exports: Vec::new(), next_id: 1 };
    let Ok(entries) = fs::read_dir(root) else { return stock };
    for entry in entries.filter_map(Result::ok) {
        let (folder, name) = (entry.path(), entry.file_name());
        let Some(name) = name.to_str() else { continue };
        if name.starts_with(DELETED) {
            drop(fs::remove_dir_all(&folder));
            continue;
        }
        let Ok(id) = name.parse::<u64>() else { continue };
        stock.next_id = stock.next_id.max(id.saturating_add(1));
        match Description::read(&folder) {
            Ok(description) if description.id == id => {
                stock.exports.push(settled(description, &folder));
            }
            Ok(_) => {
                tracing::warn!(folder = %folder.display(), "an export is not shown: its export.json is another's");
            }
            Err(error) => {
                tracing::warn!(folder = %folder.display(), error, "an export is not shown: its export.json can't be read");
            }
        }
    }
    stock
}

fn settled(mut description: Description, folder: &Path) -> Description {
    if description.is_over() {
        return description;
    }
    remove_parts(folder);
    description.state = ExportState::Failed;
    description.failure = Some("the recorder stopped meanwhile; start it anew".to_owned());
    if let Err(error) = description.write(folder) {
        tracing::warn!(%error, "an export that broke off can't be marked so");
    }
    description
}

/// Removes what is not whole.
pub(crate) fn remove_parts(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.filter_map(Result::ok).map(|entry| entry.path()) {
        if path.extension().is_some_and(|ending| ending == &PART[1..]) {
            let removed =
                if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
            if let Err(error) = removed {
                tracing::warn!(path = %path.display(), %error, "a part of an export stays behind");
            }
        }
    }
}

/// Removes an export whole: a kill in the middle leaves nothing that looks like one.
pub(crate) fn remove(root: &Path, id: u64) -> Result<(), ApiError> {
    let folder = folder_of(root, id);
    let doomed = root.join(format!("{DELETED}{id}"));
    match fs::rename(&folder, &doomed) {
        Ok(()) => fs::remove_dir_all(&doomed).map_err(failed("deleted", &folder)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(failed("deleted", &folder)(error)),
    }
}

pub(crate) fn folder_of(root: &Path, id: u64) -> PathBuf {
    root.join(id.to_string())
}

/// A rename is durable when its folder is.
pub(crate) fn sync_folder(folder: &Path) -> std::io::Result<()> {
    File::open(folder)?.sync_all()
}

pub(crate) fn failed<'a>(
    what: &'a str,
    path: &'a Path,
) -> impl FnOnce(std::io::Error) -> ApiError + 'a {
    move |error| {
        let kind = match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
                ErrorKind::DiskFull
            }
            _ => ErrorKind::Unavailable,
        };
        ApiError::new(kind, format!("{} can't be {what}: {error}", path.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exports::ExportWanted;

    #[test]
    fn what_was_running_has_failed_after_a_restart_and_leaves_no_parts() {
        let root = tempfile::tempdir().expect("a folder");
        for id in [1, 7] {
            let folder = folder_of(root.path(), id);
            fs::create_dir(&folder).expect("it is new");
            let mut description =
                Description::waiting(id, &ExportWanted::of_gate(), WallTime::EPOCH);
            description.state = if id == 1 { ExportState::Done } else { ExportState::Running };
            description.write(&folder).expect("there is room");
            fs::write(folder.join("gate.mp4"), "whole").expect("there is room");
            fs::write(folder.join("gate.mp4.part"), "half").expect("there is room");
        }
        fs::create_dir(root.path().join(".deleted-3")).expect("it is new");
        fs::create_dir(root.path().join("9")).expect("it is new");
        let stock = take_stock(root.path());
        assert_eq!(stock.next_id, 10, "a folder that says nothing keeps its number");
        let state = |id: u64| stock.exports.iter().find(|one| one.id == id).expect("it is there");
        assert_eq!(state(1).state, ExportState::Done, "what is over stays as it is");
        assert_eq!(state(7).state, ExportState::Failed, "it was being made");
        assert!(state(7).failure.as_deref().is_some_and(|text| text.contains("stopped meanwhile")));
        let broken = folder_of(root.path(), 7);
        assert!(!broken.join("gate.mp4.part").exists(), "half a file is no file");
        assert!(broken.join("gate.mp4").exists(), "what was finished stays");
        assert!(!root.path().join(".deleted-3").exists(), "what was being deleted is");
        assert_eq!(take_stock(root.path()).exports, stock.exports, "and it is written down");
    }
}
