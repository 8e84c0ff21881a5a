//! What stands before the first cluster: EBML header, segment information, tracks, cues.

use super::ebml::Elements;
use crate::clip::ClipFragment;
use afterimage_base::WallTime;
use afterimage_media::{Codec, InitSegment, Track, TrackKind};
use bytes::Bytes;
use std::time::Duration;

const EBML: u32 = 0x1a45_dfa3;
const SEGMENT: u32 = 0x1853_8067;
const SEEK_HEAD: u32 = 0x114d_9b74;
const SEEK: u32 = 0x4dbb;
const SEEK_ID: u32 = 0x53ab;
const SEEK_POSITION: u32 = 0x53ac;
const INFO: u32 = 0x1549_a966;
const TRACKS: u32 = 0x1654_ae6b;
const TRACK_ENTRY: u32 = 0xae;
const CUES: u32 = 0x1c53_bb6b;
const CUE_POINT: u32 = 0xbb;
const CUE_TIME: u32 = 0xb3;
const CUE_TRACK_POSITIONS: u32 = 0xb7;
const CUE_TRACK: u32 = 0xf7;
const CUE_CLUSTER_POSITION: u32 = 0xf1;

/// Matroska counts dates from 2001-01-01T00:00:00Z.
const DATE_EPOCH: WallTime = WallTime::from_millis(978_307_200_000);

/// The head of a file whose clusters are `lengths` bytes long, one run of clusters a fragment.
pub(crate) fn head(init: &InitSegment, fragments: &[ClipFragment], lengths: &[u64]) -> Bytes {
    let start = fragments.first().map_or(WallTime::EPOCH, |first| first.start);
    let end = fragments.last().map_or(start, |last| last.start.plus(last.duration));
    let info = info(start, Some(end.since(start)));
    let tracks = tracks(init);
    // Cues and seek head have the same length whatever the positions in them are.
    let cues_length = cues(init, fragments, lengths, 0).len();
    let seek_length = seek_head(0, 0, 0).len();
    let info_at = seek_length;
    let tracks_at = info_at + info.len();
    let cues_at = tracks_at + tracks.len();
    let clusters_at = cues_at + cues_length;

    let mut out = ebml_header();
    let media: u64 = lengths.iter().sum();
    out.open(SEGMENT, Some(clusters_at as u64 + media));
    out.raw(&seek_head(info_at, tracks_at, cues_at).finish());
    out.raw(&info.finish());
    out.raw(&tracks.finish());
    out.raw(&cues(init, fragments, lengths, clusters_at).finish());
    out.finish()
}

/// The head of a file whose end is not known.
pub(super) fn endless_head(init: &InitSegment, start: WallTime) -> Bytes {
    let mut out = ebml_header();
    out.open(SEGMENT, None);
    out.raw(&info(start, None).finish());
    out.raw(&tracks(init).finish());
    out.finish()
}

fn ebml_header() -> Elements {
    let mut out = Elements::default();
    out.master(EBML, |out| {
        out.unsigned(0x4286, 1);
        out.unsigned(0x42f7, 1);
        out.unsigned(0x42f2, 4);
        out.unsigned(0x42f3, 8);
        out.text(0x4282, "matroska");
        out.unsigned(0x4287, 4);
        out.unsigned(0x4285, 2);
    });
    out
}

fn seek_head(info: usize, tracks: usize, cues: usize) -> Elements {
    let mut out = Elements::default();
    out.master(SEEK_HEAD, |out| {
        for (id, position) in [(INFO, info), (TRACKS, tracks), (CUES, cues)] {
            out.master(SEEK, |out| {
                out.binary(SEEK_ID, &id.to_be_bytes());
                out.unsigned(SEEK_POSITION, position as u64);
            });
        }
    });
    out
}

fn info(start: WallTime, duration: Option<Duration>) -> Elements {
    let mut out = Elements::default();
    out.master(INFO, |out| {
        // Ticks of a millisecond.
        out.unsigned(0x002a_d7b1, 1_000_000);
        if let Some(duration) = duration {
            out.float(0x4489, duration.as_secs_f64() * 1000.0);
        }
        let date = start.as_micros().saturating_sub(DATE_EPOCH.as_micros()).saturating_mul(1000);
        out.signed(0x4461, date);
        out.text(0x4d80, "Afterimage");
        out.text(0x5741, "Afterimage");
    });
    out
}

fn tracks(init: &InitSegment) -> Elements {
    let mut out = Elements::default();
    out.master(TRACKS, |out| {
        for (number, track) in (1..).zip(&init.tracks) {
            out.master(TRACK_ENTRY, |out| track_entry(out, number, track));
        }
    });
    out
}

fn track_entry(out: &mut Elements, number: u64, track: &Track) {
    out.unsigned(0xd7, number);
    out.unsigned(0x73c5, number);
    out.unsigned(0x83, if track.is_video() { 1 } else { 2 });
    out.unsigned(0x9c, 0);
    out.text(0x0022_b59c, "und");
    out.text(
        0x86,
        match track.codec {
            Codec::H264 => "V_MPEG4/ISO/AVC",
            Codec::H265 => "V_MPEGH/ISO/HEVC",
            Codec::Aac => "A_AAC",
            Codec::Opus => "A_OPUS",
        },
    );
    match track.codec {
        Codec::Opus => {
            out.binary(0x63a2, &opus_head(&track.decoder_config));
            // Decoders need 80 ms of Opus before they sound right (RFC 7845, section 4.6).
            out.unsigned(0x56bb, 80_000_000);
        }
        _ => out.binary(0x63a2, &track.decoder_config),
    }
    match &track.kind {
        TrackKind::Video(video) => out.master(0xe0, |out| {
            out.unsigned(0xb0, u64::from(video.width));
            out.unsigned(0xba, u64::from(video.height));
        }),
        TrackKind::Audio(audio) => out.master(0xe1, |out| {
            out.float(0xb5, f64::from(audio.sample_rate));
            out.unsigned(0x9f, u64::from(audio.channels));
        }),
    }
}

/// `dOps` as the identification header of RFC 7845: the same fields, little-endian, version 1.
fn opus_head(config: &[u8]) -> Vec<u8> {
    let mut head = b"OpusHead\x01".to_vec();
    if let [_, channels, s0, s1, r0, r1, r2, r3, g0, g1, mapping @ ..] = config {
        head.extend_from_slice(&[*channels, *s1, *s0, *r3, *r2, *r1, *r0, *g1, *g0]);
        head.extend_from_slice(mapping);
    }
    head
}

/// Where players may jump to: the fragments that can be decoded alone.
fn cues(
    init: &InitSegment,
    fragments: &[ClipFragment],
    lengths: &[u64],
    clusters_at: usize,
) -> Elements {
    let track = init.tracks.iter().position(Track::is_video).unwrap_or_default() as u64 + 1;
    let mut out = Elements::default();
    let mut position = clusters_at as u64;
    let mut time = Duration::ZERO;
    out.master(CUES, |out| {
        for (fragment, length) in fragments.iter().zip(lengths) {
            if fragment.is_independent && *length > 0 {
                out.master(CUE_POINT, |out| {
                    out.unsigned(CUE_TIME, u64::try_from(time.as_millis()).unwrap_or(u64::MAX));
                    out.master(CUE_TRACK_POSITIONS, |out| {
                        out.unsigned(CUE_TRACK, track);
                        out.unsigned(CUE_CLUSTER_POSITION, position);
                    });
                });
            }
            position += length;
            time += fragment.duration;
        }
    });
    out
}
