//! Clips cut at a frame: what ffmpeg shows of them is what was asked for, no frame more.
#![expect(clippy::unwrap_used, reason = "a test")]
#![expect(clippy::disallowed_types, reason = "ffmpeg is the judge")]

#[path = "../../afterimage-media/tests/support/mod.rs"]
#[expect(dead_code, reason = "shared with the other tests")]
mod support;

use afterimage_base::WallTime;
use afterimage_media::{Fragment, FragmentIdentity, FragmenterOptions};
use afterimage_playback::{ClipError, ClipFragment, ClipPlan, Container, Extract, Part};
use bytes::Bytes;
use mp4_atom::{Decode, Moov};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;
use support::{Demuxed, SESSION_START};

const FRAME: Duration = Duration::from_millis(40);

struct Archive {
    index: Vec<ClipFragment>,
    bytes: Vec<Bytes>,
}

impl Archive {
    fn of(fragments: &[Fragment]) -> Self {
        let (mut index, mut bytes) = (Vec::new(), Vec::new());
        for (number, fragment) in (1..).zip(fragments) {
            let identity = FragmentIdentity { number, previous_hash: [0; 32] };
            let encoded = fragment.encode(&identity).bytes;
            index.push(ClipFragment {
                init: Arc::clone(&fragment.init),
                number,
                start: fragment.start,
                duration: fragment.duration,
                is_independent: fragment.is_independent,
                length: encoded.len() as u64,
                segment: 1,
            });
            bytes.push(encoded);
        }
        Self { index, bytes }
    }

    /// The fragments that overlap a range, as the index would give them.
    fn part(&self, from: WallTime, to: WallTime) -> Self {
        let first = self.index.iter().position(|one| one.start.plus(one.duration) > from).unwrap();
        let last = self.index.iter().rposition(|one| one.start < to).unwrap();
        Self { index: self.index[first..=last].to_vec(), bytes: self.bytes[first..=last].to_vec() }
    }

    fn plan(&self, container: Container, extract: Extract) -> Result<ClipPlan, ClipError> {
        ClipPlan::new(container, extract, &self.index, |index, range| {
            Ok(self.bytes[index].slice(range.start as usize..range.end as usize))
        })
    }

    fn write(&self, plan: &ClipPlan, path: &Path) {
        let mut file = Vec::new();
        for part in plan.parts() {
            match part {
                Part::Bytes(bytes) => file.extend_from_slice(&bytes),
                Part::Fragment { index, offset, length } => {
                    let from = offset as usize;
                    file.extend_from_slice(&self.bytes[index][from..from + length as usize]);
                }
                Part::Rendered { index, offset, length } => {
                    let rendered = plan.render(index, &self.bytes[index]).unwrap();
                    let from = offset as usize;
                    file.extend_from_slice(&rendered[from..from + length as usize]);
                }
            }
        }
        assert_eq!(file.len() as u64, plan.length(), "the length was exact");
        std::fs::write(path, file).unwrap();
    }

    fn exact(&self, from: WallTime, to: WallTime, path: &Path) -> ClipPlan {
        let part = self.part(from, to);
        let plan = part.plan(Container::Mp4, Extract::Exact { from, to }).unwrap();
        part.write(&plan, path);
        plan
    }
}

/// Each picture that ffmpeg shows: its time in milliseconds and what it looks like.
fn pictures(path: &Path) -> Vec<(i64, String)> {
    let output = Command::new("ffmpeg")
        .args(["-v", "warning", "-xerror", "-i"])
        .arg(path)
        .args(["-map", "0:v:0", "-fps_mode", "passthrough", "-enc_time_base", "1/1000"])
        .args(["-f", "framemd5", "-"])
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "ffmpeg finds nothing wrong");
    let text = String::from_utf8(output.stdout).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let fields = lines.map(|line| line.split(',').map(str::trim).collect::<Vec<_>>());
    fields.map(|fields| (fields[2].parse().unwrap(), fields[5].to_owned())).collect()
}

fn milliseconds(path: &Path, entries: &str) -> Vec<i64> {
    let lines = support::probe(path, &["-show_entries", entries]);
    lines.iter().map(|line| (line.parse::<f64>().unwrap() * 1000.0).round() as i64).collect()
}

/// The length in the movie's header, read by another crate.
fn movie_milliseconds(path: &Path) -> i64 {
    let file = std::fs::read(path).unwrap();
    let at = file.windows(4).position(|four| four == b"moov").unwrap() - 4;
    let moov = Moov::decode(&mut &file[at..]).unwrap();
    (moov.mvhd.duration * 1000 / u64::from(moov.mvhd.timescale)) as i64
}

