//! Where a consumer begins.

use crate::consumers::{fragment, init};
use crate::rig::{Rig, Visit, door, seconds};
use afterimage_media::CaptureFailure::Unreachable;
use afterimage_store::StartPosition;

/// Ten fragments of a second each, then the camera is away for ever.
async fn rig() -> Rig {
    let rig = Rig::new([Visit::new().streams(seconds(10.0)).fails(Unreachable)]).await;
    rig.advance(12.0).await;
    assert_eq!(rig.fragments().len(), 10, "one fragment a key frame");
    rig
}

/// The number of the first fragment that a new consumer gets.
async fn first(rig: &Rig, name: &str, start: StartPosition) -> u64 {
    rig.store().create_consumer(rig.id(), name, start).unwrap();
    let mut reader = rig.recorder.read(&door(), name).await.unwrap();
    init(&mut reader).await;
    fragment(&mut reader).await.number
}

#[tokio::test(start_paused = true)]
async fn earliest_begins_with_the_oldest_fragment() {
    let rig = rig().await;
    assert_eq!(first(&rig, "all", StartPosition::Earliest).await, 1, "nothing is left out");
}

#[tokio::test(start_paused = true)]
async fn a_timestamp_begins_with_the_fragment_that_holds_it() {
    let rig = rig().await;
    let at = |after: f64| StartPosition::AtTimestamp(rig.began.plus(seconds(after)));
    assert_eq!(first(&rig, "within", at(3.5)).await, 4, "the fragment from 3 s to 4 s");
    assert_eq!(first(&rig, "edge", at(3.0)).await, 4, "one that ends there is over");
    let before = StartPosition::AtTimestamp(rig.began.minus(seconds(60.0)));
    assert_eq!(first(&rig, "before", before).await, 1, "before all there is, all there is");
}

#[tokio::test(start_paused = true)]
async fn after_a_fragment_begins_with_the_next_one() {
    let rig = rig().await;
    assert_eq!(first(&rig, "after", StartPosition::AfterFragment(7)).await, 8, "7 is known");
    assert_eq!(first(&rig, "start", StartPosition::AfterFragment(0)).await, 1, "none is known");
}

#[tokio::test(start_paused = true)]
async fn latest_begins_after_what_was_there_when_it_was_asked_for() {
    let rig = Rig::new([Visit::new().streams_on()]).await;
    rig.advance(10.5).await;
    rig.store().create_consumer(rig.id(), "new", StartPosition::Latest).unwrap();
    rig.advance(5.0).await;
    let mut reader = rig.recorder.read(&door(), "new").await.unwrap();
    init(&mut reader).await;
    let number = fragment(&mut reader).await.number;
    assert_eq!(number, 11, "not the newest when it first reads: those between are its own");
}

#[tokio::test(start_paused = true)]
async fn an_instant_in_a_gap_or_in_the_future_begins_with_what_comes_next() {
    let rig =
        Rig::new([Visit::new().streams(seconds(5.0)).pauses(seconds(10.0)).streams_on()]).await;
    let at = |after: f64| StartPosition::AtTimestamp(rig.began.plus(seconds(after)));
    rig.store().create_consumer(rig.id(), "future", at(30.5)).unwrap();
    let mut early = rig.recorder.read(&door(), "future").await.unwrap();
    rig.advance(20.5).await;
    let in_gap = first(&rig, "gap", at(7.0)).await;
    assert_eq!(in_gap, 6, "five fragments lie before the gap, nothing in it");
    init(&mut early).await;
    let record = fragment(&mut early).await;
    assert_eq!(rig.seconds(record.start), 30.0, "it waited until that time was recorded");
}
