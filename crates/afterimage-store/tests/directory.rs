//! The wrong disk, a part of one, none at all: each is told in a sentence, and nothing is written.

mod rig;

use afterimage_store::file_system::{
    Access, DirectoryEntry, Disk, FileSystem, LockError, Privacy, Space, StoreFile,
};
use afterimage_store::{Store, StoreOptions};
use rig::{clock, open, record, stream};
use std::any::Any;
use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::tempdir;

/// The real disk, mounted in another way.
#[derive(Debug, Default)]
struct Mounted {
    is_read_only: bool,
    /// The system knows a disk here, and it is not mounted.
    missing: Option<PathBuf>,
}

impl Mounted {
    fn writable(&self) -> io::Result<Disk> {
        if self.is_read_only { Err(io::ErrorKind::ReadOnlyFilesystem.into()) } else { Ok(Disk) }
    }
}

impl FileSystem for Mounted {
    fn create_directory(&self, path: &Path) -> io::Result<()> {
        self.writable()?.create_directory(path)
    }
    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        Disk.sync_directory(path)
    }
    fn create_file(&self, path: &Path, privacy: Privacy) -> io::Result<Box<dyn StoreFile>> {
        self.writable()?.create_file(path, privacy)
    }
    fn open_file(&self, path: &Path, access: Access) -> io::Result<Box<dyn StoreFile>> {
        match access {
            Access::Read => Disk.open_file(path, access),
            Access::Write => self.writable()?.open_file(path, access),
        }
    }
    fn list(&self, path: &Path) -> io::Result<Vec<DirectoryEntry>> {
        Disk.list(path)
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.writable()?.rename(from, to)
    }
    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.writable()?.remove_file(path)
    }
    fn remove_directory(&self, path: &Path) -> io::Result<()> {
        self.writable()?.remove_directory(path)
    }
    fn unmounted(&self, path: &Path) -> Option<PathBuf> {
        self.missing.clone().filter(|missing| path.starts_with(missing))
    }
    fn space(&self, path: &Path) -> io::Result<Space> {
        Disk.space(path)
    }
    fn lock(&self, path: &Path, holder: &str) -> Result<Box<dyn Any + Send + Sync>, LockError> {
        self.writable().map_err(LockError::Io)?.lock(path, holder)
    }
}

/// Every file with its bytes, but the lock: that tells who looked.
fn content(directory: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.insert(path.clone(), Vec::new());
            found.append(&mut content(&path));
        } else if path.file_name().is_some_and(|name| name != "lock") {
            found.insert(path.clone(), std::fs::read(&path).expect("readable"));
        }
    }
    found
}

/// Opening is refused with these words, and leaves all as it is.
fn is_refused(directory: &Path, file_system: impl FileSystem + 'static, words: &[&str]) {
    let before = content(directory);
    let options = StoreOptions { file_system: Arc::new(file_system), ..rig::options(&clock()) };
    let error = Store::open(directory, options).expect_err("it must not be used");
    let told = error.to_string();
    for word in words {
        assert!(told.contains(word), "`{word}` should be in: {told}");
    }
    let after = content(directory);
    assert_eq!(
        after.keys().collect::<Vec<_>>(),
        before.keys().collect::<Vec<_>>(),
        "nothing was made or removed: {told}"
    );
    let changed = after.iter().find(|(path, bytes)| before.get(*path) != Some(bytes));
    assert_eq!(changed.map(|(path, _)| path), None, "nothing was written: {told}");
}

/// An archive after these runs, each closed in good order.
fn archive(directory: &Path, runs: Range<u32>) {
    for run in runs {
        let clock = clock();
        clock.step_to(rig::at(f64::from(run) * 100.0));
        let store = open(directory, &clock);
        store.start_recording().expect("nobody else records");
        let door = match store.streams().pop() {
            Some(door) => door,
            None => stream(&store, "door"),
        };
        record(&store, &door, run * 100, run * 100 + 10);
        clock.step_to(rig::at(f64::from(run) * 100.0 + 10.0));
        store.close().expect("the index takes it");
    }
}

