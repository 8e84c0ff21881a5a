//! Reading along: in order, durable, as fast or as slow as the reader is.

use crate::rig::{Rig, Visit, door, frame_number, seconds};
use afterimage_base::ErrorKind;
use afterimage_media::{InitSegment, read_fragment};
use afterimage_recorder::{ConsumerItem, ConsumerReader, StreamChange};
use afterimage_store::{FragmentRecord, StartPosition};
use std::sync::Arc;

async fn item(reader: &mut ConsumerReader) -> ConsumerItem {
    let next = tokio::time::timeout(seconds(100.0), reader.next());
    next.await.expect("something comes").expect("it can be read").expect("the stream goes on")
}

pub async fn init(reader: &mut ConsumerReader) -> Arc<InitSegment> {
    match item(reader).await {
        ConsumerItem::Init { init, .. } => init,
        ConsumerItem::Fragment { record, .. } => panic!("no init section before {record:?}"),
    }
}

/// The next fragment; the init sections of new segments are passed over.
pub async fn fragment(reader: &mut ConsumerReader) -> FragmentRecord {
    loop {
        if let ConsumerItem::Fragment { record, .. } = item(reader).await {
            return record;
        }
    }
}

async fn consumer(rig: &Rig, name: &str) -> ConsumerReader {
    rig.store().create_consumer(rig.id(), name, StartPosition::Earliest).unwrap();
    rig.recorder.read(&door(), name).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_consumer_catches_up_and_goes_on_live_with_the_same_reader() {
    let rig = Rig::new([Visit::new().streams_on()]).await;
    rig.advance(100.5).await;
    let mut reader = consumer(&rig, "worker").await;
    let mut frames = Vec::new();
    let mut current = init(&mut reader).await;
    let mut lags = Vec::new();
    while frames.len() < 110 * 25 {
        match item(&mut reader).await {
            ConsumerItem::Init { init, .. } => current = init,
            ConsumerItem::Fragment { record, bytes, behind } => {
                let (header, samples) = read_fragment(&current, &bytes).unwrap();
                assert_eq!(header.identity.number, record.number, "the bytes are that fragment's");
                frames.extend(samples[0].iter().map(|sample| frame_number(&sample.data)));
                lags.push(behind);
            }
        }
    }
    let expected: Vec<u32> = (0..frames.len() as u32).collect();
    assert_eq!(frames, expected, "from the past into the present without hole or repeat");
    assert_eq!(lags[0], seconds(99.5), "the first fragment ended so long ago");
    let newest = lags.last().unwrap();
    assert!(*newest < seconds(0.1), "a durable fragment is handed over at once: {newest:?}");
}

#[tokio::test(start_paused = true)]
async fn an_init_section_comes_first_and_again_when_it_changes() {
    let rig = Rig::new([Visit::new().streams(seconds(3.0)).changes_width(1280).streams_on()]).await;
    rig.advance(6.5).await;
    let mut reader = consumer(&rig, "worker").await;
    let before = init(&mut reader).await;
    for number in 1..=3 {
        match item(&mut reader).await {
            ConsumerItem::Fragment { record, .. } => assert_eq!(record.number, number, "in order"),
            ConsumerItem::Init { .. } => panic!("nothing changed before fragment {number}"),
        }
    }
    let after = init(&mut reader).await;
    assert_ne!(before.tracks, after.tracks, "the picture has another size from here on");
    assert_eq!(fragment(&mut reader).await.number, 4, "then what needs it");
}

#[tokio::test(start_paused = true)]
async fn a_consumer_resumes_after_what_it_committed() {
    let mut rig = Rig::new([Visit::new().streams_on(), Visit::new().streams_on()]).await;
    rig.advance(10.5).await;
    let mut reader = consumer(&rig, "worker").await;
    for _ in 0..5 {
        fragment(&mut reader).await;
    }
    reader.commit(3).await.unwrap();
    drop(reader);
    let mut reader = rig.recorder.read(&door(), "worker").await.unwrap();
    init(&mut reader).await;
    assert_eq!(fragment(&mut reader).await.number, 4, "what was not committed comes again");
    reader.commit(6).await.unwrap();
    reader.commit(2).await.unwrap();
    drop(reader);
    rig.stop().await;
    rig.start();
    let mut reader = rig.recorder.read(&door(), "worker").await.unwrap();
    init(&mut reader).await;
    let number = fragment(&mut reader).await.number;
    assert_eq!(number, 7, "a position outlives the recorder, and never goes back");
}

#[tokio::test(start_paused = true)]
async fn consumers_do_not_know_of_each_other_and_a_slow_one_holds_nobody_up() {
    let rig = Rig::new([Visit::new().streams_on()]).await;
    rig.advance(2.5).await;
    let (mut slow, mut quick) = (consumer(&rig, "slow").await, consumer(&rig, "quick").await);
    assert_eq!(fragment(&mut slow).await.number, 1, "it begins");
    for number in 1..=300 {
        assert_eq!(fragment(&mut quick).await.number, number, "one reads in real time");
    }
    for number in 2..=300 {
        assert_eq!(fragment(&mut slow).await.number, number, "the other gets all of it, later");
    }
    assert_eq!(rig.outline(), ["recorded"], "and nothing of it is the recorder's concern");
}

#[tokio::test(start_paused = true)]
async fn a_consumer_goes_on_with_what_retention_left() {
    let camera = Visit::new().streams(seconds(200.0)).pauses(seconds(3_800.0)).streams_on();
    let rig = Rig::new([camera]).await;
    let retention = Some(seconds(3_600.0));
    rig.change(StreamChange { retention, ..StreamChange::default() }).await;
    rig.advance(200.5).await;
    let mut reader = consumer(&rig, "worker").await;
    assert_eq!(fragment(&mut reader).await.number, 1, "it begins, and then it is busy");
    rig.advance(3_850.0).await;
    let oldest = rig.fragments()[0].number;
    assert_eq!(oldest, 201, "retention deleted far beyond its place");
    assert_eq!(fragment(&mut reader).await.number, 201, "what is gone is passed over");
    assert_eq!(fragment(&mut reader).await.number, 202, "and it goes on from there");
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_is_dropped_while_it_waits_loses_nothing() {
    let rig = Rig::new([Visit::new().streams_on()]).await;
    rig.advance(3.5).await;
    let mut reader = consumer(&rig, "worker").await;
    let mut numbers = Vec::new();
    while numbers.len() < 20 {
        // As a connection does that also has to look at its socket.
        let next = tokio::time::timeout(seconds(0.3), fragment(&mut reader));
        if let Ok(record) = next.await {
            numbers.push(record.number);
        }
    }
    assert_eq!(numbers, (1..=20).collect::<Vec<u64>>(), "waiting can be given up at any time");
}

#[tokio::test(start_paused = true)]
async fn who_reads_without_a_consumer_is_told() {
    let rig = Rig::new([]).await;
    let error = rig.recorder.read(&door(), "nobody").await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::NotFound, "a consumer is made first: {error}");
    let error = rig.recorder.read(&"window".parse().unwrap(), "nobody").await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::NotFound, "so is a stream: {error}");
}
