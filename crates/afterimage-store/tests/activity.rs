//! Activity and shares: sums that must be what the timeline and the detections say.

mod rig;

use afterimage_base::{Clock as _, SimClock, WallTime};
use afterimage_store::{Detection, EventFilter, GapReason, Store, Stream, StreamSettings};
use proptest::prelude::*;
use rig::{at, camera, clock, fragment, open};
use std::collections::BTreeMap;
use std::time::Duration;

const HOUR: f64 = 3_600.0;

/// Lets time pass until so many seconds after the test began.
fn pass_until(clock: &SimClock, seconds: f64) {
    clock.advance(at(seconds).since(clock.now()));
}

fn seen(fragment: u64, sample: u32, at: WallTime, label: &str) -> Detection {
    Detection {
        fragment,
        sample,
        at,
        model: if label == "motion" { "motion-grid" } else { "yolox" }.into(),
        label: label.into(),
        score: 0.5,
        area: [0.1; 4],
        extra: None,
    }
}

/// What a bucket should hold, from the timeline, the detections and the events themselves.
fn expected(store: &Store, stream: &Stream, from: WallTime, to: WallTime, now: WallTime) -> Sums {
    let timeline = store.timeline(stream.id, from, to, now).expect("the stream is there");
    let recorded = timeline.ranges.iter().map(|range| range.to.since(range.from)).sum();
    let mut missing: BTreeMap<GapReason, Duration> = BTreeMap::new();
    for gap in timeline.gaps.iter().filter(|gap| gap.reason.is_missing()) {
        *missing.entry(gap.reason).or_default() += gap.to.since(gap.from);
    }
    let detections = store
        .detections(stream.id, from, to, &Default::default(), usize::MAX)
        .expect("the stream is there");
    let frames = |is_motion: bool| {
        let of_kind = detections.iter().filter(|one| (one.label == "motion") == is_motion);
        let mut frames: Vec<_> = of_kind.map(|one| (one.fragment, one.sample)).collect();
        frames.sort_unstable();
        frames.dedup();
        frames.len() as u32
    };
    let filter = EventFilter { streams: vec![stream.id], ..EventFilter::between(from, to) };
    let events = store.events(&filter).expect("the stream is there");
    let events = events.iter().filter(|event| event.from >= from).count() as u32;
    Sums { recorded, missing, motion: frames(true), objects: frames(false), events }
}

struct Sums {
    recorded: Duration,
    missing: BTreeMap<GapReason, Duration>,
    motion: u32,
    objects: u32,
    events: u32,
}

fn near(a: Duration, b: Duration) -> bool {
    // A cut may hide a hole below the tolerance on either side.
    a.abs_diff(b) <= Duration::from_millis(20)
}

