//! Checking, repairing and rebuilding, on the real disk.

mod rig;

use afterimage_store::{CheckOptions, CheckReport, FindingKind, Store};
use rig::{at, clock, gaps, open, ranges, record, stream, timeline};
use rusqlite::types::Value;
use std::io::{Read, Seek, SeekFrom, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::tempdir;

fn check(store: &Store, repair: bool) -> CheckReport {
    let options = CheckOptions { repair, ..CheckOptions::default() };
    store.check(&options, &mut |_| ControlFlow::Continue(())).expect("the disk can be read")
}

fn kinds(report: &CheckReport) -> Vec<FindingKind> {
    report.findings.iter().map(|finding| finding.kind).collect()
}

/// Flips one bit.
fn flip(path: &Path, offset: u64) {
    let mut file = std::fs::OpenOptions::new().read(true).write(true).open(path).expect("there");
    let mut byte = [0];
    file.seek(SeekFrom::Start(offset)).expect("a file");
    file.read_exact(&mut byte).expect("inside");
    file.seek(SeekFrom::Start(offset)).expect("a file");
    file.write_all(&[byte[0] ^ 0x10]).expect("room");
}

fn segment_rows(directory: &Path) -> Vec<Vec<Value>> {
    let connection = rusqlite::Connection::open(directory.join("index.sqlite")).expect("there");
    let mut statement = connection.prepare("SELECT * FROM segments ORDER BY id").expect("a table");
    let columns = statement.column_count();
    let row = |row: &rusqlite::Row<'_>| (0..columns).map(|column| row.get(column)).collect();
    statement.query_map([], row).expect("rows").collect::<Result<_, _>>().expect("values")
}

fn rebuild(
    directory: &Path,
    clock: &std::sync::Arc<afterimage_base::SimClock>,
) -> afterimage_store::RebuildReport {
    Store::rebuild(directory, &rig::options(clock), &mut |_| ControlFlow::Continue(()))
        .expect("the media can be read")
}

/// An archive of two streams with several segments each, closed.
fn archive(directory: &Path, clock: &std::sync::Arc<afterimage_base::SimClock>) {
    let store = open(directory, clock);
    store.start_recording().expect("nobody else records");
    for name in ["door", "yard"] {
        let stream = stream(&store, name);
        record(&store, &stream, 0, 20);
        record(&store, &stream, 30, 40);
    }
    clock.step_to(at(40.0));
    store.close().expect("the index takes it");
}

#[test]
fn a_sound_archive_has_nothing_to_find_while_it_records() {
    let (directory, clock) = (tempdir().expect("room"), clock());
    let store = open(directory.path(), &clock);
    let door = stream(&store, "door");
    record(&store, &door, 0, 20);
    let mut writer = store.writer(door.id).expect("no other producer");
    writer.append(&rig::fragment(&rig::camera(640), 20.0, 2.0)).expect("the disk takes it");
    let report = check(&store, false);
    assert_eq!(
        (report.findings.as_slice(), report.fragments, report.is_complete),
        (&[][..], 11, true)
    );
    let broken_off = store
        .check(&CheckOptions::default(), &mut |_| ControlFlow::Break(()))
        .expect("the disk can be read");
    assert!(!broken_off.is_complete, "the caller may end it");
}

#[test]
fn every_flipped_bit_of_a_fragment_is_found_and_never_served() {
    let (directory, clock) = (tempdir().expect("room"), clock());
    let store = open(directory.path(), &clock);
    let door = stream(&store, "door");
    record(&store, &door, 0, 6);
    let victim = store.fragment(door.id, 2).expect("no error").expect("there");
    let path = store.open_segment(victim.segment).expect("there").path().to_owned();
    for offset in victim.offset..victim.offset + victim.length {
        flip(&path, offset);
        let report = check(&store, false);
        let is_found = kinds(&report)
            .iter()
            .any(|kind| matches!(kind, FindingKind::DamagedFragment | FindingKind::Disagreement));
        assert!(is_found, "bit 4 of byte {} passed unseen", offset - victim.offset);
        flip(&path, offset);
    }
    flip(&path, victim.offset + victim.length - 1);
    assert!(store.read_fragment_bytes(&victim).is_err(), "damaged bytes are not handed out");
    store.flush().expect("the index takes it");
    for _ in ["pending", "in the index"] {
        let timeline = timeline(&store, &door, 6.0);
        assert_eq!(ranges(&timeline), [(0.0, 2.0), (4.0, 6.0)]);
        assert_eq!(gaps(&timeline), [(2.0, 4.0, "damaged")]);
        store.flush().expect("the index takes it");
    }
    assert_eq!(store.fragment(door.id, 2).expect("no error"), None, "it is not listed again");
}

#[test]
fn repair_says_what_it_did_and_leaves_nothing_to_find() {
    let (directory, clock) = (tempdir().expect("room"), clock());
    let store = open(directory.path(), &clock);
    let door = stream(&store, "door");
    for part in 0..5 {
        record(&store, &door, part * 10, part * 10 + 10);
    }
    store.flush().expect("the index takes it");
    let path = |number| -> PathBuf {
        let record = store.fragment(door.id, number).expect("no error").expect("there");
        store.open_segment(record.segment).expect("there").path().to_owned()
    };
    let last = store.fragment(door.id, 10).expect("no error").expect("there");
    std::fs::remove_file(path(1)).expect("there");
    let short = std::fs::OpenOptions::new().write(true).open(path(6)).expect("there");
    short.set_len(last.offset + 5).expect("room");
    flip(&path(11), 4);
    let mut garbage = std::fs::OpenOptions::new().append(true).open(path(16)).expect("there");
    garbage.write_all(b"what is this").expect("room");
    let found = check(&store, false);
    let expected = [
        FindingKind::MissingFile,
        FindingKind::ShortFile,
        FindingKind::DamagedHead,
        FindingKind::GarbageTail,
    ];
    assert_eq!(kinds(&found), expected);
    assert!(found.findings.iter().all(|finding| !finding.is_repaired), "it only looked");
    let repaired = check(&store, true);
    assert_eq!(kinds(&repaired), expected);
    assert!(repaired.findings.iter().all(|finding| finding.is_repaired), "{:?}", repaired.findings);
    let timeline = timeline(&store, &door, 50.0);
    assert_eq!(ranges(&timeline), [(10.0, 18.0), (30.0, 50.0)]);
    assert_eq!(gaps(&timeline), [(0.0, 10.0, "damaged"), (18.0, 30.0, "damaged")]);
}

#[test]
fn repair_counts_running_totals_again() {
    let (directory, clock) = (tempdir().expect("room"), clock());
    archive(directory.path(), &clock);
    let store = open(directory.path(), &clock);
    let door = store.stream(&"door".parse().expect("a name")).expect("there");
    let right = store.usage(door.id).expect("there");
    store.close().expect("the index takes it");
    drop(store);
    let index = rusqlite::Connection::open(directory.path().join("index.sqlite")).expect("there");
    index.execute("UPDATE totals SET bytes = bytes + 1, recorded = 0", []).expect("rows");
    index.execute("DELETE FROM totals WHERE stream = 2", []).expect("a row");
    drop(index);
    let store = open(directory.path(), &clock);
    assert_ne!(store.usage(door.id).expect("there"), right, "usage believes them");
    for repair in [false, true] {
        let report = check(&store, repair);
        let wrong = [FindingKind::Disagreement, FindingKind::Disagreement];
        assert_eq!(kinds(&report), wrong, "one finding for each stream");
        assert!(report.findings.iter().all(|finding| finding.is_repaired == repair));
    }
    assert_eq!(check(&store, false).findings, [], "counted again, nothing is wrong");
    assert_eq!(store.usage(door.id).expect("there"), right, "and usage tells what there is");
}

#[test]
fn a_segment_that_the_index_forgot_is_taken_in() {
    let (directory, clock) = (tempdir().expect("room"), clock());
    archive(directory.path(), &clock);
    let connection =
        rusqlite::Connection::open(directory.path().join("index.sqlite")).expect("there");
    connection.execute("DELETE FROM segments WHERE id % 1024 = 1", []).expect("rows");
    drop(connection);
    let store = open(directory.path(), &clock);
    let door = store.stream(&"door".parse().expect("a name")).expect("there");
    assert_eq!(kinds(&check(&store, true)), [FindingKind::UnknownFile, FindingKind::UnknownFile]);
    assert_eq!(check(&store, false).findings, [], "a second look finds all in order");
    assert_eq!(ranges(&timeline(&store, &door, 40.0)), [(0.0, 20.0), (30.0, 40.0)]);
}

#[test]
fn the_rebuilt_index_is_the_same() {
    let (directory, clock) = (tempdir().expect("room"), clock());
    archive(directory.path(), &clock);
    let store = open(directory.path(), &clock);
    let door = store.stream(&"door".parse().expect("a name")).expect("there");
    let before = timeline(&store, &door, 40.0);
    store.close().expect("the index takes it");
    drop(store);
    let rows = segment_rows(directory.path());
    assert_eq!(rows.len(), 4, "two streams of two segments");
    let report = rebuild(directory.path(), &clock);
    assert_eq!((report.segments, report.fragments, report.damaged_fragments), (4, 30, 0));
    assert_eq!(segment_rows(directory.path()), rows, "from an index that can be read");
    let store = open(directory.path(), &clock);
    assert_eq!(timeline(&store, &door, 40.0), before, "settings and ledger stayed");
    drop(store);

    for name in ["index.sqlite", "index.sqlite-wal", "index.sqlite-shm", "identity.json"] {
        let _ = std::fs::remove_file(directory.path().join(name));
    }
    let error = Store::open(directory.path(), rig::options(&clock)).expect_err("no index");
    assert!(error.to_string().contains("identity.json"), "{error}");
    let report = rebuild(directory.path(), &clock);
    assert_eq!(report.new_streams.len(), 2, "their names were in the segments");
    assert_eq!(segment_rows(directory.path()), rows, "from media alone");
    let store = open(directory.path(), &clock);
    let door = store.stream(&"door".parse().expect("a name")).expect("it has its name back");
    let after = timeline(&store, &door, 40.0);
    assert_eq!(after.ranges, before.ranges);
    assert_eq!(gaps(&after), [(20.0, 30.0, "unknown")], "the ledger was in the index only");
    assert_eq!(store.next_number(door.id).expect("there"), 16, "numbers go on");
    record(&store, &door, 40, 44);
    assert_eq!(check(&store, false).findings, [], "the chain goes on too");
}

#[test]
fn a_rebuild_reads_around_damage() {
    let (directory, clock) = (tempdir().expect("room"), clock());
    archive(directory.path(), &clock);
    let store = open(directory.path(), &clock);
    let door = store.stream(&"door".parse().expect("a name")).expect("there");
    let (header, data) = (
        store.fragment(door.id, 3).expect("no error").expect("there"),
        store.fragment(door.id, 6).expect("no error").expect("there"),
    );
    let path = store.open_segment(header.segment).expect("there").path().to_owned();
    drop(store);
    // The number of one fragment's header, the payload of another.
    flip(&path, header.offset + 40);
    flip(&path, data.offset + data.length - 1);
    std::fs::write(directory.path().join("index.sqlite"), b"this is no database").expect("room");
    for companion in ["index.sqlite-wal", "index.sqlite-shm"] {
        let _ = std::fs::remove_file(directory.path().join(companion));
    }
    let report = rebuild(directory.path(), &clock);
    assert!(report.old_index.is_some_and(|path| path.exists()), "the old one is kept aside");
    assert_eq!(report.damaged_fragments, 2);
    clock.advance(Duration::from_secs(1));
    let store = open(directory.path(), &clock);
    let door = store.stream(&"door".parse().expect("a name")).expect("there");
    assert_eq!(
        ranges(&timeline(&store, &door, 40.0)),
        [(0.0, 4.0), (6.0, 10.0), (12.0, 20.0), (30.0, 40.0)],
        "what is whole is found"
    );
}
