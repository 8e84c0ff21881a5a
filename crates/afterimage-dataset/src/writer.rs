//! Making a set: frame by frame, resumable, whole at the end.
//!
//! Belongs here: the folder's life from empty to finished. Not here: what the files say
//! ([`crate::state`], [`crate::coco`]).
//! Invariants: one writer at a time; before any frame is written the folder is marked as ours and
//! unfinished; `dataset.json` says finished only after everything that it names is on disk.

use crate::files::{Durability, FileEntry, PARTIAL, files_below, write};
use crate::frame::Identity;
use crate::state::{
    ANNOTATIONS_FILE, FRAMES_FILE, FinishedFrame, IMAGES_FOLDER, State, read_frames,
};
use crate::{DatasetDescription, DatasetError, FrameRecord, coco};
use afterimage_base::StreamName;
use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Held locked by the one who writes; gone when the set is finished.
pub(crate) const LOCK_FILE: &str = ".writing";

/// What became of a frame that was handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    Written,
    /// It was there, the same in picture and labels.
    AlreadyThere,
}

/// A finished set in numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatasetSummary {
    pub folder: PathBuf,
    pub frames: u64,
    pub annotations: u64,
    /// Of the pictures.
    pub bytes: u64,
}

/// Writes one set. Dropped before `finish`, it leaves a set that can be resumed.
#[derive(Debug)]
pub struct DatasetWriter {
    folder: PathBuf,
    state: State,
    frames: BTreeMap<Identity, FinishedFrame>,
    journal: File,
    _lock: File,
}

impl DatasetWriter {
    /// Begins a set in a new or empty folder, or goes on with one of the same description.
    /// A folder with anything else in it is refused and left as it is.
    pub fn create(folder: &Path, description: DatasetDescription) -> Result<Self, DatasetError> {
        let recipe = description.cleaned()?;
        let not_ours = |detail: &str| DatasetError::NotOurs {
            folder: folder.to_path_buf(),
            detail: detail.to_owned(),
        };
        std::fs::create_dir_all(folder).map_err(DatasetError::io(folder))?;
        match State::read(folder) {
            Ok(state) if state.recipe == recipe => Self::resume(folder),
            Ok(_) => Err(not_ours("holds a training set of another recipe")),
            Err(DatasetError::NotADataset { .. }) if is_empty(folder)? => {
                let lock = lock(folder)?;
                let state = State::unfinished(recipe);
                state.write(folder)?;
                Self::open(folder, state, lock)
            }
            Err(DatasetError::NotADataset { .. }) => {
                Err(not_ours("is not empty and holds no training set"))
            }
            Err(error) => Err(error),
        }
    }

    /// Goes on with the set in `folder`, whatever its description.
    pub fn resume(folder: &Path) -> Result<Self, DatasetError> {
        State::read(folder)?;
        let lock = lock(folder)?;
        // Read again: another writer may have finished it meanwhile.
        let state = State::read(folder)?;
        Self::open(folder, state, lock)
    }

    fn open(folder: &Path, state: State, lock: File) -> Result<Self, DatasetError> {
        let images = folder.join(IMAGES_FOLDER);
        std::fs::create_dir_all(&images).map_err(DatasetError::io(&images))?;
        remove_partial(folder)?;
        let mut frames = BTreeMap::new();
        for finished in read_frames(folder)? {
            frames.insert(finished.frame.identity(), finished);
        }
        frames.retain(|_, finished| {
            FileEntry::of_file(&folder.join(finished.picture_path()))
                .is_ok_and(|there| there == finished.picture)
        });
        // Without the lines that were torn or whose picture is gone. What a finished set says
        // about itself stays true: only damage changes this file here.
        let path = folder.join(FRAMES_FILE);
        let text =
            in_order(&frames).iter().flat_map(|finished| finished.line()).collect::<Vec<_>>();
        write(&path, &text, Durability::Renewable)?;
        let journal = File::options().append(true).open(&path).map_err(DatasetError::io(&path))?;
        Ok(Self { folder: folder.to_path_buf(), state, frames, journal, _lock: lock })
    }

    /// What the set is made of, in its cleaned form.
    #[must_use]
    pub fn description(&self) -> &DatasetDescription {
        &self.state.recipe
    }

    /// How many frames are finished.
    #[must_use]
    pub fn frames(&self) -> u64 {
        self.frames.len() as u64
    }

    /// Whether a frame is finished, so that it need not be decoded again.
    #[must_use]
    pub fn has_frame(&self, stream: &StreamName, fragment: u64, sample: u32) -> bool {
        self.frames.contains_key(&(stream.clone(), fragment, sample))
    }

