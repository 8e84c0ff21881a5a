//! Bytes that are cut, flipped or foreign: told apart, and never a panic.
#![expect(clippy::unwrap_used, reason = "a test")]

use afterimage_base::{MediaTime, WallTime};
use afterimage_media::{
    AudioParameters, Codec, EncodedFragment, FRAGMENT_HEADER_LIMIT, Fmp4Error, Fragment,
    FragmentIdentity, FragmentSample, InitSegment, SegmentHead, SegmentIdentity, Track, TrackKind,
    VideoParameters, fragment_front_length, media_start, read_fragment, read_fragment_header,
    read_sample_table, retime_fragment, verify_fragment,
};
use bytes::Bytes;
use proptest::prelude::*;
use std::sync::Arc;
use std::time::Duration;

/// An hvcC without parameter sets.
const HEVC: &[u8] =
    &[1, 1, 0x60, 0, 0, 0, 0x90, 0, 0, 0, 0, 0, 93, 0xf0, 0, 0xfc, 0xfd, 0xf8, 0xf8, 0, 0, 0x0f, 0];

fn init() -> InitSegment {
    let audio = |codec, timescale, config| Track {
        codec,
        kind: TrackKind::Audio(AudioParameters { sample_rate: timescale, channels: 2 }),
        timescale,
        decoder_config: Bytes::from_static(config),
    };
    let video = |codec, config| Track {
        codec,
        kind: TrackKind::Video(VideoParameters { width: 640, height: 360 }),
        timescale: 90_000,
        decoder_config: Bytes::from_static(config),
    };
    InitSegment::new(vec![
        video(Codec::H264, &[1, 0x64, 0, 0x1f, 0xff, 0xe0, 0]),
        video(Codec::H265, HEVC),
        audio(Codec::Aac, 44_100, &[0x12, 0x10, 0x56, 0xe5, 0]),
        audio(Codec::Opus, 48_000, &[0, 2, 1, 56, 0, 0, 187, 128, 0, 0, 0]),
    ])
    .unwrap()
}

fn fragment() -> Fragment {
    let sample = |index: i64, size: usize| FragmentSample {
        decode: MediaTime(90_000 + index * 3_000),
        presentation: MediaTime(90_000 + index * 3_000 + if index % 2 == 0 { 0 } else { 6_000 }),
        duration: MediaTime(3_000),
        is_sync: index % 3 == 0,
        data: Bytes::from(vec![index as u8; size]),
    };
    let run = |count: i64, size: usize| (0..count).map(|index| sample(index, size)).collect();
    Fragment {
        init: Arc::new(init()),
        samples: vec![run(9, 40), Vec::new(), run(5, 11), run(1, 3)],
        is_independent: true,
        start: WallTime::from_micros(1_800_000_000_123_456),
        duration: Duration::from_micros(2_000_001),
        producer_timestamp: Some(WallTime::from_micros(-5)),
        server_timestamp: WallTime::from_micros(1_800_000_000_223_456),
    }
}

fn encoded() -> EncodedFragment {
    fragment().encode(&FragmentIdentity { number: u64::MAX - 1, previous_hash: [0xab; 32] })
}

fn head() -> Bytes {
    let identity = SegmentIdentity {
        archive: [1; 16],
        stream: [2; 16],
        stream_name: "front-door".parse().unwrap(),
        created: WallTime::from_millis(1_800_000_000_000),
    };
    SegmentHead::encode(&init(), &identity)
}

#[test]
fn the_header_says_what_was_written() {
    let encoded = encoded();
    let header = verify_fragment(&encoded.bytes).unwrap();
    let fragment = fragment();
    assert_eq!(header.identity.number, u64::MAX - 1);
    assert_eq!(header.identity.previous_hash, [0xab; 32]);
    assert_eq!(header.start, fragment.start, "to the microsecond");
    assert_eq!(header.duration, fragment.duration);
    assert_eq!(header.producer_timestamp, fragment.producer_timestamp, "before 1970 too");
    assert_eq!(header.server_timestamp, fragment.server_timestamp);
    assert!(header.is_independent);
    let limited = read_fragment_header(&encoded.bytes[..FRAGMENT_HEADER_LIMIT]).unwrap();
    assert_eq!(limited, Some(header), "the limit suffices");
    let without = Fragment { producer_timestamp: None, is_independent: false, ..fragment };
    let bytes = without.encode(&FragmentIdentity { number: 1, previous_hash: [0; 32] }).bytes;
    let header = verify_fragment(&bytes).unwrap();
    assert_eq!(header.producer_timestamp, None, "no timestamp is not the year 1970");
    assert!(!header.is_independent);
}

