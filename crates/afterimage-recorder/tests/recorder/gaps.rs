//! What is recorded and what is missing while the camera is connected.

use crate::rig::{Rig, Visit, piece, seconds};
use afterimage_media::CaptureFailure;
use afterimage_recorder::State;

#[tokio::test(start_paused = true)]
async fn connecting_is_a_gap_until_the_first_frame() {
    let rig = Rig::new([Visit::new().connects_in(seconds(3.0)).streams_on()]).await;
    rig.advance(1.0).await;
    assert_eq!(rig.outline(), ["starting"], "the stream should be recorded since it was made");
    assert_eq!(rig.status().state, State::Connecting, "no fragment is durable yet");
    rig.advance(6.5).await;
    let expected = [piece(0.0, 3.0, "starting"), piece(3.0, 9.0, "recorded")];
    assert_eq!(rig.history()[..1], expected[..1], "it ends where the footage begins");
    assert_eq!(rig.history()[1].from, 3.0, "nothing of what came is missing");
    assert_eq!(rig.status().state, State::Recording, "fragments are durable now");
}

#[tokio::test(start_paused = true)]
async fn a_pause_of_the_camera_is_a_gap_not_a_join() {
    let camera = Visit::new().streams(seconds(10.0)).pauses(seconds(5.0)).streams_on();
    let rig = Rig::new([camera]).await;
    rig.advance(20.5).await;
    let expected = [
        piece(0.0, 10.0, "recorded"),
        piece(10.0, 15.0, "timestamp_jump"),
        piece(15.0, 20.0, "recorded"),
    ];
    assert_eq!(rig.history(), expected, "the timestamps say when nothing came");
    let timeline = rig.store().timeline(rig.id(), rig.began, rig.now(), rig.now()).unwrap();
    let detail = &timeline.gaps[0].detail;
    assert_eq!(detail, "the camera's timestamps jumped", "in words for the operator");
    assert_eq!(rig.cameras.opened().len(), 1, "a short pause does not end the session");
}

#[tokio::test(start_paused = true)]
async fn a_camera_that_goes_silent_leaves_a_gap_from_its_last_frame_on() {
    let silent = Visit::new().streams(seconds(10.0)).pauses(seconds(10.0));
    let rig = Rig::new([silent.fails(CaptureFailure::Silent), Visit::new().streams_on()]).await;
    rig.advance(30.0).await;
    let again = rig.attempts()[1];
    let history = rig.history();
    assert_eq!(history[0], piece(0.0, 10.0, "recorded"), "the last second was flushed");
    assert_eq!(history[1], piece(10.0, again, "camera_silent"), "also the wait for silence");
    assert_eq!(history[2].what, "recorded", "the camera came back");
}

#[tokio::test(start_paused = true)]
async fn a_camera_whose_clock_starts_anew_leaves_no_gap() {
    let camera = Visit::new().streams(seconds(10.0)).resets_its_time().streams_on();
    let rig = Rig::new([camera]).await;
    rig.advance(20.5).await;
    assert_eq!(rig.history(), [piece(0.0, 20.0, "recorded")], "frames came without a break");
    let sent: Vec<u32> = (0..20 * 25).collect();
    assert_eq!(rig.frames(), sent, "none was taken for one of the past");
}

#[tokio::test(start_paused = true)]
async fn a_camera_that_changes_its_resolution_begins_a_segment_and_leaves_no_gap() {
    let camera = Visit::new().streams(seconds(5.0)).changes_width(1280).streams_on();
    let rig = Rig::new([camera]).await;
    rig.advance(10.5).await;
    assert_eq!(rig.history(), [piece(0.0, 10.0, "recorded")], "frames came without a break");
    let width = |record: &afterimage_store::FragmentRecord| {
        let init = rig.store().init_of(record.segment).unwrap();
        let afterimage_media::TrackKind::Video(video) = &init.tracks[0].kind else { panic!() };
        video.width
    };
    let widths: Vec<u32> = rig.fragments().iter().map(width).collect();
    assert_eq!(widths, [[640; 5], [1280; 5]].concat(), "each is read with its own init section");
    assert_eq!(rig.status().tracks.len(), 1, "the status tells the tracks as they are now");
}

#[tokio::test(start_paused = true)]
async fn damage_is_counted_and_ends_nothing() {
    let camera = Visit::new().streams(seconds(5.0)).sends_damage().streams_on();
    let rig = Rig::new([camera]).await;
    rig.advance(10.5).await;
    assert_eq!(rig.outline(), ["recorded"], "frames came before and after");
    let figures = rig.status().figures;
    assert_eq!((figures.skipped, figures.connections), (1, 1), "the operator can see it");
    assert_eq!(figures.frames_per_second.round(), 25.0, "of the newest fragment");
}
