//! What the fragmenter promises for every stream, sane or not.
#![expect(clippy::unwrap_used, reason = "a test")]

use afterimage_base::{MediaTime, WallTime};
use afterimage_media::{
    AudioParameters, Codec, Cut, Fragment, FragmentIdentity, Fragmenter, FragmenterOptions, Sample,
    Track, TrackKind, VideoParameters, read_fragment, verify_fragment,
};
use bytes::Bytes;
use proptest::prelude::*;
use std::time::Duration;

const START: WallTime = WallTime::from_millis(1_800_000_000_000);
/// An avcC without parameter sets: how deep it reorders is not known.
const AVC_UNKNOWN: &[u8] = &[1, 0x64, 0, 0x1f, 0xff, 0xe0, 0];
/// Baseline: never reorders.
const AVC_BASELINE: &[u8] = &[1, 0x42, 0, 0x1e, 0xff, 0xe1, 0, 4, 0x67, 0x42, 0, 0x1e, 0];

fn tracks(config: &'static [u8], sample_rate: Option<u32>) -> Vec<Track> {
    let mut tracks = vec![Track {
        codec: Codec::H264,
        kind: TrackKind::Video(VideoParameters { width: 64, height: 64 }),
        timescale: 90_000,
        decoder_config: Bytes::from_static(config),
    }];
    tracks.extend(sample_rate.map(|sample_rate| Track {
        codec: Codec::Aac,
        kind: TrackKind::Audio(AudioParameters { sample_rate, channels: 1 }),
        timescale: sample_rate,
        decoder_config: Bytes::from_static(&[0x12, 0x08]),
    }));
    tracks
}

/// A sane camera: a constant or jittering frame rate, any GOPs, mini-GOPs of reordered pictures.
#[derive(Clone, Debug)]
struct Camera {
    frame_ticks: i64,
    gops: Vec<usize>,
    b_frames: usize,
    knows_decode: bool,
    has_sound: bool,
    /// By how much the sound arrives after the picture, in milliseconds.
    sound_lag_ms: i64,
    zero: i64,
}

fn camera() -> impl Strategy<Value = Camera> {
    (
        900_i64..30_000,
        prop::collection::vec(1_usize..60, 1..8),
        0_usize..5,
        any::<bool>(),
        any::<bool>(),
        -400_i64..400,
        -1_000_000_i64..1_000_000,
    )
        .prop_map(
            |(frame_ticks, gops, b_frames, knows_decode, has_sound, sound_lag_ms, zero)| Camera {
                frame_ticks,
                gops,
                b_frames,
                knows_decode,
                has_sound,
                sound_lag_ms,
                zero,
            },
        )
}

fn sample(track: usize, presentation: i64, is_sync: bool, arrival_us: i64, id: usize) -> Sample {
    Sample {
        track,
        presentation: MediaTime(presentation),
        decode: None,
        duration: None,
        is_sync,
        received_at: WallTime::from_micros(START.as_micros() + arrival_us),
        taken_at: None,
        data: Bytes::from(format!("{track}-{id}")),
    }
}

impl Camera {
    fn tracks(&self) -> Vec<Track> {
        let config = if self.b_frames == 0 { AVC_BASELINE } else { AVC_UNKNOWN };
        tracks(config, self.has_sound.then_some(48_000))
    }

    fn samples(&self) -> Vec<Sample> {
        let mut order = Vec::new();
        let mut first = 0_i64;
        for &gop in &self.gops {
            // Decode order within a GOP: the key frame, then each P before the Bs it closes.
            order.push((first, true));
            let mut next = 1;
            while next < gop {
                let last = (next + self.b_frames).min(gop - 1);
                order.push((first + last as i64, false));
                order.extend((next..last).map(|index| (first + index as i64, false)));
                next = last + 1;
            }
            first += gop as i64;
        }
        let micros = |ticks: i64| ticks * 100 / 9;
        let mut samples = Vec::new();
        for (index, (shown, is_sync)) in order.iter().enumerate() {
            let decode = index as i64 * self.frame_ticks;
            let shown = (shown + 1) * self.frame_ticks;
            let mut picture = sample(0, self.zero + shown, *is_sync, micros(decode), index);
            picture.decode = self.knows_decode.then_some(MediaTime(self.zero + decode));
            samples.push(picture);
        }
        if self.has_sound {
            let end = micros(first * self.frame_ticks);
            let zero = MediaTime(self.zero).rescale(90_000, 48_000).0;
            for (index, ticks) in (0..).step_by(1024).enumerate() {
                let at = ticks * 125 / 6;
                if at >= end {
                    break;
                }
                let arrival = at + self.sound_lag_ms * 1000;
                samples.push(sample(1, zero + ticks, true, arrival, index));
            }
        }
        samples.sort_by_key(|sample| sample.received_at);
        samples
    }
}

