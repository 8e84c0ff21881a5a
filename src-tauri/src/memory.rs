//! What the window remembers from one start to the next: one small file of its own.
//!
//! Belongs here: its shape, reading and replacing it. Not here: the recorders elsewhere, whose
//! tokens lie apart ([`crate::address_book`]).
//! Invariant: a file that is missing, cut or of another version costs what it said and nothing else.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::place::Place;
use crate::wishes::Wishes;

/// As much as a person's windows and settings can need, and far more.
const LARGEST: u64 = 1024 * 1024;

#[derive(Serialize, Deserialize, Default, Clone, PartialEq, Debug)]
#[serde(default)]
pub struct Memory {
    /// In the order in which they were opened.
    pub windows: Vec<Remembered>,
    #[serde(flatten)]
    pub wishes: Wishes,
    /// Whether the person knows that closing the last window leaves the tray.
    pub told_of_tray: bool,
}

#[derive(Serialize, Deserialize, Clone, PartialEq, Debug)]
pub struct Remembered {
    /// Its name in the address book; none for this computer's.
    pub recorder: Option<String>,
    pub place: Place,
    pub maximized: bool,
}

impl Memory {
    pub fn load(path: &Path) -> Self {
        load(path).unwrap_or_default()
    }

    pub fn save(&self, path: &Path) -> io::Result<()> {
        save(path, self)
    }
}

/// What a file of ours says; none where it says nothing that can be understood.
pub fn load<Value: DeserializeOwned>(path: &Path) -> Option<Value> {
    let mut text = String::new();
    File::open(path).ok()?.take(LARGEST).read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}

/// Replaces a file of ours, whole or not at all, readable for its owner alone.
pub fn save(path: &Path, value: &impl Serialize) -> io::Result<()> {
    let folder = path.parent().expect("a file lies in a folder");
    fs::create_dir_all(folder)?;
    let part = path.with_extension("part");
    let _ = fs::remove_file(&part);
    let mut file = File::options().write(true).create_new(true).mode(0o600).open(&part)?;
    file.write_all(serde_json::to_string_pretty(value)?.as_bytes())?;
    file.sync_all()?;
    fs::rename(part, path)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn what_was_saved_is_remembered_and_rubbish_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/desktop.json");
        let window = Remembered {
            recorder: Some("barn".into()),
            place: Place { x: -1920, y: 40, width: 1280, height: 800 },
            maximized: true,
        };
        let memory = Memory { windows: vec![window], told_of_tray: true, ..Memory::default() };
        memory.save(&path).unwrap();
        assert_eq!(Memory::load(&path), memory, "a window comes back where it was");
        let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "it is nobody else's");
        for rubbish in ["", "{", "[1]", "{\"windows\":7}", "\u{0}"] {
            fs::write(&path, rubbish).unwrap();
            assert_eq!(Memory::load(&path), Memory::default(), "{rubbish:?} says nothing");
        }
    }
}
