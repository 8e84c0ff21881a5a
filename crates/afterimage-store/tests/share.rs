//! The recorded share: "99.97 % of November".

mod rig;

use afterimage_base::{Clock as _, SimClock};
use afterimage_store::GapReason;
use rig::{at, clock, open, record, stream};
use std::time::Duration;

/// Lets time pass until so many seconds after the test began.
fn pass_until(clock: &SimClock, seconds: f64) {
    clock.advance(at(seconds).since(clock.now()));
}

#[test]
fn what_is_recorded_and_what_is_missing_is_what_was_scheduled() {
    let directory = tempfile::tempdir().expect("room");
    let clock = clock();
    let store = open(directory.path(), &clock);
    let door = stream(&store, "door");
    store.start_recording().expect("the index takes it");
    record(&store, &door, 0, 600);
    let gap = |from, to, reason, detail| {
        store.record_gap(door.id, at(from), at(to), reason, detail).expect("it ends later");
    };
    gap(600.0, 5_400.0, GapReason::CameraUnreachable, "no route");
    gap(5_400.0, 5_500.0, GapReason::CameraUnreachable, "refused");
    gap(5_500.0, 9_000.0, GapReason::StoppedByOperator, "");
    record(&store, &door, 9_000, 9_600);
    gap(9_600.0, 9_605.0, GapReason::DiskFull, "");
    record(&store, &door, 9_606, 10_800);
    pass_until(&clock, 10_800.0);
    for when in ["before", "after"] {
        let share = store.share(door.id, at(0.0), at(10_800.0), at(10_800.0)).expect("there");
        assert_eq!(share.recorded, Duration::from_secs(600 + 600 + 1_194), "{when} rolling up");
        let of = |reason| share.missing.iter().find(|(own, ..)| *own == reason).copied();
        assert_eq!(
            of(GapReason::CameraUnreachable),
            Some((GapReason::CameraUnreachable, Duration::from_secs(4_900), 1)),
            "{when} rolling up: over two hours and two errors, and still one outage"
        );
        assert!(
            of(GapReason::StoppedByOperator).is_none(),
            "what an operator stopped is not missing"
        );
        assert_eq!(
            share.scheduled,
            Duration::from_secs(10_800 - 3_500),
            "{when} rolling up: all but what the operator stopped"
        );
        store.flush().expect("the index takes it");
        store.roll_up().expect("the index takes it");
    }
    let later = store.share(door.id, at(0.0), at(1e9), at(10_800.0)).expect("there");
    assert_eq!(later.scheduled, Duration::from_secs(7_300), "what is to come is not missing");
    let before = store.share(
        door.id,
        at(0.0).minus(Duration::from_secs(1_000_000_000)),
        at(0.0),
        at(10_800.0),
    );
    assert_eq!(
        before.expect("there").scheduled,
        Duration::ZERO,
        "before it was made nothing was due"
    );
}
