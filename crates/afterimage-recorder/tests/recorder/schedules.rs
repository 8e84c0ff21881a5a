//! A stream with a schedule lets the camera go and takes it again on time.

use crate::rig::{Rig, Visit, draft, piece};
use afterimage_media::CaptureFailure::Unreachable;
use afterimage_recorder::{State, StreamChange, StreamDraft};
use afterimage_store::{Period, Schedule, Weekday};

/// Tests begin at 12:00 UTC.
fn daily(from: &str, to: &str) -> Schedule {
    let period = Period {
        days: Weekday::ALL.to_vec(),
        from: from.parse().unwrap(),
        to: to.parse().unwrap(),
    };
    Schedule { zone: "UTC".to_owned(), periods: vec![period] }
}

fn scheduled(from: &str, to: &str) -> StreamDraft {
    StreamDraft { schedule: Some(daily(from, to)), ..draft() }
}

fn endless() -> Visit {
    Visit::new().streams_on()
}

#[tokio::test(start_paused = true)]
async fn it_rests_and_records_on_time() {
    let rig = Rig::with(scheduled("12:01", "12:02"), [endless()]).await;
    rig.advance(30.0).await;
    let status = rig.status();
    assert_eq!((status.state, status.fault), (State::Resting, None), "rest is no fault");
    assert_eq!(rig.attempts(), Vec::<f64>::new(), "the camera is left alone");
    rig.advance(60.0).await;
    assert_eq!(rig.status().state, State::Recording, "a minute past twelve");
    assert_eq!(rig.attempts(), [60.0], "on time, to the second");
    rig.advance(60.0).await;
    assert_eq!(rig.status().state, State::Resting, "two minutes past twelve");
    let history = rig.history();
    assert_eq!(rig.outline(), ["not_scheduled", "recorded", "not_scheduled"]);
    assert_eq!(history[0], piece(0.0, 60.0, "not_scheduled"));
    let end = history[1].to;
    assert!((119.9..120.1).contains(&end), "the last frames are kept, until {end}");
}

#[tokio::test(start_paused = true)]
async fn a_camera_that_fails_is_not_tried_again_outside_the_schedule() {
    let refusals = (0..100).map(|_| Visit::refuses(Unreachable, "no route to host"));
    let rig = Rig::with(scheduled("12:00", "12:01"), refusals).await;
    rig.advance(300.0).await;
    assert_eq!(rig.status().state, State::Resting, "nobody waits for it");
    let last = *rig.attempts().last().unwrap();
    assert!(last < 60.0, "the last attempt was at {last} s");
    assert_eq!(rig.outline().last().map(String::as_str), Some("not_scheduled"));
    let missing = rig.history().into_iter().filter(|piece| piece.what == "camera_unreachable");
    let missing_to = missing.map(|piece| piece.to).fold(0.0, f64::max);
    assert!((59.9..60.1).contains(&missing_to), "missing until {missing_to}, then at rest");
}

#[tokio::test(start_paused = true)]
async fn a_schedule_counts_as_soon_as_it_is_set_and_taken_away() {
    let rig = Rig::new([endless(), endless()]).await;
    rig.advance(5.5).await;
    let schedule = Some(Some(daily("20:00", "21:00")));
    rig.change(StreamChange { schedule, ..StreamChange::default() }).await;
    rig.until("at rest", |status| status.state == State::Resting).await;
    rig.advance(10.0).await;
    rig.change(StreamChange { schedule: Some(None), ..StreamChange::default() }).await;
    rig.until("recording", |status| status.state == State::Recording).await;
    assert_eq!(rig.outline(), ["recorded", "not_scheduled", "recorded"]);
}

#[tokio::test(start_paused = true)]
async fn a_recorder_that_was_down_missed_only_what_was_scheduled() {
    let mut rig = Rig::with(scheduled("12:00", "12:02"), [endless(), endless()]).await;
    rig.advance(60.5).await;
    rig.stop().await;
    rig.advance(120.0).await;
    rig.start();
    rig.advance(10.0).await;
    let history = rig.history();
    assert_eq!(rig.outline(), ["recorded", "recorder_down", "not_scheduled"]);
    assert_eq!(history[1].to, 120.0, "until two minutes past twelve it should have recorded");
}
