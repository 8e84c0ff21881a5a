//! The recorder of a data directory on this machine: `DATA/recorder.json` tells where it answers
//! and by which token.
//!
//! Invariants: only the owner may read the file (mode 0600) and it is whole or absent; a file that
//! a killed recorder left behind is recognised, because what it names is asked.

use crate::{Client, ClientError};
use afterimage_base::{ErrorKind, Secret, WallTime};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

const NAME: &str = "recorder.json";
const PROBE_WITHIN: Duration = Duration::from_secs(2);

/// What a running recorder tells local clients.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecorderFile {
    /// `http://127.0.0.1:8750`
    pub address: String,
    #[serde(serialize_with = "write_secret", deserialize_with = "read_secret")]
    pub token: Secret,
    pub pid: u32,
    pub version: String,
    pub started: WallTime,
}

/// A recorder that answers and takes the token.
#[derive(Clone, Debug)]
pub struct Running {
    pub file: RecorderFile,
    pub client: Client,
}

/// The recorder that runs on this data directory, if one does.
pub async fn find(data: &Path) -> Result<Option<Running>, ClientError> {
    let Some(file) = RecorderFile::read(data)? else {
        return Ok(None);
    };
    let client = Client::new(&file.address, file.token.clone())?;
    // First without the token: another program may have the port by now.
    if !client.is_alive(PROBE_WITHIN).await {
        return Ok(None);
    }
    match client.system().await {
        Ok(_) => Ok(Some(Running { file, client })),
        // Another directory's recorder has the port, or it went this moment.
        Err(error) if error.kind == ErrorKind::Unauthenticated => Ok(None),
        Err(error) if error.kind == ErrorKind::Unreachable => Ok(None),
        Err(error) => Err(error),
    }
}

impl RecorderFile {
    #[must_use]
    pub fn path(data: &Path) -> PathBuf {
        data.join(NAME)
    }

    /// `None` where there is none.
    pub fn read(data: &Path) -> Result<Option<Self>, ClientError> {
        let path = Self::path(data);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unusable(&path, &error, ErrorKind::Forbidden)),
        };
        serde_json::from_slice(&text)
            .map(Some)
            .map_err(|error| unusable(&path, &error, ErrorKind::Damaged))
    }

    /// Replaces the file in one step.
    pub fn write(&self, data: &Path) -> io::Result<()> {
        let path = Self::path(data);
        let beside = data.join(format!(".{NAME}.{}", std::process::id()));
        match fs::remove_file(&beside) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let text = serde_json::to_vec_pretty(self)?;
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
        file.write_all(&text)?;
        file.sync_all()?;
        fs::rename(&beside, &path)?;
        File::open(data)?.sync_all()
    }

    /// The recorder stops: local clients need not ask it. No file is fine.
    pub fn remove(data: &Path) -> io::Result<()> {
        match fs::remove_file(Self::path(data)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

fn unusable(path: &Path, error: &dyn std::fmt::Display, kind: ErrorKind) -> ClientError {
    let message =
        format!("{} can't be read: {error}; if no recorder runs, delete it", path.display());
    ClientError::new(kind, message)
}

fn write_secret<S: Serializer>(secret: &Secret, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose())
}

fn read_secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Secret, D::Error> {
    String::deserialize(deserializer).map(Secret::new)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn file(address: &str) -> RecorderFile {
        RecorderFile {
            address: address.to_owned(),
            token: Secret::new("hidden"),
            pid: 42,
            version: "0.1.0".to_owned(),
            started: "2026-03-01T12:00:00Z".parse().expect("RFC 3339"),
        }
    }

    #[test]
    fn reads_back_what_was_written_and_keeps_it_private() {
        let data = tempfile::tempdir().expect("a directory");
        assert_eq!(RecorderFile::read(data.path()), Ok(None), "no recorder has run here");
        let written = file("http://127.0.0.1:1");
        for _ in 0..2 {
            written.write(data.path()).expect("written, also over an earlier one");
        }
        assert_eq!(
            RecorderFile::read(data.path()),
            Ok(Some(written.clone())),
            "the same comes back"
        );
        let mode =
            fs::metadata(RecorderFile::path(data.path())).expect("it is there").permissions();
        assert_eq!(mode.mode() & 0o777, 0o600, "the token is for the owner alone");
        assert_eq!(fs::read_dir(data.path()).expect("listed").count(), 1, "nothing lies beside it");
        assert!(!format!("{written:?}").contains("hidden"), "the token is not printed");
        RecorderFile::remove(data.path()).expect("removed");
        RecorderFile::remove(data.path()).expect("none is fine");
    }

    #[tokio::test]
    async fn a_file_that_a_killed_recorder_left_names_no_recorder() {
        let data = tempfile::tempdir().expect("a directory");
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("bound"));
        drop(listener);
        file(&address).write(data.path()).expect("written");
        let found = find(data.path()).await.expect("a stale file is no error");
        assert!(found.is_none(), "nobody answers there");
    }

    #[test]
    fn a_damaged_file_says_what_to_do() {
        let data = tempfile::tempdir().expect("a directory");
        fs::write(RecorderFile::path(data.path()), b"{").expect("written");
        let error = RecorderFile::read(data.path()).expect_err("not JSON");
        assert_eq!(error.kind, ErrorKind::Damaged);
        assert!(error.message.contains("delete it"), "it tells the way out: {error}");
    }
}
