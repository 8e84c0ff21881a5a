//! The file-system port: every operation that the archive does on files, and nothing else.
//!
//! Belongs here: the trait, the real disk ([`Disk`]) and the fake that fails and crashes
//! ([`SimulatedDisk`]). Not here: what the files mean.
//! Invariant: after `sync_data` the bytes of a file survive a power cut; after `sync_directory`
//! the names in it do; nothing else is promised.

mod disk;
mod mounts;
mod simulated;

pub use disk::Disk;
pub use simulated::{Fault, SimulatedDisk};

use std::any::Any;
use std::fmt::Debug;
use std::io;
use std::path::{Path, PathBuf};

/// What the archive needs of a file system.
pub trait FileSystem: Send + Sync + Debug {
    /// Makes one directory; one that is there already is fine.
    fn create_directory(&self, path: &Path) -> io::Result<()>;
    /// Makes the names in this directory durable.
    fn sync_directory(&self, path: &Path) -> io::Result<()>;
    /// Makes a new file for reading and writing; fails where one is. A private one is for the
    /// owner's eyes only.
    fn create_file(&self, path: &Path, privacy: Privacy) -> io::Result<Box<dyn StoreFile>>;
    fn open_file(&self, path: &Path, access: Access) -> io::Result<Box<dyn StoreFile>>;
    /// The names in a directory, sorted.
    fn list(&self, path: &Path) -> io::Result<Vec<DirectoryEntry>>;
    /// Replaces `to` atomically.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    fn remove_file(&self, path: &Path) -> io::Result<()>;
    /// Removes an empty directory.
    fn remove_directory(&self, path: &Path) -> io::Result<()>;
    /// The mount point that `path` is or lies in, if the system knows one there and its disk is
    /// not mounted.
    fn unmounted(&self, _path: &Path) -> Option<PathBuf> {
        None
    }
    fn space(&self, path: &Path) -> io::Result<Space>;
    /// Takes the lock file for this process, for as long as the answer lives, and writes `holder`
    /// into it.
    fn lock(&self, path: &Path, holder: &str) -> Result<Box<dyn Any + Send + Sync>, LockError>;
    /// Asked before the index commits; an error forbids it. Faults are injected here.
    fn before_index_commit(&self) -> io::Result<()> {
        Ok(())
    }
    /// Told after the index committed.
    fn after_index_commit(&self) -> io::Result<()> {
        Ok(())
    }
}

/// An open file. Positions are explicit, so that readers and a writer never share one.
pub trait StoreFile: Send + Sync + Debug {
    /// One `pwrite` where the kernel takes all of it.
    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()>;
    /// Reads into the buffer's spare room; `false` where the file ends at `offset`.
    fn read_onto(&self, buffer: &mut Vec<u8>, offset: u64) -> io::Result<bool>;
    fn sync_data(&self) -> io::Result<()>;
    /// Durable once `sync_data` has returned.
    fn set_length(&self, length: u64) -> io::Result<()>;
    fn length(&self) -> io::Result<u64>;
}

#[derive(Debug)]
pub enum LockError {
    /// Another process has it; this is what it wrote about itself.
    Held(String),
    Io(io::Error),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    Read,
    Write,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Privacy {
    /// As the process's umask says.
    Usual,
    /// Mode 0600.
    OwnerOnly,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DirectoryEntry {
    pub name: String,
    pub is_directory: bool,
}

/// Room on a volume, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Space {
    pub total: u64,
    pub available: u64,
}

/// Reads exactly `length` bytes at `offset`, or fewer where the file ends before.
pub(crate) fn read_range(file: &dyn StoreFile, offset: u64, length: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(length);
    while bytes.len() < length {
        let next = offset + bytes.len() as u64;
        if !file.read_onto(&mut bytes, next)? {
            break;
        }
    }
    // There may have been more room than was asked for.
    bytes.truncate(length);
    Ok(bytes)
}

/// Reads a small file whole; one longer than `limit` is an error.
pub(crate) fn read_small(
    file_system: &dyn FileSystem,
    path: &Path,
    limit: usize,
) -> io::Result<Vec<u8>> {
    let file = file_system.open_file(path, Access::Read)?;
    let bytes = read_range(file.as_ref(), 0, limit + 1)?;
    if bytes.len() > limit {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "the file is longer than it can be",
        ));
    }
    Ok(bytes)
}

/// Writes a small file so that a crash leaves the old one or the new one, never a part.
pub(crate) fn replace_small(
    file_system: &dyn FileSystem,
    path: &Path,
    bytes: &[u8],
    privacy: Privacy,
) -> io::Result<()> {
    let directory = path.parent().unwrap_or(Path::new("."));
    let beside = path.with_extension("new");
    match file_system.remove_file(&beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let file = file_system.create_file(&beside, privacy)?;
    file.write_all_at(bytes, 0)?;
    file.sync_data()?;
    file_system.rename(&beside, path)?;
    file_system.sync_directory(directory)
}
