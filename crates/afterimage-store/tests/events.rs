//! Events, their marks, and bookmarks.

mod rig;

use afterimage_base::{Clock as _, SimClock};
use afterimage_store::{
    Detection, Event, EventFilter, EventKind, GapReason, NewBookmark, Region, SeenEvents, Store,
    Stream,
};
use rig::{at, clock, open, record, seconds, stream};
use std::time::Duration;

fn seen(second: f64, label: &str, score: f32) -> Detection {
    Detection {
        fragment: (second / 2.0) as u64 + 1,
        sample: ((second % 2.0) * 10.0) as u32,
        at: at(second),
        model: if label == "motion" { "motion-grid" } else { "yolox" }.into(),
        label: label.into(),
        score,
        area: [0.1, 0.1, 0.2, 0.2],
        extra: None,
    }
}

fn put(store: &Store, stream: &Stream, seen: &[Detection]) {
    let frames: Vec<(u64, u32)> = seen.iter().map(|one| (one.fragment, one.sample)).collect();
    store.put_detections(stream.id, &seen[0].model, &frames, seen).expect("numbers");
}

fn events(store: &Store) -> Vec<Event> {
    store.events(&EventFilter::between(at(0.0), at(1e9))).expect("the index answers")
}

fn spans(store: &Store) -> Vec<(String, f64, Option<f64>)> {
    let span = |event: &Event| (event.label.clone(), seconds(event.from), event.to.map(seconds));
    events(store).iter().map(span).collect()
}

/// Lets time pass until so many seconds after the test began.
fn pass_until(clock: &SimClock, seconds: f64) {
    clock.advance(at(seconds).since(clock.now()));
}

#[test]
fn frames_near_each_other_are_one_sighting() {
    let directory = tempfile::tempdir().expect("room");
    let store = open(directory.path(), &clock());
    let door = stream(&store, "door");
    put(
        &store,
        &door,
        &[seen(10.0, "person", 0.5), seen(11.0, "person", 0.9), seen(11.0, "person", 0.6)],
    );
    let first = events(&store).pop().expect("one event");
    assert_eq!(first.kind, EventKind::Sighting, "an object was seen");
    assert_eq!(first.count, 2, "two persons on one frame");
    assert_eq!(first.at, at(11.0), "the surest frame is the one to show");
    assert_eq!(first.score, Some(0.9), "the surest score");
    put(&store, &door, &[seen(15.9, "person", 0.3)]);
    put(&store, &door, &[seen(30.0, "person", 0.3), seen(31.0, "car", 0.3)]);
    put(&store, &door, &[seen(31.0, "motion", 1.0)]);
    let expected = [
        ("motion".to_owned(), 31.0, Some(31.0)),
        ("car".to_owned(), 31.0, Some(31.0)),
        ("person".to_owned(), 30.0, Some(30.0)),
        ("person".to_owned(), 10.0, Some(15.9)),
    ];
    assert_eq!(spans(&store), expected, "within five seconds it goes on; labels are apart");
    assert_eq!(events(&store)[0].kind, EventKind::Motion, "the label of models of motion");
    put(&store, &door, &[seen(15.9, "person", 0.3)]);
    assert_eq!(spans(&store), expected, "the same frames again change nothing");
    put(&store, &door, &[seen(20.5, "person", 0.2), seen(25.4, "person", 0.2)]);
    let joined = events(&store).into_iter().filter(|event| event.label == "person");
    let joined: Vec<Event> = joined.collect();
    assert_eq!(joined.len(), 1, "frames between two events make them one");
    assert_eq!(joined[0].id, first.id, "and the first one's id stays");
    let nothing_there = [(seen(20.5, "person", 0.2).fragment, seen(20.5, "person", 0.2).sample)];
    store.put_detections(door.id, "yolox", &nothing_there, &[]).expect("frames");
    let parts = events(&store).into_iter().filter(|event| event.label == "person").count();
    assert_eq!(parts, 2, "what is no longer seen breaks the event again");
}

