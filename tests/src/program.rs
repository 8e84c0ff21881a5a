//! The program under test, as a user runs it.

#![expect(clippy::disallowed_types, reason = "these tests drive the real program")]

use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// The binary of the profile that these tests were built with.
///
/// # Panics
/// When it was not built: `cargo build --workspace --bins` comes before `cargo test`.
#[must_use]
pub fn afterimage() -> PathBuf {
    let test = std::env::current_exe().expect("a test is a program");
    let folder = test.ancestors().nth(2).expect("tests lie in target/<profile>/deps");
    let program = folder.join("afterimage");
    assert!(program.exists(), "{} is missing: cargo build --workspace --bins", program.display());
    program
}

/// What a command answered.
#[derive(Debug)]
pub struct Answer {
    pub code: i32,
    pub output: String,
    pub errors: String,
}

impl Answer {
    /// The one JSON document on standard output.
    ///
    /// # Panics
    /// When the command failed or printed something else.
    #[must_use]
    pub fn json(&self) -> Value {
        assert_eq!(self.code, 0, "the command failed: {}", self.errors);
        serde_json::from_str(&self.output)
            .unwrap_or_else(|error| panic!("no JSON document ({error}): {}", self.output))
    }
}

/// Runs one command on a data directory to its end.
#[must_use]
pub fn ask(data: &Path, arguments: &[&str]) -> Answer {
    let output = command(data).args(arguments).stdin(Stdio::null()).output().expect("it starts");
    Answer {
        code: output.status.code().unwrap_or(-1),
        output: String::from_utf8_lossy(&output.stdout).into_owned(),
        errors: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

fn command(data: &Path) -> Command {
    let mut command = Command::new(afterimage());
    command
        .env_remove("AFTERIMAGE_SERVER")
        .env_remove("AFTERIMAGE_TOKEN")
        .env("AFTERIMAGE_DATA", data);
    command
}

/// Asks again until the answer is there. Each asking takes its own time, so nothing sleeps.
///
/// # Panics
/// When it is not there within `limit`; says what was waited for.
pub fn eventually<T>(what: &str, limit: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(began.elapsed() < limit, "waited {limit:?} in vain for {what}");
    }
}

/// A long-running mode of the program; killed when dropped.
#[derive(Debug)]
pub struct Running {
    child: Child,
    /// Open for as long as it runs: it may say more.
    _output: BufReader<ChildStdout>,
    /// The first line that it printed.
    pub first_line: String,
}

impl Running {
    /// Starts it and waits for its first line: by then it serves.
    ///
    /// # Panics
    /// When it ends without a word.
    #[must_use]
    pub fn start(data: &Path, arguments: &[&str]) -> Self {
        Self::start_with(data, arguments, &[])
    }

    /// With further environment.
    ///
    /// # Panics
    /// When it ends without a word.
    #[must_use]
    pub fn start_with(data: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut child = command(data)
            .args(arguments)
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut output = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut first_line = String::new();
        output.read_line(&mut first_line).expect("it prints text");
        let first_line = first_line.trim_end().to_owned();
        assert!(!first_line.is_empty(), "{arguments:?} ended without a word");
        Self { child, _output: output, first_line }
    }

    /// As a power cut to the process: nothing of it runs on.
    ///
    /// # Panics
    /// When it can't be killed.
    pub fn kill(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it was started here");
    }

    /// Ctrl-C, and the end that follows.
    ///
    /// # Panics
    /// When the signal can't be sent.
    #[must_use]
    pub fn interrupt(mut self) -> ExitStatus {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args(["-INT", &pid]).status().expect("kill is everywhere");
        assert!(sent.success(), "the process {pid} runs");
        self.child.wait().expect("it was started here")
    }

    /// Waits until it ends by itself.
    ///
    /// # Panics
    /// When it was not started here.
    #[must_use]
    pub fn finish(mut self) -> ExitStatus {
        self.child.wait().expect("it was started here")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
