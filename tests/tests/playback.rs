//! Playback as players do it: what ffmpeg and GStreamer show of a clip and of a playlist is what was
//! asked for, over a restart of the recorder too.

#![expect(clippy::disallowed_types, reason = "ffprobe and gst-launch are programs")]

use afterimage_base::{Clock, SystemClock, WallTime};
use afterimage_tests::{Running, ask, counters, eventually, instant};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const FRAME: Duration = Duration::from_millis(40);
const PATIENCE: Duration = Duration::from_secs(60);

/// Records the clock for a while, until its newest stretch is as long as told.
fn record(data: &Path, length: Duration, ranges: usize) -> Running {
    let recorder = Running::start(data, &["serve", "--listen", "127.0.0.1:0", "--no-worker"]);
    if ranges == 1 {
        let made = ask(data, &["stream", "create", "clock", "--source", "test:"]);
        assert_eq!(made.code, 0, "{}", made.errors);
    }
    eventually("footage of the clock", PATIENCE, || {
        let found = stretches(data);
        let newest = found.last().filter(|_| found.len() >= ranges)?;
        (newest.1.since(newest.0) >= length).then_some(())
    });
    recorder
}

fn stretches(data: &Path) -> Vec<(WallTime, WallTime)> {
    let timeline = ask(data, &["timeline", "clock", "--json"]).json();
    let ranges = timeline["ranges"].as_array().expect("a list");
    ranges.iter().map(|range| (instant(&range["from"]), instant(&range["to"]))).collect()
}

fn micros(at: WallTime) -> String {
    at.as_micros().to_string()
}

fn clip(data: &Path, from: WallTime, to: WallTime, options: &[&str]) -> PathBuf {
    let output = data.join("clip.mp4");
    let (from, to) = (micros(from), micros(to));
    let mut arguments = vec!["clip", "clock", "--from", &from, "--to", &to, "--output"];
    arguments.push(output.to_str().expect("a temporary folder's path is text"));
    arguments.extend(options);
    let answer = ask(data, &arguments);
    assert_eq!(answer.code, 0, "{}", answer.errors);
    output
}

struct Address {
    url: String,
    token: String,
}

fn address(data: &Path) -> Address {
    let text = std::fs::read_to_string(data.join("recorder.json")).expect("it is announced");
    let recorder: Value = serde_json::from_str(&text).expect("JSON");
    let field = |key: &str| recorder[key].as_str().expect("an announcement has these").to_owned();
    Address { url: field("address"), token: field("token") }
}

