//! What the media tests share: clips made by ffmpeg, an MP4 demuxer, and ffmpeg as the judge.
//!
//! Belongs here: reading ordinary MP4 files with another crate than the one under test. Not
//! here: assertions about fragments.
#![expect(clippy::disallowed_types, reason = "ffmpeg is a program")]
#![expect(clippy::unwrap_used, reason = "a failed step of a test may say so by panicking")]

use afterimage_base::{MediaTime, WallTime};
use afterimage_media::{
    AudioParameters, Codec, Cut, Fragment, Fragmenter, FragmenterOptions, Sample, Track, TrackKind,
    VideoParameters,
};
use bytes::Bytes;
use mp4_atom::{Decode, Moov, StszSamples};
use std::path::Path;
use std::process::Command;

/// A clip made by ffmpeg from `arguments`, as one ordinary MP4 file.
pub fn make_clip(arguments: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clip.mp4");
    let output = Command::new("ffmpeg")
        .args(["-v", "error", "-y"])
        .args(arguments.split_whitespace())
        .args(["-movflags", "+faststart"])
        .arg(&path)
        .output()
        .unwrap();
    assert!(output.status.success(), "ffmpeg: {}", String::from_utf8_lossy(&output.stderr));
    std::fs::read(path).unwrap()
}

/// Moving bars with a tone: 6 s, GOPs of 1.5 s, B-frames.
pub fn bars_with_tone() -> Vec<u8> {
    make_clip(
        "-f lavfi -i testsrc2=size=320x180:rate=25:duration=6 -f lavfi -i sine=440:duration=6 \
         -c:v libx264 -preset veryfast -pix_fmt yuv420p -bf 3 -g 37 -keyint_min 37 \
         -sc_threshold 0 -c:a aac -b:a 64k",
    )
}

/// Tracks and samples of an ordinary MP4 file, in the order of decode times over all tracks.
pub struct Demuxed {
    pub tracks: Vec<Track>,
    pub samples: Vec<Sample>,
}

pub const SESSION_START: WallTime = WallTime::from_millis(1_800_000_000_000);

impl Demuxed {
    pub fn read(file: &[u8]) -> Self {
        let moov_at = find(file, b"moov").expect("a moov box") - 4;
        let moov = Moov::decode(&mut &file[moov_at..]).unwrap();
        let mut tracks = Vec::new();
        let mut samples = Vec::new();
        for (index, trak) in moov.trak.iter().enumerate() {
            let timescale = trak.mdia.mdhd.timescale;
            let stbl = &trak.mdia.minf.stbl;
            let kind = &file[moov_at..];
            let (codec, track_kind, config) = match &stbl.stsd.codecs[0] {
                mp4_atom::Codec::Avc1(entry) => {
                    (Codec::H264, video(&entry.visual), payload(kind, b"avcC"))
                }
                mp4_atom::Codec::Hvc1(entry) => {
                    (Codec::H265, video(&entry.visual), payload(kind, b"hvcC"))
                }
                mp4_atom::Codec::Mp4a(entry) => {
                    (Codec::Aac, audio(&entry.audio), aac_config(payload(kind, b"esds")))
                }
                mp4_atom::Codec::Opus(entry) => {
                    (Codec::Opus, audio(&entry.audio), payload(kind, b"dOps"))
                }
                other => panic!("no test for {other:?}"),
            };
            tracks.push(Track {
                codec,
                kind: track_kind,
                timescale,
                decoder_config: Bytes::copy_from_slice(config),
            });
            let edit = trak.edts.as_ref().and_then(|edts| edts.elst.as_ref());
            let skipped = edit
                .and_then(|elst| elst.entries.iter().find_map(|entry| entry.media_time))
                .map_or(0, |time| i64::try_from(time).unwrap());
            samples.extend(track_samples(file, index, timescale, stbl, skipped));
        }
        samples.sort_by_key(|sample| {
            let timescale = tracks[sample.track].timescale;
            sample.decode.unwrap().rescale(timescale, 1_000_000)
        });
        Self { tracks, samples }
    }

    /// As an RTSP camera would send it: presentation times alone.
    pub fn without_decode_times(mut self) -> Self {
        for sample in &mut self.samples {
            sample.decode = None;
            sample.duration = None;
        }
        self
    }

    pub fn of_track(&self, track: usize) -> impl Iterator<Item = &Sample> {
        self.samples.iter().filter(move |sample| sample.track == track)
    }

    /// All of it through a fragmenter.
    pub fn fragments(&self, options: FragmenterOptions) -> Vec<Fragment> {
        let mut fragmenter = Fragmenter::new(options);
        let mut cuts = fragmenter.tracks(self.tracks.clone()).unwrap();
        for sample in &self.samples {
            cuts.extend(fragmenter.push(sample.clone()));
        }
        cuts.extend(fragmenter.finish());
        fragments_alone(cuts)
    }
}

/// The fragments among `cuts`; anything else is a failure.
pub fn fragments_alone(cuts: Vec<Cut>) -> Vec<Fragment> {
    let mut fragments = Vec::new();
    for cut in cuts {
        match cut {
            Cut::Fragment(fragment) => fragments.push(fragment),
            other => panic!("a clean clip has no {other:?}"),
        }
    }
    fragments
}

