//! Where fragments stand in time when cameras, clocks and networks misbehave.
#![expect(clippy::unwrap_used, reason = "a test")]

use afterimage_base::{MediaTime, WallTime};
use afterimage_media::{
    AudioParameters, Codec, Cut, Fragment, Fragmenter, FragmenterOptions, Sample, Track, TrackKind,
    VideoParameters,
};
use bytes::Bytes;

/// A camera of 25 pictures a second with a key frame every second, and optional sound.
struct Rig {
    fragmenter: Fragmenter,
    cuts: Vec<Cut>,
    /// The camera's media time, milliseconds.
    media: i64,
    /// Our wall clock, milliseconds after [`START`].
    clock: i64,
    frames: i64,
}

const START: WallTime = WallTime::from_millis(1_800_000_000_000);
const VIDEO: usize = 0;
const AUDIO: usize = 1;

fn tracks(width: u32, has_sound: bool) -> Vec<Track> {
    let mut tracks = vec![Track {
        codec: Codec::H264,
        kind: TrackKind::Video(VideoParameters { width, height: 64 }),
        timescale: 1_000,
        // Baseline: never reorders.
        decoder_config: Bytes::from_static(&[
            1, 0x42, 0, 0x1e, 0xff, 0xe1, 0, 4, 0x67, 0x42, 0, 0x1e, 0,
        ]),
    }];
    if has_sound {
        tracks.push(Track {
            codec: Codec::Aac,
            kind: TrackKind::Audio(AudioParameters { sample_rate: 8_000, channels: 1 }),
            timescale: 8_000,
            decoder_config: Bytes::from_static(&[0x15, 0x88]),
        });
    }
    tracks
}

impl Rig {
    fn new() -> Self {
        Self::with_tracks(tracks(64, false))
    }

    fn with_tracks(tracks: Vec<Track>) -> Self {
        let mut fragmenter = Fragmenter::new(FragmenterOptions::default());
        let cuts = fragmenter.tracks(tracks).unwrap();
        Self { fragmenter, cuts, media: 500_000, clock: 0, frames: 0 }
    }

    fn push(&mut self, track: usize, media_ms: i64, is_sync: bool) {
        let timescale = if track == VIDEO { 1_000 } else { 8_000 };
        self.cuts.extend(self.fragmenter.push(Sample {
            track,
            presentation: MediaTime(media_ms * timescale / 1_000),
            decode: None,
            duration: None,
            is_sync,
            received_at: at(self.clock),
            taken_at: Some(WallTime::from_millis(media_ms)),
            data: Bytes::from(format!("{track}@{media_ms}")),
        }));
    }

    /// The camera sends so many pictures; each takes 40 ms by its clock and by ours.
    fn pictures(&mut self, count: i64) {
        self.pictures_lasting(count, 40);
    }

    /// … and so many milliseconds by ours.
    fn pictures_lasting(&mut self, count: i64, ours: i64) {
        for _ in 0..count {
            self.push(VIDEO, self.media, self.frames % 25 == 0);
            self.frames += 1;
            self.media += 40;
            self.clock += ours;
        }
    }

    fn finish(&mut self) {
        let cuts = self.fragmenter.finish();
        self.cuts.extend(cuts);
    }

    fn fragments(&self) -> Vec<&Fragment> {
        let mut fragments = Vec::new();
        for cut in &self.cuts {
            if let Cut::Fragment(fragment) = cut {
                fragments.push(fragment);
            }
        }
        fragments
    }

    /// What came out, in words: where fragments and jumps stand, in milliseconds after the start.
    fn story(&self) -> Vec<String> {
        let ms = |time: WallTime| (time.as_micros() - START.as_micros()) / 1_000;
        let word = |cut: &Cut| match cut {
            Cut::Fragment(fragment) => format!("{}..{}", ms(fragment.start), ms(fragment.end())),
            Cut::Jump { from, to } => format!("jump {}..{}", ms(*from), ms(*to)),
            Cut::Skipped { .. } => "skipped".to_owned(),
            Cut::Chunk(_) => "chunk".to_owned(),
        };
        self.cuts.iter().map(word).collect()
    }

