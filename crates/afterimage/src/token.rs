//! The owner's token of a data directory: made once, kept in `DATA/token` for the owner alone, so
//! that a browser that was let in stays in when the recorder starts again.

use crate::failure::Failure;
use afterimage_base::{ErrorKind, Secret};
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind as Io, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

const NAME: &str = "token";

/// Reads the token, or makes one where there is none. The caller holds the directory's lock.
pub fn of_directory(data: &Path) -> Result<Secret, Failure> {
    let path = data.join(NAME);
    let failed = |error: std::io::Error| {
        Failure::new(
            ErrorKind::InvalidInput,
            format!("the token in {} can't be used: {error}", path.display()),
        )
    };
    match fs::read_to_string(&path) {
        Ok(text) if text.trim().len() >= 32 => return Ok(Secret::new(text.trim())),
        Ok(_) => fs::remove_file(&path).map_err(failed)?,
        Err(error) if error.kind() == Io::NotFound => {}
        Err(error) => return Err(failed(error)),
    }
    let token: String =
        rand::random::<[u8; 24]>().iter().map(|byte| format!("{byte:02x}")).collect();
    let mut file =
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path).map_err(failed)?;
    file.write_all(token.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
    Ok(Secret::new(token))
}
