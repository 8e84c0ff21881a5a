//! A set's life in its folder: made, cut off, resumed, verified.

use afterimage_base::{ErrorKind, WallTime};
use afterimage_dataset::{Added, DatasetDescription, DatasetWriter, FrameRecord, Label, verify};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

fn description() -> DatasetDescription {
    DatasetDescription {
        streams: ["door", "yard"].map(|name| name.parse().expect("a name")).to_vec(),
        from: WallTime::from_millis(0),
        // Finer than files say: it must not make the recipe another one on resuming.
        to: WallTime::from_micros(60_000_123),
        every: Duration::from_secs(2),
        models: vec!["yolox-nano".to_owned()],
        labels: vec!["person".to_owned(), "bicycle".to_owned()],
        picked: Vec::new(),
    }
}

fn record(stream: &str, fragment: u64) -> FrameRecord {
    let label = |label: &str, score, left| Label {
        label: label.to_owned(),
        score,
        bbox: [left, 0.3, 0.337, 0.701],
    };
    FrameRecord {
        stream: stream.parse().expect("a name"),
        fragment,
        sample: 4,
        at: WallTime::from_micros(fragment as i64 * 2_000_000 + 33_333),
        width: 640,
        height: 272,
        annotations: vec![label("person", Some(0.87), 0.1), label("forklift", None, 0.912_345)],
    }
}

fn jpeg(record: &FrameRecord) -> Vec<u8> {
    [&[0xff, 0xd8][..], record.file_name().as_bytes(), &[0xff, 0xd9]].concat()
}

fn records() -> Vec<FrameRecord> {
    let numbers = 1..=5;
    numbers.flat_map(|number| [record("door", number), record("yard", number)]).collect()
}

fn add(writer: &mut DatasetWriter, record: &FrameRecord) -> Added {
    writer.add_frame(record.clone(), &jpeg(record)).expect("a frame is added")
}

/// Every file of a folder by its path.
fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut pending = vec![folder.to_path_buf()];
    while let Some(below) = pending.pop() {
        for entry in std::fs::read_dir(&below).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                pending.push(path);
            } else {
                let name = path.strip_prefix(folder).expect("below").display().to_string();
                found.insert(name, std::fs::read(&path).expect("a file"));
            }
        }
    }
    found
}

fn whole_set(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut writer = DatasetWriter::create(folder, description()).expect("a new folder");
    for record in records() {
        add(&mut writer, &record);
    }
    let summary = writer.finish().expect("finished");
    assert_eq!((summary.frames, summary.annotations), (10, 20), "two labels a frame");
    contents(folder)
}

#[test]
fn the_same_frames_give_the_same_bytes_in_whatever_order_they_come() {
    let (one, other) = (tempfile::tempdir().expect("one"), tempfile::tempdir().expect("other"));
    let expected = whole_set(one.path());

    let folder = other.path().join("new");
    let mut writer = DatasetWriter::create(&folder, description()).expect("a new folder");
    for record in records().iter().rev() {
        add(&mut writer, record);
    }
    writer.finish().expect("finished");
    assert_eq!(contents(&folder), expected, "a set depends on its frames only");
    assert_eq!(expected.len(), 10 + 3, "pictures, annotations, frames, dataset: no scraps");
}

#[test]
fn a_set_that_was_cut_off_goes_on_where_it_was() {
    let (one, other) = (tempfile::tempdir().expect("one"), tempfile::tempdir().expect("other"));
    let expected = whole_set(one.path());
    let (folder, records) = (other.path(), records());

    let mut writer = DatasetWriter::create(folder, description()).expect("an empty folder");
    for record in &records[..6] {
        add(&mut writer, record);
    }
    drop(writer);
    // What a power cut leaves: a torn line, a picture without its bytes, a half-written file.
    let journal = folder.join("frames.jsonl");
    let text = std::fs::read(&journal).expect("a journal");
    std::fs::write(&journal, &text[..text.len() - 20]).expect("torn");
    let emptied = folder.join("images").join(records[1].file_name());
    std::fs::write(&emptied, b"").expect("emptied");
    std::fs::write(folder.join("images/door/.afterimage-partial-x"), b"half").expect("written");

    let mut writer = DatasetWriter::create(folder, description()).expect("the same recipe");
    assert_eq!(writer.frames(), 4, "the torn line's frame and the emptied one are to be remade");
    assert!(writer.has_frame(&records[0].stream, 1, 4), "a whole frame need not be decoded again");
    assert!(!writer.has_frame(&records[1].stream, 1, 4), "an emptied picture is not finished");
    for record in &records {
        add(&mut writer, record);
    }
    writer.finish().expect("finished");
    assert_eq!(contents(folder), expected, "as if nothing had happened");
}

