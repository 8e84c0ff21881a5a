//! The API over a real socket: a camera's footage comes out of every door, and programs that are
//! not ours play it.

mod camera;
mod rig;
mod wire;

use afterimage_api::dto::{
    ClipQuery, ConsumerStart, DetectedBox, DetectionPost, DetectionQuery, FragmentQuery,
    FrameDetections, StreamState, TimelineQuery,
};
use afterimage_base::ErrorKind;
use afterimage_client::{ConsumerItem, Container, LiveItem, Progress};
use camera::FRAMES_PER_SECOND;
use rig::{Rig, TOKEN, count_frames, frames_in};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_recorded_comes_out_of_every_door() {
    let mut rig = Rig::new(12).await;
    rig.camera.run(6).await;
    // The last second waits for the next key frame.
    rig.recorded(5).await;

    let view = rig.client.stream(&rig.door).await.expect("a stream");
    assert_eq!(view.state, StreamState::Recording, "media arrives: {:?}", view.fault);
    assert_eq!(view.recorded.fragments, 5, "one a second, the last one still open");
    assert!(!format!("{view:?}").contains("hidden"), "the camera's password is never shown");

    let timeline =
        rig.client.timeline(&rig.door, &TimelineQuery::default()).await.expect("a timeline");
    let range = timeline.ranges.first().expect("something was recorded");
    assert_eq!((range.from, range.fragments), (rig.began, 5), "from the first frame on");
    assert_eq!(range.to.to_string(), rig.at(5), "and without a hole");

    let query = FragmentQuery { limit: Some(2), ..FragmentQuery::default() };
    let listed = rig.client.fragments(&rig.door, &query).await.expect("fragments");
    assert!(listed.more, "the limit ends the list and says so");
    let numbers: Vec<u64> = listed.fragments.iter().map(|fragment| fragment.number).collect();
    assert_eq!(numbers, [1, 2], "in order");
    assert!(listed.segments[0].mime.contains("codecs=\"avc1."), "{}", listed.segments[0].mime);

    let mut pieces =
        rig.client.init(&rig.door, listed.segments[0].id).await.expect("init").to_vec();
    for number in numbers {
        pieces.extend(rig.client.fragment(&rig.door, number).await.expect("a fragment"));
    }
    let joined = rig.data.path().join("joined.mp4");
    std::fs::write(&joined, pieces).expect("written");
    assert_eq!(frames_in(&joined).await, 2 * FRAMES_PER_SECOND, "init and fragments are a file");

    for (name, container) in [("clip.mp4", Container::Mp4), ("clip.mkv", Container::Matroska)] {
        let output = rig.data.path().join(name);
        let mut last = Progress { bytes: 0, total: None };
        let length = rig
            .client
            .download_clip(&rig.door, &rig.clip(1, 4), container, &output, |now| last = now)
            .await
            .expect("a clip");
        assert_eq!(
            last,
            Progress { bytes: length, total: Some(length) },
            "{name}: told to the end"
        );
        assert_eq!(frames_in(&output).await, 3 * FRAMES_PER_SECOND, "{name}: seconds 1, 2 and 3");
    }

    let playlist = format!(
        "{}/api/v1/streams/door/hls/index.m3u8?from={}&to={}",
        rig.client.address(),
        rig.at(0),
        rig.at(5)
    );
    let header = format!("Authorization: Bearer {TOKEN}\r\n");
    let frames = count_frames(vec!["-headers".to_owned(), header, playlist]).await;
    assert_eq!(frames, 5 * FRAMES_PER_SECOND, "an HLS player gets every frame");
    rig.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_range_without_footage_says_why_and_where_there_is_some() {
    let mut rig = Rig::new(4).await;
    rig.camera.run(3).await;
    rig.recorded(2).await;
    let query = ClipQuery {
        from: "2026-02-28T00:00:00Z".to_owned(),
        to: Some("2026-02-28T01:00:00Z".to_owned()),
        ..ClipQuery::default()
    };
    let output = rig.data.path().join("none.mp4");
    let error = rig
        .client
        .download_clip(&rig.door, &query, Container::Mp4, &output, |_| {})
        .await
        .expect_err("nothing was recorded then");
    assert_eq!(error.kind, ErrorKind::NotFound, "{error}");
    assert!(error.message.contains(&rig.at(0)), "it names the nearest footage: {error}");
    assert!(!output.exists(), "no file stands for a clip that is not there");
    rig.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn live_view_begins_with_a_key_frame_and_plays() {
    let mut rig = Rig::new(8).await;
    rig.camera.run(2).await;
    let mut live = rig.client.watch(&rig.door).await.expect("connected");
    // The first word is the state; by then the recorder knows that somebody watches.
    let first = live.next().await.expect("open").expect("a word");
    assert!(matches!(first, LiveItem::State { .. }), "what goes on now: {first:?}");
    rig.recorded(1).await;
    rig.camera.run(3).await;

    let (mut file, mut frames) = (Vec::new(), 0);
    while frames < 2 * FRAMES_PER_SECOND {
        match live.next().await.expect("open").expect("more") {
            LiveItem::Init { mime, bytes } => {
                assert!(mime.starts_with("video/mp4; codecs="), "a player can be asked: {mime}");
                assert!(file.is_empty(), "the camera did not change, so it comes once");
                file.extend_from_slice(&bytes);
            }
            LiveItem::Media { header, bytes } => {
                assert!(!file.is_empty(), "the init section comes first");
                assert!(frames > 0 || header.is_sync, "a decoder can start at the first frame");
                assert!(header.at_micros >= rig.began.as_micros(), "each frame has its instant");
                file.extend_from_slice(&bytes);
                frames += 1;
            }
            LiveItem::State { state, .. } => {
                assert_ne!(state, StreamState::Retrying, "the picture goes on");
            }
        }
    }
    let output = rig.data.path().join("live.mp4");
    std::fs::write(&output, file).expect("written");
    assert_eq!(frames_in(&output).await, frames, "what was sent decodes, frame by frame");

    rig.client.delete_stream(&rig.door).await.expect("deleted");
    while live.next().await.expect("closed in good order").is_some() {}
    rig.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consumer_goes_on_where_it_committed() {
    let mut rig = Rig::new(8).await;
    rig.camera.run(4).await;
    let start = ConsumerStart::Earliest;
    let made = rig.client.put_consumer(&rig.door, "model", start.clone()).await.expect("made");
    assert_eq!(made.committed, None, "it has done nothing yet");
    let again = rig.client.put_consumer(&rig.door, "model", start).await.expect("the same again");
    assert_eq!(again.name, "model", "a repeat changes nothing");
    let other = rig.client.put_consumer(&rig.door, "model", ConsumerStart::Latest).await;
    assert_eq!(other.expect_err("another start").kind, ErrorKind::InUse);

    let mut reader = rig.client.read(&rig.door, "model").await.expect("connected");
    let init = reader.next().await.expect("open").expect("an item");
    assert!(matches!(init, ConsumerItem::Init { .. }), "the init section comes first");
    for number in 1..=3 {
        let item = reader.next().await.expect("open").expect("an item");
        let ConsumerItem::Fragment(fragment) = item else { panic!("a fragment, not {item:?}") };
        assert_eq!(fragment.number, number, "in order, from the earliest");
        assert!(fragment.independent && !fragment.bytes.is_empty(), "decodable alone");
        if number == 2 {
            reader.commit(2).await.expect("sent");
        }
    }
    // A commit is not acknowledged; the list shows it once it is durable.
    while rig.client.consumers(&rig.door).await.expect("a list").consumers[0].committed != Some(2) {
        tokio::task::yield_now().await;
    }
    drop(reader);
    let mut reader = rig.client.read(&rig.door, "model").await.expect("connected");
    reader.next().await.expect("open").expect("the init section");
    let next = reader.next().await.expect("open").expect("an item");
    let ConsumerItem::Fragment(next) = next else { panic!("a fragment, not {next:?}") };
    assert_eq!(next.number, 3, "what was not committed comes again");

    // Once it has caught up it waits for the recorder.
    rig.camera.run(2).await;
    let fresh = reader.next().await.expect("open").expect("an item");
    let ConsumerItem::Fragment(fresh) = fresh else { panic!("a fragment, not {fresh:?}") };
    assert_eq!(fresh.number, 4, "live follows the archive on the same connection");

    rig.client.delete_consumer(&rig.door, "model").await.expect("deleted");
    let gone = rig.client.read(&rig.door, "model").await.expect_err("no such consumer");
    assert_eq!(gone.kind, ErrorKind::NotFound, "{gone}");
    rig.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn detections_are_kept_once_however_often_they_are_posted() {
    let mut rig = Rig::new(4).await;
    rig.camera.run(3).await;
    rig.recorded(2).await;
    let at_micros = rig.began.as_micros() + 40_000;
    let post = |labels: &[&str]| {
        let found = labels.iter().map(|label| DetectedBox {
            label: (*label).to_owned(),
            score: 0.5,
            bbox: [0.25, 0.5, 0.125, 0.25],
        });
        let frame =
            FrameDetections { fragment: 1, sample: 1, at_micros, detections: found.collect() };
        DetectionPost { model: "model".to_owned(), frames: vec![frame] }
    };
    for labels in [&["person", "bicycle"][..], &["person"], &["person"]] {
        rig.client.post_detections(&rig.door, &post(labels)).await.expect("kept");
    }
    let all = DetectionQuery::default();
    let list = rig.client.detections(&rig.door, &all).await.expect("a list");
    assert_eq!(list.detections.len(), 1, "a later word on the same frame replaces the earlier");
    let person = &list.detections[0];
    assert_eq!((person.fragment, person.sample, person.at_micros), (1, 1, at_micros), "its frame");
    assert_eq!(person.bbox, [0.25, 0.5, 0.125, 0.25], "its box");
    let bicycles = DetectionQuery { label: Some("bicycle".to_owned()), ..all.clone() };
    let list = rig.client.detections(&rig.door, &bicycles).await.expect("a list");
    assert!(list.detections.is_empty(), "the bicycle was withdrawn");
    rig.client.post_detections(&rig.door, &post(&[])).await.expect("kept");
    let list = rig.client.detections(&rig.door, &all).await.expect("a list");
    assert!(list.detections.is_empty(), "looked again, and nobody was there");
    rig.finish().await;
}
