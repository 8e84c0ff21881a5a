//! Comparing an export's files with what was written down of them.

use super::description::Description;
use crate::ApiError;
use crate::dto::{ExportFile, ExportVerified};
use afterimage_base::ErrorKind;
use std::fs::File;
use std::path::Path;

/// Reads every file anew. Blocks for as long as that takes.
pub(super) fn verify(folder: &Path, description: &Description) -> ExportVerified {
    let findings: Vec<String> =
        description.files.iter().filter_map(|file| finding(folder, file)).collect();
    ExportVerified { whole: findings.is_empty(), findings }
}

fn finding(folder: &Path, file: &ExportFile) -> Option<String> {
    let name = &file.name;
    match hash_of(&folder.join(name)) {
        Ok((hash, bytes)) if hash == file.hash && bytes == file.bytes => None,
        Ok((_, bytes)) if bytes != file.bytes => Some(format!(
            "{name} has {bytes} bytes, and {} were written; export it again",
            file.bytes
        )),
        Ok(_) => Some(format!(
            "{name} is not what was written: its bytes have changed since; export it again"
        )),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Some(format!("{name} is gone; export it again"))
        }
        Err(error) => Some(format!("{name} can't be read: {error}")),
    }
}

/// BLAKE3 in hexadecimal digits, and the length.
pub(super) fn hash_of(path: &Path) -> std::io::Result<(String, u64)> {
    let file = File::open(path)?;
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(file)?;
    Ok((hasher.finalize().to_hex().to_string(), hasher.count()))
}

/// What can be said of an export that is not done.
pub(super) fn check_done(description: &Description) -> Result<(), ApiError> {
    if description.is_over() {
        return Ok(());
    }
    Err(ApiError::new(
        ErrorKind::InUse,
        format!("export {} is not finished; verify it when it is", description.id),
    ))
}
