//! Clips and playlists of real encoders' output, judged by ffmpeg.
#![expect(clippy::unwrap_used, reason = "a test")]
#![expect(clippy::disallowed_types, reason = "GStreamer is a program")]

#[path = "../../afterimage-media/tests/support/mod.rs"]
mod support;

use afterimage_base::WallTime;
use afterimage_media::{
    Fragment, FragmentIdentity, Fragmenter, FragmenterOptions, InitSegment, media_end,
    read_fragment, verify_fragment,
};
use afterimage_playback::{
    ClipError, ClipFragment, ClipPlan, Container, Extract, MatroskaWriter, Part, PlaylistFragment,
    PlaylistKind, media_playlist,
};
use bytes::Bytes;
use proptest::prelude::*;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use support::{Demuxed, SESSION_START};

/// An archive in memory: what the index says, and each fragment's bytes.
#[derive(Clone)]
struct Archive {
    index: Vec<ClipFragment>,
    bytes: Vec<Bytes>,
}

impl Archive {
    fn new() -> Self {
        Self { index: Vec::new(), bytes: Vec::new() }
    }

    /// Another run of the recorder: media times count from zero again.
    fn with_run(mut self, segment: i64, fragments: &[Fragment], later: Duration) -> Self {
        for fragment in fragments {
            let number = self.index.len() as u64 + 1;
            let start = fragment.start.plus(later);
            let moved = Fragment { start, ..fragment.clone() };
            let identity = FragmentIdentity { number, previous_hash: [0; 32] };
            let bytes = moved.encode(&identity).bytes;
            self.index.push(ClipFragment {
                init: Arc::clone(&fragment.init),
                number,
                start,
                duration: fragment.duration,
                is_independent: fragment.is_independent,
                length: bytes.len() as u64,
                segment,
            });
            self.bytes.push(bytes);
        }
        self
    }

    fn plan(&self, container: Container) -> Result<ClipPlan, ClipError> {
        self.extract(container, Extract::Whole)
    }

    fn extract(&self, container: Container, extract: Extract) -> Result<ClipPlan, ClipError> {
        ClipPlan::new(container, extract, &self.index, |index, range| {
            Ok(self.bytes[index].slice(range.start as usize..range.end as usize))
        })
    }

    /// The bytes of some parts, as the HTTP layer would put them together.
    fn bytes_of(&self, plan: &ClipPlan, parts: impl Iterator<Item = Part>) -> Vec<u8> {
        let mut bytes = Vec::new();
        for part in parts {
            let expected = part.length() as usize;
            let run = match part {
                Part::Bytes(run) => run,
                Part::Fragment { index, offset, length } => {
                    self.bytes[index].slice(offset as usize..(offset + length) as usize)
                }
                Part::Rendered { index, offset, length } => {
                    let rendered = plan.render(index, &self.bytes[index]).unwrap();
                    rendered.slice(offset as usize..(offset + length) as usize)
                }
            };
            assert_eq!(run.len(), expected, "a part has the length that it says");
            bytes.extend_from_slice(&run);
        }
        bytes
    }
}

const CONTAINERS: [Container; 3] = [Container::Mp4, Container::FragmentedMp4, Container::Matroska];

fn bars() -> &'static Demuxed {
    static BARS: OnceLock<Demuxed> = OnceLock::new();
    BARS.get_or_init(|| Demuxed::read(&support::bars_with_tone()).without_decode_times())
}

fn one_run() -> Archive {
    Archive::new().with_run(1, &bars().fragments(FragmenterOptions::default()), Duration::ZERO)
}

fn two_runs() -> Archive {
    let fragments = bars().fragments(FragmenterOptions::default());
    one_run().with_run(2, &fragments, Duration::from_secs(3600))
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

/// Writes the clip, has ffmpeg decode it, and returns the times of its pictures.
fn judge(archive: &Archive, container: Container) -> Vec<f64> {
    let plan = archive.plan(container).unwrap();
    let bytes = archive.bytes_of(&plan, plan.parts());
    assert_eq!(bytes.len() as u64, plan.length(), "{container:?}: the length was exact");
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), "clip", &bytes);
    assert_eq!(support::complaints_of_ffmpeg(&path), "", "{container:?}");
    let has_sound = archive.index[0].init.tracks.len() > 1;
    let sounds = support::probe_packets(&path, "a", "size");
    assert_eq!(!sounds.is_empty(), has_sound, "{container:?}: the sound is in it");
    support::decoded_frames(&path, "v:0")
}