#[test]
fn a_long_gap_is_one_event_that_keeps_its_id() {
    let directory = tempfile::tempdir().expect("room");
    let clock = clock();
    let store = open(directory.path(), &clock);
    let door = stream(&store, "door");
    store.start_recording().expect("the index takes it");
    record(&store, &door, 0, 20);
    store.open_gap(door.id, at(20.0), GapReason::CameraSilent, "").expect("there");
    pass_until(&clock, 25.0);
    store.flush().expect("the index takes it");
    assert!(events(&store).is_empty(), "a short one is none yet");
    pass_until(&clock, 35.0);
    let open_event = events(&store).pop().expect("it lasts longer than ten seconds by now");
    assert_eq!((open_event.kind, open_event.to), (EventKind::CameraDown, None), "it goes on");
    assert_eq!(open_event.label, "camera_silent", "its reason");
    record(&store, &door, 60, 70);
    store.flush().expect("the index takes it");
    let ended = events(&store).pop().expect("still there");
    assert_eq!((ended.id, ended.to), (open_event.id, Some(at(60.0))), "the same one, ended");
    store.open_gap(door.id, at(70.0), GapReason::CameraEnded, "").expect("there");
    store.flush().expect("the index takes it");
    record(&store, &door, 75, 85);
    store.open_gap(door.id, at(85.0), GapReason::StoppedByOperator, "").expect("there");
    pass_until(&clock, 500.0);
    store.flush().expect("the index takes it");
    assert_eq!(events(&store).len(), 1, "neither a short gap nor an operator's stop is an event");
    store.mark_damaged(door.id, 2).expect("there");
    store.mark_damaged(door.id, 3).expect("there");
    store.flush().expect("the index takes it");
    let damage: Vec<Event> =
        events(&store).into_iter().filter(|event| event.kind == EventKind::Damage).collect();
    assert_eq!(damage.len(), 1, "neighbours that are damaged are one");
    assert_eq!((damage[0].from, damage[0].to), (at(2.0), Some(at(6.0))), "both fragments");
}

#[test]
fn a_region_chooses_what_was_seen_in_it() {
    let directory = tempfile::tempdir().expect("room");
    let store = open(directory.path(), &clock());
    let (door, yard) = (stream(&store, "door"), stream(&store, "yard"));
    let boxed =
        |second: f64, label: &str, area: [f32; 4]| Detection { area, ..seen(second, label, 0.5) };
    // A person walks from the left edge to the right one; a car stands at the left all the time.
    let walk =
        |second: u8| boxed(f64::from(second), "person", [0.1 * f32::from(second), 0.4, 0.1, 0.3]);
    let walked: Vec<Detection> = (0..9).map(walk).collect();
    let stood: Vec<Detection> =
        (0..9).map(|second: u8| boxed(f64::from(second), "car", [0.0, 0.5, 0.2, 0.2])).collect();
    put(&store, &door, &[walked, stood].concat());
    put(&store, &door, &[boxed(20.0, "motion", [0.7, 0.0, 0.3, 0.2])]);
    put(&store, &yard, &[boxed(3.0, "person", [0.0, 0.0, 0.1, 0.1])]);
    store.record_gap(door.id, at(30.0), at(60.0), GapReason::CameraSilent, "").expect("there");
    store.flush().expect("the index takes it");
    let found = |x, y, width, height| {
        let region = Some(Region::new(x, y, width, height).expect("in the picture"));
        let filter = EventFilter { region, ..EventFilter::between(at(0.0), at(100.0)) };
        let found = store.events(&filter).expect("the index answers");
        let unseen = store.unseen_events(&filter).expect("the index answers");
        assert_eq!(unseen, found.len() as u64, "the count is of the same events");
        found.into_iter().map(|event| event.label).collect::<Vec<_>>()
    };
    assert_eq!(found(0.8, 0.45, 0.2, 0.2), ["person"], "where the walk ended: any frame counts");
    let mut left = found(0.0, 0.5, 0.15, 0.1);
    left.sort();
    assert_eq!(left, ["car", "person"], "the walk began there too; the yard's is elsewhere");
    assert_eq!(found(0.9, 0.1, 0.1, 0.1), ["motion"], "motion has boxes as sightings have");
    assert_eq!(found(0.3, 0.9, 0.3, 0.1), [""; 0], "nobody was down there");
    assert_eq!(
        found(0.0, 0.0, 1.0, 1.0).len(),
        4,
        "everything seen is in the picture; what no model saw has no place in it"
    );
}

