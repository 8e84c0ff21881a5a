use super::*;
use afterimage_base::{SimClock, WallTime};
use afterimage_media::{AudioParameters, TrackKind, VideoParameters};
use std::sync::Arc;
use std::time::Duration;

struct Rig {
    clock: Arc<SimClock>,
    intake: Intake,
    frame: i64,
    width: u32,
}

impl Rig {
    fn new(audio: bool) -> Self {
        let clock = Arc::new(SimClock::at(WallTime::from_millis(1_800_000_000_000)));
        let times = SessionTimes::new(clock.clone(), 90_000, audio.then_some(48_000));
        let audio_track = audio.then(|| Track {
            codec: Codec::Aac,
            kind: TrackKind::Audio(AudioParameters { sample_rate: 48_000, channels: 1 }),
            timescale: 48_000,
            decoder_config: Bytes::from_static(&[0x11, 0x88]),
        });
        Self { clock, intake: Intake::new(Codec::H264, audio_track, times), frame: 0, width: 640 }
    }

    /// Sends the next frame at 25 a second and tells what came of it, one letter an event.
    fn send(&mut self, kind: char) -> String {
        self.send_with(kind, |_| {})
    }

    fn send_with(&mut self, kind: char, change: impl FnOnce(&mut Picture)) -> String {
        let nal: &[u8] = if kind == 'I' { &[0, 0, 0, 1, 0x65] } else { &[0, 0, 0, 1, 0x41] };
        let mut picture = Picture {
            ticks: self.frame * 3_600,
            is_key: kind == 'I',
            has_new_parameters: false,
            lost: 0,
            data: Bytes::from_static(nal),
        };
        change(&mut picture);
        let track = Track {
            codec: Codec::H264,
            kind: TrackKind::Video(VideoParameters { width: self.width, height: 480 }),
            timescale: 90_000,
            decoder_config: Bytes::from_static(&[1]),
        };
        self.intake.picture(picture, || Some(track)).expect("no step");
        self.frame += 1;
        self.clock.advance(Duration::from_millis(40));
        self.events()
    }

    fn events(&mut self) -> String {
        self.intake
            .take()
            .iter()
            .map(|event| match event {
                CaptureEvent::Tracks(_) => 'T',
                CaptureEvent::Skipped { .. } => 'x',
                CaptureEvent::Sample(sample) if sample.track == AUDIO => 'a',
                CaptureEvent::Sample(sample) if sample.is_sync => 'I',
                CaptureEvent::Sample(_) => 'p',
            })
            .collect()
    }
}

#[test]
fn a_session_begins_with_its_tracks_and_a_key_frame() {
    let mut rig = Rig::new(false);
    let came: Vec<String> = "pPIppI".to_uppercase().chars().map(|kind| rig.send(kind)).collect();
    assert_eq!(came, ["", "", "TI", "p", "p", "I"], "joined within a GOP, and announced once");
}

#[test]
fn after_a_loss_nothing_comes_until_a_key_frame_and_the_skip_is_told_once() {
    let mut rig = Rig::new(false);
    rig.send('I');
    rig.send('P');
    let lossy = rig.send_with('P', |picture| picture.lost = 3);
    assert_eq!(lossy, "", "it refers to what was lost");
    assert_eq!(rig.send('P'), "", "so does the next");
    rig.intake.damaged("a packet was no H.264");
    assert_eq!(rig.send('P'), "");
    rig.frame += 1;
    let key = Picture {
        ticks: rig.frame * 3_600,
        is_key: true,
        has_new_parameters: false,
        lost: 0,
        data: Bytes::from_static(&[0, 0, 0, 1, 0x65]),
    };
    let track = rig.intake.tracks[0].clone();
    rig.intake.picture(key, || Some(track)).expect("no step");
    let events = rig.intake.take();
    let [CaptureEvent::Skipped { detail }, CaptureEvent::Sample(_)] = &events[..] else {
        panic!("the skip, then the key frame; the tracks are as before: {events:?}");
    };
    for part in ["a packet was no H.264", "3 packets were lost", "3 frames skipped"] {
        assert!(detail.contains(part), "{detail}");
    }
}

#[test]
fn a_loss_before_a_key_frame_costs_only_what_was_lost() {
    let mut rig = Rig::new(false);
    rig.send('I');
    assert_eq!(rig.send_with('I', |picture| picture.lost = 1), "xI", "it stands alone");
}

#[test]
fn new_parameters_are_announced_before_their_key_frame() {
    let mut rig = Rig::new(true);
    assert_eq!(rig.send('I'), "TI");
    rig.width = 1_280;
    assert_eq!(rig.send_with('I', |picture| picture.has_new_parameters = true), "TI");
    let same = rig.send_with('I', |picture| picture.has_new_parameters = true);
    assert_eq!(same, "I", "parameters that come to the same track are nothing new");
    let between = rig.send_with('P', |picture| picture.has_new_parameters = true);
    assert_eq!(between, "", "a decoder that was set up for the tracks could not read it");
    assert_eq!(rig.send('I'), "xI");
}

#[test]
fn pictures_shown_before_the_first_key_frame_are_left_out() {
    let mut rig = Rig::new(false);
    rig.frame = 10;
    assert_eq!(rig.send('I'), "TI");
    let leading = rig.send_with('P', |picture| picture.ticks = 9 * 3_600);
    assert_eq!(leading, "", "an open GOP's leading picture refers to the GOP that we don't have");
    assert_eq!(rig.send('I'), "I");
    let leading = rig.send_with('P', |picture| picture.ticks -= 2 * 3_600);
    assert_eq!(leading, "p", "within the session its references are there");
}

#[test]
fn sound_waits_for_the_picture() {
    let mut rig = Rig::new(true);
    let sound = |ticks| Sound { ticks, duration: 1_024, lost: 0, data: Bytes::from_static(&[1]) };
    rig.intake.sound(sound(0)).expect("no step");
    assert_eq!(rig.events(), "", "a player can't begin with it");
    rig.send('I');
    rig.intake.sound(sound(1_024)).expect("no step");
    assert_eq!(rig.events(), "a");
    rig.send_with('P', |picture| picture.lost = 1);
    rig.intake.sound(sound(2_048)).expect("no step");
    assert_eq!(rig.events(), "a", "a loss of picture does not silence the sound");
}

#[test]
fn a_unit_without_a_picture_is_no_sample() {
    let mut rig = Rig::new(false);
    rig.send('I');
    let delimiter = Bytes::from_static(&[0, 0, 0, 2, 0x09, 0xf0]);
    let came = rig.send_with('I', |picture| picture.data = delimiter);
    assert_eq!(came, "", "retina calls it a key frame, a decoder finds nothing in it");
    assert_eq!(rig.send('P'), "p", "and it does no harm");
}

#[test]
fn a_camera_that_has_not_sent_its_parameters_is_waited_for() {
    let mut rig = Rig::new(false);
    let key = Picture {
        ticks: 0,
        is_key: true,
        has_new_parameters: false,
        lost: 0,
        data: Bytes::from_static(&[0, 0, 0, 1, 0x65]),
    };
    let became = rig.intake.picture(key, || None).expect("no step");
    assert!(!became, "nobody could decode it");
    assert_eq!(rig.send('I'), "TI");
}