/// Compares activity of several widths and shares of several ranges with what they sum.
fn verify(store: &Store, stream: &Stream, now: WallTime, when: &str) {
    for (from, to, most) in [
        (-HOUR, 30.0 * 86_400.0, 40),
        (0.0, 3.0 * 86_400.0, 80),
        (0.0, 5.0 * HOUR, 12),
        (0.0, 2.0 * HOUR, 130),
    ] {
        let from = at(0.0).minus(Duration::from_secs(3_600)).max(at(from.max(0.0)));
        let activity =
            store.activity(stream.id, from, at(to), most, now).expect("the stream is there");
        assert!(activity.buckets.len() <= most, "{when}: no more buckets than asked for");
        for (index, bucket) in activity.buckets.iter().enumerate() {
            let start = activity.from.plus(activity.bucket * index as u32);
            let own = expected(store, stream, start, start.plus(activity.bucket), now);
            let place = format!("{when}: bucket of {:?} at {start}", activity.bucket);
            assert!(near(bucket.recorded, own.recorded), "{place}: {bucket:?}, {:?}", own.recorded);
            let missing: Duration = own.missing.values().sum();
            assert!(near(bucket.missing, missing), "{place}: missing {bucket:?}, {missing:?}");
            assert_eq!(bucket.motion, own.motion, "{place}: frames with motion");
            assert_eq!(bucket.objects, own.objects, "{place}: frames with objects");
            assert_eq!(bucket.events, own.events, "{place}: events that begin");
            if let Some(reason) = bucket.reason {
                let most = own.missing.values().max().copied().unwrap_or_default();
                let own = own.missing.get(&reason).copied().unwrap_or_default();
                assert!(near(own, most), "{place}: the reason of most of what is missing");
            }
        }
    }
    for (from, to) in [(0.0, 40.0 * 86_400.0), (1_234.5, 90_000.0), (7_201.0, 7_300.0)] {
        let share = store.share(stream.id, at(from), at(to), now).expect("the stream is there");
        let own = expected(store, stream, at(from), at(to), now);
        assert!(near(share.recorded, own.recorded), "{when}: the share's recorded time");
        let missing: Duration = share.missing.iter().map(|(_, time, _)| *time).sum();
        assert!(near(missing, own.missing.values().sum()), "{when}: the share's missing time");
        assert_eq!(share.scheduled, share.recorded + missing, "{when}: nothing is unaccounted");
    }
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Record { fragments: u32 },
    Gap { reason: usize, minutes: u32 },
    Detect { ago: u32, frames: u32, label: usize },
    Damage { number: u64 },
    RetainBytes { part: u64 },
    Idle { hours: u32 },
    RollUp,
    Flush,
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (1_u32..40).prop_map(|fragments| Step::Record { fragments }),
        2 => (0..GapReason::ALL.len(), 1_u32..200)
            .prop_map(|(reason, minutes)| Step::Gap { reason, minutes }),
        2 => (50_u32..9_000, 1_u32..30, 0_usize..3)
            .prop_map(|(ago, frames, label)| Step::Detect { ago, frames, label }),
        1 => (1_u64..60).prop_map(|number| Step::Damage { number }),
        1 => (1_u64..4).prop_map(|part| Step::RetainBytes { part }),
        2 => (1_u32..40).prop_map(|hours| Step::Idle { hours }),
        3 => Just(Step::RollUp),
        1 => Just(Step::Flush),
        1 => Just(Step::Reopen),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn sums_are_what_the_parts_are(steps in proptest::collection::vec(step(), 1..30)) {
        let directory = tempfile::tempdir().expect("room");
        let clock = clock();
        let mut store = open(directory.path(), &clock);
        let stream = rig::stream(&store, "door");
        store.start_recording().expect("the index takes it");
        let init = camera(640);
        let mut time = 100.0_f64;
        for (position, step) in steps.iter().enumerate() {
            match *step {
                Step::Record { fragments } => {
                    let mut writer = store.writer(stream.id).expect("no other producer");
                    for _ in 0..fragments {
                        // Fragments of 20 s, so that hours fill.
                        writer.append(&fragment(&init, time, 20.0)).expect("the disk takes it");
                        time += 20.0;
                    }
                }
                Step::Gap { reason, minutes } => {
                    let end = time + f64::from(minutes) * 60.0 + 1.0;
                    let reason = GapReason::ALL[reason];
                    store.record_gap(stream.id, at(time), at(end), reason, "").expect("it ends later");
                    time = end;
                }
                Step::Detect { ago, frames, label } => {
                    let label = ["motion", "person", "car"][label];
                    let first = (time - f64::from(ago)).max(0.0);
                    let seen: Vec<Detection> = (0..frames)
                        .flat_map(|frame| {
                            let when = at(first + f64::from(frame) * 1.5);
                            // A frame has one instant, so the instant names it here.
                            let fragment = when.as_micros().cast_unsigned();
                            // Two boxes on each frame: one frame all the same.
                            let one = seen(fragment, 0, when, label);
                            [one.clone(), one]
                        })
                        .collect();
                    let frames: Vec<(u64, u32)> =
                        seen.iter().map(|one| (one.fragment, one.sample)).collect();
                    let model = seen[0].model.clone();
                    store.put_detections(stream.id, &model, &frames, &seen).expect("numbers");
                }
                Step::Damage { number } => {
                    store.mark_damaged(stream.id, number).expect("the index answers");
                }
                Step::RetainBytes { part } => {
                    let bytes = store.usage(stream.id).expect("there").bytes / part;
                    let limited = StreamSettings {
                        retain_bytes: Some(bytes.max(1)),
                        ..store.stream_by_id(stream.id).expect("there").settings
                    };
                    store.update_stream(stream.id, limited).expect("good settings");
                    store.enforce_retention(at(time)).expect("the disk works");
                }
                Step::Idle { hours } => time += f64::from(hours) * HOUR,
                Step::RollUp => store.roll_up().expect("the index takes it"),
                Step::Flush => store.flush().expect("the index takes it"),
                Step::Reopen => {
                    store.close().expect("the index takes it");
                    drop(store);
                    store = open(directory.path(), &clock);
                    store.start_recording().expect("the index takes it");
                }
            }
            pass_until(&clock, time);
            if position % 3 == 2 {
                store.roll_up().expect("the index takes it");
            }
        }
        store.flush().expect("the index takes it");
        verify(&store, &stream, at(time), "before rolling up the rest");
        store.roll_up().expect("the index takes it");
        verify(&store, &stream, at(time), "after rolling up the rest");
        let report = store
            .check(&Default::default(), &mut |_| std::ops::ControlFlow::Continue(()))
            .expect("readable");
        let wrong: Vec<_> =
            report.findings.iter().filter(|one| one.path.ends_with("index.sqlite")).collect();
        prop_assert!(wrong.is_empty(), "the running totals are the sums: {wrong:?}");
    }
}

#[test]
fn usage_tells_time_and_bytes_without_reading_the_archive() {
    let directory = tempfile::tempdir().expect("room");
    let clock = clock();
    let store = open(directory.path(), &clock);
    let stream = rig::stream(&store, "door");
    rig::record(&store, &stream, 0, 60);
    let open_segment = store.usage(stream.id).expect("there");
    store.flush().expect("the index takes it");
    pass_until(&clock, 60.0);
    let usage = store.usage(stream.id).expect("there");
    assert_eq!(usage.recorded, Duration::from_secs(60), "thirty fragments of two seconds");
    assert_eq!(usage.bytes, open_segment.bytes, "the same before and after the commit");
    assert_eq!(usage.recorded, open_segment.recorded, "the same before and after the commit");
    assert_eq!(usage.recent_bytes_per_hour, usage.bytes * 60, "a minute's bytes, an hour long");
    assert_eq!(usage.held_bytes, 0, "nothing is held");
    for (from, to) in [(1.0, 2.0), (3.0, 4.0)] {
        store.place_hold(stream.id, at(from), at(to), "theft", "anna", None).expect("a range");
    }
    let held = store.usage(stream.id).expect("there").held_bytes;
    assert_eq!(held, usage.bytes, "two holds in one segment keep it once");
    store.mark_damaged(stream.id, 3).expect("there");
    store.flush().expect("the index takes it");
    let damaged = store.usage(stream.id).expect("there");
    assert_eq!(
        damaged.recorded,
        Duration::from_secs(58),
        "a damaged fragment is not recorded time"
    );
}
