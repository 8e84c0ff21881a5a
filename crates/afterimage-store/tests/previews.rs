//! A preview of retention tells what retention then deletes.

mod rig;

use afterimage_base::{Clock, SimClock};
use afterimage_store::{RetentionPreview, Store, Stream};
use rig::{at, clock, open, record, seconds, settings};
use std::sync::Arc;
use std::time::Duration;
use tempfile::tempdir;

const HOUR: u64 = 3_600;

/// Two days, with a segment of eight seconds at the beginning of each hour.
fn archive(directory: &std::path::Path, clock: &Arc<SimClock>) -> (Store, Stream) {
    let store = open(directory, clock);
    store.start_recording().expect("nobody else records");
    let door = store.create_stream(settings("door")).expect("new");
    for hour in 0..48 {
        let start = hour * 3_600;
        record(&store, &door, start, start + 8);
    }
    clock.step_to(at(48.0 * 3_600.0));
    store.confirm_clock().expect("the index takes it");
    store.flush().expect("the index takes it");
    (store, door)
}

/// Sets what was asked about and answers what a pass of retention deletes.
fn enforce(
    store: &Store,
    stream: &Stream,
    clock: &Arc<SimClock>,
    retention: Duration,
    retain_bytes: Option<u64>,
) -> (u64, u64) {
    let mut settings = stream.settings.clone();
    settings.retention = retention;
    settings.retain_bytes = retain_bytes;
    store.update_stream(stream.id, settings).expect("within the limits");
    let report = store.enforce_retention(clock.now()).expect("the disk works");
    let own = report.streams.iter().find(|own| own.stream == stream.id);
    own.map_or((0, 0), |own| (own.segments as u64, own.bytes))
}

fn told(preview: &RetentionPreview) -> (u64, u64) {
    (preview.segments, preview.bytes)
}

#[test]
fn what_is_told_is_what_goes() {
    let days = |days: u64| Duration::from_secs(days * 24 * HOUR);
    let cases: [(&str, Duration, Option<f64>); 6] = [
        ("nothing changes", days(30), None),
        ("by age", Duration::from_secs(20 * HOUR), None),
        ("by bytes", days(30), Some(0.3)),
        ("by both, age more", Duration::from_secs(5 * HOUR), Some(0.5)),
        ("by both, bytes more", Duration::from_secs(40 * HOUR), Some(0.2)),
        ("all of it", Duration::from_secs(HOUR), Some(0.0)),
    ];
    for (what, retention, part) in cases {
        let (directory, clock) = (tempdir().expect("room"), clock());
        let (store, door) = archive(directory.path(), &clock);
        // One day of a case is held in the middle.
        let hold = (at(10.0 * 3_600.0), at(12.5 * 3_600.0));
        store.place_hold(door.id, hold.0, hold.1, "a case", "operator", None).expect("a range");
        let before = store.usage(door.id).expect("there");
        let limit = part.map(|part| (before.bytes as f64 * part) as u64);
        let preview = store.preview_retention(door.id, retention, limit).expect("a stream");
        assert_eq!(store.usage(door.id).expect("there"), before, "{what}: asking deletes nothing");
        let oldest = |store: &Store| store.first_fragment(door.id).expect("no error");
        assert_eq!(preview.oldest_now, oldest(&store).map(|first| first.start), "{what}");
        let gone = enforce(&store, &door, &clock, retention, limit);
        assert_eq!(told(&preview), gone, "{what}: segments and bytes");
        assert_eq!(preview.oldest_after, oldest(&store).map(|first| first.start), "{what}");
        assert_eq!(preview.time, Duration::from_secs(preview.segments * 8), "{what}: 8 s each");
    }
}

#[test]
fn held_footage_is_told_apart() {
    let (directory, clock) = (tempdir().expect("room"), clock());
    let (store, door) = archive(directory.path(), &clock);
    let all = store.preview_retention(door.id, Duration::from_secs(HOUR), None).expect("there");
    assert_eq!((all.segments, all.held_bytes), (47, 0), "all but one are older than an hour");
    assert_eq!(all.oldest_after.map(seconds), Some(47.0 * 3_600.0), "that one is left");
    let (from, to) = (at(10.0 * 3_600.0), at(11.5 * 3_600.0));
    store.place_hold(door.id, from, to, "a case", "operator", None).expect("a range");
    let held = store.preview_retention(door.id, Duration::from_secs(HOUR), None).expect("there");
    assert_eq!(held.segments, 45, "two segments touch the held range");
    assert_eq!(held.bytes + held.held_bytes, all.bytes, "what is held is not deleted");
    assert_eq!(held.oldest_after.map(seconds), Some(36_000.0), "and it is where the stream begins");
}

#[test]
fn a_retention_outside_the_limits_has_no_preview() {
    let (directory, clock) = (tempdir().expect("room"), clock());
    let (store, door) = archive(directory.path(), &clock);
    let refusal = store.preview_retention(door.id, Duration::from_secs(60), None);
    let refusal = refusal.expect_err("too short").to_string();
    assert!(refusal.contains("is outside the limits; choose between"), "{refusal}");
}
