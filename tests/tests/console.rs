//! The console as people see it: in the real desktop window, showing a running demo.
//!
//! The steps are in tests/desktop/, in the browser's language. Here: the demo that they look at.

#![expect(clippy::disallowed_types, reason = "the steps are a program of their own")]

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

use afterimage_tests::{Running, afterimage, repository};
use serde_json::Value;

/// What is measured here is the console, not how two of them share two cores.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// Runs a folder's steps against a demo of their own.
fn run(folder: &str) {
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let data = tempfile::tempdir().expect("there is room");
    let demo = ["demo", "--headless", "--listen", "127.0.0.1:0"];
    let _demo = Running::start(data.path(), &demo);
    let recorder = announced(data.path());

    let steps = repository().join("tests").join(folder);
    let status = Command::new("node")
        .arg("--test")
        .args(test_files(&steps))
        .env("AFTERIMAGE_URL", text(&recorder, "address"))
        .env("AFTERIMAGE_TOKEN", text(&recorder, "token"))
        .env("AFTERIMAGE_DATA", data.path())
        .env("AFTERIMAGE_BIN", afterimage())
        .env("AFTERIMAGE_DESKTOP", afterimage().with_file_name("afterimage-desktop"))
        .stdin(Stdio::null())
        .status()
        .expect("Node is there: the console is built with it");
    assert!(status.success(), "the steps in {} say above what they miss", steps.display());
}

fn announced(data: &Path) -> Value {
    let text =
        fs::read_to_string(data.join("recorder.json")).expect("a running recorder is announced");
    serde_json::from_str(&text).expect("it is announced as JSON")
}

fn text<'value>(recorder: &'value Value, key: &str) -> &'value str {
    recorder[key].as_str().expect("an announcement has these")
}

fn test_files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .expect("the steps are in the repository")
        .map(|entry| entry.expect("it can be read").path())
        .filter(|path| path.to_string_lossy().ends_with(".test.mjs"))
        .collect();
    files.sort();
    assert!(!files.is_empty(), "{} has steps", folder.display());
    files
}

#[test]
fn in_the_desktop_window() {
    run("desktop");
}

#[test]
fn in_a_browser() {
    run("browser");
}