#[test]
fn a_finished_set_takes_a_frame_once_and_new_labels_replace_old_ones() {
    let folder = tempfile::tempdir().expect("a folder");
    let before = whole_set(folder.path());
    let mut writer = DatasetWriter::resume(folder.path()).expect("it is a set");
    let mut changed = record("door", 2);
    assert_eq!(add(&mut writer, &changed), Added::AlreadyThere, "the same frame again");
    changed.annotations.clear();
    assert_eq!(add(&mut writer, &changed), Added::Written, "a person has looked at it");
    let unfinished = verify(folder.path()).expect_err("it is being changed");
    assert_eq!(unfinished.kind(), ErrorKind::InvalidInput, "{unfinished}");
    let summary = writer.finish().expect("finished");
    assert_eq!((summary.frames, summary.annotations), (10, 18), "replaced, not doubled");

    let mut writer = DatasetWriter::resume(folder.path()).expect("it is a set");
    add(&mut writer, &record("door", 2));
    writer.finish().expect("finished");
    assert_eq!(contents(folder.path()), before, "the old labels again: the old bytes again");
}

#[test]
fn a_folder_with_something_else_in_it_is_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("thesis.txt"), b"years of work").expect("written");
    let error = DatasetWriter::create(folder.path(), description()).expect_err("not ours");
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.to_string().contains("choose an empty folder"), "what to do: {error}");
    assert_eq!(contents(folder.path()).len(), 1, "nothing was written");

    let other = tempfile::tempdir().expect("another");
    whole_set(other.path());
    let changed = DatasetDescription { every: Duration::from_secs(5), ..description() };
    let error = DatasetWriter::create(other.path(), changed).expect_err("another recipe");
    assert!(error.to_string().contains("another recipe"), "{error}");
}

#[test]
fn one_writes_at_a_time() {
    let folder = tempfile::tempdir().expect("a folder");
    let first = DatasetWriter::create(folder.path(), description()).expect("an empty folder");
    let error = DatasetWriter::create(folder.path(), description()).expect_err("it is being made");
    assert_eq!(error.kind(), ErrorKind::InUse, "{error}");
    drop(first);
    DatasetWriter::create(folder.path(), description()).expect("the first has gone");
}

#[test]
fn what_is_no_picture_or_of_no_stream_of_the_set_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut writer = DatasetWriter::create(folder.path(), description()).expect("empty");
    let error = writer.add_frame(record("door", 1), b"\x89PNG").expect_err("a PNG");
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    let stranger = record("garage", 1);
    let error = writer.add_frame(stranger.clone(), &jpeg(&stranger)).expect_err("a stranger");
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
}

#[test]
fn verifying_names_what_is_missing_changed_and_extra() {
    let folder = tempfile::tempdir().expect("a folder");
    whole_set(folder.path());
    let report = verify(folder.path()).expect("a set");
    assert!(report.is_clean() && report.intact == 12, "all but dataset.json itself: {report:?}");

    let picture = |number| format!("images/{}", record("yard", number).file_name());
    std::fs::remove_file(folder.path().join(picture(1))).expect("removed");
    let mut bytes = std::fs::read(folder.path().join(picture(2))).expect("a picture");
    bytes[5] ^= 1;
    std::fs::write(folder.path().join(picture(2)), bytes).expect("changed");
    std::fs::write(folder.path().join("images/cat.jpg"), b"").expect("added");
    let report = verify(folder.path()).expect("a set");
    assert_eq!(report.missing, [picture(1)]);
    assert_eq!(report.changed, [picture(2)], "one bit is enough");
    assert_eq!(report.extra, ["images/cat.jpg"]);
}

#[test]
fn a_set_that_names_files_outside_is_not_believed() {
    let folder = tempfile::tempdir().expect("a folder");
    whole_set(folder.path());
    let path = folder.path().join("dataset.json");
    let text = std::fs::read_to_string(&path).expect("text");
    for wrong in ["../../etc/passwd", "/etc/passwd"] {
        let forged = text.replace("\"annotations.json\"", &format!("\"{wrong}\""));
        std::fs::write(&path, forged).expect("written");
        let error = verify(folder.path()).expect_err("outside");
        assert_eq!(error.kind(), ErrorKind::Damaged, "{error}");
    }
    for garbage in ["", "{}", "[1]", "\0", &text.replace("afterimage-dataset", "other")] {
        std::fs::write(&path, garbage).expect("written");
        let error = verify(folder.path()).expect_err("no dataset.json of ours");
        assert_eq!(error.kind(), ErrorKind::Damaged, "{error}");
    }
    let error = verify(Path::new("no-such-folder")).expect_err("not there");
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
}
