use super::*;
use afterimage_base::SimClock;

const VIDEO: u32 = 90_000;
const AUDIO: u32 = 48_000;

struct Rig {
    clock: Arc<SimClock>,
    times: SessionTimes,
}

impl Rig {
    fn new() -> Self {
        let start: WallTime = "2026-03-01T12:00:00Z".parse().expect("RFC 3339");
        let clock = Arc::new(SimClock::at(start));
        let times = SessionTimes::new(clock.clone(), VIDEO, Some(AUDIO));
        Self { clock, times }
    }

    fn ntp(&self, ago: Duration) -> u64 {
        let micros = self.clock.now().minus(ago).as_micros();
        let seconds = u64::try_from(micros / 1_000_000 + 2_208_988_800).expect("after 1900");
        let fraction = u64::try_from(micros % 1_000_000).expect("after 1970");
        (seconds << 32) | (((fraction << 32) / 1_000_000) + 1)
    }

    fn picture(&mut self, ticks: i64) -> SampleTimes {
        self.times.video_arrived(ticks).expect("no step");
        self.times.begin(ticks);
        self.times.of_video(ticks).expect("at or after the zero")
    }
}

#[test]
fn the_first_key_frame_is_zero_and_sound_counts_from_it() {
    let mut rig = Rig::new();
    let first = rig.picture(450_000);
    assert_eq!(first.presentation, MediaTime(0));
    rig.times.audio_arrived(5 * 48_000 + 480).expect("no step");
    let sound = rig.times.of_audio(5 * 48_000 + 480).expect("after the zero");
    assert_eq!(sound.presentation, MediaTime(480), "both count from the start that PLAY named");
    assert_eq!(rig.times.of_audio(5 * 48_000 - 480), None, "sound from before the first picture");
    assert_eq!(rig.times.of_video(449_999), None, "a picture from before it");
}

#[test]
fn sender_reports_place_sound_beside_picture() {
    let mut rig = Rig::new();
    rig.picture(0);
    // The camera says: video tick 0 was taken now, audio tick 0 was taken 300 ms ago.
    let (now, earlier) = (rig.ntp(Duration::ZERO), rig.ntp(Duration::from_millis(300)));
    rig.times.video_report(now, 0);
    rig.times.audio_report(earlier, 0);
    rig.times.audio_arrived(48_000).expect("no step");
    let sound = rig.times.of_audio(48_000).expect("after the zero");
    let expected = 48_000 - 14_400;
    assert!((sound.presentation.0 - expected).abs() <= 1, "300 ms earlier: {sound:?}");
}

#[test]
fn a_report_that_contradicts_arrival_is_not_believed() {
    let mut rig = Rig::new();
    rig.picture(0);
    rig.times.audio_arrived(0).expect("no step");
    let (now, hour_ago) = (rig.ntp(Duration::ZERO), rig.ntp(Duration::from_secs(3_600)));
    rig.times.video_report(now, 0);
    rig.times.audio_report(hour_ago, 0);
    let sound = rig.times.of_audio(48_000).expect("after the zero");
    assert_eq!(sound.presentation, MediaTime(48_000), "an hour between picture and sound is a lie");
}

#[test]
fn a_start_that_play_got_wrong_is_corrected_by_arrival() {
    let mut rig = Rig::new();
    let lied = 100 * 48_000;
    rig.times.audio_arrived(lied).expect("no step");
    rig.picture(0);
    rig.clock.advance(Duration::from_secs(1));
    rig.times.audio_arrived(lied + 48_000).expect("no step");
    let sound = rig.times.of_audio(lied + 48_000).expect("after the zero");
    assert_eq!(sound.presentation, MediaTime(48_000), "it came a second after the first picture");
}

#[test]
fn sound_that_is_placed_anew_never_goes_back() {
    let mut rig = Rig::new();
    rig.picture(0);
    assert!(rig.times.of_audio(48_000).is_some());
    let (now, earlier) = (rig.ntp(Duration::ZERO), rig.ntp(Duration::from_secs(1)));
    rig.times.video_report(now, 0);
    rig.times.audio_report(earlier, 0);
    assert_eq!(rig.times.of_audio(49_024), None, "a second back would overlap what was handed out");
    assert!(rig.times.of_audio(98_000).is_some(), "and it goes on where that ends");
}

#[test]
fn received_at_follows_a_step_of_our_wall_clock_and_is_never_ahead() {
    let mut rig = Rig::new();
    rig.picture(0);
    rig.clock.advance(Duration::from_millis(200));
    let late = rig.picture(3_600);
    assert_eq!(late.received_at, rig.clock.now().minus(Duration::from_millis(160)));
    rig.clock.step_to("2030-01-01T00:00:00Z".parse().expect("RFC 3339"));
    let stepped = rig.picture(7_200);
    assert_eq!(stepped.received_at, rig.clock.now().minus(Duration::from_millis(120)));
    let early = rig.picture(90_000);
    assert_eq!(
        early.received_at,
        rig.clock.now(),
        "a timestamp ahead of its arrival came just now"
    );
}

#[test]
fn taken_at_is_told_only_by_a_camera_with_a_clock() {
    let mut rig = Rig::new();
    assert_eq!(rig.picture(0).taken_at, None, "no report has come");
    let ntp = rig.ntp(Duration::from_secs(7));
    rig.times.video_report(ntp, 0);
    let taken = rig.picture(90_000).taken_at.expect("reported");
    assert_eq!(
        taken,
        rig.clock.now().minus(Duration::from_secs(6)),
        "its clock is seven seconds slow"
    );
    rig.times.video_report(0, 0);
    assert_eq!(rig.picture(93_600).taken_at, None, "it lost its clock");
}

#[test]
fn a_step_of_the_camera_clock_is_an_error_either_way() {
    for ticks in [90_000 * 60, -90_000 * 60] {
        let mut rig = Rig::new();
        rig.picture(0);
        let stepped = rig.times.video_arrived(ticks).expect_err("a minute within no time");
        assert_eq!(stepped.micros, ticks / 90 * 1_000, "and it says how far");
    }
    let mut rig = Rig::new();
    rig.picture(0);
    rig.clock.advance(Duration::from_secs(60));
    rig.times.video_arrived(90_000 * 60).expect("a minute within a minute is a pause");
}