#[test]
fn a_read_only_disk_is_told() {
    let directory = tempdir().expect("room");
    archive(directory.path(), 0..1);
    let read_only = || Mounted { is_read_only: true, missing: None };
    let words = ["read-only file system", "mount it for writing", "--data"];
    is_refused(directory.path(), read_only(), &words);
    is_refused(&directory.path().join("new"), read_only(), &words);
}

#[test]
fn a_disk_that_is_not_mounted_is_not_written_around() {
    let place = tempdir().expect("room");
    let missing = || Mounted { missing: Some(place.path().to_owned()), is_read_only: false };
    let mount = format!("mount {}", place.path().display());
    let words = ["/etc/fstab", mount.as_str(), "none is mounted"];
    is_refused(place.path(), missing(), &words);
    is_refused(&place.path().join("afterimage"), missing(), &words);
    assert!(!place.path().join("afterimage").exists(), "it would lie below the disk");

    // The index is on the system's disk, the media on one of its own that is not there.
    let directory = tempdir().expect("room");
    archive(directory.path(), 0..1);
    let media = directory.path().join("media");
    std::fs::rename(&media, place.path().join("unplugged")).expect("one file system");
    let words = ["media folder is not there", "mount the disk that holds it"];
    is_refused(directory.path(), Disk, &words);
    std::fs::create_dir(&media).expect("room");
    is_refused(directory.path(), Disk, &words);
}

#[test]
fn a_swapped_disk_is_told_from_the_right_one() {
    let (ours, theirs) = (tempdir().expect("room"), tempdir().expect("room"));
    archive(ours.path(), 0..1);
    archive(theirs.path(), 0..1);
    let swap = |name: &str| {
        let (a, b) = (ours.path().join(name), theirs.path().join(name));
        let aside = ours.path().with_extension("aside");
        std::fs::rename(&a, &aside).expect("there");
        std::fs::rename(&b, &a).expect("there");
        std::fs::rename(&aside, &b).expect("there");
    };
    swap("media");
    let words = ["media folder belongs to another archive", "mount the right disk"];
    is_refused(ours.path(), Disk, &words);
    is_refused(theirs.path(), Disk, &words);
    swap("media");
    swap("index.sqlite");
    is_refused(ours.path(), Disk, &["index belongs to another archive", "check --rebuild"]);
    swap("index.sqlite");
    drop(open(ours.path(), &clock()));
}

#[test]
fn a_part_from_an_older_backup_is_told() {
    let (directory, backup) = (tempdir().expect("room"), tempdir().expect("room"));
    archive(directory.path(), 0..1);
    rig::copy_directory(directory.path(), backup.path());
    archive(directory.path(), 1..3);
    let index = directory.path().join("index.sqlite");
    let newest = std::fs::read(&index).expect("there");
    std::fs::copy(backup.path().join("index.sqlite"), &index).expect("room");
    is_refused(directory.path(), Disk, &["index is older than its media", "check --rebuild"]);
    std::fs::write(&index, newest).expect("room");
    drop(open(directory.path(), &clock()));

    let media = directory.path().join("media");
    std::fs::remove_dir_all(&media).expect("there");
    rig::copy_directory(&backup.path().join("media"), &media);
    is_refused(directory.path(), Disk, &["media folder is older than its index", "right disk"]);
}

#[test]
fn an_index_that_is_gone_is_not_made_anew_by_accident() {
    let directory = tempdir().expect("room");
    archive(directory.path(), 0..1);
    std::fs::remove_file(directory.path().join("index.sqlite")).expect("there");
    is_refused(directory.path(), Disk, &["index is missing", "check --rebuild"]);
}

#[test]
fn another_programs_files_are_left_alone() {
    let directory = tempdir().expect("room");
    std::fs::write(directory.path().join("thesis.odt"), b"years of work").expect("room");
    is_refused(directory.path(), Disk, &["other files and no archive", "empty directory"]);
}