fn assert_paced(times: &[f64], count: usize) {
    assert_eq!(times.len(), count, "every picture is there");
    assert!(times[0].abs() < 0.001, "the clip begins at zero, not at {}", times[0]);
    for pair in times.windows(2) {
        let step = pair[1] - pair[0];
        assert!((step - 0.04).abs() < 0.002, "25 pictures a second, not {step} apart");
    }
}

#[test]
fn a_clip_begins_at_zero_and_has_every_picture() {
    let pictures = bars().of_track(0).count();
    for container in CONTAINERS {
        assert_paced(&judge(&one_run(), container), pictures);
    }
}

#[test]
fn a_clip_from_the_middle_begins_at_zero_too() {
    let mut archive = one_run();
    archive.index.drain(..2);
    archive.bytes.drain(..2);
    for container in CONTAINERS {
        let times = judge(&archive, container);
        assert_paced(&times, bars().of_track(0).count() - 2 * 37);
    }
}

#[test]
fn a_fragmented_clip_has_the_fragments_of_the_archive_at_another_time() {
    let archive = one_run();
    let plan = archive.plan(Container::FragmentedMp4).unwrap();
    let mut last_end = None;
    for part in plan.parts() {
        match part {
            Part::Bytes(head) => {
                let init = InitSegment::parse(head).unwrap();
                assert_eq!(init.tracks, archive.index[0].init.tracks, "the same tracks");
            }
            Part::Fragment { .. } => panic!("a session with B-frames begins after zero"),
            Part::Rendered { index, offset, length } => {
                assert_eq!((offset, length), (0, archive.index[index].length));
                let kept = &archive.bytes[index];
                verify_fragment(kept).unwrap();
                let served = plan.render(index, kept).unwrap();
                let init = &archive.index[0].init;
                let (_, kept) = read_fragment(init, kept).unwrap();
                let (_, served) = read_fragment(init, &served).unwrap();
                for (kept, served) in kept.iter().flatten().zip(served.iter().flatten()) {
                    assert_eq!(kept.data, served.data, "the media is the same");
                }
                let first = served[0][0].decode.0;
                assert_eq!(first, last_end.unwrap_or(0), "and follows without a hole");
                let last = served[0].last().unwrap();
                last_end = Some(last.decode.0 + last.duration.0);
            }
        }
    }
}

#[test]
fn players_show_the_length_of_the_clip_and_not_of_the_session() {
    let mut archive = one_run();
    archive.index.drain(..3);
    archive.bytes.drain(..3);
    for container in [Container::Mp4, Container::FragmentedMp4] {
        let plan = archive.plan(container).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = write(folder.path(), "clip.mp4", &archive.bytes_of(&plan, plan.parts()));
        let shown = support::probe(&path, &["-show_entries", "format=duration"]);
        let shown: f64 = shown[0].parse().unwrap();
        let length = plan.end().since(plan.start()).as_secs_f64();
        assert!((shown - length).abs() < 0.2, "ffprobe says {shown} s, the clip has {length} s");
    }
}

#[test]
fn what_two_runs_of_the_recorder_kept_plays_as_one() {
    let pictures = bars().of_track(0).count();
    for container in CONTAINERS {
        let times = judge(&two_runs(), container);
        assert_eq!(times.len(), 2 * pictures, "{container:?}");
        assert!(times.is_sorted(), "{container:?}: time does not go back");
        let step = times[pictures] - times[pictures - 1];
        assert!(step < 0.5, "{container:?}: the hour between them is not in the file");
    }
}

