//! Retention, holds and leases, on the real disk.

mod rig;

use afterimage_base::{Clock, SimClock};
use afterimage_store::{Detection, DetectionFilter, Store, StoreOptions, Stream};
use rig::{at, camera, clock, fragment_of, gaps, ranges, timeline};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tempfile::tempdir;

const HOUR: Duration = Duration::from_secs(3_600);

/// A stream that keeps `hours`, with one fragment of 10 s a minute in segments of its own,
/// `minutes` of them, each of about a kilobyte; the clock goes along.
fn sparse(store: &Store, clock: &SimClock, name: &str, hours: u32, minutes: u32) -> Stream {
    let mut settings = rig::settings(name);
    settings.retention = HOUR * hours;
    let stream = store.create_stream(settings).expect("new");
    for minute in 0..minutes {
        let mut writer = store.writer(stream.id).expect("no other producer");
        let fragment = fragment_of(&camera(640), f64::from(minute) * 60.0, 10.0, 1_000);
        writer.append(&fragment).expect("the disk takes it");
    }
    clock.step_to(at(f64::from(minutes) * 60.0));
    stream
}

fn files(directory: &Path) -> usize {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.path() {
            path if path.is_dir() => files(&path),
            path => usize::from(path.extension().is_some_and(|extension| extension == "mp4")),
        })
        .sum()
}

#[test]
fn age_hides_at_once_and_deletes_whole_segments() {
    let (directory, clock) = (tempdir().expect("room"), clock());
    let store = rig::open(directory.path(), &clock);
    store.start_recording().expect("nobody else records");
    let door = sparse(&store, &clock, "door", 1, 90);
    let now = at(5_400.0);
    assert_eq!(
        store.timeline(door.id, at(0.0), now, now).expect("there").ranges.len(),
        60,
        "30 of 90 are older than an hour: invisible before anything is deleted"
    );
    assert_eq!(files(directory.path()), 90);
    let report = store.enforce_retention(now).expect("no fault");
    assert_eq!(report.streams[0].segments, 30);
    assert_eq!(files(directory.path()), 60, "and then their files are gone");
    assert_eq!(report.waits_for_clock, None);
    let timeline = timeline(&store, &door, 5_400.0);
    assert_eq!(gaps(&timeline)[0], (0.0, 1_800.0, "expired"));
    let again = store.enforce_retention(now).expect("no fault");
    assert!(again.streams.is_empty(), "a second pass finds nothing");
    store.close().expect("the index takes it");
    drop(store);
    let store = rig::open(directory.path(), &clock);
    assert_eq!(
        rig::timeline(&store, &door, 5_400.0).ranges.len(),
        60,
        "a restart brings nothing back"
    );
}

#[test]
fn a_hold_beats_age_and_bytes_until_it_ends() {
    let (directory, clock) = (tempdir().expect("room"), clock());
    let store = rig::open(directory.path(), &clock);
    let door = sparse(&store, &clock, "door", 1, 30);
    store
        .place_hold(door.id, at(60.0), at(125.0), "theft in the yard", "ops", Some(at(20_000.0)))
        .expect("there");
    clock.advance(2 * HOUR);
    let report = store.enforce_retention(clock.now()).expect("no fault");
    assert_eq!(report.streams[0].segments, 28, "all but the two that the hold touches");
    assert_eq!(ranges(&timeline(&store, &door, 9_000.0)), [(60.0, 70.0), (120.0, 130.0)]);
    clock.step_to(at(20_001.0));
    let report = store.enforce_retention(clock.now()).expect("no fault");
    assert!(report.waits_for_clock.is_some(), "a step of hours while we run is not believed");
    store.confirm_clock().expect("the index takes it");
    let report = store.enforce_retention(clock.now()).expect("no fault");
    assert_eq!(report.streams[0].segments, 2, "the hold has ended");
}

#[test]
fn bytes_of_a_stream_and_of_all_are_limits() {
    let (directory, clock) = (tempdir().expect("room"), clock());
    let options = StoreOptions { retain_bytes: Some(60_000), ..rig::options(&clock) };
    let store = Store::open(directory.path(), options).expect("opens");
    let short = sparse(&store, &clock, "short", 10, 30);
    let long = sparse(&store, &clock, "long", 1_000, 30);
    let mut limited = long.settings.clone();
    limited.retain_bytes = Some(40_000);
    store.update_stream(long.id, limited).expect("there");
    let bytes = |stream: &Stream| -> u64 {
        timeline(&store, stream, 1_800.0).ranges.iter().map(|range| range.bytes).sum()
    };
    let before = bytes(&short);
    let report = store.enforce_retention(clock.now()).expect("no fault");
    assert!(bytes(&long) <= 40_000, "its own limit holds");
    assert!(bytes(&short) + bytes(&long) <= 60_000, "so does the common one");
    assert!(bytes(&short) < before, "room came from the stream that has had most of its time");
    assert_eq!(report.missing_bytes, 0);
}

