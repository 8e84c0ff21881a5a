//! Unlinking what the index forgot.
//!
//! Belongs here: the order of unlinking, making it durable and forgetting it. Not here: what goes
//! ([`crate::retention`], [`crate::catalog`]).
//! Invariant: a path is forgotten only after its unlinking is durable, so a crash at any point
//! neither brings footage back nor leaves a file that nobody knows.

use crate::StoreError;
use crate::file_system::FileSystem;
use crate::index::Index;
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

/// Files unlinked before their directories are synced and their rows forgotten, in one go. More makes
/// a pass a little quicker, and lets an append wait longer behind the sync.
const SETTLED_AT_ONCE: usize = 1_024;

/// Files on their way out.
pub(crate) struct Removals<'a> {
    file_system: &'a dyn FileSystem,
    directory: &'a Path,
    index: &'a Index,
    unlinked: Vec<String>,
    parents: BTreeSet<PathBuf>,
}

impl<'a> Removals<'a> {
    pub fn new(file_system: &'a dyn FileSystem, directory: &'a Path, index: &'a Index) -> Self {
        Self { file_system, directory, index, unlinked: Vec::new(), parents: BTreeSet::new() }
    }

    /// Unlinks all that the index wants gone.
    pub fn finish(mut self) -> Result<(), StoreError> {
        for relative in self.index.removals()? {
            self.unlink(relative)?;
        }
        self.settle()
    }

    /// Unlinks a file that is in the index's removals.
    pub fn unlink(&mut self, relative: String) -> Result<(), StoreError> {
        let path = self.directory.join(&relative);
        match self.file_system.remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(StoreError::io("delete", &path)(error));
            }
            _ => self.parents.extend(path.parent().map(Path::to_owned)),
        }
        self.unlinked.push(relative);
        if self.unlinked.len() >= SETTLED_AT_ONCE { self.settle() } else { Ok(()) }
    }

    /// Makes the unlinking durable and forgets it.
    pub fn settle(&mut self) -> Result<(), StoreError> {
        for parent in std::mem::take(&mut self.parents) {
            match self.file_system.sync_directory(&parent) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(StoreError::io("sync", &parent)(error));
                }
                _ => {}
            }
        }
        if self.unlinked.is_empty() {
            return Ok(());
        }
        let doing = "forget deletions that are done";
        self.index.write(doing, |transaction| {
            Index::forget_removals(transaction, &self.unlinked).map_err(StoreError::index(doing))
        })?;
        self.unlinked.clear();
        Ok(())
    }
}
