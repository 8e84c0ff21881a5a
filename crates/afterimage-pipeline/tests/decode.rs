//! The decoder: exact frames, least work, and damaged input.

mod rig;

use afterimage_base::ErrorKind;
use afterimage_media::FragmentSample;
use afterimage_pipeline::PipelineError;
use afterimage_pipeline::camera::{ClockPattern, PatternAudio, PatternCodec};
use afterimage_pipeline::capture::{self, Source};
use afterimage_pipeline::decode::{DecodedFrame, Decoder};
use bytes::Bytes;
use rig::{Take, clock, small, take};

async fn recording(codec: PatternCodec, b_frames: bool) -> Take {
    let pattern = ClockPattern { codec, b_frames, audio: PatternAudio::None, ..small() };
    let mut capture = capture::open(&Source::TestPattern(pattern), clock()).expect("it opens");
    take(&mut capture, 60).await.expect("the pattern plays")
}

fn counters(frames: &[DecodedFrame]) -> Vec<(usize, Option<u32>)> {
    frames.iter().map(|frame| (frame.sample_index, frame.counter())).collect()
}

/// What each sample's counter must be: its place in the order of showing.
fn expected(fragment: &[FragmentSample], wanted: &[usize]) -> Vec<(usize, Option<u32>)> {
    let place = |index: usize| {
        let shown = fragment[index].presentation;
        fragment.iter().filter(|sample| sample.presentation < shown).count()
    };
    wanted.iter().map(|index| (*index, u32::try_from(place(*index)).ok())).collect()
}

#[tokio::test]
async fn any_choice_of_frames_is_exactly_that() {
    for (codec, b_frames) in [
        (PatternCodec::H264, false),
        (PatternCodec::H264, true),
        (PatternCodec::H265, false),
        (PatternCodec::H265, true),
    ] {
        let take = recording(codec, b_frames).await;
        let fragment = take.video_fragment();
        let mut decoder = Decoder::new(take.video_track()).expect("a decoder");
        let keys: Vec<usize> =
            (0..fragment.len()).filter(|index| fragment[*index].is_sync).collect();
        assert!(keys.len() >= 2, "a key frame a second");
        let choices = [vec![0], keys, vec![13], vec![49], vec![1, 2, 3, 4], vec![2, 30, 31, 54]];
        for wanted in choices {
            // The same decoder for all, so that nothing of one fragment may leak into the next.
            let frames = decoder.decode_fragment(&fragment, &wanted).expect("it decodes");
            assert_eq!(
                counters(&frames),
                expected(&fragment, &wanted),
                "{codec:?} b_frames={b_frames} {wanted:?}"
            );
            assert!(frames.iter().all(|frame| (frame.width, frame.height) == (320, 184)));
        }
        let unsorted = decoder.decode_fragment(&fragment, &[9, 3, 9]).expect("it decodes");
        assert_eq!(counters(&unsorted), expected(&fragment, &[3, 9]), "each once, by rising index");
    }
}

#[tokio::test]
async fn what_is_not_there_is_refused() {
    let take = recording(PatternCodec::H264, false).await;
    let fragment = take.video_fragment();
    let mut decoder = Decoder::new(take.video_track()).expect("a decoder");
    let refusal =
        decoder.decode_fragment(&fragment, &[fragment.len()]).expect_err("beyond the end");
    assert_eq!(refusal.kind(), ErrorKind::InvalidInput, "{refusal}");
    assert_eq!(decoder.decode_fragment(&fragment, &[]).expect("nothing is wanted"), []);
}

#[tokio::test]
async fn damaged_samples_cost_frames_and_never_lie() {
    for codec in [PatternCodec::H264, PatternCodec::H265] {
        let take = recording(codec, true).await;
        let whole = take.video_fragment();
        let all: Vec<usize> = (0..whole.len()).collect();
        let truth = expected(&whole, &all);
        let mut decoder = Decoder::new(take.video_track()).expect("a decoder");
        for (name, damage) in damages() {
            for target in [0, 1, 7, 25] {
                let mut fragment = whole.clone();
                fragment[target].data = damage(&fragment[target].data);
                match decoder.decode_fragment(&fragment, &all) {
                    Ok(frames) => {
                        for (index, counter) in counters(&frames) {
                            // Changed bits inside a picture are concealed by decoders, unseen; the
                            // archive's hashes are what tells them.
                            let is_true = name == "flipped bits"
                                || counter.is_none()
                                || counter == truth[index].1;
                            assert!(
                                is_true,
                                "{codec:?} {name} in {target}: {index} is {counter:?}"
                            );
                        }
                    }
                    Err(PipelineError::Undecodable(_)) => {}
                    Err(other) => panic!("{codec:?} {name} in {target}: {other}"),
                }
                // The next fragment is none the worse.
                let frames = decoder.decode_fragment(&whole, &[5]).expect("whole again");
                assert_eq!(counters(&frames), expected(&whole, &[5]), "{codec:?} after {name}");
            }
        }
    }
}

type Damage = fn(&Bytes) -> Bytes;

fn damages() -> [(&'static str, Damage); 6] {
    [
        ("nothing left", |_| Bytes::new()),
        ("cut in half", |data| data.slice(..data.len() / 2)),
        ("a length beyond the end", |data| {
            let mut data = data.to_vec();
            data[..4].copy_from_slice(&[0x7F, 0xFF, 0xFF, 0xFF]);
            data.into()
        }),
        ("noise", |data| (0..data.len()).map(|i| (i * 151 % 251) as u8).collect()),
        ("flipped bits", |data| {
            let mut data = data.to_vec();
            data.iter_mut().skip(40).step_by(97).for_each(|byte| *byte ^= 0x24);
            data.into()
        }),
        ("zeros", |data| vec![0; data.len()].into()),
    ]
}

#[tokio::test]
async fn a_wrong_configuration_is_an_error() {
    let take = recording(PatternCodec::H264, false).await;
    let fragment = take.video_fragment();
    let mut track = take.video_track().clone();
    track.decoder_config = Bytes::from_static(&[1, 2, 3]);
    let outcome =
        Decoder::new(&track).and_then(|mut decoder| decoder.decode_fragment(&fragment, &[0]));
    if let Ok(frames) = outcome {
        assert_eq!(
            counters(&frames),
            expected(&fragment, &[0]),
            "parameter sets were in the samples"
        );
    }
}
