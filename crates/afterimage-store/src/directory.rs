//! The data directory: whose it is, and whether it is the right and whole one.
//!
//! `DATA/identity.json` and `DATA/media/identity.json` name the archive; the index names it too.
//! The epoch rises with every recording run, in the media tree first and then in the index, so a
//! part that comes from an older backup is told from one that was merely cut short.
//!
//! Invariant: nothing is created in a directory that holds something else.

use crate::StoreError;
use crate::file_system::{Access, FileSystem, LockError, Privacy, read_small, replace_small};
use crate::index::Index;
use crate::path::MEDIA;
use afterimage_base::WallTime;
use serde::{Deserialize, Serialize};
use std::any::Any;
use std::io;
use std::path::{Path, PathBuf};
use uuid::Uuid;

const FORMAT: u32 = 1;

/// The longest identity file.
const LIMIT: usize = 4_096;

/// Of `DATA/identity.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Identity {
    pub format: u32,
    pub archive: Uuid,
    pub created: WallTime,
}

/// Of `DATA/media/identity.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct MediaIdentity {
    pub archive: Uuid,
    pub epoch: i64,
}

/// Makes the directory if it may, and refuses one that is something else.
pub(crate) fn prepare(
    file_system: &dyn FileSystem,
    directory: &Path,
    create: bool,
) -> Result<(), StoreError> {
    let names = match file_system.list(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound && create => {
            refuse_unmounted(file_system, directory)?;
            create_with_parents(file_system, directory)?;
            Vec::new()
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(wrong(
                directory,
                "it does not exist; create a stream or start the recorder first, or name another directory with --data",
            ));
        }
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            return Err(wrong(directory, "it is a file; name a directory with --data"));
        }
        Err(error) => return Err(unusable(directory, "list", directory)(error)),
    };
    let has = |name: &str| names.iter().any(|entry| entry.name == name);
    if has("identity.json") || has(MEDIA) || has("index.sqlite") {
        return Ok(());
    }
    let is_empty = names.iter().all(|entry| is_harmless(&entry.name));
    if is_empty {
        refuse_unmounted(file_system, directory)?;
    }
    match (is_empty, create) {
        (true, true) => Ok(()),
        (true, false) => Err(wrong(
            directory,
            "it holds no archive; start the recorder on it first, or mount its disk",
        )),
        (false, _) => Err(wrong(
            directory,
            "it holds other files and no archive; name an empty directory, or one that Afterimage made",
        )),
    }
}

/// An empty mount point is no place for a new archive: it would fill the disk below, and the
/// recordings would lie hidden once the right disk is back.
fn refuse_unmounted(file_system: &dyn FileSystem, directory: &Path) -> Result<(), StoreError> {
    let Some(place) = file_system.unmounted(&directory.join(MEDIA)) else { return Ok(()) };
    let detail = format!(
        "/etc/fstab puts a disk at {place} and none is mounted there; mount it (`mount {place}`), or name another directory with --data",
        place = place.display()
    );
    Err(wrong(directory, &detail))
}

/// What an empty directory may hold.
fn is_harmless(name: &str) -> bool {
    name.starts_with('.')
        || name.ends_with(".new")
        || matches!(name, "lock" | "lost+found" | "secret.key" | "afterimage.toml" | "logs")
        || name == "recorder.json"
        || name == "models"
}

/// Takes the directory for this process.
pub(crate) fn lock(
    file_system: &dyn FileSystem,
    directory: &Path,
    now: WallTime,
) -> Result<Box<dyn Any + Send + Sync>, StoreError> {
    let path = directory.join("lock");
    let holder = format!("process {} (since {now})", std::process::id());
    file_system.lock(&path, &holder).map_err(|error| match error {
        LockError::Held(holder) => StoreError::Locked {
            directory: directory.to_owned(),
            holder: if holder.is_empty() { "another process".into() } else { holder },
        },
        LockError::Io(error) => unusable(directory, "lock", &path)(error),
    })
}