#[test]
fn what_is_being_read_stays_until_the_read_ends() {
    let (directory, clock) = (tempdir().expect("room"), clock());
    let store = rig::open(directory.path(), &clock);
    let door = sparse(&store, &clock, "door", 1, 10);
    let first = store.first_fragment(door.id).expect("no error").expect("ten of them");
    let reader = store.open_segment(first.segment).expect("there");
    clock.advance(2 * HOUR);
    assert_eq!(store.enforce_retention(clock.now()).expect("no fault").streams[0].segments, 9);
    assert!(reader.path().exists(), "its file is leased");
    drop(reader);
    assert_eq!(store.enforce_retention(clock.now()).expect("no fault").streams[0].segments, 1);
    assert!(store.open_segment(first.segment).is_err(), "now it is gone");
}

#[test]
fn a_clock_that_jumps_twenty_years_deletes_and_hides_nothing() {
    let (directory, clock) = (tempdir().expect("room"), clock());
    let store = rig::open(directory.path(), &clock);
    let door = sparse(&store, &clock, "door", 1, 10);
    store.enforce_retention(clock.now()).expect("no fault");
    clock.step_to(clock.now().plus(Duration::from_secs(20 * 365 * 86_400)));
    let report = store.enforce_retention(clock.now()).expect("no fault");
    assert!(report.waits_for_clock.is_some(), "the report says that it waits");
    assert_eq!((report.streams.len(), files(directory.path())), (0, 10));
    let seen = store.fragments(door.id, at(0.0), at(600.0)).expect("there");
    assert_eq!(seen.len(), 10, "what is not deleted is not hidden either");
    store.close().expect("the index takes it");
    drop(store);
    let store = rig::open(directory.path(), &clock);
    store.enforce_retention(clock.now()).expect("no fault");
    assert_eq!(files(directory.path()), 10, "a restart does not make the clock more credible");
    store.confirm_clock().expect("the index takes it");
    store.enforce_retention(clock.now()).expect("no fault");
    assert_eq!(files(directory.path()), 0, "the operator's word does");
}

#[test]
fn detections_are_replaced_and_leave_with_their_footage() {
    let (directory, clock) = (tempdir().expect("room"), clock());
    let store = rig::open(directory.path(), &clock);
    let door = sparse(&store, &clock, "door", 1, 10);
    let detection = |fragment: u64, label: &str, score| Detection {
        fragment,
        sample: 0,
        at: at((fragment - 1) as f64 * 60.0),
        model: "yolox".into(),
        label: label.into(),
        score,
        area: [0.1, 0.2, 0.3, 0.4],
        extra: None,
    };
    let batch =
        [detection(1, "person", 0.9), detection(1, "car", 0.5), detection(2, "person", 0.4)];
    let put = |frames: &[(u64, u32)], seen: &[Detection]| {
        store.put_detections(door.id, "yolox", frames, seen)
    };
    put(&[(1, 0), (2, 0)], &batch).expect("there");
    put(&[(1, 0), (2, 0)], &batch).expect("a repeat is harmless");
    let all = |filter: &DetectionFilter| {
        store.detections(door.id, at(0.0), at(1e6), filter, 100).expect("there")
    };
    assert_eq!(all(&DetectionFilter::default()), batch, "a repeat changes nothing");
    put(&[(1, 0)], &[detection(1, "bicycle", 0.8)]).expect("there");
    let labels: Vec<String> =
        all(&DetectionFilter::default()).into_iter().map(|d| d.label).collect();
    assert_eq!(labels, ["bicycle", "person"], "a new answer for a frame replaces the old one");
    let sure = DetectionFilter { min_score: Some(0.7), ..DetectionFilter::default() };
    assert_eq!(all(&sure).len(), 1);
    let people = DetectionFilter { labels: vec!["person".into()], ..DetectionFilter::default() };
    assert_eq!(all(&people)[0].fragment, 2);
    let activity = store.detection_activity(door.id, at(0.0), at(600.0), 10).expect("there");
    assert_eq!(activity.len(), 2, "two minutes have detections");
    assert_eq!(activity[1].labels, [("person".to_owned(), 1)]);
    let mut wrong = detection(1, "person", 0.9);
    wrong.score = f32::NAN;
    assert!(put(&[(1, 0)], &[wrong]).is_err(), "not a number is not a score");
    put(&[(1, 0)], &[]).expect("there");
    let left = all(&DetectionFilter::default());
    assert_eq!(left.len(), 1, "looked again and saw nothing: the frame has no boxes any more");
    clock.advance(2 * HOUR);
    store.enforce_retention(clock.now()).expect("no fault");
    assert_eq!(all(&DetectionFilter::default()), [], "they go with the footage");
    let _ = Arc::strong_count(&clock);
}