#[test]
fn the_hash_is_that_of_the_file_format() {
    let EncodedFragment { bytes, hash } = encoded();
    let at = bytes.windows(32).position(|window| window == hash).unwrap();
    assert_eq!(at, 108, "where the documentation says");
    let mut zeroed = bytes.to_vec();
    zeroed[at..at + 32].fill(0);
    assert_eq!(blake3::hash(&zeroed).as_bytes(), &hash, "over all, itself taken as zeros");
}

#[test]
fn any_flipped_bit_is_found() {
    let good = encoded().bytes;
    for at in 0..good.len() {
        let mut bad = good.to_vec();
        bad[at] ^= 1 << (at % 8);
        assert!(verify_fragment(&bad).is_err(), "byte {at} of {}", good.len());
    }
}

#[test]
fn a_cut_is_told_from_damage() {
    let good = encoded().bytes;
    for length in 0..good.len() {
        let cut = &good[..length];
        match read_fragment_header(cut) {
            Ok(None) => assert!(length < FRAGMENT_HEADER_LIMIT, "{length} bytes must suffice"),
            Ok(Some(header)) => assert_eq!(header.length, good.len() as u64),
            Err(error) => panic!("a prefix of {length} bytes is no damage: {error}"),
        }
        assert!(verify_fragment(cut).is_err(), "a part is not the whole");
        assert!(read_fragment(&init(), &good.slice(..length)).is_err());
    }
    assert!(read_fragment_header(b"\0\0\0\x20moof").is_err(), "something else is");
    assert!(read_fragment_header(&[0; 64]).is_err(), "zeros behind a torn write are");
}

#[test]
fn a_segment_head_reads_from_any_longer_prefix() {
    let good = head();
    for length in 0..good.len() {
        assert_eq!(SegmentHead::read(&good[..length]).unwrap(), None, "{length} bytes are a part");
    }
    let file = [&good[..], &encoded().bytes].concat();
    let read = SegmentHead::read(&file).unwrap().unwrap();
    assert_eq!(read.length, good.len() as u64);
    assert_eq!(read.identity.stream_name.as_str(), "front-door");
    assert_eq!(read.init, init(), "tracks and decoder configurations come back as they were");
    assert!(matches!(SegmentHead::read(b"not a video at all"), Err(Fmp4Error::Damaged { .. })));
}

#[test]
fn the_front_alone_gives_the_sample_table() {
    let encoded = encoded();
    let front = fragment_front_length(&encoded.bytes[..FRAGMENT_HEADER_LIMIT]).unwrap().unwrap();
    let (_, table) = read_sample_table(&init(), &encoded.bytes[..front as usize]).unwrap();
    let (_, samples) = read_fragment(&init(), &encoded.bytes).unwrap();
    assert_eq!(table.len(), samples.len());
    for (entry, sample) in table.iter().flatten().zip(samples.iter().flatten()) {
        let start = entry.offset as usize;
        assert_eq!(encoded.bytes[start..start + entry.size as usize], sample.data[..]);
        assert_eq!((entry.decode, entry.presentation), (sample.decode, sample.presentation));
    }
    assert!(read_sample_table(&init(), &encoded.bytes[..front as usize - 9]).is_err());
}

#[test]
fn a_moved_fragment_differs_in_time_alone() {
    let good = encoded().bytes;
    let mut moved = good.to_vec();
    retime_fragment(&init(), &mut moved, 2_000_000).unwrap();
    let moved = Bytes::from(moved);
    let (_, before) = read_fragment(&init(), &good).unwrap();
    let (_, after) = read_fragment(&init(), &moved).unwrap();
    for (track, (before, after)) in init().tracks.iter().zip(before.iter().zip(&after)) {
        for (before, after) in before.iter().zip(after) {
            let ticks = i64::from(track.timescale) * 2;
            assert_eq!(after.decode.0 - before.decode.0, ticks, "two seconds of each track");
            assert_eq!(after.presentation.0 - before.presentation.0, ticks);
            assert_eq!(after.data, before.data);
        }
    }
    assert_eq!(media_start(&init(), &good).unwrap(), 1_000_000, "its first picture, from prft");
    assert!(verify_fragment(&moved).is_err(), "it is no longer what was recorded");
}