/// An error that says that nothing can be written there at all, in words of the directory.
fn unusable(
    directory: &Path,
    doing: &'static str,
    path: &Path,
) -> impl FnOnce(io::Error) -> StoreError {
    let (directory, path) = (directory.to_owned(), path.to_owned());
    move |error| match error.kind() {
        io::ErrorKind::ReadOnlyFilesystem => wrong(
            &directory,
            "it is on a read-only file system; mount it for writing, or name another directory with --data",
        ),
        io::ErrorKind::PermissionDenied => wrong(
            &directory,
            "this user may not read and write there; change its owner, or name another directory with --data",
        ),
        _ => StoreError::io(doing, &path)(error),
    }
}

/// Tells which archive this is and refuses media that are not its; `None` where none was made yet.
/// Asked before the index is touched.
pub(crate) fn identify_media(
    file_system: &dyn FileSystem,
    directory: &Path,
) -> Result<Option<Known>, StoreError> {
    let identity: Option<Identity> = read_json(file_system, &directory.join("identity.json"))?;
    let Some(identity) = identity else { return Ok(None) };
    if identity.format > FORMAT {
        return Err(wrong(directory, "a newer Afterimage made it; use that one"));
    }
    let Some(media) = read_media_identity(file_system, directory)? else {
        return Err(wrong(
            directory,
            "its media folder is not there or is another one (media/identity.json is missing); mount the disk that holds it",
        ));
    };
    if media.archive != identity.archive {
        return Err(wrong(
            directory,
            "its media folder belongs to another archive; mount the right disk",
        ));
    }
    Ok(Some(Known { identity, epoch: media.epoch }))
}

/// An archive whose index was not looked at yet.
#[derive(Debug)]
pub(crate) struct Known {
    identity: Identity,
    epoch: i64,
}

impl Known {
    /// Refuses where opening the index would make an empty one.
    pub fn require_index(
        &self,
        file_system: &dyn FileSystem,
        directory: &Path,
    ) -> Result<(), StoreError> {
        let path = directory.join("index.sqlite");
        match file_system.open_file(&path, Access::Read) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(no_index(directory)),
            _ => Ok(()),
        }
    }
}

fn no_index(directory: &Path) -> StoreError {
    wrong(
        directory,
        "its index is missing or empty; restore index.sqlite, or make it anew from the media with `afterimage check --rebuild`",
    )
}

/// Refuses an archive whose index is not its; makes one where there is none yet.
pub(crate) fn identify(
    file_system: &dyn FileSystem,
    directory: &Path,
    known: Option<Known>,
    index: &Index,
    now: WallTime,
) -> Result<Identity, StoreError> {
    let Some(Known { identity, epoch: media_epoch }) = known else {
        let media = read_media_identity(file_system, directory)?;
        return create(file_system, directory, index, media, now);
    };
    let Some(indexed) = index.archive()? else { return Err(no_index(directory)) };
    if indexed != identity.archive {
        return Err(wrong(
            directory,
            "its index belongs to another archive; restore the right index.sqlite, or make it anew with `afterimage check --rebuild`",
        ));
    }
    let epoch = index.number("epoch")?.unwrap_or(0);
    if media_epoch > epoch + 1 {
        return Err(wrong(
            directory,
            "its index is older than its media (restored from a backup?); make it anew with `afterimage check --rebuild`",
        ));
    }
    if media_epoch < epoch {
        return Err(wrong(
            directory,
            "its media folder is older than its index (restored from a backup, or the wrong disk); mount the right disk, or accept this one with `afterimage check --rebuild`",
        ));
    }
    Ok(identity)
}

pub(crate) fn read_media_identity(
    file_system: &dyn FileSystem,
    directory: &Path,
) -> Result<Option<MediaIdentity>, StoreError> {
    read_json(file_system, &directory.join(MEDIA).join("identity.json"))
}