    /// Writes a frame; handed over again, with other labels or another picture, it is replaced.
    pub fn add_frame(&mut self, record: FrameRecord, jpeg: &[u8]) -> Result<Added, DatasetError> {
        if !jpeg.starts_with(&[0xff, 0xd8]) {
            return Err(DatasetError::Invalid(format!(
                "the picture of {} is no JPEG",
                record.file_name()
            )));
        }
        if !self.state.recipe.streams.contains(&record.stream) {
            return Err(DatasetError::Invalid(format!(
                "`{}` is not one of the set's streams",
                record.stream
            )));
        }
        let finished = FinishedFrame { frame: record.cleaned()?, picture: FileEntry::of(jpeg) };
        let identity = finished.frame.identity();
        let before = self.frames.get(&identity);
        if before == Some(&finished) {
            return Ok(Added::AlreadyThere);
        }
        let stale =
            before.map(FinishedFrame::picture_path).filter(|path| *path != finished.picture_path());
        self.mark_unfinished()?;
        let path = self.folder.join(finished.picture_path());
        let folder = path.parent().expect("a picture lies in its stream's folder");
        std::fs::create_dir_all(folder).map_err(DatasetError::io(folder))?;
        write(&path, jpeg, Durability::Renewable)?;
        let journal = self.folder.join(FRAMES_FILE);
        self.journal.write_all(&finished.line()).map_err(DatasetError::io(&journal))?;
        if let Some(stale) = stale.map(|stale| self.folder.join(stale)) {
            std::fs::remove_file(&stale).map_err(DatasetError::io(&stale))?;
        }
        self.frames.insert(identity, finished);
        Ok(Added::Written)
    }

    fn mark_unfinished(&mut self) -> Result<(), DatasetError> {
        if self.state.finished {
            self.state = State::unfinished(self.state.recipe.clone());
            self.state.write(&self.folder)?;
        }
        Ok(())
    }

    /// Writes the COCO file and the checksums.
    pub fn finish(mut self) -> Result<DatasetSummary, DatasetError> {
        let frames = in_order(&self.frames);
        let (annotations, count) = coco::file(&self.state.recipe, &frames);
        let lines: Vec<u8> = frames.iter().flat_map(|finished| finished.line()).collect();
        let mut files: BTreeMap<String, FileEntry> = frames
            .iter()
            .map(|finished| (finished.picture_path(), finished.picture.clone()))
            .collect();
        let summary = DatasetSummary {
            folder: self.folder.clone(),
            frames: frames.len() as u64,
            annotations: count,
            bytes: files.values().map(|entry| entry.bytes).sum(),
        };
        for (name, bytes) in [(ANNOTATIONS_FILE, annotations), (FRAMES_FILE, lines)] {
            write(&self.folder.join(name), &bytes, Durability::Synced)?;
            files.insert(name.to_owned(), FileEntry::of(&bytes));
        }
        for name in files.keys() {
            let path = self.folder.join(name);
            File::open(&path).and_then(|file| file.sync_all()).map_err(DatasetError::io(&path))?;
        }
        self.state.files = files;
        self.state.finished = true;
        self.state.write(&self.folder)?;
        let lock = self.folder.join(LOCK_FILE);
        std::fs::remove_file(&lock).map_err(DatasetError::io(&lock))?;
        Ok(summary)
    }
}

/// As ids are given: by stream, then by time.
fn in_order(frames: &BTreeMap<Identity, FinishedFrame>) -> Vec<&FinishedFrame> {
    let mut ordered: Vec<&FinishedFrame> = frames.values().collect();
    ordered.sort_by(|a, b| {
        let key = |one: &FinishedFrame| (one.frame.at, one.frame.fragment, one.frame.sample);
        a.frame.stream.cmp(&b.frame.stream).then_with(|| key(a).cmp(&key(b)))
    });
    ordered
}

/// Whether a folder holds nothing, or only what a writer leaves that was killed at once.
fn is_empty(folder: &Path) -> Result<bool, DatasetError> {
    let mut entries = std::fs::read_dir(folder).map_err(DatasetError::io(folder))?;
    Ok(entries.all(|entry| {
        entry.is_ok_and(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            name == LOCK_FILE || name.starts_with(PARTIAL)
        })
    }))
}

fn lock(folder: &Path) -> Result<File, DatasetError> {
    let path = folder.join(LOCK_FILE);
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(DatasetError::io(&path))?;
    match file.try_lock() {
        // One that another writer removed as it finished locks nothing.
        Ok(()) if path.exists() => Ok(file),
        Ok(()) | Err(TryLockError::WouldBlock) => {
            Err(DatasetError::Busy { folder: folder.to_path_buf() })
        }
        Err(TryLockError::Error(error)) => Err(DatasetError::io(&path)(error)),
    }
}

/// Removes what a killed writer left half written.
fn remove_partial(folder: &Path) -> Result<(), DatasetError> {
    for name in files_below(folder)? {
        let file = name.rsplit('/').next().unwrap_or(&name);
        if file.starts_with(PARTIAL) {
            let path = folder.join(&name);
            std::fs::remove_file(&path).map_err(DatasetError::io(&path))?;
        }
    }
    Ok(())
}
