//! The console as people see it: in a real browser and in the real desktop window.
//!
//! The steps are in tests/browser/ and tests/desktop/, in the browser's language; tests/console.md
//! says which of them holds what. Here: the demo that they look at. Recorders that are to be killed,
//! emptied or filled with odd footage are started by the steps themselves.

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
        // One after the other: what is measured is the console, not how ten of them share two cores.
        .args(["--test", "--test-concurrency=1"])
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

/// `| line | `file` | name |`; a name's `…` stands for what changes.
#[test]
fn each_test_of_the_table_exists() {
    let tests = repository().join("tests");
    let table =
        fs::read_to_string(tests.join("console.md")).expect("the table is in the repository");
    let mut count = 0;
    for line in table.lines() {
        let cells: Vec<_> = line.split('|').map(str::trim).collect();
        let [_, wanted, file, name, _] = cells[..] else { continue };
        let Some(file) = file.strip_prefix('`').and_then(|file| file.strip_suffix('`')) else {
            continue;
        };
        let folder = if file.starts_with("ui/") { repository() } else { tests.clone() };
        let steps = fs::read_to_string(folder.join(file))
            .unwrap_or_else(|error| panic!("{wanted}: {file} can't be read: {error}"));
        for part in name.split('…').map(str::trim) {
            assert!(steps.contains(part), "{wanted}: {file} has no test that is called {name:?}");
        }
        count += 1;
    }
    assert!(count > 50, "the table has rows, {count} of them were understood");
}
