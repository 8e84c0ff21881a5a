//! The archive by the command line: damage is found and becomes a gap, an index is made anew, what
//! is held stays, and nothing is deleted without a yes.

use afterimage_tests::{Running, ask, eventually, instant, segments};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::time::Duration;

const START: Duration = Duration::from_secs(60);
const SERVE: [&str; 4] = ["serve", "--listen", "127.0.0.1:0", "--no-worker"];

fn timeline(data: &Path) -> Value {
    ask(data, &["timeline", "door", "--json"]).json()
}

fn fragments(data: &Path) -> u64 {
    let timeline = timeline(data);
    let ranges = timeline["ranges"].as_array().expect("a list");
    ranges.iter().map(|range| range["fragments"].as_u64().expect("a count")).sum()
}

/// A directory with two segments of a test pattern, by a recorder that ended in good order.
fn recorded() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path();
    for wanted in [3, 6] {
        let recorder = Running::start(data, &SERVE);
        if wanted == 3 {
            let create = ["stream", "create", "door", "--source", "test:"];
            assert_eq!(ask(data, &create).code, 0, "it is new");
        }
        eventually("fragments", START, || (fragments(data) >= wanted).then_some(()));
        assert!(recorder.interrupt().success(), "Ctrl-C ends in good order");
    }
    folder
}

/// The oldest segment file; their names sort by time.
fn oldest(data: &Path) -> PathBuf {
    segments(&data.join("media")).into_iter().min().expect("two segments")
}

/// Turns one bit of the last third of the file: in the media of a fragment behind the first.
fn flip_a_bit(file: &Path) {
    let mut bytes = std::fs::read(file).expect("a segment");
    let at = bytes.len() * 2 / 3;
    bytes[at] ^= 1;
    std::fs::write(file, bytes).expect("written");
}

/// Breaks the table of samples of the second fragment.
fn break_a_front(file: &Path) {
    let mut bytes = std::fs::read(file).expect("a segment");
    let tables = bytes.windows(4).enumerate().filter(|(_, name)| *name == b"trun");
    let (at, _) = tables.take(2).last().expect("two fragments");
    bytes[at] ^= 0x20;
    std::fs::write(file, bytes).expect("written");
}

fn refused(data: &Path, arguments: &[&str], code: i32, words: &[&str]) {
    let answer = ask(data, arguments);
    assert_eq!(answer.code, code, "{arguments:?}: {}{}", answer.output, answer.errors);
    for word in words {
        assert!(
            answer.errors.contains(word),
            "{arguments:?} should say `{word}`: {}",
            answer.errors
        );
    }
}

fn ranges(timeline: &Value) -> Vec<(String, String, u64)> {
    let ranges = timeline["ranges"].as_array().expect("a list");
    let text = |value: &Value| value.as_str().expect("an instant").to_owned();
    ranges
        .iter()
        .map(|range| {
            (text(&range["from"]), text(&range["to"]), range["fragments"].as_u64().unwrap_or(0))
        })
        .collect()
}

#[test]
fn a_flipped_bit_is_found_and_repaired_into_a_gap_that_is_not_served() {
    let folder = recorded();
    let data = folder.path();
    let whole = ask(data, &["check", "--json"]).json();
    assert_eq!(
        (&whole["state"], &whole["found"]),
        (&"done".into(), &0.into()),
        "nothing is wrong yet"
    );
    let file = oldest(data);
    flip_a_bit(&file);
    let name = file.file_name().expect("a file").to_string_lossy().into_owned();

    let found = ask(data, &["check"]);
    assert_eq!(found.code, 1, "the answer is no: {}", found.errors);
    assert!(found.output.contains(&name), "the file is named: {}", found.output);
    assert!(found.output.contains("damaged_fragment"), "and what it is: {}", found.output);
    assert!(found.errors.contains("--repair"), "and what to do: {}", found.errors);

    let repaired = ask(data, &["check", "--repair", "--json"]);
    let view = repaired.json();
    assert_eq!(view["repaired"], view["found"], "all that was found is put right: {view}");
    let timeline = timeline(data);
    let gap =
        timeline["gaps"].as_array().expect("a list").iter().find(|gap| gap["reason"] == "damaged");
    let gap = gap.unwrap_or_else(|| panic!("a gap says so: {timeline}"));
    assert_eq!(ask(data, &["check"]).code, 0, "what is a gap is no damage any more");

    // Inside of the gap: what is shown is rounded to milliseconds.
    let inside = Duration::from_millis(100);
    let from = instant(&gap["from"]).plus(inside).as_micros().to_string();
    let to = instant(&gap["to"]).minus(inside).as_micros().to_string();
    let clip = data.join("clip.mp4");
    let output = clip.to_str().expect("text");
    let arguments = ["clip", "door", "--from", &from, "--to", &to, "--output", output];
    refused(data, &arguments, 2, &["damaged"]);
    assert!(!clip.exists(), "no damaged byte leaves");
}

