//! The spine, end to end: cameras → fragments → archive → model → timeline → training frames.

use afterimage_pipeline::counter;
use afterimage_tests::{
    Running, ask, bikes, decode_luma, instant, mirrored_model, probe, repository, segments,
};
use serde_json::Value;
use std::path::Path;
use std::time::Duration;

/// Runs the demo for a minute once, then asks it everything.
#[test]
fn a_minute_of_two_cameras_is_recorded_seen_and_exported() {
    let data = tempfile::tempdir().expect("a folder");
    let data = data.path();
    let footage = bikes();
    let demo = Running::start_with(
        data,
        &["demo", "--headless", "--cameras", "2", "--listen", "127.0.0.1:0", "--for", "60s"],
        &[("AFTERIMAGE_FOOTAGE", folder_of(&footage))],
    );
    let status = demo.finish();
    assert!(status.success(), "--for ends the demo by itself and in good order: {status}");

    for camera in ["bikes", "clock"] {
        let covered = covered(&ask(data, &["timeline", camera, "--json"]).json());
        assert!(
            covered >= Duration::from_secs(55),
            "{camera} ran for 60 s and {covered:?} of it is recorded"
        );
    }
    every_segment_plays_alone(data);
    every_counter_value_is_there_once(data);
    the_street_was_seen(data);
}

fn folder_of(file: &Path) -> &str {
    file.parent().and_then(Path::to_str).expect("the repository's path is text")
}

fn covered(timeline: &Value) -> Duration {
    let ranges = timeline["ranges"].as_array().expect("a list");
    ranges.iter().map(|range| instant(&range["to"]).since(instant(&range["from"]))).sum()
}

fn every_segment_plays_alone(data: &Path) {
    let segments = segments(&data.join("media"));
    assert!(segments.len() >= 2, "each camera has at least one segment");
    for segment in segments {
        let streams = probe(&segment);
        assert_eq!(streams["streams"][0]["codec_name"], "h264", "{}", segment.display());
    }
}

/// Twenty seconds out of the middle, decoded by ffmpeg: no frame lost, none doubled.
fn every_counter_value_is_there_once(data: &Path) {
    let timeline = ask(data, &["timeline", "clock", "--json"]).json();
    let begin = instant(&timeline["ranges"][0]["from"]);
    let from = begin.plus(Duration::from_secs(15)).to_string();
    let to = begin.plus(Duration::from_secs(35)).to_string();
    for container in ["mp4", "mkv"] {
        let clip = data.join(format!("clip.{container}"));
        let clip_text = clip.to_str().expect("a temporary folder's path is text");
        let answer =
            ask(data, &["clip", "clock", "--from", &from, "--to", &to, "--output", clip_text]);
        assert_eq!(answer.code, 0, "{}", answer.errors);
        let stream = &probe(&clip)["streams"][0];
        let side =
            |name: &str| usize::try_from(stream[name].as_u64().expect("a size")).expect("small");
        let (width, height) = (side("width"), side("height"));
        let mut counters = Vec::new();
        decode_luma(&clip, width, height, |picture| {
            let value = counter::read(picture.luma, width, height, width);
            counters.push(value.expect("every frame of the clock shows its counter"));
        });
        assert!(counters.len() >= 20 * 25, "20 s at 25 frames a second, got {}", counters.len());
        let first = counters[0];
        let expected: Vec<u32> = (first..).take(counters.len()).collect();
        assert_eq!(counters, expected, "{container}: each counter value exactly once and in order");
    }
}

fn the_street_was_seen(data: &Path) {
    let seen = ask(data, &["detections", "list", "bikes", "--json"]).json();
    let seen = seen["detections"].as_array().expect("a list");
    let of_label = |label: &str| seen.iter().filter(|one| one["label"] == label).count();
    assert!(of_label("motion") > 0, "people walk through the street: the motion grid sees them");
    let has_objects = mirrored_model("yolox_nano.onnx").is_some();
    if has_objects {
        assert!(
            of_label("person") > 0 && of_label("bicycle") + of_label("motorcycle") > 0,
            "the street is full of people and bicycles"
        );
    }

    let timeline = ask(data, &["timeline", "bikes", "--json"]).json();
    let begin = instant(&timeline["ranges"][0]["from"]);
    let from = begin.plus(Duration::from_secs(20)).to_string();
    let to = begin.plus(Duration::from_secs(40)).to_string();
    let set = data.join("set");
    let set_text = set.to_str().expect("text");
    let arguments = [
        "dataset", "create", "--stream", "bikes", "--from", &from, "--to", &to, "--every", "2s",
        "--output", set_text, "--json",
    ];
    let summary = ask(data, &arguments).json();
    assert_eq!(summary["frames"], 10, "a frame every 2 s for 20 s");
    assert!(summary["annotations"].as_u64() > Some(0), "the detections above are the pre-labels");
    assert_eq!(
        ask(data, &["dataset", "verify", set_text]).code,
        0,
        "a fresh set is as it was written"
    );
    let again = ask(data, &arguments).json();
    assert_eq!(again["frames"], 10, "made again, nothing is doubled");
    coco_tools_read(&set, has_objects);
}

/// `pycocotools` loads the set; boxes lie inside their pictures, and where the model sees the
/// same things when it looks at the written JPEG files.
#[expect(clippy::disallowed_types, reason = "Python is the independent reader")]
fn coco_tools_read(set: &Path, has_objects: bool) {
    let python = repository().join(".venv/bin/python");
    assert!(python.exists(), "{} is missing: scripts/setup test", python.display());
    let output = std::process::Command::new(python)
        .arg(repository().join("tests/python/read_coco.py"))
        .arg(set)
        .args(has_objects.then_some("person"))
        .output()
        .expect("Python starts");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "pycocotools can't use the set: {errors}");
}