/// How many pictures ffmpeg gets from a playlist, and what it complained about.
fn ffmpeg_counts(address: &Address, query: &str) -> (usize, String) {
    let url = format!("{}/api/v1/streams/clock/hls/index.m3u8?{query}", address.url);
    let output = Command::new("ffprobe")
        .args(["-v", "error", "-count_frames", "-select_streams", "v:0"])
        .args(["-show_entries", "stream=nb_read_frames", "-of", "csv=p=0"])
        .args(["-headers", &format!("Authorization: Bearer {}\r\n", address.token), &url])
        .output()
        .expect("ffprobe is installed by the set-up");
    let printed = String::from_utf8_lossy(&output.stdout);
    let count = printed.lines().find_map(|line| line.trim_end_matches(',').parse().ok());
    (count.unwrap_or_default(), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// Over HTTP, with the token for the playlist alone: the fragments are let in by its cookie.
fn gstreamer_plays(address: &Address, query: &str, frames: usize) {
    let known = Command::new("gst-inspect-1.0").args(["--exists", "hlsdemux"]).status();
    if !known.is_ok_and(|status| status.success()) {
        println!("skipped: GStreamer plays no HLS here (apt install gstreamer1.0-plugins-bad)");
        return;
    }
    let url = format!("{}/api/v1/streams/clock/hls/index.m3u8?{query}", address.url);
    let token = format!("extra-headers=headers,Authorization=\"Bearer\\ {}\"", address.token);
    let output = Command::new("timeout")
        .args(["60", "gst-launch-1.0", "-v", "souphttpsrc", &format!("location={url}"), &token])
        .args(["!", "hlsdemux", "!", "decodebin", "!", "videoconvert", "!"])
        .args(["fakesink", "name=screen", "silent=false", "sync=false"])
        .output()
        .expect("gst-launch is installed by the set-up");
    let (told, complaints) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "it plays to the end: {complaints}");
    let shown = told.lines().filter(|line| line.contains("chain   *****")).count();
    assert_eq!(shown, frames, "GStreamer decodes every frame: {complaints}");
}

#[test]
fn a_clip_begins_with_the_frame_that_was_asked_for_and_a_playlist_plays_over_a_restart() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path();
    let recorder = record(data, Duration::from_secs(6), 1);
    assert!(recorder.interrupt().success(), "it ends in good order");
    // A recorder may be back so soon that nothing is missing.
    let clock = SystemClock::new();
    eventually("a hole", PATIENCE, || {
        let (_, end) = stretches(data)[0];
        (clock.now().since(end) > Duration::from_secs(1)).then_some(())
    });
    let recorder = record(data, Duration::from_secs(4), 2);

    let (begin, end) = stretches(data)[0];
    let whole = counters(&clip(data, begin, end, &["--cut", "fragment"]));
    let frames = whole.len() as u32;
    assert_eq!(whole, (whole[0]..whole[0] + frames).collect::<Vec<_>>(), "one run, no frame lost");
    for (first, count) in [(0, 5), (13, 40), (49, 3), (51, 60)] {
        // In the middle of a frame's time, so that it is clear which one is on screen.
        let from = begin.plus(FRAME * first).plus(FRAME / 2);
        let to = begin.plus(FRAME * (first + count)).minus(FRAME / 2);
        let expected: Vec<u32> = (whole[0] + first..whole[0] + first + count).collect();
        assert_eq!(counters(&clip(data, from, to, &[])), expected, "{count} frames from {first}");
    }

    let (second_begin, second_end) = stretches(data)[1];
    let second = counters(&clip(data, second_begin, second_end, &["--cut", "fragment"])).len();
    let query = format!("from={}&to={}", micros(begin), micros(second_end));
    let address = address(data);
    let (shown, complaints) = ffmpeg_counts(&address, &query);
    assert_eq!(shown, whole.len() + second, "ffmpeg loses no frame at the restart: {complaints}");
    gstreamer_plays(&address, &query, whole.len() + second);
    a_live_playlist_grows(data, &address);
    drop(recorder);
}

fn text_of(address: &Address, path: &str) -> String {
    let url = format!("{}/api/v1/streams/clock/{path}", address.url);
    let output = Command::new("curl")
        .args(["-sS", "--fail", "-H", &format!("Authorization: Bearer {}", address.token), &url])
        .output()
        .expect("curl is installed by the set-up");
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{path}: {complaints}");
    String::from_utf8(output.stdout).expect("a playlist is text")
}

fn a_live_playlist_grows(data: &Path, address: &Address) {
    let outer = text_of(address, "hls/index.m3u8?from=-3s&to=live");
    assert!(
        outer.contains("#EXT-X-STREAM-INF:BANDWIDTH="),
        "its beginning is written out: {outer}"
    );
    let inner = outer.lines().last().expect("the last line is the address").to_owned();
    let first = text_of(address, &format!("hls/{inner}"));
    assert!(first.contains("#EXT-X-PLAYLIST-TYPE:EVENT\n"), "players come back: {first}");
    assert!(!first.contains("#EXT-X-ENDLIST"), "it has no end: {first}");
    eventually("the playlist to grow", PATIENCE, || {
        let later = text_of(address, &format!("hls/{inner}"));
        assert!(later.starts_with(&first), "nothing that was said is taken back: {later}");
        (later.len() > first.len()).then_some(())
    });
    let clip = data.join("live.mp4");
    let arguments = ["clip", "clock", "--from=-3s", "--to=live", "--output"];
    let answer = ask(data, &[&arguments[..], &[clip.to_str().expect("text")]].concat());
    assert_eq!(answer.code, 2, "a file has an end: {}", answer.errors);
}
