//! Watching: what a watcher gets, and what watching costs the stream.

use crate::rig::{Footage, Rig, Visit, door, frame_number, seconds};
use afterimage_media::CaptureFailure::Unreachable;
use afterimage_media::LiveChunk;
use afterimage_recorder::{LiveEvent, LiveSubscription};

/// Two seconds a GOP.
fn camera() -> Footage {
    Footage { width: 640, frames_per_second: 25, gop_frames: 50 }
}

/// The next thing that is no change of the status.
async fn media(live: &mut LiveSubscription) -> LiveEvent {
    let next = async {
        loop {
            match live.next().await.expect("the stream goes on") {
                LiveEvent::State(_) => {}
                event => return event,
            }
        }
    };
    tokio::time::timeout(seconds(100.0), next).await.expect("media comes")
}

async fn chunk(live: &mut LiveSubscription) -> LiveChunk {
    match media(live).await {
        LiveEvent::Chunk(chunk) => chunk,
        other => panic!("no init section is due here: {other:?}"),
    }
}

/// The number that the camera gave the frame in a chunk of one frame.
fn frame(chunk: &LiveChunk) -> u32 {
    frame_number(&chunk.bytes[chunk.bytes.len() - 15..])
}

/// `mfhd.sequence_number`: how many chunks were made since somebody watches.
fn sequence(chunk: &LiveChunk) -> u32 {
    assert_eq!(&chunk.bytes[12..16], b"mfhd", "a chunk begins with `moof` and `mfhd`");
    u32::from_be_bytes(chunk.bytes[20..24].try_into().unwrap())
}

