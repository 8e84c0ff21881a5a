//! What the program knows while it runs, shared by windows, menus, tray and watch.
//!
//! Belongs here: state behind short locks. Not here: what is done with it.
//! Invariant: no lock is held while a window, a dialog or the recorder is asked for anything.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::SyncSender;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::address_book::AddressBook;
use crate::memory::Memory;
use crate::recorder::Wanted;
use crate::save::Saves;
use crate::tray::Picture;

/// What the command line asked for.
#[derive(Debug)]
pub struct Start {
    pub wanted: Wanted,
    /// The data directory, where it was not left to us.
    pub named: Option<PathBuf>,
    pub first: First,
}

/// What is shown first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum First {
    ThisComputer,
    /// A recorder of the address book, by its name.
    Elsewhere(String),
    /// The icon in the tray alone.
    Nothing,
}

/// What a window shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Showing {
    /// The recorder of this computer, at this address.
    ThisComputer(String),
    /// One of the address book, by its name.
    Elsewhere(String),
    /// Why there is none.
    Trouble,
}

pub struct Shell {
    pub wanted: Wanted,
    pub named: Option<PathBuf>,
    pub memory_path: PathBuf,
    pub saves: Saves,
    book: Mutex<AddressBook>,
    memory: Mutex<Memory>,
    shown: Mutex<BTreeMap<String, Showing>>,
    /// The page that says why there is no recorder.
    trouble: Mutex<String>,
    picture: Mutex<Option<Picture>>,
    said: Mutex<BTreeSet<String>>,
    wake: SyncSender<()>,
    expects_recorder: AtomicBool,
    windows: AtomicU32,
}

impl Shell {
    pub fn new(
        start: &Start,
        book: AddressBook,
        memory_path: PathBuf,
        wake: SyncSender<()>,
    ) -> Self {
        Self {
            wanted: start.wanted.clone(),
            named: start.named.clone(),
            memory: Mutex::new(Memory::load(&memory_path)),
            memory_path,
            saves: Saves::default(),
            book: Mutex::new(book),
            shown: Mutex::default(),
            trouble: Mutex::default(),
            picture: Mutex::default(),
            said: Mutex::default(),
            wake,
            expects_recorder: AtomicBool::new(!matches!(start.first, First::Elsewhere(_))),
            windows: AtomicU32::new(0),
        }
    }

    pub fn book(&self) -> MutexGuard<'_, AddressBook> {
        held(&self.book)
    }

    pub fn memory(&self) -> Memory {
        held(&self.memory).clone()
    }

    /// Changes what is remembered and writes it down, if that makes a difference.
    pub fn remember(&self, change: impl FnOnce(&mut Memory)) {
        let memory = {
            let mut memory = held(&self.memory);
            let before = memory.clone();
            change(&mut memory);
            if *memory == before {
                return;
            }
            memory.clone()
        };
        if let Err(error) = memory.save(&self.memory_path) {
            self.say_once(&format!("What the window remembers can't be written: {error}."));
        }
    }

    pub fn shown(&self) -> BTreeMap<String, Showing> {
        held(&self.shown).clone()
    }

    pub fn showing(&self, label: &str) -> Option<Showing> {
        held(&self.shown).get(label).cloned()
    }

    pub fn set_showing(&self, label: &str, showing: Showing) {
        held(&self.shown).insert(label.to_owned(), showing);
    }

    pub fn forget(&self, label: &str) {
        held(&self.shown).remove(label);
    }

    pub fn trouble(&self) -> String {
        held(&self.trouble).clone()
    }

    pub fn set_trouble(&self, page: String) {
        *held(&self.trouble) = page;
    }

    /// Where the recorder of this computer was last found; windows speak to it and nobody else.
    pub fn local_address(&self) -> Option<String> {
        held(&self.shown).values().rev().find_map(|showing| match showing {
            Showing::ThisComputer(address) => Some(address.clone()),
            _ => None,
        })
    }

    /// Notes what the tray shows now; what it showed before comes back.
    pub fn swap_picture(&self, picture: Picture) -> Option<Picture> {
        held(&self.picture).replace(picture)
    }

    /// Says a sentence on the terminal, the first time.
    pub fn say_once(&self, sentence: &str) {
        if held(&self.said).insert(sentence.to_owned()) {
            eprintln!("{sentence}");
        }
    }

    /// Makes the watch look at once. It looks soon anyway, so one waiting wish is as good as two.
    pub fn look_now(&self) {
        let _ = self.wake.try_send(());
    }

    /// Whether the recorder of this computer was asked for, so that its silence is news.
    pub fn expects_recorder(&self) -> bool {
        self.expects_recorder.load(Ordering::Relaxed)
    }

    pub fn expect_recorder(&self, expected: bool) {
        self.expects_recorder.store(expected, Ordering::Relaxed);
    }

    /// The name of the next window; later ones sort behind earlier ones.
    pub fn next_label(&self) -> String {
        format!("window-{:06}", self.windows.fetch_add(1, Ordering::Relaxed) + 1)
    }
}

/// What a panicking thread left is still whole: each change is one assignment.
fn held<Value>(lock: &Mutex<Value>) -> MutexGuard<'_, Value> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}