#[test]
fn a_clip_goes_on_behind_a_fragment_whose_front_is_damaged() {
    let folder = recorded();
    let data = folder.path();
    let before = timeline(data);
    let whole = fragments(data);
    break_a_front(&oldest(data));

    let range = &before["ranges"][0];
    let (from, to) = (instant(&range["from"]), instant(&range["to"]));
    let (from, to) = (from.as_micros().to_string(), to.as_micros().to_string());
    let clip = data.join("clip.mp4");
    let output = clip.to_str().expect("text");
    let made = ask(data, &["clip", "door", "--from", &from, "--to", &to, "--output", output]);
    assert_eq!(made.code, 0, "the rest is a clip all the same: {}", made.errors);
    assert!(clip.exists(), "and it is written");

    let after = timeline(data);
    let gaps = after["gaps"].as_array().expect("a list");
    assert!(gaps.iter().any(|gap| gap["reason"] == "damaged"), "what is left out is told: {after}");
    assert_eq!(fragments(data), whole - 1, "one fragment is out, no other");
}

#[test]
fn an_index_made_anew_tells_the_same() {
    let folder = recorded();
    let data = folder.path();
    let recorder = Running::start(data, &SERVE);
    refused(data, &["check", "--rebuild"], 2, &["a recorder runs", "stop it"]);
    assert!(recorder.interrupt().success(), "Ctrl-C ends in good order");
    let before = ranges(&timeline(data));

    for ending in ["", "-wal", "-shm"] {
        drop(std::fs::remove_file(data.join(format!("index.sqlite{ending}"))));
    }
    refused(data, &["timeline", "door"], 2, &["--rebuild"]);
    let rebuilt = ask(data, &["check", "--rebuild"]);
    assert_eq!(rebuilt.code, 0, "{}", rebuilt.errors);
    assert!(
        rebuilt.output.contains("door"),
        "it says whose settings were lost: {}",
        rebuilt.output
    );
    assert_eq!(ranges(&timeline(data)), before, "the same footage, by the media alone");
    assert_eq!(ask(data, &["check"]).code, 0, "index and media agree");
}

#[test]
fn what_is_held_survives_and_nothing_goes_without_a_yes() {
    let folder = recorded();
    let data = folder.path();
    let _recorder = Running::start(data, &SERVE);
    let mut files = segments(&data.join("media"));
    files.sort();
    let [held, free, ..] = files.as_slice() else { panic!("two segments: {files:?}") };
    let list = || ask(data, &["hold", "list", "door", "--json"]).json()["holds"].clone();

    let update = ["stream", "update", "door", "--retain-bytes", "1B"];
    let dry = ask(data, &[&update[..], &["--dry-run", "--json"]].concat()).json();
    assert!(dry["deleted_bytes"].as_u64().expect("a count") > 0, "it would delete: {dry}");
    assert!(held.exists(), "a dry run deletes nothing");
    refused(data, &update, 2, &["deletes", "--yes"]);
    let shown = ask(data, &["stream", "show", "door", "--json"]).json();
    assert_eq!(shown["retain_bytes"], Value::Null, "what was refused changed nothing");

    let first = ranges(&timeline(data))[0].clone();
    let create =
        ["hold", "create", "door", "--from", &first.0, "--to", &first.1, "--reason", "theft"];
    let hold = ask(data, &[&create[..], &["--json"]].concat()).json();
    assert_eq!((&hold["owner"], &hold["active"]), (&"owner".into(), &true.into()), "who and that");
    assert_eq!(list().as_array().map(Vec::len), Some(1), "it is listed");
    let dry = ask(data, &[&update[..], &["--dry-run", "--json"]].concat()).json();
    assert!(dry["held_bytes"].as_u64().expect("a count") > 0, "the hold is told: {dry}");

    assert_eq!(ask(data, &[&update[..], &["--yes"]].concat()).code, 0, "now it is meant");
    eventually("retention to delete what nobody holds", Duration::from_secs(90), || {
        let _ = ask(data, &["storage", "--json"]).json();
        (!free.exists()).then_some(())
    });
    assert!(held.exists(), "what is held stays whatever the limit");

    let id = hold["id"].to_string();
    refused(data, &["hold", "release", "door", &id], 2, &["theft", "--yes"]);
    refused(data, &["hold", "release", "door", "99", "--yes"], 2, &["99"]);
    assert_eq!(ask(data, &["hold", "release", "door", &id, "--yes"]).code, 0, "it is known");
    assert_eq!(list(), Value::Array(Vec::new()), "nothing is held any more");
}

