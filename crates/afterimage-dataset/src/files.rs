//! Files that appear whole or not at all, and their checksums.

use crate::DatasetError;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::io::{Read, Write};
use std::path::Path;

/// Begins the name of a file that is not whole yet.
pub(crate) const PARTIAL: &str = ".afterimage-partial-";

/// What a file must be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FileEntry {
    pub bytes: u64,
    pub sha256: String,
}

impl FileEntry {
    pub fn of(bytes: &[u8]) -> Self {
        Self { bytes: bytes.len() as u64, sha256: hex(&Sha256::digest(bytes)) }
    }

    pub fn of_file(path: &Path) -> std::io::Result<Self> {
        let mut file = std::fs::File::open(path)?;
        let mut hash = Sha256::new();
        let mut buffer = vec![0; 1 << 16];
        let mut bytes = 0;
        loop {
            let count = file.read(&mut buffer)?;
            if count == 0 {
                return Ok(Self { bytes, sha256: hex(&hash.finalize()) });
            }
            hash.update(&buffer[..count]);
            bytes += count as u64;
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// How much a file's loss in a power cut would matter.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// A resumed run checks it and makes it again.
    Renewable,
    /// On disk before this returns.
    Synced,
}

/// Writes beside `path`, then renames.
pub(crate) fn write(path: &Path, bytes: &[u8], durability: Durability) -> Result<(), DatasetError> {
    let folder = path.parent().expect("files of a set lie in its folder");
    let fail = DatasetError::io(path);
    let mut builder = tempfile::Builder::new();
    builder.prefix(PARTIAL);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // A set is made to be shared; the process's umask takes from this what it takes.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(folder).map_err(&fail)?;
    file.write_all(bytes).map_err(&fail)?;
    if durability == Durability::Synced {
        file.as_file().sync_all().map_err(&fail)?;
    }
    file.persist(path).map_err(|error| fail(error.error))?;
    if durability == Durability::Synced {
        sync_folder(folder).map_err(&fail)?;
    }
    Ok(())
}

/// A rename is on disk when its folder is; platforms that can't open folders need nothing.
fn sync_folder(folder: &Path) -> std::io::Result<()> {
    if cfg!(unix) { std::fs::File::open(folder)?.sync_all() } else { Ok(()) }
}

/// All files below `folder`, as `/`-separated paths relative to it, sorted. Links are not followed.
pub(crate) fn files_below(folder: &Path) -> Result<Vec<String>, DatasetError> {
    let mut found = Vec::new();
    let mut pending = vec![String::new()];
    while let Some(below) = pending.pop() {
        let path = folder.join(&below);
        for entry in std::fs::read_dir(&path).map_err(DatasetError::io(&path))? {
            let entry = entry.map_err(DatasetError::io(&path))?;
            let name = format!("{below}{}", entry.file_name().to_string_lossy());
            if entry.file_type().map_err(DatasetError::io(&path))?.is_dir() {
                pending.push(format!("{name}/"));
            } else {
                found.push(name);
            }
        }
    }
    found.sort();
    Ok(found)
}
