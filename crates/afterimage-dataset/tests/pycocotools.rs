//! The COCO file read back by the library that everybody reads it with.
#![expect(clippy::disallowed_types, reason = "pycocotools is the independent program that reads")]

use afterimage_base::WallTime;
use afterimage_dataset::{DatasetDescription, DatasetWriter, FrameRecord, Label};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// A Python that has pycocotools; none, and the test says so in one line.
fn python() -> Option<PathBuf> {
    let python = std::env::var_os("AFTERIMAGE_PYTHON").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.venv/bin/python"),
        PathBuf::from,
    );
    let imports = Command::new(&python).args(["-c", "import pycocotools.coco"]).output();
    if imports.is_ok_and(|output| output.status.success()) {
        return Some(python);
    }
    eprintln!("skipped reading by pycocotools: {} does not have it", python.display());
    None
}

fn label(label: &str, score: Option<f32>, bbox: [f32; 4]) -> Label {
    Label { label: label.to_owned(), score, bbox }
}

#[test]
fn pycocotools_reads_the_frames_boxes_and_categories() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let stream: afterimage_base::StreamName = "door".parse().expect("a name");
    let description = DatasetDescription {
        streams: vec![stream.clone()],
        from: WallTime::from_millis(0),
        to: WallTime::from_millis(10_000),
        every: Duration::from_secs(2),
        models: vec!["yolox-nano".to_owned(), "motion-grid".to_owned()],
        labels: vec!["car".to_owned()],
        picked: Vec::new(),
    };
    let mut writer = DatasetWriter::create(folder.path(), description).expect("empty");
    let frame = |fragment, at, annotations| FrameRecord {
        stream: stream.clone(),
        fragment,
        sample: 7,
        at: WallTime::from_micros(at),
        width: 640,
        height: 272,
        annotations,
    };
    let seen = vec![
        label("person", Some(0.87), [0.5, 0.25, 0.125, 0.5]),
        label("motion", Some(0.4), [0.0, 0.0, 1.0, 1.0]),
        label("forklift", None, [0.9, 0.5, 0.2, 0.25]),
    ];
    for frame in [frame(2, 2_000_040, Vec::new()), frame(1, 33_333, seen)] {
        writer.add_frame(frame, b"\xff\xd8\xff\xd9").expect("added");
    }
    writer.finish().expect("finished");

    let output = Command::new(python)
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/read_back.py"))
        .arg(folder.path().join("annotations.json"))
        .output()
        .expect("python runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let read: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");

    for (id, name) in [("1", "person"), ("3", "car"), ("1000", "motion")] {
        assert_eq!(read["categories"][id], name, "COCO's numbers, and ours for ours");
    }
    assert_eq!(read["categories"].as_object().map(serde_json::Map::len), Some(4));
    assert_eq!(read["with_people"], json!([1]), "its index by category works");
    let images = read["images"].as_array().expect("images");
    assert_eq!(images.len(), 2);
    let first = &images[0];
    assert_eq!(
        (&first["stream"], &first["fragment_number"], &first["sample_index"], &first["time"]),
        (&json!("door"), &json!(1), &json!(7), &json!("1970-01-01T00:00:00.033333Z")),
        "an image says which frame it is"
    );
    let expected = json!([
        ["forklift", [576.0, 136.0, 64.0, 68.0], null],
        ["person", [320.0, 68.0, 80.0, 136.0], 0.87],
        ["motion", [0.0, 0.0, 640.0, 272.0], 0.4],
    ]);
    assert_eq!(first["found"], expected, "pixels of 640x272, cut at the edge");
    assert_eq!(images[1]["found"], json!([]), "a frame without labels is a frame all the same");
    let picture = first["file_name"].as_str().expect("a name");
    assert!(folder.path().join("images").join(picture).is_file(), "{picture} is there");
}
