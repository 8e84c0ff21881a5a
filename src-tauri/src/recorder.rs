//! Finds the recorder of a data directory, or starts it.
//!
//! Belongs here: `DATA/recorder.json`, who answers, how long to wait. Not here: starting a process
//! ([`crate::launch`]), HTTP ([`crate::probe`]).
//! Invariant: a recorder is trusted only while it answers; a file left by a killed one is not.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde::{Deserialize, Serialize};

use crate::launch::{Launched, Mode};
use crate::probe;
use crate::trouble::Trouble;

/// A recorder answers within a second of its start, whatever its archive's size; ten times that,
/// and then some, before a person is told that it doesn't come.
const PATIENCE: Duration = Duration::from_secs(20);
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);
/// `recorder.json` is a few hundred bytes.
const LARGEST_ANNOUNCEMENT: u64 = 64 * 1024;

/// What the person asked for.
#[derive(Debug, Clone)]
pub struct Wanted {
    pub data: PathBuf,
    pub if_none_runs: Mode,
}

/// What a recorder says of itself in `DATA/recorder.json`.
#[derive(Deserialize, Clone)]
pub struct Recorder {
    address: String,
    token: String,
    pid: i32,
}

/// What the page needs to know of it.
#[derive(Serialize)]
pub struct Handed<'recorder> {
    pub address: &'recorder str,
    pub token: &'recorder str,
}

impl Recorder {
    /// The recorder of `wanted.data`, running and answering.
    pub fn find_or_start(wanted: &Wanted) -> Result<Self, Trouble> {
        if let Some(recorder) = Self::running(&wanted.data)? {
            return Ok(recorder);
        }
        let mut launched = Launched::start(wanted.if_none_runs, &wanted.data)?;

        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            // Whoever answers is the one, whether we started it or somebody was faster.
            if let Some(recorder) = Self::running(&wanted.data)? {
                return Ok(recorder);
            }
            if let Some(ended) = launched.ended() {
                return Self::running(&wanted.data)?.ok_or(ended);
            }
            thread::sleep(BETWEEN_LOOKS);
        }
        Err(launched.silent(PATIENCE))
    }

    /// The recorder that owns `data`, if one answers.
    pub fn running(data: &Path) -> Result<Option<Self>, Trouble> {
        Ok(Self::announced(data)?.filter(|recorder| probe::answers(&recorder.address)))
    }

    /// What `recorder.json` says, true or left behind.
    fn announced(data: &Path) -> Result<Option<Self>, Trouble> {
        let path = data.join("recorder.json");
        let mut text = String::new();
        let read = File::open(&path)
            .and_then(|file| file.take(LARGEST_ANNOUNCEMENT).read_to_string(&mut text));
        match read {
            // Half of it, or another version's: the same as none, and the one we start replaces it.
            Ok(_) => Ok(serde_json::from_str(&text).ok()),
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                Err(Trouble::SomebodyElses { path, source: error })
            }
            Err(_) => Ok(None),
        }
    }

    pub fn handed(&self) -> Handed<'_> {
        Handed { address: &self.address, token: &self.token }
    }

    /// What a route of the API answers, with the body for it if it takes one.
    pub fn ask(&self, method: &str, path: &str, body: &str) -> io::Result<Vec<u8>> {
        probe::ask(&self.address, &self.token, method, path, body)
    }

    /// Asks the recorder to flush and end, as Ctrl-C would; only while it answers, so that a
    /// number that another process has by now is never signalled.
    pub fn stop(&self) -> io::Result<()> {
        if !probe::answers(&self.address) {
            return Ok(());
        }
        let pid = Pid::from_raw(self.pid)
            .filter(|_| self.pid > 1)
            .ok_or_else(|| io::Error::from(io::ErrorKind::InvalidData))?;
        Ok(kill_process(pid, Signal::TERM)?)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn data_with(announcement: &str) -> tempfile::TempDir {
        let data = tempfile::tempdir().unwrap();
        fs::write(data.path().join("recorder.json"), announcement).unwrap();
        data
    }

    #[test]
    fn an_announcement_is_read_whatever_else_it_says() {
        let data = data_with(
            r#"{"address":"http://127.0.0.1:1","token":"t","pid":7,"version":"9","started":"x"}"#,
        );
        let recorder = Recorder::announced(data.path()).unwrap().unwrap();
        assert_eq!(recorder.address, "http://127.0.0.1:1", "the address is handed on as it is");
        let running = Recorder::running(data.path()).unwrap();
        assert!(running.is_none(), "nobody answers there: its recorder was killed");
    }

    #[test]
    fn rubbish_counts_as_no_recorder() {
        for rubbish in ["", "{", "[]", r#"{"address":"http://127.0.0.1:1"}"#, "\u{0}"] {
            let data = data_with(rubbish);
            let announced = Recorder::announced(data.path()).unwrap();
            assert!(announced.is_none(), "{rubbish:?} names no recorder");
        }
        let empty = tempfile::tempdir().unwrap();
        assert!(Recorder::announced(empty.path()).unwrap().is_none(), "nothing was announced");
    }

    #[test]
    fn the_page_gets_no_more_than_it_needs() {
        let recorder = Recorder { address: "http://127.0.0.1:1".into(), token: "t".into(), pid: 7 };
        let handed = serde_json::to_value(recorder.handed()).unwrap();
        let expected = serde_json::json!({ "address": "http://127.0.0.1:1", "token": "t" });
        assert_eq!(handed, expected, "the console reads these two");
    }
}
