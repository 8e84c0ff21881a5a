//! A camera that sends sound and no picture: it is recorded and says so, beside another that notices
//! nothing, and its picture is recorded as soon as there is one.

#![expect(clippy::disallowed_types, reason = "ffmpeg makes the footage")]

use afterimage_base::WallTime;
use afterimage_tests::{Running, ask, eventually, instant, probe, small_footage};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(60);

/// A tone of four seconds.
fn sound(folder: &Path) -> PathBuf {
    let file = folder.join("sound.m4a");
    let made = Command::new("ffmpeg")
        .args(["-nostdin", "-loglevel", "error", "-f", "lavfi"])
        .args(["-i", "sine=frequency=440:sample_rate=48000", "-t", "4", "-c:a", "aac"])
        .arg(&file)
        .status()
        .expect("ffmpeg is installed by the set-up");
    assert!(made.success(), "ffmpeg makes the sound");
    file
}

fn camera(data: &Path, listen: &str, file: &Path) -> Running {
    let file = file.to_str().expect("a plain path");
    Running::start(data, &["camera", "--listen", listen, "--file", file])
}

fn stream(data: &Path, name: &str) -> Value {
    ask(data, &["stream", "show", name, "--json"]).json()
}

fn kinds(stream: &Value) -> Vec<&str> {
    let tracks = stream["tracks"].as_array().expect("a list");
    tracks.iter().map(|track| track["kind"].as_str().expect("a word")).collect()
}

/// The newest stretch of a stream that is at least so long.
fn stretch(data: &Path, name: &str, seconds: u64) -> (WallTime, WallTime) {
    eventually("footage", PATIENCE, || {
        let timeline = ask(data, &["timeline", name, "--json"]).json();
        let newest = timeline["ranges"].as_array().expect("a list").last()?;
        let (from, to) = (instant(&newest["from"]), instant(&newest["to"]));
        (to.since(from) >= Duration::from_secs(seconds)).then_some((from, to))
    })
}

#[test]
fn what_a_camera_without_a_picture_says_is_recorded() {
    let folder = tempfile::tempdir().expect("a folder");
    let (data, film) = (folder.path().join("data"), folder.path().join("film.mp4"));
    small_footage(&film);
    let data = data.as_path();
    let _recorder = Running::start(data, &["serve", "--listen", "127.0.0.1:0", "--no-worker"]);
    let intercom = camera(folder.path(), "127.0.0.1:0/intercom", &sound(folder.path()));
    let door = camera(folder.path(), "127.0.0.1:0/door", &film);
    for (name, camera) in [("intercom", &intercom), ("door", &door)] {
        let made = ask(data, &["stream", "create", name, "--source", &camera.first_line]);
        assert_eq!(made.code, 0, "{}", made.errors);
    }

    let (from, to) = stretch(data, "intercom", 4);
    let shown = stream(data, "intercom");
    assert_eq!(shown["state"], "recording", "sound is worth keeping: {shown}");
    assert_eq!(kinds(&shown), ["audio"], "and it does not pretend to a picture");
    let told = ask(data, &["stream", "show", "intercom"]).output;
    assert!(told.contains("sends sound alone"), "the operator reads it in a sentence: {told}");
    assert!(told.contains("there is no picture"), "and why GStreamer has it: {told}");
    let clip = folder.path().join("clip.mp4");
    let (from, to) = (from.as_micros().to_string(), to.as_micros().to_string());
    let output = clip.to_str().expect("a plain path");
    let made = ask(data, &["clip", "intercom", "--from", &from, "--to", &to, "--output", output]);
    assert_eq!(made.code, 0, "{}", made.errors);
    let file = probe(&clip);
    assert_eq!(file["streams"][0]["codec_name"], "aac", "{file}");
    let length: f64 = file["format"]["duration"].as_str().expect("told").parse().expect("a number");
    assert!(length > 3.5, "four seconds were asked for, {length} s are there");

    assert_eq!(kinds(&stream(data, "door")), ["video"], "the other camera is as it was");
    stretch(data, "door", 4);

    // The camera's picture is switched on: it starts anew at the same place.
    let address = intercom.first_line.trim_start_matches("rtsp://").to_owned();
    intercom.kill();
    let _intercom = camera(folder.path(), &address, &film);
    eventually("the picture", PATIENCE, || {
        let shown = stream(data, "intercom");
        (shown["state"] == "recording" && kinds(&shown) == ["video"]).then_some(())
    });
    let timeline = ask(data, &["timeline", "door", "--json"]).json();
    assert_eq!(timeline["ranges"].as_array().map(Vec::len), Some(1), "no hole: {timeline}");
}
