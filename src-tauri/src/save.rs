//! Files that the page saves: whole at the place that a person chose, or not there at all.
//!
//! Belongs here: the files being written. Not here: asking for the place ([`crate::dialogs`]) and
//! fetching what is saved: the page does that, in pieces, so that nothing large is ever in memory.
//! Invariant: the page names no place; it can write only where a person pointed just now.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A person saves one file after another; a page that wants more at once is broken.
const MOST: usize = 8;

#[derive(Default)]
pub struct Saves {
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    last: u32,
    files: BTreeMap<u32, Saving>,
    /// By window, where the last file that is whole lies.
    last_whole: BTreeMap<String, PathBuf>,
}

struct Saving {
    owner: String,
    file: File,
    part: PathBuf,
    target: PathBuf,
}

#[derive(Debug, thiserror::Error)]
pub enum SaveFailed {
    #[error("{MOST} files are being saved already. Wait for one of them.")]
    Many,
    #[error("The file is no longer being saved.")]
    Gone,
    #[error("The piece did not arrive as bytes.")]
    NoBytes,
    #[error("No file can be named “{0}”.")]
    Name(String),
    #[error("{} can't be written: {source}.", target.display())]
    File { target: PathBuf, source: io::Error },
}

/// A command's error reaches the page as its sentence.
impl serde::Serialize for SaveFailed {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_string())
    }
}

/// The name that the dialog suggests: a file's, without any folder.
pub fn suggested(name: &str) -> Result<&str, SaveFailed> {
    let is_name = Path::new(name).file_name().is_some_and(|file| file == name)
        && name.len() <= 255
        && !name.chars().any(char::is_control);
    if is_name { Ok(name) } else { Err(SaveFailed::Name(name.chars().take(60).collect())) }
}

impl Saves {
    /// Begins a file for a window; its number is what the pieces come with.
    pub fn begin(&self, owner: &str, target: &Path) -> Result<u32, SaveFailed> {
        let part = part_of(target);
        let failed = |source| SaveFailed::File { target: target.to_owned(), source };
        let mut open = self.open();
        if open.files.len() >= MOST {
            return Err(SaveFailed::Many);
        }
        let file = File::create(&part).map_err(failed)?;
        open.last = open.last.wrapping_add(1);
        let number = open.last;
        let saving = Saving { owner: owner.into(), file, part, target: target.to_owned() };
        open.files.insert(number, saving);
        Ok(number)
    }

    pub fn piece(&self, owner: &str, number: u32, bytes: &[u8]) -> Result<(), SaveFailed> {
        let mut saving = self.take(owner, number)?;
        let written = saving.file.write_all(bytes);
        match written {
            Ok(()) => {
                self.open().files.insert(number, saving);
                Ok(())
            }
            Err(source) => Err(saving.given_up(source)),
        }
    }

    /// The file is whole: from now on it is at its place.
    pub fn end(&self, owner: &str, number: u32) -> Result<PathBuf, SaveFailed> {
        let saving = self.take(owner, number)?;
        let moved = saving.file.sync_all().and_then(|()| fs::rename(&saving.part, &saving.target));
        match moved {
            Ok(()) => {
                self.open().last_whole.insert(owner.into(), saving.target.clone());
                Ok(saving.target)
            }
            Err(source) => Err(saving.given_up(source)),
        }
    }

    /// Where the last file that a window saved lies.
    pub fn last_whole(&self, owner: &str) -> Option<PathBuf> {
        self.open().last_whole.get(owner).cloned()
    }

    /// Nobody wants the file any more.
    pub fn abandon(&self, owner: &str, number: u32) {
        if let Ok(saving) = self.take(owner, number) {
            let _ = fs::remove_file(saving.part);
        }
    }

    /// The window has gone, and what it was saving with it.
    pub fn abandon_all(&self, owner: &str) {
        let mut open = self.open();
        open.last_whole.remove(owner);
        let (gone, kept) = std::mem::take(&mut open.files)
            .into_iter()
            .partition(|(_, saving)| saving.owner == owner);
        open.files = kept;
        let gone: BTreeMap<u32, Saving> = gone;
        for saving in gone.into_values() {
            let _ = fs::remove_file(saving.part);
        }
    }

    /// Out of the list, so that no lock is held while the disk works.
    fn take(&self, owner: &str, number: u32) -> Result<Saving, SaveFailed> {
        let mut open = self.open();
        let is_own = open.files.get(&number).is_some_and(|saving| saving.owner == owner);
        if is_own {
            open.files.remove(&number).ok_or(SaveFailed::Gone)
        } else {
            Err(SaveFailed::Gone)
        }
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Saving {
    fn given_up(self, source: io::Error) -> SaveFailed {
        let _ = fs::remove_file(self.part);
        SaveFailed::File { target: self.target, source }
    }
}

/// Beside its place, so that the last step is a renaming.
fn part_of(target: &Path) -> PathBuf {
    let mut name = target.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    target.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_there_when_it_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("gate.mp4");
        let saves = Saves::default();
        let number = saves.begin("window-1", &target).unwrap();
        saves.piece("window-1", number, b"abc").unwrap();
        saves.piece("window-1", number, b"def").unwrap();
        assert!(!target.exists(), "half a film is no film");
        assert!(
            saves.piece("window-2", number, b"x").is_err(),
            "another window's page can't write"
        );
        assert_eq!(saves.last_whole("window-1"), None, "nothing is whole yet");
        assert_eq!(saves.end("window-1", number).unwrap(), target, "it is told where");
        assert_eq!(saves.last_whole("window-1"), Some(target.clone()), "that one can be shown");
        assert_eq!(saves.last_whole("window-2"), None, "to the window that saved it");
        assert_eq!(fs::read(&target).unwrap(), b"abcdef", "all pieces, in order");
        assert!(saves.piece("window-1", number, b"x").is_err(), "what is done is done");
    }

    #[test]
    fn what_is_abandoned_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let saves = Saves::default();
        let one = saves.begin("window-1", &folder.path().join("a.mp4")).unwrap();
        saves.begin("window-1", &folder.path().join("b.mp4")).unwrap();
        saves.begin("window-2", &folder.path().join("c.mp4")).unwrap();
        saves.abandon("window-1", one);
        saves.abandon_all("window-1");
        let left: Vec<_> =
            fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
        assert_eq!(left, ["c.mp4.part"], "the other window goes on");
        assert_eq!(saves.last_whole("window-1"), None, "what was given up is nowhere to be shown");
    }

    #[test]
    fn a_name_leads_into_no_folder() {
        assert!(suggested("gate 2026-03-01.mp4").is_ok(), "this is what exports are called");
        for wrong in ["", ".", "..", "/etc/passwd", "../a.mp4", "a/b", "a\nb", "a/"] {
            assert!(suggested(wrong).is_err(), "{wrong:?} is more than a name");
        }
    }
}
