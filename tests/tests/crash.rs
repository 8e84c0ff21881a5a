//! A killed recorder loses at most the fragment it was writing, and says what is missing.

use afterimage_base::WallTime;
use afterimage_tests::{Running, ask, eventually, instant, probe, segments};
use serde_json::Value;
use std::path::Path;
use std::time::Duration;

const START: Duration = Duration::from_secs(60);

fn fragments(data: &Path) -> u64 {
    let timeline = ask(data, &["timeline", "door", "--json"]).json();
    let ranges = timeline["ranges"].as_array().expect("a list");
    ranges.iter().map(|range| range["fragments"].as_u64().expect("a count")).sum()
}

fn recorded(data: &Path, count: u64) {
    eventually("fragments", START, || (fragments(data) >= count).then_some(()));
}

#[test]
fn a_killed_recorder_keeps_what_was_durable_and_explains_the_rest() {
    let data = tempfile::tempdir().expect("a folder");
    let data = data.path();
    let camera = Running::start(data, &["camera", "--clock", "--listen", "127.0.0.1:0/door"]);
    let url = camera.first_line.clone();
    let serve = ["serve", "--listen", "127.0.0.1:0", "--no-worker"];

    let recorder = Running::start(data, &serve);
    assert_eq!(ask(data, &["stream", "create", "door", "--source", &url]).code, 0, "it is new");
    recorded(data, 3);
    let before = ask(data, &["timeline", "door", "--json"]).json();
    let promised = instant(&before["ranges"][0]["to"]);
    recorder.kill();

    let killed = ask(data, &["timeline", "door", "--json"]).json();
    let kept = instant(&killed["ranges"][0]["to"]);
    assert!(kept >= promised, "what was on the timeline was durable: {promised} then {kept}");
    let last_gap = killed["gaps"].as_array().expect("a list").last().expect("a gap until now");
    assert_eq!(last_gap["reason"], "recorder_down", "the time since the kill is explained");
    assert_eq!(last_gap["from"], killed["ranges"][0]["to"], "from the last fragment on");

    let recorder = Running::start(data, &serve);
    eventually("recording to go on", START, || {
        let timeline = ask(data, &["timeline", "door", "--json"]).json();
        (timeline["ranges"].as_array().expect("a list").len() >= 2).then_some(())
    });
    let after = ask(data, &["timeline", "door", "--json"]).json();
    let gaps = after["gaps"].as_array().expect("a list");
    assert!(
        gaps.iter()
            .any(|gap| gap["reason"] == "recorder_down" && gap["from"] == after["ranges"][0]["to"]),
        "the gap stays, with its reason: {gaps:?}"
    );
    nothing_is_unexplained(&after);
    assert!(recorder.interrupt().success(), "Ctrl-C flushes and ends in good order");
    for segment in segments(&data.join("media")) {
        let duration = probe(&segment)["format"]["duration"].clone();
        assert!(duration.is_string(), "{} plays on its own, the cut one too", segment.display());
    }
}

/// From the first fragment to the last, ranges and gaps follow each other without a hole.
fn nothing_is_unexplained(timeline: &Value) {
    let parts =
        ["ranges", "gaps"].iter().flat_map(|kind| timeline[kind].as_array().expect("a list"));
    let mut parts: Vec<(WallTime, WallTime)> =
        parts.map(|part| (instant(&part["from"]), instant(&part["to"]))).collect();
    parts.sort_unstable();
    let mut until = parts[0].0;
    for (from, to) in parts {
        let hole = from.since(until);
        assert!(
            hole <= Duration::from_millis(2),
            "{hole:?} before {from} is neither recorded nor a gap"
        );
        until = until.max(to);
    }
}