#[tokio::test(start_paused = true)]
async fn a_watcher_gets_the_init_section_the_gop_so_far_and_then_each_frame() {
    let rig = Rig::new([Visit::with(camera()).streams_on()]).await;
    rig.advance(3.5).await;
    let mut live = rig.recorder.live(&door()).unwrap();
    let LiveEvent::Init(init) = media(&mut live).await else {
        panic!("a player can do nothing without the init section")
    };
    let first = chunk(&mut live).await;
    assert!(first.is_sync, "a decoder begins at a key frame");
    assert_eq!(frame(&first), 50, "of the GOP that is under way");
    assert_eq!(first.init, init, "the init section is that of the chunk");
    assert_eq!(sequence(&first), 1, "nothing was made for live view before somebody watched");
    for number in 51..=87 {
        assert_eq!(frame(&chunk(&mut live).await), number, "the GOP so far has no hole");
    }
    assert_eq!(rig.seconds(rig.now()), 3.5, "all of it was there at once");
    for number in 88..200 {
        let chunk = chunk(&mut live).await;
        assert_eq!(frame(&chunk), number, "then frame by frame");
        let late = rig.now().since(chunk.at);
        assert!(late <= seconds(0.005), "frame {number} comes when it was taken: {late:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_gop_longer_than_the_backlog_reaches_a_new_watcher_whole() {
    let long = Footage { width: 640, frames_per_second: 50, gop_frames: 950 };
    let rig = Rig::new([Visit::with(long).streams_on()]).await;
    rig.advance(18.01).await;
    let mut live = rig.recorder.live(&door()).unwrap();
    assert!(matches!(media(&mut live).await, LiveEvent::Init(_)), "the init section is first");
    for number in 0..=900 {
        assert_eq!(
            frame(&chunk(&mut live).await),
            number,
            "a picture needs all since the key frame"
        );
    }
    assert!(rig.seconds(rig.now()) < 18.5, "nobody waits for the next key frame");
}

#[tokio::test(start_paused = true)]
async fn a_slow_watcher_goes_on_at_a_key_frame_and_costs_no_frame() {
    let rig = Rig::new([Visit::with(camera()).streams_on()]).await;
    rig.advance(3.5).await;
    let mut slow = rig.recorder.live(&door()).unwrap();
    let mut quick = rig.recorder.live(&door()).unwrap();
    assert!(matches!(media(&mut slow).await, LiveEvent::Init(_)), "the init section is first");
    let last = frame(&chunk(&mut slow).await);
    assert!(matches!(media(&mut quick).await, LiveEvent::Init(_)), "the init section is first");
    let mut next = frame(&chunk(&mut quick).await) + 1;
    while rig.seconds(rig.now()) < 64.0 {
        assert_eq!(frame(&chunk(&mut quick).await), next, "others do not notice the slow one");
        next += 1;
    }
    let resumed = chunk(&mut slow).await;
    assert!(resumed.is_sync, "without what was dropped only a key frame can be decoded");
    assert!(frame(&resumed) > last + 100, "it does not get all that it missed");
    let after = frame(&chunk(&mut slow).await);
    assert_eq!(after, frame(&resumed) + 1, "from there on it gets every frame");
    let recorded = rig.frames();
    assert!(recorded.len() >= 1_500, "a minute is recorded: {}", recorded.len());
    assert_eq!(recorded, (0..recorded.len() as u32).collect::<Vec<_>>(), "without a hole");
}

#[tokio::test(start_paused = true)]
async fn the_capture_learns_of_the_first_watcher_and_of_the_last() {
    let rig = Rig::new([Visit::with(camera()).streams_on()]).await;
    rig.advance(3.5).await;
    assert_eq!(rig.cameras.watched(), [false; 0], "nobody came yet");
    let first = rig.recorder.live(&door()).unwrap();
    rig.advance(0.1).await;
    assert_eq!(rig.cameras.watched(), [true], "frames are wanted at once now");
    let second = rig.recorder.live(&door()).unwrap();
    rig.advance(0.1).await;
    drop(first);
    rig.advance(0.1).await;
    assert_eq!(rig.cameras.watched(), [true], "one is still watching");
    drop(second);
    rig.advance(0.1).await;
    assert_eq!(rig.cameras.watched(), [true, false], "the capture may rest again");
}

#[tokio::test(start_paused = true)]
async fn nothing_is_made_while_nobody_watches() {
    let rig = Rig::new([Visit::with(camera()).streams_on()]).await;
    rig.advance(3.5).await;
    let mut live = rig.recorder.live(&door()).unwrap();
    assert!(matches!(media(&mut live).await, LiveEvent::Init(_)), "the init section is first");
    drop(live);
    rig.advance(10.0).await;
    let mut live = rig.recorder.live(&door()).unwrap();
    assert!(matches!(media(&mut live).await, LiveEvent::Init(_)), "each watcher gets its own");
    let first = chunk(&mut live).await;
    assert_eq!(frame(&first), 300, "the newest key frame, not that of the last watcher's time");
    assert_eq!(sequence(&first), 1, "the chunks of the ten seconds between were never made");
}

#[tokio::test(start_paused = true)]
async fn a_watcher_stays_over_a_failure_and_sees_no_old_picture() {
    let rig = Rig::new([
        Visit::with(camera()).streams(seconds(5.0)).fails(Unreachable),
        Visit::with(camera()).streams_on(),
    ])
    .await;
    rig.advance(3.5).await;
    let mut early = rig.recorder.live(&door()).unwrap();
    assert!(matches!(media(&mut early).await, LiveEvent::Init(_)), "the init section is first");
    let mut last = frame(&chunk(&mut early).await);
    while last < 124 {
        last = frame(&chunk(&mut early).await);
    }
    rig.until("failed", |status| status.fault.is_some()).await;
    let mut late = rig.recorder.live(&door()).unwrap();
    assert!(matches!(media(&mut late).await, LiveEvent::Init(_)), "the init section is first");
    let greeted = chunk(&mut late).await;
    assert_eq!(frame(&greeted), 125, "the picture from before the failure is not now");
    let next = chunk(&mut early).await;
    assert!(next.is_sync && frame(&next) == 125, "who watched goes on with the new session");
    assert_eq!(rig.cameras.watched(), [true, true], "the new capture is told as well");
}

#[tokio::test(start_paused = true)]
async fn a_new_resolution_brings_a_new_init_section() {
    let rig = Rig::new([Visit::new().streams(seconds(5.0)).changes_width(1280).streams_on()]).await;
    rig.advance(4.5).await;
    let mut live = rig.recorder.live(&door()).unwrap();
    let LiveEvent::Init(before) = media(&mut live).await else {
        panic!("the init section is first")
    };
    let after = loop {
        match media(&mut live).await {
            LiveEvent::Init(init) => break init,
            LiveEvent::Chunk(chunk) => assert_eq!(chunk.init, before, "the old one still holds"),
            LiveEvent::State(_) => unreachable!("`media` leaves them out"),
        }
    };
    assert_ne!(before.tracks, after.tracks, "the picture has another size");
    let first = chunk(&mut live).await;
    assert!(first.is_sync && first.init == after, "it comes right before what needs it");
}

#[tokio::test(start_paused = true)]
async fn a_watcher_sees_the_status_change() {
    let rig = Rig::new([Visit::new().streams(seconds(5.0)).fails(Unreachable)]).await;
    rig.advance(4.5).await;
    let mut live = rig.recorder.live(&door()).unwrap();
    let fault = async {
        loop {
            if let Some(LiveEvent::State(status)) = live.next().await
                && let Some(fault) = status.fault
            {
                return fault;
            }
        }
    };
    let fault = tokio::time::timeout(seconds(10.0), fault).await.expect("the failure is told");
    assert_eq!(fault.reason.code(), "camera_unreachable", "a still picture needs an explanation");
}

#[tokio::test(start_paused = true)]
async fn nobody_watches_a_stream_that_is_not_there() {
    let rig = Rig::new([]).await;
    let error = rig.recorder.live(&"window".parse().unwrap()).expect_err("there is no such stream");
    assert_eq!(error.kind(), afterimage_base::ErrorKind::NotFound, "a caller can tell: {error}");
}