fn run(tracks: Vec<Track>, samples: &[Sample], options: FragmenterOptions) -> Vec<Cut> {
    let mut fragmenter = Fragmenter::new(options);
    let mut cuts = fragmenter.tracks(tracks).unwrap();
    for sample in samples {
        cuts.extend(fragmenter.push(sample.clone()));
    }
    cuts.extend(fragmenter.finish());
    cuts
}

fn fragments(cuts: Vec<Cut>) -> Vec<Fragment> {
    let fragment = |cut| match cut {
        Cut::Fragment(fragment) => Some(fragment),
        _ => None,
    };
    cuts.into_iter().filter_map(fragment).collect()
}

fn ids(samples: impl Iterator<Item = Bytes>) -> Vec<String> {
    samples.map(|data| String::from_utf8(data.to_vec()).unwrap()).collect()
}

/// What holds for every output, however bad the input.
fn assert_sound(fragments: &[Fragment]) -> Result<(), TestCaseError> {
    for pair in fragments.windows(2) {
        prop_assert!(pair[1].start >= pair[0].end(), "fragments never overlap");
    }
    let tracks = fragments.iter().map(|fragment| fragment.samples.len()).max().unwrap_or(0);
    for track in 0..tracks {
        let all = fragments.iter().flat_map(|fragment| fragment.samples.get(track));
        let all: Vec<_> = all.flatten().collect();
        for pair in all.windows(2) {
            prop_assert!(pair[1].decode > pair[0].decode, "decode times rise");
        }
        for sample in &all {
            prop_assert!(sample.decode >= MediaTime(0), "tfdt can't be negative");
            prop_assert!(
                sample.presentation >= sample.decode,
                "nothing is shown before it is decoded"
            );
            prop_assert!(sample.duration > MediaTime(0), "every sample lasts");
        }
    }
    for fragment in fragments {
        prop_assert!(fragment.duration > Duration::ZERO, "a fragment has a length");
        prop_assert!(fragment.samples.iter().any(|samples| !samples.is_empty()), "and samples");
        let first = fragment.samples.iter().find_map(|samples| samples.first());
        if fragment.is_independent {
            prop_assert!(first.is_some_and(|first| first.is_sync), "it begins with a key frame");
        }
    }
    Ok(())
}