#[test]
fn a_matroska_clip_is_seekable_and_says_what_it_is() {
    let archive = one_run();
    let plan = archive.plan(Container::Matroska).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), "clip.mkv", &archive.bytes_of(&plan, plan.parts()));
    let format = support::probe(&path, &["-show_entries", "format=format_name,duration"]);
    let length = archive
        .index
        .last()
        .unwrap()
        .start
        .plus(archive.index.last().unwrap().duration)
        .since(SESSION_START)
        .as_secs_f64();
    assert_eq!(format, [format!("\"matroska,webm\",{length:.6}")]);
    let streams = support::probe(&path, &["-show_entries", "stream=codec_name,width,sample_rate"]);
    assert_eq!(streams, ["h264,320", "aac,44100"]);
    let packets = support::probe(
        &path,
        &[
            "-select_streams",
            "v:0",
            "-read_intervals",
            "4.5%+#1",
            "-show_entries",
            "packet=pts_time,flags",
        ],
    );
    assert_eq!(packets, ["4.440000,K_"], "a player jumps to the key frame before 4.5 s by cue");
}

#[test]
fn opus_and_h265_go_into_matroska() {
    let clip = support::make_clip(
        "-f lavfi -i testsrc2=size=320x180:rate=25:duration=3 -f lavfi -i sine=440:duration=3 \
         -c:v libx265 -preset ultrafast -pix_fmt yuv420p -tag:v hvc1 -x265-params \
         log-level=none:keyint=25:bframes=3 -c:a libopus -b:a 32k",
    );
    let demuxed = Demuxed::read(&clip).without_decode_times();
    let fragments = demuxed.fragments(FragmenterOptions::default());
    let archive = Archive::new().with_run(1, &fragments, Duration::ZERO);
    assert_paced(&judge(&archive, Container::Matroska), 75);
}

#[test]
fn matroska_without_an_end_plays_up_to_any_fragment() {
    let archive = two_runs();
    let (mut writer, head) = MatroskaWriter::new(Arc::clone(&archive.index[0].init), SESSION_START);
    let folder = tempfile::tempdir().unwrap();
    let mut file = head.to_vec();
    let mut pictures = 0;
    for (index, bytes) in archive.bytes.iter().enumerate() {
        file.extend_from_slice(&writer.fragment(bytes).unwrap());
        let path = write(folder.path(), "endless.mkv", &file);
        assert_eq!(support::complaints_of_ffmpeg(&path), "", "after {} fragments", index + 1);
        let times = support::decoded_frames(&path, "v:0");
        assert!(times.len() > pictures && times.is_sorted(), "each one adds pictures");
        pictures = times.len();
    }
    assert_eq!(pictures, 2 * bars().of_track(0).count());
}

#[test]
fn matroska_takes_no_fragment_that_claims_more_than_is_there() {
    let archive = one_run();
    let (mut writer, _) = MatroskaWriter::new(Arc::clone(&archive.index[0].init), SESSION_START);
    let cut = archive.bytes[0].slice(..archive.bytes[0].len() - 1);
    let error = writer.fragment(&cut).unwrap_err();
    assert!(error.to_string().contains("claims"), "before room is made for it: {error}");
}

#[test]
fn a_change_of_format_is_named_with_its_instant() {
    let mut archive = one_run();
    let mut tracks = archive.index[0].init.tracks.clone();
    tracks.truncate(1);
    archive.index[3].init = Arc::new(InitSegment::new(tracks).unwrap());
    let at = archive.index[3].start;
    match archive.plan(Container::Mp4) {
        Err(ClipError::FormatChanged { at: said }) => assert_eq!(said, at),
        other => panic!("{other:?}"),
    }
    archive.index.truncate(3);
    assert!(archive.plan(Container::Mp4).is_ok(), "the part before it is a clip");
    archive.index[0].is_independent = false;
    assert!(matches!(archive.plan(Container::Mp4), Err(ClipError::NotIndependent { number: 1 })));
    archive.index.clear();
    assert!(matches!(archive.plan(Container::Mp4), Err(ClipError::Empty)));
}

#[test]
fn the_tag_tells_clips_apart() {
    let archive = one_run();
    let mut shorter = archive.clone();
    shorter.index.pop();
    let tag = |archive: &Archive, container| archive.plan(container).unwrap().tag().to_owned();
    let tags = [
        tag(&archive, Container::Mp4),
        tag(&archive, Container::Matroska),
        tag(&shorter, Container::Mp4),
    ];
    assert_eq!(tags[0], tag(&archive, Container::Mp4), "the same clip has the same tag");
    assert!(tags[0] != tags[1] && tags[0] != tags[2], "another file has another: {tags:?}");
}