    fn names(&self, track: usize) -> Vec<String> {
        let samples = self.fragments().into_iter().flat_map(|fragment| &fragment.samples[track]);
        samples.map(|sample| String::from_utf8(sample.data.to_vec()).unwrap()).collect()
    }
}

fn at(ms: i64) -> WallTime {
    WallTime::from_micros(START.as_micros() + ms * 1_000)
}

#[test]
fn fragments_follow_each_other_from_the_first_sample_on() {
    let mut rig = Rig::new();
    rig.pictures(75);
    rig.finish();
    assert_eq!(rig.story(), ["0..1000", "1000..2000", "2000..3000"]);
    let first = rig.fragments()[0];
    assert_eq!(first.server_timestamp, at(0), "our clock when its first byte came");
    assert_eq!(first.producer_timestamp, Some(WallTime::from_millis(500_000)), "the camera's");
}

#[test]
fn what_comes_before_the_first_key_frame_is_not_recorded() {
    let mut rig = Rig::new();
    rig.frames = 20;
    rig.pictures(5 + 50);
    rig.finish();
    assert_eq!(rig.story(), ["200..1200", "1200..2200"]);
}

#[test]
fn an_outage_is_a_jump_and_not_a_long_frame() {
    let mut rig = Rig::new();
    rig.pictures(30);
    // Ten seconds pass for the camera and for us; pictures 31 and on come after it.
    rig.media += 10_000;
    rig.clock += 10_000;
    rig.pictures(45);
    rig.finish();
    let story = rig.story();
    assert_eq!(story, ["0..1000", "1000..1200", "jump 1200..12000", "12000..13000"]);
    let all = rig.fragments().into_iter().flat_map(|fragment| &fragment.samples[VIDEO]);
    assert!(all.map(|sample| sample.duration.0).max() <= Some(40), "no frame was stretched");
}

#[test]
fn a_camera_that_restarts_its_timestamps_is_anchored_anew() {
    let mut rig = Rig::new();
    rig.pictures(50);
    rig.media = 0;
    rig.clock += 5_000;
    rig.pictures(25);
    rig.finish();
    assert_eq!(rig.story(), ["0..1000", "1000..2000", "jump 2000..7000", "7000..8000"]);
    let decode: Vec<_> = rig.fragments().iter().map(|f| f.samples[VIDEO][0].decode.0).collect();
    assert!(decode.is_sorted(), "media time in the file never goes back: {decode:?}");
}

#[test]
fn timestamps_that_step_without_a_loss_leave_no_hole() {
    let mut rig = Rig::new();
    rig.pictures(25);
    rig.media += 3_600_000;
    rig.pictures(25);
    rig.finish();
    assert_eq!(rig.story(), ["0..1000", "1000..2000"], "our clock says that nothing is missing");
}

#[test]
fn a_wall_clock_that_is_set_back_reorders_nothing() {
    let mut rig = Rig::new();
    rig.pictures(50);
    rig.clock -= 7_200_000;
    rig.pictures(50);
    rig.finish();
    let fragments = rig.fragments();
    for pair in fragments.windows(2) {
        assert_eq!(pair[0].end(), pair[1].start, "the camera's time went on");
        let length = pair[1].duration.as_millis();
        assert!((995..=1000).contains(&length), "at most 5 ms are corrected, not {length}");
    }
    // The next session begins after the last one all the same.
    let end = fragments.last().unwrap().end();
    rig.media = 0;
    rig.pictures(25);
    rig.finish();
    assert_eq!(rig.fragments().last().unwrap().start, end, "two sessions do not overlap");
}