fn find(bytes: &[u8], kind: &[u8; 4]) -> Option<usize> {
    bytes.windows(4).position(|window| window == kind)
}

/// The payload of the first box of `kind`, wherever it is nested.
fn payload<'a>(bytes: &'a [u8], kind: &[u8; 4]) -> &'a [u8] {
    let at = find(bytes, kind).unwrap_or_else(|| panic!("no {}", kind.escape_ascii()));
    let size = u32::from_be_bytes(bytes[at - 4..at].try_into().unwrap()) as usize;
    &bytes[at + 4..at - 4 + size]
}

fn aac_config(esds: &[u8]) -> &[u8] {
    let at = esds.windows(4).position(|window| window == [5, 0x80, 0x80, 0x80]).unwrap();
    let length = usize::from(esds[at + 4]);
    &esds[at + 5..at + 5 + length]
}

fn video(visual: &mp4_atom::Visual) -> TrackKind {
    TrackKind::Video(VideoParameters {
        width: u32::from(visual.width),
        height: u32::from(visual.height),
    })
}

fn audio(audio: &mp4_atom::Audio) -> TrackKind {
    let sample_rate = u32::from(audio.sample_rate.integer());
    TrackKind::Audio(AudioParameters { sample_rate, channels: audio.channel_count })
}

fn track_samples(
    file: &[u8],
    track: usize,
    timescale: u32,
    stbl: &mp4_atom::Stbl,
    skipped: i64,
) -> Vec<Sample> {
    let sizes: Vec<u32> = match &stbl.stsz.samples {
        StszSamples::Identical { count, size } => vec![*size; *count as usize],
        StszSamples::Different { sizes } => sizes.clone(),
    };
    let chunks = stbl.stco.as_ref().unwrap();
    let per_chunk = |chunk: u32| {
        let entries = stbl.stsc.entries.iter();
        entries.take_while(|entry| entry.first_chunk <= chunk).last().unwrap().samples_per_chunk
    };
    let mut offsets = Vec::new();
    for (index, chunk) in chunks.entries.iter().enumerate() {
        let mut at = *chunk as usize;
        for _ in 0..per_chunk(index as u32 + 1) {
            let Some(size) = sizes.get(offsets.len()) else { break };
            offsets.push(at);
            at += *size as usize;
        }
    }
    let deltas = stbl.stts.entries.iter();
    let deltas = deltas.flat_map(|e| std::iter::repeat_n(e.sample_delta, e.sample_count as usize));
    let compositions: Vec<i64> = stbl
        .ctts
        .iter()
        .flat_map(|ctts| &ctts.entries)
        .flat_map(|e| std::iter::repeat_n(e.sample_offset, e.sample_count as usize))
        .collect();
    let mut decode = -skipped;
    let mut samples = Vec::new();
    for (index, delta) in deltas.enumerate() {
        let composition = compositions.get(index).copied().unwrap_or_default();
        let is_sync =
            stbl.stss.as_ref().is_none_or(|stss| stss.entries.contains(&(index as u32 + 1)));
        let presentation = MediaTime(decode + composition);
        let elapsed = MediaTime(decode + skipped).rescale(timescale, 1_000_000).0;
        let received_at = WallTime::from_micros(SESSION_START.as_micros() + elapsed);
        samples.push(Sample {
            track,
            presentation,
            decode: Some(MediaTime(decode)),
            duration: Some(MediaTime(i64::from(delta))),
            is_sync,
            received_at,
            taken_at: None,
            data: Bytes::copy_from_slice(
                &file[offsets[index]..offsets[index] + sizes[index] as usize],
            ),
        });
        decode += i64::from(delta);
    }
    samples
}

/// Decodes a file with ffmpeg and returns what it complained about: nothing, if all is well.
pub fn complaints_of_ffmpeg(path: &Path) -> String {
    let output = Command::new("ffmpeg")
        .args(["-v", "warning", "-xerror", "-err_detect", "explode", "-i"])
        .arg(path)
        .args(["-map", "0", "-f", "null", "-"])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() { text } else { format!("failed: {text}") }
}

/// One line per packet as ffprobe prints it: the fields of `entries`, comma separated.
pub fn probe_packets(path: &Path, stream: &str, entries: &str) -> Vec<String> {
    probe(path, &["-select_streams", stream, "-show_entries", &format!("packet={entries}")])
}

/// The presentation times of the frames that really decode, in seconds.
pub fn decoded_frames(path: &Path, stream: &str) -> Vec<f64> {
    let lines = probe(
        path,
        &["-select_streams", stream, "-show_entries", "frame=best_effort_timestamp_time"],
    );
    lines.iter().filter_map(|line| line.trim_end_matches(',').parse().ok()).collect()
}

pub fn probe(path: &Path, arguments: &[&str]) -> Vec<String> {
    let output = Command::new("ffprobe")
        .args(["-v", "error", "-of", "csv=p=0"])
        .args(arguments)
        .arg(path)
        .output()
        .unwrap();
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && complaints.is_empty(), "ffprobe: {complaints}");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.lines()
        .map(|line| line.trim_end_matches(',').to_owned())
        .filter(|line| !line.is_empty())
        .collect()
}