#[test]
fn another_crate_reads_our_boxes() {
    use mp4_atom::{Any, Decode};
    let file = [&head()[..], &encoded().bytes].concat();
    let mut rest = &file[..];
    let mut kinds = Vec::new();
    while !rest.is_empty() {
        match Any::decode(&mut rest).unwrap() {
            Any::Ftyp(_) => kinds.push("ftyp"),
            Any::Moov(moov) => {
                assert_eq!(moov.trak.len(), 4);
                assert!(moov.mvex.is_some(), "it announces fragments");
                kinds.push("moov");
            }
            Any::Prft(prft) => {
                assert_eq!((prft.reference_track_id, prft.media_time), (1, 90_000));
                let seconds = (prft.ntp_timestamp >> 32).wrapping_sub(2_208_988_800) as u32;
                assert_eq!(seconds, 1_800_000_000, "NTP time of the fragment's start");
                kinds.push("prft");
            }
            Any::Uuid(_) => kinds.push("uuid"),
            Any::Moof(moof) => {
                assert_eq!(moof.mfhd.sequence_number, u32::MAX - 1, "the number's low bits");
                assert_eq!(moof.traf.len(), 3, "a track without samples has no box");
                kinds.push("moof");
            }
            Any::Mdat(mdat) => {
                assert_eq!(mdat.data.len(), 9 * 40 + 5 * 11 + 3);
                kinds.push("mdat");
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(kinds, ["ftyp", "moov", "uuid", "prft", "uuid", "moof", "mdat"]);
}

#[test]
fn tracks_that_cannot_be_described_are_refused() {
    let good = init().tracks[0].clone();
    let refused = |change: fn(&mut Track)| {
        let mut track = good.clone();
        change(&mut track);
        let error = InitSegment::new(vec![track]).unwrap_err();
        matches!(error, Fmp4Error::Tracks(_))
    };
    assert!(refused(|track| track.timescale = 0), "no ticks");
    assert!(refused(|track| track.timescale = 1_000_000_000), "durations would not fit");
    assert!(refused(|track| track.decoder_config = Bytes::new()), "no configuration");
    assert!(refused(|track| track.codec = Codec::Aac), "sound with picture parameters");
    assert!(InitSegment::new(Vec::new()).is_err(), "no tracks");
}

/// Every reader on the same bytes: what they answer does not matter, that they do does.
fn read_everything(bytes: &Bytes) {
    let init = init();
    let _ = InitSegment::parse(bytes.clone());
    let _ = SegmentHead::read(bytes);
    let _ = read_fragment_header(bytes);
    let _ = verify_fragment(bytes);
    let _ = fragment_front_length(bytes);
    let _ = read_sample_table(&init, bytes);
    let _ = media_start(&init, bytes);
    let _ = retime_fragment(&init, &mut bytes.to_vec(), i64::MIN);
    if let Ok((_, samples)) = read_fragment(&init, bytes) {
        let total: usize = samples.iter().flatten().count();
        assert!(total <= bytes.len(), "memory is bounded by what was given");
    }
    if let Ok(init) = InitSegment::parse(bytes.clone()) {
        let _ = init.mime();
        let _ = read_fragment(&init, bytes);
        let mut fragmenter = afterimage_media::Fragmenter::new(Default::default());
        let _ = fragmenter.tracks(init.tracks);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn mutated_bytes_never_panic(
        is_head in any::<bool>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        cut in any::<prop::sample::Index>(),
        is_cut in any::<bool>(),
    ) {
        let mut bytes = if is_head { head().to_vec() } else { encoded().bytes.to_vec() };
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if is_cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        read_everything(&Bytes::from(bytes));
    }

    #[test]
    fn foreign_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        read_everything(&Bytes::from(bytes));
    }
}
