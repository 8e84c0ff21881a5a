//! What a set says about itself: `dataset.json`, and `frames.jsonl` while and after it is made.
//!
//! Belongs here: both forms, reading and writing. Not here: pictures, the COCO file.
//!
//! `frames.jsonl` has a line for each finished frame with its picture's checksum. It is appended
//! to as frames come, so that a run that was cut off goes on, and written in order at the end.
//! `dataset.json` names the recipe and, once the set is finished, the checksum of each other file.

use crate::files::{Durability, FileEntry, write};
use crate::{DatasetDescription, DatasetError, FrameRecord};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

pub(crate) const STATE_FILE: &str = "dataset.json";
pub(crate) const FRAMES_FILE: &str = "frames.jsonl";
pub(crate) const ANNOTATIONS_FILE: &str = "annotations.json";
pub(crate) const IMAGES_FOLDER: &str = "images";

const FORMAT: &str = "afterimage-dataset";
const VERSION: u32 = 1;
const MAX_STATE_BYTES: u64 = 1 << 30;
const MAX_LINE_BYTES: u64 = 16 << 20;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct State {
    format: String,
    version: u32,
    pub finished: bool,
    pub recipe: DatasetDescription,
    /// By path relative to the set's folder; empty until it is finished.
    pub files: BTreeMap<String, FileEntry>,
}

/// A frame whose picture is written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FinishedFrame {
    pub frame: FrameRecord,
    pub picture: FileEntry,
}

impl State {
    pub fn unfinished(recipe: DatasetDescription) -> Self {
        Self {
            format: FORMAT.to_owned(),
            version: VERSION,
            finished: false,
            recipe,
            files: BTreeMap::new(),
        }
    }

    pub fn read(folder: &Path) -> Result<Self, DatasetError> {
        let path = folder.join(STATE_FILE);
        let file = match std::fs::File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(DatasetError::NotADataset { folder: folder.to_path_buf() });
            }
            Err(error) => return Err(DatasetError::io(&path)(error)),
        };
        let damaged = |detail| DatasetError::Damaged { path: path.clone(), detail };
        let state: Self = serde_json::from_reader(BufReader::new(file.take(MAX_STATE_BYTES)))
            .map_err(|error| damaged(error.to_string()))?;
        if (state.format.as_str(), state.version) != (FORMAT, VERSION) {
            return Err(damaged(format!(
                "it says format `{}` version {}, this program knows `{FORMAT}` version {VERSION}",
                state.format, state.version
            )));
        }
        Ok(state)
    }

    pub fn write(&self, folder: &Path) -> Result<(), DatasetError> {
        let mut text = serde_json::to_vec_pretty(self).expect("strings and numbers serialise");
        text.push(b'\n');
        write(&folder.join(STATE_FILE), &text, Durability::Synced)
    }
}

impl FinishedFrame {
    /// One line of `frames.jsonl`.
    pub fn line(&self) -> Vec<u8> {
        let mut line = serde_json::to_vec(self).expect("strings and finite numbers serialise");
        line.push(b'\n');
        line
    }

    /// Where its picture lies, relative to the set's folder.
    pub fn picture_path(&self) -> String {
        format!("{IMAGES_FOLDER}/{}", self.frame.file_name())
    }
}

/// The frames of `frames.jsonl`; none without it. A line that is no frame (the last one, torn by
/// a power cut) is skipped: its frame is made again.
pub(crate) fn read_frames(folder: &Path) -> Result<Vec<FinishedFrame>, DatasetError> {
    let path = folder.join(FRAMES_FILE);
    let file = match std::fs::File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(DatasetError::io(&path)(error)),
    };
    let mut reader = BufReader::new(file);
    let mut frames = Vec::new();
    let mut line = Vec::new();
    loop {
        line.clear();
        let taken = reader.by_ref().take(MAX_LINE_BYTES).read_until(b'\n', &mut line);
        if taken.map_err(DatasetError::io(&path))? == 0 {
            return Ok(frames);
        }
        frames.extend(serde_json::from_slice::<FinishedFrame>(&line));
    }
}