#[test]
fn each_user_has_marks_of_their_own() {
    let directory = tempfile::tempdir().expect("room");
    let store = open(directory.path(), &clock());
    let door = stream(&store, "door");
    for second in [10.0, 20.0, 30.0, 40.0] {
        put(&store, &door, &[seen(second, "person", 0.5)]);
    }
    let unseen = |user: &str| {
        let filter = EventFilter {
            user: user.into(),
            unseen_only: true,
            ..EventFilter::between(at(0.0), at(100.0))
        };
        let found = store.events(&filter).expect("the index answers");
        assert_eq!(
            store.unseen_events(&filter).expect("the index answers"),
            found.len() as u64,
            "the count is of the same events"
        );
        found.iter().map(|event| seconds(event.from)).collect::<Vec<f64>>()
    };
    let ids: Vec<i64> = events(&store).iter().rev().map(|event| event.id).collect();
    store
        .mark_events("anna", &SeenEvents::Ids(vec![ids[3], 999]), true)
        .expect("the index takes it");
    assert_eq!(unseen("anna"), [30.0, 20.0, 10.0], "one by one");
    store.mark_events("anna", &SeenEvents::UpTo(at(20.0)), true).expect("the index takes it");
    assert_eq!(unseen("anna"), [30.0], "and all up to an instant");
    assert_eq!(unseen("ben").len(), 4, "another's marks are not mine");
    put(&store, &door, &[seen(2.0, "car", 0.5)]);
    assert_eq!(unseen("anna"), [30.0, 2.0], "what is found later was not seen");
    store.mark_events("anna", &SeenEvents::Ids(vec![ids[0]]), false).expect("the index takes it");
    assert_eq!(unseen("anna"), [30.0, 10.0, 2.0], "a mark can be taken away");
    store.mark_events("anna", &SeenEvents::UpTo(at(100.0)), true).expect("the index takes it");
    store.mark_events("anna", &SeenEvents::UpTo(at(20.0)), false).expect("the index takes it");
    assert_eq!(unseen("anna"), [20.0, 10.0, 2.0], "a part of a longer mark too");
}

#[test]
fn events_go_with_their_footage() {
    let directory = tempfile::tempdir().expect("room");
    let clock = clock();
    let store = open(directory.path(), &clock);
    let mut wanted = rig::settings("door");
    wanted.retention = Duration::from_secs(3_600);
    let door = store.create_stream(wanted).expect("new");
    record(&store, &door, 0, 60);
    store.flush().expect("the index takes it");
    put(&store, &door, &[seen(10.0, "person", 0.5)]);
    record(&store, &door, 3_000, 3_060);
    put(&store, &door, &[seen(3_010.0, "person", 0.5)]);
    clock.advance(Duration::from_secs(4_000));
    store.enforce_retention(at(4_000.0)).expect("the disk works");
    let left: Vec<f64> = events(&store)
        .iter()
        .filter(|event| event.kind == EventKind::Sighting)
        .map(|event| seconds(event.from))
        .collect();
    assert_eq!(left, [3_010.0], "the older one's footage is past its age");
}

#[test]
fn bookmarks_are_kept_in_order_and_deleted() {
    let directory = tempfile::tempdir().expect("room");
    let clock = clock();
    let store = open(directory.path(), &clock);
    let (door, yard) = (stream(&store, "door"), stream(&store, "yard"));
    let put = |stream: Option<&Stream>, from: f64, to: Option<f64>, title: &str| {
        store.put_bookmark(NewBookmark {
            stream: stream.map(|stream| stream.id),
            at: at(from),
            to: to.map(at),
            title: title.into(),
            author: "anna".into(),
        })
    };
    let late = put(Some(&yard), 50.0, None, "gate").expect("a title");
    put(Some(&door), 10.0, Some(30.0), "delivery").expect("a title");
    put(None, 20.0, None, "power came back").expect("a title");
    let titles = |streams: &[&Stream], from, to| {
        let ids: Vec<_> = streams.iter().map(|stream| stream.id).collect();
        let found = store.bookmarks(&ids, at(from), at(to)).expect("the streams are there");
        found.into_iter().map(|bookmark| bookmark.title).collect::<Vec<String>>()
    };
    assert_eq!(titles(&[], 0.0, 100.0), ["delivery", "power came back", "gate"], "by time");
    assert_eq!(titles(&[&door], 0.0, 100.0), ["delivery", "power came back"], "one's and all's");
    assert_eq!(titles(&[&door], 25.0, 100.0), ["delivery"], "a range that reaches in");
    assert!(put(None, 1.0, None, " ").is_err(), "a title is needed");
    assert!(put(None, 1.0, Some(1.0), "x").is_err(), "a range ends after it begins");
    store.delete_bookmark(late.id).expect("it is there");
    assert!(store.delete_bookmark(late.id).is_err(), "it is gone");
    store.close().expect("the index takes it");
    drop(store);
    let store = open(directory.path(), &clock);
    assert_eq!(store.bookmarks(&[], at(0.0), at(100.0)).expect("open").len(), 2, "durable");
}
