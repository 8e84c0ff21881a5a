//! An index of an older schema, brought up to date: it tells the same as one that never was old.

mod rig;

use afterimage_base::WallTime;
use afterimage_store::{CheckOptions, Detection, EventFilter, GapReason, StartPosition, Store};
use rig::{at, camera, clock, fragment_of, open, stream};
use rusqlite::Connection;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;
use tempfile::tempdir;

/// The schema that version 1 made. Migrations are never edited, so this is what it was.
const SCHEMA_1: &str = include_str!("../src/index/schema.sql");

const TABLES_OF_SCHEMA_1: [&str; 9] = [
    "meta",
    "streams",
    "segments",
    "gaps",
    "removals",
    "holds",
    "consumers",
    "words",
    "detections",
];

/// Hours of two streams with all that version 1 knew: whole segments, a hole in one, gaps,
/// damage, a hold, a consumer, what models saw.
fn record_hours(store: &Store, clock: &afterimage_base::SimClock) {
    let (door, yard) = (stream(store, "door"), stream(store, "yard"));
    let init = camera(640);
    let cover = |of: &afterimage_store::Stream, from: u32, to: u32| {
        let mut writer = store.writer(of.id).expect("no other producer");
        for minute in from..to {
            let fragment = fragment_of(&init, f64::from(minute) * 60.0, 60.0, 2_000);
            writer.append(&fragment).expect("the disk takes it");
        }
    };
    cover(&door, 0, 90);
    store.open_gap(door.id, at(5_400.0), GapReason::CameraSilent, "no picture").expect("there");
    cover(&door, 110, 170);
    {
        // A hole of thirty seconds inside a segment.
        let mut writer = store.writer(door.id).expect("no other producer");
        for start in [10_200.0, 10_290.0, 10_350.0] {
            let fragment = fragment_of(&init, start, 60.0, 2_000);
            writer.append(&fragment).expect("the disk takes it");
        }
    }
    cover(&yard, 5, 120);
    store.flush().expect("the index takes it");
    for number in [40, 41, 100] {
        assert!(store.mark_damaged(door.id, number).expect("there"), "{number} was whole");
    }
    store.place_hold(door.id, at(60.0), at(300.0), "theft", "ops", None).expect("there");
    store
        .create_consumer(door.id, "detector", StartPosition::Earliest)
        .and_then(|_| store.commit_consumer(door.id, "detector", 7))
        .expect("there");
    let seen = |second: u32, label: &str, score| Detection {
        fragment: u64::from(second / 60) + 1,
        sample: second % 60,
        at: at(f64::from(second)),
        model: if label == "motion" { "motion-grid" } else { "yolox" }.into(),
        label: label.into(),
        score,
        area: [0.1, 0.2, 0.3, 0.4],
        extra: None,
    };
    for (label, seconds) in [("person", [100, 102, 900]), ("motion", [100, 103, 3_700])] {
        let boxes = seconds.map(|second| seen(second, label, 0.5 + second as f32 / 1e4));
        let frames: Vec<(u64, u32)> = boxes.iter().map(|own| (own.fragment, own.sample)).collect();
        store.put_detections(door.id, &boxes[0].model, &frames, &boxes).expect("numbers");
    }
    clock.step_to(at(11_000.0));
}

/// All that can be asked about what is there. Events have other ids, as nobody has seen them.
fn answers(store: &Store) -> Vec<String> {
    let (from, to, now) = (at(0.0).minus(Duration::from_secs(60)), at(12_000.0), at(11_000.0));
    let mut told = Vec::new();
    let mut tell =
        |what: &str, answer: &dyn std::fmt::Debug| told.push(format!("{what}: {answer:?}"));
    for stream in store.streams() {
        let id = stream.id;
        tell("stream", &stream);
        tell("timeline", &store.timeline(id, from, to, now));
        tell("usage", &store.usage(id));
        tell("share", &store.share(id, from, to, now));
        for buckets in [4, 60, 200] {
            tell("activity", &store.activity(id, from, to, buckets, now));
        }
        tell("fragments", &store.fragments(id, WallTime::EPOCH, to));
        tell("holds", &store.holds(id));
        tell("consumers", &store.consumers(id));
        tell("detections", &store.detections(id, from, to, &Default::default(), 100));
    }
    let mut events = store.events(&EventFilter::between(from, to)).expect("the index answers");
    events.iter_mut().for_each(|event| event.id = 0);
    events.sort_by(|a, b| (a.from, &a.label).cmp(&(b.from, &b.label)));
    tell("events", &events);
    told
}

/// Makes the index one that version 1 wrote, with the same rows.
fn age(directory: &Path) {
    let (index, newer) = (directory.join("index.sqlite"), directory.join("newer.sqlite"));
    std::fs::rename(&index, &newer).expect("the store is closed");
    let old = Connection::open(&index).expect("room");
    old.execute_batch(SCHEMA_1).expect("it is SQL");
    old.execute("ATTACH ?1 AS newer", [newer.to_str().expect("a plain name")]).expect("a database");
    for table in TABLES_OF_SCHEMA_1 {
        let columns: Vec<String> = old
            .prepare("SELECT name FROM pragma_table_info(?1) ORDER BY cid")
            .and_then(|mut names| names.query_map([table], |row| row.get(0))?.collect())
            .expect("a table");
        let columns = columns.join(", ");
        let copied = old
            .execute(&format!("INSERT INTO {table} SELECT {columns} FROM newer.{table}"), [])
            .expect("the same columns");
        assert!(copied > 0 || table == "removals", "{table} has rows to bring along");
    }
    old.pragma_update(None, "user_version", 1).expect("a number");
    old.pragma_update(None, "journal_mode", "WAL").expect("as it was");
    drop(old);
    for suffix in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(directory.join(format!("newer.sqlite{suffix}")));
    }
}

fn version(directory: &Path) -> i64 {
    let index = Connection::open(directory.join("index.sqlite")).expect("there");
    index.pragma_query_value(None, "user_version", |row| row.get(0)).expect("a number")
}

#[test]
fn an_index_of_schema_1_tells_what_a_new_one_tells() {
    let (directory, clock) = (tempdir().expect("room"), clock());
    let store = open(directory.path(), &clock);
    store.start_recording().expect("nobody else records");
    record_hours(&store, &clock);
    store.close().expect("the index takes it");
    drop(store);
    let store = open(directory.path(), &clock);
    let expected = answers(&store);
    assert!(expected.iter().any(|answer| answer.contains("Damage")), "the damage is an event");
    store.close().expect("the index takes it");
    drop(store);
    let newest = version(directory.path());

    age(directory.path());
    assert_eq!(version(directory.path()), 1, "an old index");
    let store = open(directory.path(), &clock);
    assert_eq!(answers(&store), expected, "as it was opened");
    for _ in 0..3 {
        store.roll_up().expect("the index takes it");
    }
    assert_eq!(answers(&store), expected, "with the sums of hours and days made");
    let report = store
        .check(&CheckOptions::default(), &mut |_| ControlFlow::Continue(()))
        .expect("the disk can be read");
    assert_eq!(report.findings, [], "running totals are the sums");
    store.close().expect("the index takes it");
    drop(store);
    assert_eq!(version(directory.path()), newest, "and it is an old one no more");
    let store = open(directory.path(), &clock);
    assert_eq!(answers(&store), expected, "the next start finds it as it was left");
    clock.advance(Duration::from_secs(1));
    let door = store.stream(&"door".parse().expect("a name")).expect("there");
    rig::record(&store, &door, 11_002, 11_010);
    assert_eq!(store.next_number(door.id).expect("there"), 158, "and recording goes on in it");
}