fn exact_cuts_of(clip: &[u8]) {
    let demuxed = Demuxed::read(clip).without_decode_times();
    let archive = Archive::of(&demuxed.fragments(FragmenterOptions::default()));
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| -> PathBuf { folder.path().join(name) };
    let end = archive.index.last().map(|last| last.start.plus(last.duration)).unwrap();
    let plan = archive.exact(SESSION_START, end, &at("all.mp4"));
    assert_eq!(plan.start(), SESSION_START, "it begins with the session");
    let all: Vec<String> = pictures(&at("all.mp4")).into_iter().map(|(_, look)| look).collect();
    assert_eq!(all.len(), demuxed.of_track(0).count(), "nothing is hidden of the whole");

    // Frames in the middle of GOPs and on their borders, one fragment and several.
    for (first, count) in [(0, 1), (5, 10), (36, 3), (37, 37), (38, 60), (50, 1), (90, 55)] {
        for late in [Duration::ZERO, Duration::from_millis(17)] {
            let from = SESSION_START.plus(FRAME * first).plus(late);
            let to = SESSION_START.plus(FRAME * (first + count));
            let plan = archive.exact(from, to, &at("part.mp4"));
            let expected = &all[first as usize..(first + count) as usize];
            let shown = pictures(&at("part.mp4"));
            let looks: Vec<&str> = shown.iter().map(|(_, look)| look.as_str()).collect();
            assert_eq!(looks, expected, "{count} frames from {first}, asked {late:?} into it");
            let times: Vec<i64> = shown.iter().map(|(time, _)| *time).collect();
            let paced: Vec<i64> = (0..i64::from(count)).map(|index| index * 40).collect();
            assert_eq!(times, paced, "the first frame is shown at zero");
            let length = i64::from(count) * 40;
            assert_eq!(movie_milliseconds(&at("part.mp4")), length, "its header says its length");
            // ffprobe counts the last piece of sound whole, of which a part is shown.
            let shown = milliseconds(&at("part.mp4"), "format=duration")[0];
            assert!((length..length + 24).contains(&shown), "{shown} ms shown of {length}");
            let start = plan.start().as_micros() - SESSION_START.as_micros();
            assert!((start - i64::from(first) * 40_000).abs() <= 1, "it says when it begins");
            let lengths = milliseconds(&at("part.mp4"), "stream=duration");
            assert!(lengths.iter().all(|one| (length - one).abs() <= 45), "{lengths:?}, {length}");
        }
    }
}

#[test]
fn ffmpeg_shows_exactly_the_frames_that_were_asked_for() {
    exact_cuts_of(&support::bars_with_tone());
}

#[test]
fn exact_with_another_codec_and_an_open_gop() {
    exact_cuts_of(&support::make_clip(
        "-f lavfi -i testsrc2=size=320x180:rate=25:duration=6 -c:v libx265 -preset ultrafast \
         -pix_fmt yuv420p -tag:v hvc1 -x265-params \
         log-level=none:keyint=37:min-keyint=37:scenecut=0:bframes=3:open-gop=0",
    ));
}

#[test]
fn the_sound_is_cut_with_the_picture() {
    let demuxed = Demuxed::read(&support::bars_with_tone()).without_decode_times();
    let archive = Archive::of(&demuxed.fragments(FragmenterOptions::default()));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("part.mp4");
    let from = SESSION_START.plus(FRAME * 20);
    archive.exact(from, from.plus(Duration::from_secs(2)), &path);
    let output = Command::new("ffmpeg")
        .args(["-v", "error", "-i"])
        .arg(&path)
        .args(["-map", "0:a:0", "-f", "s16le", "-ac", "1", "-"])
        .output()
        .unwrap();
    let samples = output.stdout.len() / 2;
    let error = samples.abs_diff(88_200);
    assert!(error <= 1024, "two seconds at 44.1 kHz, not {samples} samples");
}

#[test]
fn what_follows_the_end_is_not_in_the_file() {
    let demuxed = Demuxed::read(&support::bars_with_tone()).without_decode_times();
    let archive = Archive::of(&demuxed.fragments(FragmenterOptions::default()));
    let to = SESSION_START.plus(FRAME * 2);
    let part = archive.part(SESSION_START, to);
    let plan = part.plan(Container::Mp4, Extract::Exact { from: SESSION_START, to }).unwrap();
    assert!(plan.length() < part.index[0].length / 2, "35 of 37 pictures were left out");
    let again = part.plan(Container::Mp4, Extract::Exact { from: SESSION_START, to }).unwrap();
    assert_eq!(plan.tag(), again.tag(), "the same question has the same answer");
    let longer = Extract::Exact { from: SESSION_START, to: to.plus(FRAME) };
    assert_ne!(plan.tag(), part.plan(Container::Mp4, longer).unwrap().tag(), "another cut differs");
}

#[test]
fn a_fragmented_clip_says_in_its_edit_list_what_is_shown() {
    let demuxed = Demuxed::read(&support::bars_with_tone()).without_decode_times();
    let archive = Archive::of(&demuxed.fragments(FragmenterOptions::default()));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("part.mp4");
    let (from, to) = (SESSION_START.plus(FRAME * 10), SESSION_START.plus(FRAME * 60));
    let part = archive.part(from, to);
    let plan = part.plan(Container::FragmentedMp4, Extract::Exact { from, to }).unwrap();
    part.write(&plan, &path);
    assert_eq!(support::complaints_of_ffmpeg(&path), "");
    let times = support::decoded_frames(&path, "v:0");
    // ffmpeg does not apply the list of a fragmented file, it only moves the times by it.
    assert!(times.iter().any(|time| time.abs() < 0.001), "a frame is at zero: {times:?}");
    assert!((times[0] + 0.4).abs() < 0.001, "what leads to it lies before zero: {times:?}");
}