#[test]
fn a_wall_clock_that_is_set_far_ahead_is_followed_by_a_jump() {
    let mut rig = Rig::new();
    rig.pictures(25 * 20);
    let hour = 3_600_000;
    rig.clock += hour;
    rig.pictures(25 * 20);
    rig.finish();
    let jumps: Vec<_> = rig.story().into_iter().filter(|word| word.starts_with("jump")).collect();
    assert_eq!(jumps.len(), 1, "{jumps:?}");
    let last = rig.fragments().last().unwrap().end();
    let error = last.as_micros() - at(rig.clock).as_micros();
    assert!(error.abs() < 100_000, "the timeline shows our clock again, {error} µs off");
    let media: Vec<_> = rig.fragments().iter().map(|f| f.samples[VIDEO][0].decode.0).collect();
    assert!(media.windows(2).all(|pair| pair[1] - pair[0] == 1_000), "media time had no jump");
}

#[test]
fn a_slow_network_does_not_look_like_a_clock() {
    let mut rig = Rig::new();
    rig.pictures(25 * 10);
    // Everything is a minute late for five seconds, then the backlog arrives at once.
    rig.clock += 60_000;
    rig.pictures_lasting(25 * 5, 0);
    rig.clock -= 60_000 - 5_000;
    rig.pictures(25 * 10);
    rig.finish();
    assert!(rig.story().iter().all(|word| !word.starts_with("jump")), "{:?}", rig.story());
}

#[test]
fn a_camera_whose_clock_is_fast_is_followed_slowly() {
    // Its second is 1.001 of ours: 1000 ppm, ten times what a bad crystal does.
    let mut fragmenter = Fragmenter::new(FragmenterOptions::default());
    let mut cuts = fragmenter.tracks(tracks(64, false)).unwrap();
    let frames = 25 * 600;
    for frame in 0..frames {
        cuts.extend(fragmenter.push(Sample {
            track: VIDEO,
            presentation: MediaTime(frame * 40),
            decode: None,
            duration: None,
            is_sync: frame % 50 == 0,
            received_at: WallTime::from_micros(START.as_micros() + frame * 40_040),
            taken_at: None,
            data: Bytes::from_static(b"x"),
        }));
    }
    cuts.extend(fragmenter.finish());
    let mut last_end = START;
    for cut in &cuts {
        let Cut::Fragment(fragment) = cut else { panic!("{cut:?}") };
        assert_eq!(fragment.start, last_end, "nothing overlaps and nothing is missing");
        let stretched = fragment.duration.as_micros().abs_diff(2_000_000);
        assert!(stretched <= 5_000, "a fragment is changed by 5 ms at most, not {stretched} µs");
        last_end = fragment.end();
    }
    let error = last_end.as_micros() - (START.as_micros() + frames * 40_040);
    assert!(error.abs() < 50_000, "after ten minutes the timeline is {error} µs off, not 600 ms");
}

#[test]
fn sound_that_lags_and_leads_goes_with_its_picture() {
    for lag in [-300, -20, 0, 20, 300] {
        let mut rig = Rig::with_tracks(tracks(64, true));
        for step in 0..150 {
            let media = 500_000 + step * 40;
            rig.clock = step * 40;
            rig.push(VIDEO, media, step % 25 == 0);
            // Sound comes in packets of 40 ms too, sent earlier or later than the picture.
            let sound = media - lag;
            rig.push(AUDIO, sound, true);
        }
        rig.finish();
        for fragment in rig.fragments() {
            let first = fragment.samples[VIDEO][0].presentation.0;
            let last = fragment.samples[VIDEO].last().unwrap().presentation.0 + 40;
            for sound in &fragment.samples[AUDIO] {
                let time = sound.presentation.0 / 8;
                let is_end = fragment.end() == rig.fragments().last().unwrap().end();
                assert!(time >= first && (time < last || is_end), "lag {lag}: {time} is elsewhere");
            }
        }
        let expected: Vec<_> = (0..150)
            .map(|step| 500_000 + step * 40 - lag)
            .filter(|media| *media >= 500_000)
            .map(|media| format!("1@{media}"))
            .collect();
        assert_eq!(rig.names(AUDIO), expected, "lag {lag}: every sound once");
    }
}

