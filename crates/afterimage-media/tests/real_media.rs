//! Fragments of real encoders' output, judged by ffmpeg.
#![expect(clippy::unwrap_used, reason = "a test")]

mod corpus;
mod support;

use afterimage_base::{MediaTime, StreamName, WallTime};
use afterimage_media::{
    Cut, Fragment, FragmentIdentity, Fragmenter, FragmenterOptions, SegmentHead, SegmentIdentity,
    read_fragment, verify_fragment,
};
use std::sync::Arc;
use std::time::Duration;
use support::{Demuxed, SESSION_START, bars_with_tone, make_clip};

fn identity() -> SegmentIdentity {
    SegmentIdentity {
        archive: [7; 16],
        stream: [9; 16],
        stream_name: "door".parse::<StreamName>().unwrap(),
        created: SESSION_START,
    }
}

/// A segment file of `fragments`, and the offsets at which it may be cut.
fn segment(fragments: &[Fragment]) -> (Vec<u8>, Vec<usize>) {
    let mut file = SegmentHead::encode(&fragments[0].init, &identity()).to_vec();
    let mut ends = Vec::new();
    let mut previous_hash = [0; 32];
    for (number, fragment) in (1..).zip(fragments) {
        let encoded = fragment.encode(&FragmentIdentity { number, previous_hash });
        file.extend_from_slice(&encoded.bytes);
        ends.push(file.len());
        previous_hash = encoded.hash;
    }
    (file, ends)
}

/// What must hold for every clip: contiguous, every prefix plays, nothing lost.
fn judge(name: &str, demuxed: &Demuxed, options: FragmenterOptions) -> Vec<Fragment> {
    let fragments = demuxed.fragments(options);
    for pair in fragments.windows(2) {
        assert_eq!(pair[0].end(), pair[1].start, "{name}: media time is continuous");
        assert!(Arc::ptr_eq(&pair[0].init, &pair[1].init), "{name}: the tracks did not change");
    }
    let folder = tempfile::tempdir().unwrap();
    let (file, ends) = segment(&fragments);
    let path = folder.path().join("segment.mp4");
    for (count, end) in (1..).zip(&ends) {
        std::fs::write(&path, &file[..*end]).unwrap();
        let complaints = support::complaints_of_ffmpeg(&path);
        assert_eq!(complaints, "", "{name}: a prefix of {count} fragments plays");
    }
    for (track, described) in demuxed.tracks.iter().enumerate() {
        let sent: Vec<_> = demuxed.of_track(track).map(|sample| sample.data.clone()).collect();
        let kept: Vec<_> = fragments
            .iter()
            .flat_map(|fragment| &fragment.samples[track])
            .map(|sample| sample.data.clone())
            .collect();
        if described.is_video() {
            assert_eq!(kept, sent, "{name}: every picture once and in order");
        } else {
            let missing = sent.len() - kept.len();
            assert!(missing <= 2, "{name}: {missing} sounds lost, only those before the picture");
            assert_eq!(kept, sent[missing..], "{name}: every sound once and in order");
        }
        let index = track.to_string();
        let sizes = support::probe_packets(&path, &index, "size");
        let expected: Vec<_> = kept.iter().map(|data| data.len().to_string()).collect();
        assert_eq!(sizes, expected, "{name}: ffprobe finds the same samples");
    }
    let mut start = ends.first().copied().unwrap();
    let head = SegmentHead::encode(&fragments[0].init, &identity());
    for end in &ends[1..] {
        let alone = [&head[..], &file[start..*end]].concat();
        std::fs::write(&path, alone).unwrap();
        let complaints = support::complaints_of_ffmpeg(&path);
        assert_eq!(complaints, "", "{name}: each fragment plays alone behind the head");
        start = *end;
    }
    fragments
}

/// Presentation distances survive: those of the source, in order, from the first key frame.
fn assert_times(demuxed: &Demuxed, fragments: &[Fragment]) {
    let sent: Vec<_> = demuxed.of_track(0).map(|sample| sample.presentation.0).collect();
    let kept: Vec<_> = fragments
        .iter()
        .flat_map(|fragment| &fragment.samples[0])
        .map(|sample| sample.presentation.0)
        .collect();
    let relative = |times: &[i64]| times.iter().map(|time| time - times[0]).collect::<Vec<_>>();
    assert_eq!(relative(&kept), relative(&sent), "presentation times are exact");
    let all: Vec<_> = fragments.iter().flat_map(|fragment| &fragment.samples[0]).collect();
    for pair in all.windows(2) {
        let next = pair[0].decode.0 + pair[0].duration.0;
        assert_eq!(next, pair[1].decode.0, "durations lead from one decode time to the next");
        assert!(pair[1].decode > pair[0].decode, "decode times rise");
    }
    for sample in all {
        assert!(sample.presentation >= sample.decode, "nothing is shown before it is decoded");
        assert!(sample.decode >= MediaTime(0), "tfdt can't be negative");
    }
}