/// Makes an archive. The last thing is `identity.json`, so one that was cut short is made again.
fn create(
    file_system: &dyn FileSystem,
    directory: &Path,
    index: &Index,
    media: Option<MediaIdentity>,
    now: WallTime,
) -> Result<Identity, StoreError> {
    let media_directory = directory.join(MEDIA);
    file_system
        .create_directory(&media_directory)
        .map_err(StoreError::io("create", &media_directory))?;
    let entries =
        file_system.list(&media_directory).map_err(StoreError::io("list", &media_directory))?;
    if entries.iter().any(|entry| entry.is_directory && entry.name != "lost+found") {
        return Err(wrong(
            directory,
            "it holds recordings and no identity.json; restore that file from the backup that the media came from",
        ));
    }
    if index.has_streams()? {
        return Err(wrong(
            directory,
            "it holds an index with streams and no identity.json; restore that file from the backup that the index came from",
        ));
    }
    sync_ancestors(file_system, directory)?;
    let archive = media.map_or_else(Uuid::new_v4, |media| media.archive);
    let doing = "write the archive's identity";
    write_media_identity(file_system, directory, &MediaIdentity { archive, epoch: 0 })?;
    index.write(doing, |transaction| {
        Index::set_archive(transaction, archive)
            .and_then(|()| Index::set_number(transaction, "epoch", 0))
            .map_err(StoreError::index(doing))
    })?;
    let identity = Identity { format: FORMAT, archive, created: now };
    write_json(file_system, &directory.join("identity.json"), &identity)?;
    Ok(identity)
}

pub(crate) fn write_media_identity(
    file_system: &dyn FileSystem,
    directory: &Path,
    identity: &MediaIdentity,
) -> Result<(), StoreError> {
    write_json(file_system, &directory.join(MEDIA).join("identity.json"), identity)?;
    file_system.sync_directory(directory).map_err(StoreError::io("sync", directory))
}

/// Writes `identity.json` where it is missing.
pub(crate) fn restore_identity(
    file_system: &dyn FileSystem,
    directory: &Path,
    identity: &Identity,
) -> Result<(), StoreError> {
    let path = directory.join("identity.json");
    let present: Option<Identity> = read_json(file_system, &path)?;
    if present.is_some_and(|present| present.archive == identity.archive) {
        return Ok(());
    }
    write_json(file_system, &path, identity)
}

fn create_with_parents(file_system: &dyn FileSystem, directory: &Path) -> Result<(), StoreError> {
    let mut missing: Vec<PathBuf> = Vec::new();
    for path in directory.ancestors() {
        if path.as_os_str().is_empty() || file_system.list(path).is_ok() {
            break;
        }
        missing.push(path.to_owned());
    }
    for path in missing.iter().rev() {
        file_system.create_directory(path).map_err(unusable(directory, "create", path))?;
    }
    Ok(())
}

/// Makes the way to a new archive durable: its directory may have been made by an attempt that
/// failed before it could do so.
fn sync_ancestors(file_system: &dyn FileSystem, directory: &Path) -> Result<(), StoreError> {
    for parent in directory.ancestors().skip(1).filter(|path| !path.as_os_str().is_empty()) {
        match file_system.sync_directory(parent) {
            // Not ours to read, so not made by us.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => break,
            other => other.map_err(StoreError::io("sync", parent))?,
        }
    }
    Ok(())
}

fn read_json<T: for<'de> Deserialize<'de>>(
    file_system: &dyn FileSystem,
    path: &Path,
) -> Result<Option<T>, StoreError> {
    let bytes = match read_small(file_system, path, LIMIT) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(StoreError::io("read", path)(error)),
    };
    serde_json::from_slice(&bytes).map(Some).map_err(|error| StoreError::WrongDirectory {
        directory: path.parent().unwrap_or(path).to_owned(),
        detail: format!("{} can't be read ({error}); restore it from a backup", path.display()),
    })
}

fn write_json(
    file_system: &dyn FileSystem,
    path: &Path,
    value: &impl Serialize,
) -> Result<(), StoreError> {
    let mut text = serde_json::to_vec_pretty(value).expect("names and numbers serialise");
    text.push(b'\n');
    replace_small(file_system, path, &text, Privacy::Usual).map_err(StoreError::io("write", path))
}

fn wrong(directory: &Path, detail: &str) -> StoreError {
    StoreError::WrongDirectory { directory: directory.to_owned(), detail: detail.into() }
}