/// More with `PROPTEST_CASES`. What fails is fixed, not collected.
fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_sane_camera_is_recorded_whole(camera in camera(), longest_ms in 1_500_u64..20_000) {
        let longest = Duration::from_millis(longest_ms);
        let options = FragmenterOptions { longest, ..FragmenterOptions::default() };
        let samples = camera.samples();
        let cuts = run(camera.tracks(), &samples, options);
        let is_fragment = |cut: &Cut| matches!(cut, Cut::Fragment(_));
        prop_assert!(cuts.iter().all(is_fragment), "no jumps, nothing skipped: {cuts:?}");
        let fragments = fragments(cuts);
        assert_sound(&fragments)?;

        let kept = |track: usize| {
            let all = fragments.iter().flat_map(move |fragment| &fragment.samples[track]);
            all.collect::<Vec<_>>()
        };
        let sent = |track: usize| samples.iter().filter(move |sample| sample.track == track);
        let pictures = ids(kept(0).iter().map(|sample| sample.data.clone()));
        prop_assert_eq!(pictures, ids(sent(0).map(|sample| sample.data.clone())), "every picture");
        let first = sent(0).next().unwrap().presentation.0;
        for (kept, sent) in kept(0).iter().zip(sent(0)) {
            let relative = kept.presentation.0 - kept_first(&fragments);
            prop_assert_eq!(relative, sent.presentation.0 - first, "at the time it was shown");
        }
        for pair in kept(0).windows(2) {
            let next = pair[0].decode.0 + pair[0].duration.0;
            prop_assert_eq!(next, pair[1].decode.0, "durations lead from one to the next");
        }
        if camera.has_sound {
            let key = MediaTime(first).rescale(90_000, 1_000_000).0;
            let in_time = |sample: &&Sample| {
                sample.presentation.rescale(48_000, 1_000_000).0 >= key
            };
            // What stands within a tick of the key frame may fall on either side.
            let expected = ids(sent(1).filter(in_time).map(|sample| sample.data.clone()));
            let sounds = ids(kept(1).iter().map(|sample| sample.data.clone()));
            let extra = sounds.len().abs_diff(expected.len());
            prop_assert!(extra <= 1, "{} sounds of {}", sounds.len(), expected.len());
            let shared = sounds.len().min(expected.len());
            prop_assert_eq!(
                &sounds[sounds.len() - shared..],
                &expected[expected.len() - shared..],
                "every sound once and in order"
            );
        }
        for pair in fragments.windows(2) {
            prop_assert_eq!(pair[0].end(), pair[1].start, "media time was continuous");
            prop_assert!(pair[1].is_independent || !pair[1].samples[0][0].is_sync);
        }
        for (number, fragment) in (1..).zip(&fragments) {
            let identity = FragmentIdentity { number, previous_hash: [1; 32] };
            let encoded = fragment.encode(&identity);
            verify_fragment(&encoded.bytes).unwrap();
            let (header, read) = read_fragment(&fragment.init, &encoded.bytes).unwrap();
            prop_assert_eq!(header.start, fragment.start);
            let shape = |lists: &[Vec<afterimage_media::FragmentSample>]| -> Vec<_> {
                lists.iter().flatten()
                    .map(|s| (s.decode, s.presentation, s.duration, s.is_sync, s.data.clone()))
                    .collect()
            };
            prop_assert_eq!(shape(&read), shape(&fragment.samples), "it reads as it was");
        }
    }

    #[test]
    fn a_mad_camera_breaks_nothing(
        wild in prop::collection::vec(
            (0_usize..3, any::<i64>(), 0_u8..4, any::<bool>(), -5_000_i64..5_000, any::<i32>()),
            1..300,
        ),
        has_decode in any::<bool>(),
        is_live in any::<bool>(),
    ) {
        let mut fragmenter = Fragmenter::new(FragmenterOptions::default());
        drop(fragmenter.set_live(is_live));
        let mut cuts = fragmenter.tracks(tracks(AVC_UNKNOWN, Some(8_000))).unwrap();
        let mut time = 0_i64;
        for (id, (track, leap, kind, is_sync, step, clock)) in wild.into_iter().enumerate() {
            time = match kind {
                0 => leap,
                1 => time.wrapping_add(leap >> 30),
                _ => time.wrapping_add(step),
            };
            let mut sample = sample(track, time, is_sync, i64::from(clock) * 1_000, id);
            sample.decode = has_decode.then_some(MediaTime(time.wrapping_sub(leap >> 50)));
            cuts.extend(fragmenter.push(sample));
            if leap % 97 == 0 {
                cuts.extend(fragmenter.finish());
            }
        }
        cuts.extend(fragmenter.finish());
        for pair in cuts.windows(2) {
            if let [Cut::Fragment(before), Cut::Jump { from, to }] = pair {
                prop_assert_eq!(before.end(), *from, "a jump begins where the recording ended");
                prop_assert!(from < to, "and takes time");
            }
        }
        let fragments = fragments(cuts);
        assert_sound(&fragments)?;
        for fragment in &fragments {
            let identity = FragmentIdentity { number: 1, previous_hash: [0; 32] };
            let encoded = fragment.encode(&identity);
            prop_assert!(read_fragment(&fragment.init, &encoded.bytes).is_ok(), "it can be read");
        }
    }
}

fn kept_first(fragments: &[Fragment]) -> i64 {
    fragments[0].samples[0][0].presentation.0
}
