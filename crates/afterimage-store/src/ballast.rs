//! A file that is there to be deleted: on a full volume the index can't commit deletions, so
//! nothing could make room. Dropping the ballast lets it.
//!
//! Invariant: losing it costs nothing; making it never uses the last room.

use crate::file_system::Privacy;
use crate::store::Shared;
use std::io;
use std::path::PathBuf;

/// Written at a time.
const CHUNK: usize = 1 << 20;

impl Shared {
    fn ballast_path(&self) -> PathBuf {
        self.directory.join("ballast")
    }

    /// Makes the ballast where there is none and room for many of it.
    pub fn load_ballast(&self) {
        let wanted = self.options.ballast_bytes;
        let file_system = self.options.file_system.as_ref();
        let path = self.ballast_path();
        let load = || {
            if wanted == 0 || file_system.space(&self.directory)?.available < wanted * 8 {
                return io::Result::Ok(());
            }
            let file = match file_system.create_file(&path, Privacy::OwnerOnly) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(()),
                other => other?,
            };
            // Written, not truncated to its length: a hole would hold no room.
            let zeros = vec![0; CHUNK];
            let mut offset = 0;
            while offset < wanted {
                file.write_all_at(&zeros, offset)?;
                offset += CHUNK as u64;
            }
            file.sync_data()
        };
        if let Err(error) = load() {
            tracing::warn!(path = %path.display(), %error, "no room is set aside for deleting on a full volume");
        }
    }

    /// Gives its room back. False: there was none.
    pub fn drop_ballast(&self) -> bool {
        self.options.file_system.remove_file(&self.ballast_path()).is_ok()
    }
}