#[test]
fn limits_schedules_and_forecasts_are_shown_as_they_were_set() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path();
    let _recorder = Running::start(data, &SERVE);
    let words = "mon-fri 08:00-18:00; sat 10:00-12:00 Europe/Berlin";
    let create = ["stream", "create", "door", "--schedule", words, "--retain-bytes", "200GB"];
    assert_eq!(ask(data, &create).code, 0, "it is new");
    let shown = ask(data, &["stream", "show", "door"]).output;
    assert!(shown.contains(words), "the same words come back: {shown}");
    assert!(shown.contains("200.0 GB"), "the limit too: {shown}");
    let update =
        ["stream", "update", "door", "--schedule", "always", "--retain-bytes", "0", "--json"];
    let always = ask(data, &update).json();
    assert_eq!((&always["schedule"], &always["retain_bytes"]), (&Value::Null, &Value::Null));

    let set =
        ["storage", "set", "--retain-bytes", "2TB", "--reserve", "1GB", "--scrub", "60d", "--json"];
    let settings = ask(data, &set).json();
    assert_eq!(settings["retain_bytes"], 2_000_000_000_000_u64, "as it was set: {settings}");
    assert_eq!(settings["scrub_period"], "60d", "as it was set");
    let what_if = ["storage", "what-if", "--bytes-per-hour", "1PB", "--json"];
    refused(data, &what_if, 2, &["1PB", "200GB"]);
    let what_if = ["storage", "what-if", "--bytes-per-hour", "100TB", "--json"];
    let told = ask(data, &what_if).json();
    assert!(told["short_bytes"].as_u64() > Some(0), "no volume has room for that: {told}");
    assert!(told["full_at"].is_string(), "and it says when: {told}");
    let table = ask(data, &["storage"]);
    assert!(table.output.contains("door") && table.output.contains("2.0 TB"), "{}", table.output);
}

#[test]
fn mistakes_are_sentences() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path();
    let _recorder = Running::start(data, &SERVE);
    assert_eq!(ask(data, &["stream", "create", "door"]).code, 0, "it is new");
    let hold = ["hold", "create", "door", "--from", "-1h", "--to"];
    refused(data, &[&hold[..], &["-2h", "--reason", "x"]].concat(), 2, &["earlier"]);
    refused(
        data,
        &[&hold[..], &["now", "--reason", "x", "--until", "soon"]].concat(),
        2,
        &["soon", "90d"],
    );
    refused(data, &["hold", "release", "door", "7"], 2, &["no hold 7"]);
    refused(data, &["check", "--stream", "nobody"], 2, &["nobody"]);
    refused(data, &["check", "--rebuild", "--repair"], 2, &["--repair"]);
    refused(data, &["stream", "update", "door", "--retain-bytes", "200"], 2, &["`200`", "200GB"]);
    refused(
        data,
        &["stream", "update", "door", "--schedule", "workdays"],
        2,
        &["workdays", "mon-fri"],
    );
    refused(
        data,
        &["stream", "update", "door", "--schedule", "mon 08:00-18:00 Europe/Berln"],
        2,
        &["Europe/Berln"],
    );
    refused(data, &["storage", "what-if"], 2, &["--retention"]);
    refused(data, &["storage", "what-if", "--retention", "20y"], 2, &["10y"]);
    refused(data, &["storage", "set", "--scrub", "monthly"], 2, &["monthly"]);
    refused(data, &["bookmark", "delete", "9"], 2, &["9"]);
    refused(data, &["event", "list", "--kind", "murder"], 2, &["murder", "sighting"]);
}

#[test]
fn bookmarks_and_events_are_listed() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path();
    let _recorder = Running::start(data, &SERVE);
    assert_eq!(ask(data, &["stream", "create", "door"]).code, 0, "it is new");
    let create =
        ["bookmark", "create", "delivery", "--at", "-5m", "--to", "-4m", "--stream", "door"];
    let bookmark = ask(data, &[&create[..], &["--json"]].concat()).json();
    let list = ask(data, &["bookmark", "list", "door", "--json"]).json();
    assert_eq!(list["bookmarks"][0], bookmark, "what was made is listed");
    let id = bookmark["id"].to_string();
    assert_eq!(ask(data, &["bookmark", "delete", &id]).code, 0, "it is known");
    let list = ask(data, &["bookmark", "list", "--json"]).json();
    assert_eq!(list["bookmarks"], Value::Array(Vec::new()), "it is gone");
    let events = ask(data, &["event", "list", "--unseen", "--json"]).json();
    assert_eq!(events["more"], false, "a list of few is whole");
}