#[test]
fn b_frames_with_decode_times() {
    let demuxed = Demuxed::read(&bars_with_tone());
    let fragments = judge("with decode times", &demuxed, FragmenterOptions::default());
    assert_eq!(fragments.len(), 5, "one fragment a GOP: 37 frames of 40 ms in six seconds");
    assert_eq!(fragments[0].start, SESSION_START, "anchored to the first sample");
    assert_eq!(fragments[1].duration, Duration::from_millis(1480), "37 frames of 40 ms");
    assert!(fragments.iter().all(|fragment| fragment.is_independent));
    assert_times(&demuxed, &fragments);
}

#[test]
fn b_frames_without_decode_times() {
    let demuxed = Demuxed::read(&bars_with_tone()).without_decode_times();
    let fragments = judge("without decode times", &demuxed, FragmenterOptions::default());
    assert_eq!(fragments.len(), 5);
    assert_times(&demuxed, &fragments);
}

#[test]
fn gops_longer_than_the_limit_are_cut_cleanly() {
    let clip = make_clip(
        "-f lavfi -i testsrc2=size=320x180:rate=25:duration=8 -c:v libx264 -preset veryfast \
         -pix_fmt yuv420p -bf 3 -b_strategy 0 -g 1000 -keyint_min 1000 -sc_threshold 0",
    );
    let longest = Duration::from_secs(2);
    let options = FragmenterOptions { longest, ..FragmenterOptions::default() };
    for demuxed in [Demuxed::read(&clip), Demuxed::read(&clip).without_decode_times()] {
        let fragments = demuxed.fragments(options);
        let independent: Vec<_> = fragments.iter().map(|part| part.is_independent).collect();
        assert_eq!(independent, [true, false, false, false, false], "one GOP of eight seconds");
        assert!(fragments.iter().all(|part| part.duration <= longest), "none exceeds the limit");
        assert_times(&demuxed, &fragments);
        for pair in fragments.windows(2) {
            let shown = |part: &Fragment| -> Vec<i64> {
                part.samples[0].iter().map(|sample| sample.presentation.0).collect()
            };
            let (before, behind) = (shown(&pair[0]), shown(&pair[1]));
            assert!(before.iter().max() < behind.iter().min(), "parts do not overlap in time");
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("segment.mp4");
        std::fs::write(&path, segment(&fragments).0).unwrap();
        assert_eq!(support::complaints_of_ffmpeg(&path), "", "together they decode");
    }
}

#[test]
fn short_gops_are_joined() {
    let clip = make_clip(
        "-f lavfi -i testsrc2=size=320x180:rate=25:duration=4 -c:v libx264 -preset veryfast \
         -pix_fmt yuv420p -bf 0 -g 10 -keyint_min 10 -sc_threshold 0",
    );
    let demuxed = Demuxed::read(&clip).without_decode_times();
    let fragments = judge("short GOPs", &demuxed, FragmenterOptions::default());
    let lengths: Vec<_> = fragments.iter().map(|part| part.duration.as_millis()).collect();
    assert_eq!(lengths, [1200, 1200, 1200, 400], "three GOPs of 400 ms reach a second");
    let first = fragments[0].samples[0][0].presentation;
    assert_eq!(first, MediaTime(0), "without reordering media time begins at zero");
}

#[test]
fn h265_with_leading_pictures() {
    let clip = make_clip(
        "-f lavfi -i testsrc2=size=320x180:rate=25:duration=5 -c:v libx265 -preset ultrafast \
         -pix_fmt yuv420p -tag:v hvc1 -x265-params \
         open-gop=1:keyint=30:min-keyint=30:bframes=3:b-adapt=0:scenecut=0:log-level=none",
    );
    let mut demuxed = Demuxed::read(&clip).without_decode_times();
    // ffmpeg lists IDR pictures and CRA pictures alike as sync samples.
    let keys = demuxed.samples.iter().filter(|sample| sample.is_sync).count();
    assert!(keys >= 4, "the clip has {keys} key frames");
    let fragments = demuxed.fragments(FragmenterOptions::default());
    assert_times(&demuxed, &fragments);
    let leading = fragments.iter().skip(1).any(|fragment| {
        let samples = &fragment.samples[0];
        samples.iter().any(|sample| sample.presentation < samples[0].presentation)
    });
    assert!(leading, "the clip really has leading pictures, or this tests nothing");
    for pair in fragments.windows(2) {
        assert_eq!(pair[0].end(), pair[1].start, "leading pictures are within their fragment");
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("segment.mp4");
    std::fs::write(&path, segment(&fragments).0).unwrap();
    assert_eq!(support::complaints_of_ffmpeg(&path), "");
    let decoded = support::decoded_frames(&path, "v:0");
    assert_eq!(decoded.len(), demuxed.samples.len(), "every picture decodes");

    // A session that begins at a CRA: its leading pictures lack their references.
    let second = demuxed.samples.iter().skip(1).position(|sample| sample.is_sync).unwrap() + 1;
    demuxed.samples.drain(..second);
    let fragments = demuxed.fragments(FragmenterOptions::default());
    std::fs::write(&path, segment(&fragments).0).unwrap();
    assert_eq!(support::complaints_of_ffmpeg(&path), "", "it plays from its first picture");
    assert_eq!(fragments[0].start, demuxed.samples[0].received_at, "anchored to the key frame");
}

#[test]
fn opus_and_h265_are_described_so_that_ffprobe_knows_them() {
    let clip = make_clip(
        "-f lavfi -i testsrc2=size=320x180:rate=25:duration=3 -f lavfi -i sine=440:duration=3 \
         -c:v libx265 -preset ultrafast -pix_fmt yuv420p -tag:v hvc1 -x265-params \
         log-level=none:keyint=25 -c:a libopus -b:a 32k",
    );
    let demuxed = Demuxed::read(&clip).without_decode_times();
    let fragments = judge("H.265 and Opus", &demuxed, FragmenterOptions::default());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("segment.mp4");
    std::fs::write(&path, segment(&fragments).0).unwrap();
    let streams = support::probe(&path, &["-show_entries", "stream=codec_name,codec_tag_string"]);
    assert_eq!(streams, ["hevc,hvc1", "opus,Opus"]);
    assert!(fragments[0].init.mime().starts_with("video/mp4; codecs=\"hvc1.1.6.L"));
    assert!(fragments[0].init.mime().ends_with(",opus\""));
}

#[test]
fn sound_alone_is_cut_by_time() {
    let clip = make_clip("-f lavfi -i sine=440:duration=7 -c:a aac -b:a 64k");
    let demuxed = Demuxed::read(&clip).without_decode_times();
    let fragments = judge("sound alone", &demuxed, FragmenterOptions::default());
    assert_eq!(fragments.len(), 4, "two seconds each");
    assert!(fragments.iter().all(|fragment| fragment.is_independent));
    assert_eq!(fragments[0].init.mime(), "audio/mp4; codecs=\"mp4a.40.2\"");
}

#[test]
fn what_is_read_is_what_was_written() {
    let demuxed = Demuxed::read(&bars_with_tone());
    for (number, fragment) in (41..).zip(demuxed.fragments(FragmenterOptions::default())) {
        let identity = FragmentIdentity { number, previous_hash: [3; 32] };
        let encoded = fragment.encode(&identity);
        let header = verify_fragment(&encoded.bytes).unwrap();
        assert_eq!(header.hash, encoded.hash);
        assert_eq!(header.length, encoded.bytes.len() as u64);
        let (header, samples) = read_fragment(&fragment.init, &encoded.bytes).unwrap();
        assert_eq!(header.identity, identity);
        assert_eq!((header.start, header.duration), (fragment.start, fragment.duration));
        for (kept, written) in samples.iter().flatten().zip(fragment.samples.iter().flatten()) {
            assert_eq!(kept.decode, written.decode);
            assert_eq!(kept.presentation, written.presentation);
            assert_eq!(kept.duration, written.duration);
            assert_eq!(kept.is_sync, written.is_sync);
            assert_eq!(kept.data, written.data);
            let whole = encoded.bytes.as_ptr_range();
            assert!(whole.contains(&kept.data.as_ptr()), "data is shared, not copied");
        }
        let counts = |lists: &[Vec<_>]| lists.iter().map(Vec::len).collect::<Vec<_>>();
        assert_eq!(counts(&samples), counts(&fragment.samples));
    }
}

#[test]
fn whoever_begins_to_watch_gets_the_gop_so_far() {
    let demuxed = Demuxed::read(&bars_with_tone());
    for came in (1..=demuxed.samples.len()).step_by(7) {
        let mut fragmenter = Fragmenter::new(FragmenterOptions::default());
        let _ = fragmenter.tracks(demuxed.tracks.clone()).unwrap();
        for sample in &demuxed.samples[..came] {
            let _ = fragmenter.push(sample.clone());
        }
        let chunks = fragmenter.set_live(true);
        let pictures: Vec<_> =
            demuxed.samples[..came].iter().filter(|sample| sample.track == 0).collect();
        let Some(key_frame) = pictures.iter().rposition(|sample| sample.is_sync) else {
            assert!(chunks.is_empty(), "without a key frame there is nothing to show");
            continue;
        };
        assert!(
            chunks[0].track == 0 && chunks[0].is_sync,
            "a decoder can begin at the first chunk"
        );
        let shown = chunks.iter().filter(|chunk| chunk.track == 0).count();
        assert_eq!(shown, pictures.len() - key_frame, "every picture since the key frame, once");
    }
}

#[test]
fn live_chunks_play_as_they_come() {
    for demuxed in
        [Demuxed::read(&bars_with_tone()), Demuxed::read(&bars_with_tone()).without_decode_times()]
    {
        let mut fragmenter = Fragmenter::new(FragmenterOptions::default());
        assert!(fragmenter.set_live(true).is_empty(), "nothing came yet");
        let mut cuts = fragmenter.tracks(demuxed.tracks.clone()).unwrap();
        for sample in &demuxed.samples {
            cuts.extend(fragmenter.push(sample.clone()));
        }
        let chunks: Vec<_> = cuts
            .into_iter()
            .filter_map(|cut| match cut {
                Cut::Chunk(chunk) => Some(chunk),
                _ => None,
            })
            .collect();
        let pictures = chunks.iter().filter(|chunk| chunk.track == 0).count();
        assert_eq!(pictures, demuxed.of_track(0).count(), "a chunk for every picture");
        assert_eq!(chunks[0].at, SESSION_START);
        assert!(chunks[0].is_sync, "the first one can be played");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("live.mp4");
        let mut file = chunks[0].init.bytes.to_vec();
        for chunk in &chunks {
            file.extend_from_slice(&chunk.bytes);
        }
        std::fs::write(&path, file).unwrap();
        assert_eq!(support::complaints_of_ffmpeg(&path), "", "init and chunks are a file");
        let decoded = support::decoded_frames(&path, "v:0");
        assert_eq!(decoded.len(), pictures);
        drop(fragmenter.set_live(false));
        let mut later = demuxed.samples.last().unwrap().clone();
        later.presentation = MediaTime(later.presentation.0 + 1_000);
        later.decode = None;
        let cuts = fragmenter.push(later);
        assert!(!cuts.iter().any(|cut| matches!(cut, Cut::Chunk(_))), "nobody watches");
    }
}

#[test]
fn footage_of_a_real_camera() {
    let mirror = std::env::var("AFTERIMAGE_MIRROR")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared").to_owned());
    let path = std::path::Path::new(&mirror).join("media/vtest_h264.mp4");
    let Ok(file) = std::fs::read(&path) else {
        eprintln!("skipped: {} is not there; set AFTERIMAGE_MIRROR", path.display());
        return;
    };
    let demuxed = Demuxed::read(&file).without_decode_times();
    let fragments = demuxed.fragments(FragmenterOptions::default());
    assert!(fragments.len() > 30, "a key frame every two seconds for over a minute");
    for pair in fragments.windows(2) {
        assert_eq!(pair[0].end(), pair[1].start);
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("segment.mp4");
    std::fs::write(&path, segment(&fragments).0).unwrap();
    assert_eq!(support::complaints_of_ffmpeg(&path), "");
    let last: WallTime = fragments.last().unwrap().end();
    let length = last.since(SESSION_START);
    let frames = u32::try_from(demuxed.samples.len()).unwrap();
    assert_eq!(length, Duration::from_millis(100) * frames, "ten frames a second");
}