#[test]
fn a_change_of_resolution_begins_a_new_init_section() {
    let mut rig = Rig::new();
    rig.pictures(40);
    let cuts = rig.fragmenter.tracks(tracks(128, false)).unwrap();
    rig.cuts.extend(cuts);
    rig.frames = 0;
    rig.pictures(30);
    let same = rig.fragmenter.tracks(tracks(128, false)).unwrap();
    assert!(same.is_empty(), "the same tracks again change nothing");
    rig.finish();
    assert_eq!(rig.story(), ["0..1000", "1000..1600", "1600..2600", "2600..2800"]);
    let fragments = rig.fragments();
    assert_ne!(fragments[1].init, fragments[2].init);
    assert!(std::sync::Arc::ptr_eq(&fragments[2].init, &fragments[3].init));
}

#[test]
fn sessions_of_one_stream_go_on_behind_each_other() {
    let mut rig = Rig::new();
    rig.pictures(25);
    rig.finish();
    rig.media = 0;
    rig.clock += 30_000;
    rig.pictures(25);
    rig.finish();
    // The interval between sessions is the recorder's to explain, so it is no jump.
    assert_eq!(rig.story(), ["0..1000", "31000..32000"]);
    let mut later = Rig::new();
    later.fragmenter.start_after(at(500));
    later.pictures(25);
    later.finish();
    // 5 ms of the half second are worked off already.
    assert_eq!(later.story(), ["500..1495"], "nothing begins before what is recorded already");
}

#[test]
fn a_picture_that_stands_still_is_on_its_way_to_disk_before_the_camera_gives_up() {
    let mut rig = Rig::with_tracks(tracks(64, true));
    for step in 0..25 * 60 {
        let media = 500_000 + step * 40;
        rig.clock = step * 40;
        if step < 60 {
            rig.push(VIDEO, media, step % 25 == 0);
        }
        rig.push(AUDIO, media, true);
        if step == 25 * 8 {
            let seen = rig.names(VIDEO).len();
            assert_eq!(seen, 60, "all pictures are in fragments six seconds later");
        }
    }
    rig.media = 500_000 + 60_000;
    rig.clock = 60_000;
    rig.frames = 0;
    rig.pictures(25);
    rig.finish();
    let story = rig.story();
    assert_eq!(story[..2], ["0..1000", "1000..2000"]);
    assert!(story.contains(&"skipped".to_owned()), "the operator is told of sound alone");
    assert_eq!(story.last().unwrap(), "60000..61000", "and it goes on where it should");
    let jump = story.iter().find(|word| word.starts_with("jump")).unwrap();
    assert!(jump.ends_with("..60000"), "{jump}: what lies between is not recorded");
}

#[test]
fn samples_that_cannot_be_used_are_told_and_left_out() {
    let mut rig = Rig::new();
    rig.pictures(10);
    rig.push(7, 0, true);
    rig.push(VIDEO, i64::MAX / 1_000, true);
    rig.pictures(15);
    rig.finish();
    assert_eq!(rig.story(), ["skipped", "skipped", "0..1000"]);
    let mut early = Fragmenter::new(FragmenterOptions::default());
    let sample = Sample {
        track: 0,
        presentation: MediaTime(0),
        decode: None,
        duration: None,
        is_sync: true,
        received_at: START,
        taken_at: None,
        data: Bytes::from_static(b"x"),
    };
    assert!(matches!(early.push(sample)[..], [Cut::Skipped { .. }]), "no tracks are known yet");
    assert!(early.finish().is_empty());
}

#[test]
fn a_sample_that_claims_to_last_for_ages_lasts_until_the_next() {
    let mut rig = Rig::new();
    rig.pictures(25);
    let claimed = Sample {
        track: VIDEO,
        presentation: MediaTime(rig.media),
        decode: None,
        duration: Some(MediaTime(i64::MAX)),
        is_sync: true,
        received_at: at(rig.clock),
        taken_at: None,
        data: Bytes::from_static(b"x"),
    };
    let cuts = rig.fragmenter.push(claimed);
    rig.cuts.extend(cuts);
    rig.finish();
    let end = rig.fragments().last().map(|fragment| fragment.end()).unwrap();
    assert_eq!(end, at(1_040), "as long as the others: the fuzzer made a sum overflow here");
}
