//! Samples as a hostile camera sends them: any parameter sets, any times, in any order.
#![no_main]

use afterimage_base::{MediaTime, WallTime};
use afterimage_fuzz::within;
use afterimage_media::{
    AudioParameters, Codec, Cut, FragmentIdentity, Fragmenter, FragmenterOptions, Sample, Track,
    TrackKind, VideoParameters, read_fragment, verify_fragment,
};
use bytes::Bytes;
use libfuzzer_sys::fuzz_target;

/// What the fuzzer chose, front to back; zeros behind its end.
struct Choices<'a>(&'a [u8]);

impl Choices<'_> {
    fn take<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        let there = N.min(self.0.len());
        let (taken, rest) = self.0.split_at(there);
        bytes[..there].copy_from_slice(taken);
        self.0 = rest;
        bytes
    }

    fn byte(&mut self) -> u8 {
        self.take::<1>()[0]
    }

    /// Mostly small steps, sometimes anything.
    fn time(&mut self, near: i64) -> i64 {
        match self.byte() {
            0..=191 => near.saturating_add(i64::from(i16::from_be_bytes(self.take()))),
            192..=239 => near.saturating_add(i64::from(i32::from_be_bytes(self.take()))),
            _ => i64::from_be_bytes(self.take()),
        }
    }
}

fn track(choices: &mut Choices<'_>) -> Track {
    let codec =
        [Codec::H264, Codec::H265, Codec::Aac, Codec::Opus][usize::from(choices.byte() % 4)];
    let length = usize::from(choices.byte()).min(choices.0.len());
    let (config, rest) = choices.0.split_at(length);
    choices.0 = rest;
    let kind = match codec {
        Codec::H264 | Codec::H265 => TrackKind::Video(VideoParameters { width: 64, height: 36 }),
        Codec::Aac | Codec::Opus => {
            TrackKind::Audio(AudioParameters { sample_rate: 48_000, channels: 1 })
        }
    };
    let timescale = [90_000, 1, 48_000, 10_000_000][usize::from(choices.byte() % 4)];
    Track { codec, kind, timescale, decoder_config: Bytes::copy_from_slice(config) }
}

fuzz_target!(|data: &[u8]| within(data.len() * 64 + (4 << 20), || {
    let mut choices = Choices(data);
    let mut fragmenter = Fragmenter::new(FragmenterOptions::default());
    let mut judge =
        Judge { number: 0, previous_hash: [0; 32], end: WallTime::from_micros(i64::MIN) };
    let count = usize::from(choices.byte() % 3);
    let (mut media, mut wall) = (0_i64, 1_800_000_000_000_000_i64);
    let tracks = (0..=count).map(|_| track(&mut choices)).collect();
    match fragmenter.tracks(tracks) {
        Ok(cuts) => judge.take(cuts),
        Err(_) => return,
    }
    while !choices.0.is_empty() {
        let flags = choices.byte();
        if flags == 0xff {
            judge.take(fragmenter.finish());
            continue;
        }
        if flags == 0xfe {
            let _ = fragmenter.set_live(choices.byte() % 2 == 0);
            continue;
        }
        media = choices.time(media);
        wall = choices.time(wall);
        let decode = (flags & 4 != 0).then(|| MediaTime(choices.time(media)));
        let duration = (flags & 8 != 0).then(|| MediaTime(choices.time(0)));
        let sample = Sample {
            track: usize::from(flags & 3),
            presentation: MediaTime(media),
            decode,
            duration,
            is_sync: flags & 16 != 0,
            received_at: WallTime::from_micros(wall),
            taken_at: (flags & 32 != 0).then(|| WallTime::from_micros(wall)),
            data: Bytes::from_static(&[0, 0, 0, 1, 9]),
        };
        judge.take(fragmenter.push(sample));
    }
    judge.take(fragmenter.finish());
}));

/// What comes out can be written, is readable, and never overlaps.
struct Judge {
    number: u64,
    previous_hash: [u8; 32],
    end: WallTime,
}

impl Judge {
    fn take(&mut self, cuts: Vec<Cut>) {
        for cut in cuts {
            let Cut::Fragment(fragment) = cut else { continue };
            assert!(fragment.start >= self.end, "fragments do not overlap");
            self.end = fragment.end();
            self.number += 1;
            let identity =
                FragmentIdentity { number: self.number, previous_hash: self.previous_hash };
            let encoded = fragment.encode(&identity);
            self.previous_hash = encoded.hash;
            verify_fragment(&encoded.bytes).expect("what is written is whole");
            let (_, samples) =
                read_fragment(&fragment.init, &encoded.bytes).expect("and can be read");
            let count = |lists: &Vec<Vec<_>>| lists.iter().map(Vec::len).sum::<usize>();
            assert_eq!(count(&samples), count(&fragment.samples), "with every sample");
        }
    }
}