/// The playlist of an archive, and its files in `folder`.
fn playlist(archive: &Archive, folder: &Path) -> String {
    std::fs::create_dir_all(folder.join("init")).unwrap();
    std::fs::create_dir_all(folder.join("fragment")).unwrap();
    let mut entries = Vec::new();
    for (fragment, bytes) in archive.index.iter().zip(&archive.bytes) {
        let uri = format!("fragment/{}.m4s", fragment.number);
        let init_uri = format!("init/{}.mp4", fragment.segment);
        write(folder, &uri, bytes);
        write(folder, &init_uri, &fragment.init.bytes);
        entries.push(PlaylistFragment {
            number: fragment.number,
            start: fragment.start,
            duration: fragment.duration,
            is_independent: fragment.is_independent,
            is_new_format: false,
            uri,
            init_uri,
        });
    }
    media_playlist(&entries, PlaylistKind::Complete)
}

#[test]
fn a_playlist_of_fragments_plays() {
    let folder = tempfile::tempdir().unwrap();
    let text = playlist(&one_run(), folder.path());
    let path = write(folder.path(), "index.m3u8", text.as_bytes());
    let pictures = support::decoded_frames(&path, "v:0").len();
    assert_eq!(pictures, bars().of_track(0).count(), "all pictures");
}

/// How many pictures GStreamer decodes of a playlist.
fn decoded_by_gstreamer(playlist: &Path) -> usize {
    let output = Command::new("gst-launch-1.0")
        .args(["-v", "filesrc", &format!("location={}", playlist.display()), "!", "hlsdemux", "!"])
        .args(["qtdemux", "!", "h264parse", "!", "avdec_h264", "!"])
        .args(["fakesink", "sync=false", "silent=false"])
        .output()
        .unwrap();
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "GStreamer plays it to its end: {complaints}");
    let printed = String::from_utf8_lossy(&output.stdout);
    printed.lines().filter(|line| line.contains("chain   ****")).count()
}

#[test]
fn a_playlist_over_two_runs_has_a_discontinuity_between_them_and_plays() {
    let demuxed = bars();
    let mut archive = one_run();
    // As the recorder does at its start: media times go on where those of the last run ended.
    let end = media_end(&archive.index[0].init, archive.bytes.last().unwrap()).unwrap();
    let mut fragmenter = Fragmenter::new(FragmenterOptions::default());
    fragmenter.media_after(end);
    let mut cuts = fragmenter.tracks(demuxed.tracks.clone()).unwrap();
    demuxed.samples.iter().for_each(|sample| cuts.extend(fragmenter.push(sample.clone())));
    cuts.extend(fragmenter.finish());
    let second_run = support::fragments_alone(cuts);
    archive = archive.with_run(2, &second_run, Duration::from_secs(3600));

    let folder = tempfile::tempdir().unwrap();
    let text = playlist(&archive, folder.path());
    assert_eq!(text.matches("#EXT-X-DISCONTINUITY\n").count(), 1, "one hole: {text}");
    let second: WallTime = archive.index[5].start;
    assert!(text.contains(&format!("#EXT-X-PROGRAM-DATE-TIME:{second}\n")), "{text}");
    let path = write(folder.path(), "index.m3u8", text.as_bytes());
    let pictures = support::decoded_frames(&path, "v:0").len();
    assert_eq!(pictures, 2 * bars().of_track(0).count(), "all pictures of both runs");
    let pictures = decoded_by_gstreamer(&path);
    assert_eq!(pictures, 2 * bars().of_track(0).count(), "GStreamer shows them all too");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_range_of_bytes_is_that_range(from in 0.0..1.0_f64, length in 0.0..1.0_f64) {
        static ARCHIVE: OnceLock<Archive> = OnceLock::new();
        let archive = ARCHIVE.get_or_init(two_runs);
        for container in CONTAINERS {
            let plan = archive.plan(container).unwrap();
            let whole = archive.bytes_of(&plan, plan.parts());
            let start = (from * plan.length() as f64) as u64;
            let end = start + (length * plan.length() as f64) as u64;
            let part = archive.bytes_of(&plan, plan.slice(start..end));
            let until = (end as usize).min(whole.len());
            prop_assert_eq!(&part[..], &whole[start as usize..until], "what lies behind is left out");
        }
    }
}
