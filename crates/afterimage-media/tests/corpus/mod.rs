//! The seeds of the fuzz targets: small segment files of real footage, written by this crate.
//!
//! They lie in `fuzz/corpus`. `AFTERIMAGE_CORPUS=write` writes them anew, from the demo's footage;
//! without it they must still be what this crate writes and reads.

use super::support::{Demuxed, SESSION_START, make_clip};
use afterimage_base::{StreamName, WallTime};
use afterimage_media::{
    Codec, Fragment, FragmentIdentity, FragmenterOptions, SegmentHead, SegmentIdentity,
    read_fragment, verify_fragment,
};
use bytes::Bytes;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The order is the one in which the targets know the cameras.
const CAMERAS: [&str; 3] = ["h264", "h264_aac", "h265"];

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus")
}

fn footage(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.cache/footage");
    folder.join(name).to_str().unwrap().to_owned()
}

fn clip(camera: &str) -> Demuxed {
    let (bikes, bunny) = (footage("bikes.mp4"), footage("bigbuckbunny.mp4"));
    let small = "-vf scale=96:-2 -pix_fmt yuv420p -crf 40 -g 12 -bf 2";
    let arguments = match camera {
        "h264" => format!("-t 1.5 -i {bikes} -an {small} -c:v libx264"),
        "h264_aac" => {
            format!("-t 1 -i {bunny} {small} -c:v libx264 -c:a aac -b:a 16k -ar 16000 -ac 1")
        }
        _ => format!(
            "-t 1 -i {bikes} -an {small} -c:v libx265 -x265-params log-level=none -tag:v hvc1"
        ),
    };
    Demuxed::read(&make_clip(&arguments))
}

fn identity() -> SegmentIdentity {
    SegmentIdentity {
        archive: [7; 16],
        stream: [9; 16],
        stream_name: "door".parse::<StreamName>().unwrap(),
        created: SESSION_START,
    }
}

fn encode(fragments: &[Fragment]) -> Vec<Bytes> {
    let mut previous_hash = [0; 32];
    let one = |(number, fragment): (u64, &Fragment)| {
        let encoded = fragment.encode(&FragmentIdentity { number, previous_hash });
        previous_hash = encoded.hash;
        encoded.bytes
    };
    (1..).zip(fragments).map(one).collect()
}

/// As `fuzz/fuzz_targets/fragmenter.rs` reads it: the tracks, then a sample as flags and two steps.
fn choices(clip: &Demuxed) -> Vec<u8> {
    let mut out = vec![clip.tracks.len() as u8 - 1];
    for track in &clip.tracks {
        let codec = [Codec::H264, Codec::H265, Codec::Aac, Codec::Opus];
        out.push(codec.iter().position(|codec| *codec == track.codec).unwrap() as u8);
        let length = track.decoder_config.len().min(255);
        out.push(length as u8);
        out.extend_from_slice(&track.decoder_config[..length]);
        out.push(0);
    }
    let (mut media, mut wall) = (0, SESSION_START.as_micros());
    for sample in clip.samples.iter().take(40) {
        out.push(sample.track as u8 | if sample.is_sync { 16 } else { 0 });
        let presentation =
            sample.presentation.0 * 90_000 / i64::from(clip.tracks[sample.track].timescale);
        let received = sample.received_at.as_micros();
        for step in [presentation - media, received - wall] {
            out.push(192);
            out.extend_from_slice(&i32::try_from(step).unwrap().to_be_bytes());
        }
        (media, wall) = (presentation, received);
    }
    out
}

fn write_corpus() {
    let put = |target: &str, name: &str, bytes: &[u8]| {
        let folder = corpus().join(target);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(name), bytes).unwrap();
    };
    let options =
        FragmenterOptions { shortest: Duration::from_millis(400), ..FragmenterOptions::default() };
    for (index, camera) in (0..).zip(CAMERAS) {
        let clip = clip(camera);
        let fragments = clip.fragments(options);
        let encoded = encode(&fragments);
        let head = SegmentHead::encode(&fragments[0].init, &identity());
        let segment = [head.as_ref(), encoded.concat().as_ref()].concat();
        put("segment", camera, &segment);
        put("archive", camera, &segment);
        put("archive", &format!("{camera}_torn"), &segment[..segment.len() - 99]);
        put("fragment", camera, &[&[index], encoded[0].as_ref()].concat());
        put("fragmenter", camera, &choices(&clip));
    }
}

#[test]
fn the_seeds_of_the_fuzz_targets_are_what_this_crate_writes() {
    if std::env::var_os("AFTERIMAGE_CORPUS").is_some_and(|wish| wish == "write") {
        write_corpus();
    }
    for camera in CAMERAS {
        let file = std::fs::read(corpus().join("segment").join(camera)).unwrap();
        let head = SegmentHead::read(&file).unwrap().unwrap();
        assert_eq!(
            SegmentHead::encode(&head.init, &head.identity),
            file[..head.length as usize],
            "{camera}: today's writer writes the same head"
        );
        let mut rest = &file[head.length as usize..];
        let (mut count, mut end) = (0, WallTime::EPOCH);
        while !rest.is_empty() {
            let header = afterimage_media::read_fragment_header(rest).unwrap().unwrap();
            let (fragment, behind) = rest.split_at(header.length as usize);
            verify_fragment(fragment).unwrap();
            let (_, samples) =
                read_fragment(&head.init, &Bytes::copy_from_slice(fragment)).unwrap();
            assert!(!samples[0].is_empty(), "{camera}: each has pictures");
            assert!(header.start >= end, "{camera}: in order");
            (rest, count, end) = (behind, count + 1, header.end());
        }
        assert!(count >= 2, "{camera}: a chain to be broken, {count} fragments");
    }
}
