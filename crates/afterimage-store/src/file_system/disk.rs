//! The real disk, through `std` and three calls of `rustix`.

use super::mounts;
use super::{Access, DirectoryEntry, FileSystem, LockError, Privacy, Space, StoreFile, read_range};
use rustix::buffer::spare_capacity;
use rustix::io::{pread, retry_on_intr};
use std::any::Any;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// The machine's file system.
#[derive(Clone, Copy, Debug, Default)]
pub struct Disk;

impl FileSystem for Disk {
    fn create_directory(&self, path: &Path) -> io::Result<()> {
        match fs::create_dir(path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
            other => other,
        }
    }

    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }

    fn create_file(&self, path: &Path, privacy: Privacy) -> io::Result<Box<dyn StoreFile>> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        if privacy == Privacy::OwnerOnly {
            options.mode(0o600);
        }
        Ok(Box::new(options.open(path)?))
    }

    fn open_file(&self, path: &Path, access: Access) -> io::Result<Box<dyn StoreFile>> {
        let file = OpenOptions::new().read(true).write(access == Access::Write).open(path)?;
        Ok(Box::new(file))
    }

    fn list(&self, path: &Path) -> io::Result<Vec<DirectoryEntry>> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(path)? {
            let entry = entry?;
            // Names that are not UTF-8 are not ours.
            if let Ok(name) = entry.file_name().into_string() {
                entries.push(DirectoryEntry { name, is_directory: entry.file_type()?.is_dir() });
            }
        }
        entries.sort();
        Ok(entries)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn remove_directory(&self, path: &Path) -> io::Result<()> {
        fs::remove_dir(path)
    }

    fn unmounted(&self, path: &Path) -> Option<PathBuf> {
        let table = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let mountinfo = table("/proc/self/mountinfo");
        // Without it nothing would seem to be mounted.
        if mountinfo.is_empty() {
            return None;
        }
        let path = std::path::absolute(path).ok()?;
        // Links on the way are followed as far as there is a way.
        let there = path.ancestors().find_map(|way| Some((way, fs::canonicalize(way).ok()?)));
        let (way, there) = there?;
        let rest = path.strip_prefix(way).unwrap_or(Path::new(""));
        mounts::unmounted(&table("/etc/fstab"), &mountinfo, &there.join(rest))
    }

    fn space(&self, path: &Path) -> io::Result<Space> {
        let volume = rustix::fs::statvfs(path)?;
        Ok(Space {
            total: volume.f_blocks.saturating_mul(volume.f_frsize),
            available: volume.f_bavail.saturating_mul(volume.f_frsize),
        })
    }

    fn lock(&self, path: &Path, holder: &str) -> Result<Box<dyn Any + Send + Sync>, LockError> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(LockError::Io)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let text = read_range(&file, 0, 1024).unwrap_or_default();
                return Err(LockError::Held(String::from_utf8_lossy(&text).trim().to_owned()));
            }
            Err(TryLockError::Error(error)) => return Err(LockError::Io(error)),
        }
        let write = || {
            file.set_len(0)?;
            FileExt::write_all_at(&file, holder.as_bytes(), 0)
        };
        write().map_err(LockError::Io)?;
        Ok(Box::new(file))
    }
}

impl StoreFile for File {
    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        FileExt::write_all_at(self, bytes, offset)
    }

    fn read_onto(&self, buffer: &mut Vec<u8>, offset: u64) -> io::Result<bool> {
        let read = retry_on_intr(|| pread(self, spare_capacity(buffer), offset))?;
        Ok(read > 0)
    }

    fn sync_data(&self) -> io::Result<()> {
        File::sync_data(self)
    }

    fn set_length(&self, length: u64) -> io::Result<()> {
        self.set_len(length)?;
        // A sync of data alone need not make a file shorter for good.
        self.sync_all()
    }

    fn length(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }
}
