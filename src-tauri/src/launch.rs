//! Starts a recorder that outlives the window.
//!
//! Belongs here: which program, with which arguments, and what it said when it ended. Not here:
//! whether one is needed ([`crate::recorder`]).
//! Invariant: the child shares neither our process group nor a pipe with us, so that neither Ctrl-C
//! in our terminal nor our end touches it.

#![expect(clippy::disallowed_types, reason = "this is the desktop's one place to start a process")]

use std::env;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::directories;
use crate::trouble::Trouble;

/// As much of the child's last words as fits on a screen.
const LAST_WORDS: u64 = 2048;

/// Which long-running mode of the recorder's program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Serve,
    Demo,
}

impl Mode {
    fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Serve => &["serve"],
            Self::Demo => &["demo", "--headless"],
        }
    }

    /// Its place in the platform's data directory, the same as on the command line.
    pub fn directory(self) -> &'static str {
        match self {
            Self::Serve => "afterimage",
            Self::Demo => "afterimage-demo",
        }
    }
}

pub struct Launched {
    child: Child,
    log: PathBuf,
}

impl Launched {
    /// Starts `afterimage` in this mode for `data`, on a free port of the loopback.
    ///
    /// What it prints goes to a log in the platform's state directory, named after the data
    /// directory; that of the start before is kept as `.log.old`.
    pub fn start(mode: Mode, data: &Path) -> Result<Self, Trouble> {
        let program = program()?;
        let log = log_of(data);
        let (output, errors) =
            open_log(&log).map_err(|source| Trouble::Log { log: log.clone(), source })?;
        let child = Command::new(&program)
            .args(mode.arguments())
            .arg("--data")
            .arg(data)
            .args(["--listen", "127.0.0.1:0"])
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(errors)
            .process_group(0)
            .spawn()
            .map_err(|source| Trouble::CouldNotStart { program, source })?;
        Ok(Self { child, log })
    }

    /// Why it is no longer there, if it isn't.
    pub fn ended(&mut self) -> Option<Trouble> {
        let status = self.child.try_wait().ok()??;
        Some(Trouble::Ended { status, last_words: last_words(&self.log), log: self.log.clone() })
    }

    /// It runs, but has not answered for `waited`.
    pub fn silent(self, waited: Duration) -> Trouble {
        let seconds = waited.as_secs();
        Trouble::Silent { seconds, last_words: last_words(&self.log), log: self.log }
    }
}

/// The recorder's program, which ships beside this one; `AFTERIMAGE_BIN` names another.
fn program() -> Result<PathBuf, Trouble> {
    if let Some(program) = env::var_os("AFTERIMAGE_BIN") {
        return Ok(program.into());
    }
    let own = env::current_exe().map_err(|source| Trouble::OwnPlace { source })?;
    let program = own.with_file_name(format!("afterimage{}", env::consts::EXE_SUFFIX));
    if program.exists() { Ok(program) } else { Err(Trouble::NoProgram { program }) }
}

fn log_of(data: &Path) -> PathBuf {
    let mut name = data.file_name().unwrap_or("recorder".as_ref()).to_owned();
    name.push(".log");
    directories::state().join("afterimage").join(name)
}

fn open_log(log: &Path) -> io::Result<(File, File)> {
    fs::create_dir_all(log.parent().expect("a log lies in a directory"))?;
    match fs::rename(log, log.with_extension("log.old")) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let file = File::create_new(log)?;
    Ok((file.try_clone()?, file))
}

/// The end of the log, from a line's start; empty where there is none to read.
fn last_words(log: &Path) -> String {
    let read = || -> io::Result<String> {
        let mut file = File::open(log)?;
        let length = file.metadata()?.len();
        let start = length.saturating_sub(LAST_WORDS);
        file.seek(SeekFrom::Start(start))?;
        let mut bytes = Vec::new();
        file.take(LAST_WORDS).read_to_end(&mut bytes)?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let whole = match text.find('\n') {
            Some(line_end) if start > 0 => &text[line_end + 1..],
            _ => &text,
        };
        Ok(whole.trim().to_owned())
    };
    read().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn last_words_are_whole_lines_and_few() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("recorder.log");
        assert_eq!(last_words(&log), "", "a log that isn't there says nothing");
        fs::write(&log, "port 8750 is in use\n").unwrap();
        assert_eq!(last_words(&log), "port 8750 is in use", "a short log is told whole");
        fs::write(&log, format!("{}\nthe end\n", "é".repeat(4000))).unwrap();
        assert_eq!(last_words(&log), "the end", "a cut line is left out");
    }

    #[test]
    fn each_start_has_a_log_of_its_own_and_keeps_the_one_before() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("new/recorder.log");
        open_log(&log).unwrap();
        fs::write(&log, "first").unwrap();
        open_log(&log).unwrap();
        assert_eq!(fs::read_to_string(&log).unwrap(), "", "a new start begins anew");
        let before = fs::read_to_string(folder.path().join("new/recorder.log.old")).unwrap();
        assert_eq!(before, "first", "why the last one ended can still be read");
    }
}
