//! What the tests of this crate share: small cameras, independent readers, bounded waiting.

#![expect(dead_code, reason = "each test file uses its own part of the rig")]

use afterimage_base::{Clock, SystemClock};
use afterimage_media::{Capture, CaptureError, CaptureEvent, FragmentSample, Sample, Track};
use afterimage_pipeline::camera::{CameraServer, CameraSpec, ClockPattern, Footage};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Long enough for a busy machine; a test that needs it has failed.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A picture that is cheap to encode.
pub fn small() -> ClockPattern {
    ClockPattern { width: 320, height: 184, ..ClockPattern::default() }
}

pub fn spec(mount: &str, footage: Footage) -> CameraSpec {
    CameraSpec { mount: mount.to_owned(), footage, credentials: None }
}

/// One camera on a free port.
pub fn camera(footage: Footage) -> CameraServer {
    serve(vec![spec("/door", footage)])
}

pub fn serve(specs: Vec<CameraSpec>) -> CameraServer {
    let listen = "127.0.0.1:0".parse().expect("an address");
    CameraServer::start(listen, specs).expect("the camera starts")
}

pub fn clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock::new())
}

/// Runs a program to its end, at most [`PATIENCE`] long; answers its output or its complaint.
#[expect(clippy::disallowed_types, reason = "what we serve is read back by independent programs")]
pub fn run(program: &str, arguments: &[&str]) -> Result<String, String> {
    let limit = PATIENCE.as_secs().to_string();
    let output = std::process::Command::new("timeout")
        .args([&limit, program])
        .args(arguments)
        .output()
        .map_err(|error| format!("{program}: {error}"))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

/// The streams that ffprobe sees at an address.
pub fn probe(url: &str, transport: &str) -> Result<String, String> {
    let entries = "stream=codec_name,width,height,has_b_frames,sample_rate";
    let arguments = [
        "-v",
        "error",
        "-rtsp_transport",
        transport,
        "-show_entries",
        entries,
        "-of",
        "compact",
        url,
    ];
    run("ffprobe", &arguments)
}

/// Makes a short film with ffmpeg: half-second GOPs.
pub fn film(path: &Path, encoder: &str, b_frames: u32, seconds: u32, with_sound: bool) {
    let length = seconds.to_string();
    let options = format!("keyint=12:min-keyint=12:scenecut=0:bframes={b_frames}:log-level=none");
    let params = if encoder == "libx265" { "-x265-params" } else { "-x264-params" };
    let mut arguments = vec!["-v", "error", "-f", "lavfi", "-i", "testsrc2=size=320x240:rate=25"];
    if with_sound {
        arguments.extend(["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000"]);
        arguments.extend(["-c:a", "aac"]);
    }
    arguments.extend([
        "-t",
        &length,
        "-c:v",
        encoder,
        "-preset",
        "ultrafast",
        "-pix_fmt",
        "yuv420p",
    ]);
    let path = path.to_str().expect("a plain path");
    arguments.extend([
        params,
        &options,
        "-tag:v",
        if encoder == "libx265" { "hvc1" } else { "avc1" },
    ]);
    arguments.extend(["-y", path]);
    run("ffmpeg", &arguments).expect("ffmpeg makes the film");
}

/// A tone without a picture, by one of ffmpeg's encoders.
pub fn sound(path: &Path, encoder: &str, seconds: u32) {
    let rate = if encoder == "aac" { 48_000 } else { 8_000 };
    let tone = &format!("sine=frequency=440:sample_rate={rate}");
    let (length, path) = (seconds.to_string(), path.to_str().expect("a plain path"));
    let arguments = ["-v", "error", "-f", "lavfi", "-i", tone, "-t", &length, "-c:a", encoder];
    run("ffmpeg", &[&arguments[..], &["-y", path]].concat()).expect("ffmpeg makes the sound");
}

/// What a capture has brought.
#[derive(Default)]
pub struct Take {
    pub tracks: Vec<Track>,
    pub samples: Vec<Sample>,
    pub skipped: Vec<String>,
}

impl Take {
    pub fn video_track(&self) -> &Track {
        self.tracks.iter().find(|track| track.is_video()).expect("a video track")
    }

    pub fn of_kind(&self, is_video: bool) -> Vec<&Sample> {
        let of_kind = |sample: &&Sample| self.tracks[sample.track].is_video() == is_video;
        self.samples.iter().filter(of_kind).collect()
    }

    /// The video from its first key frame on, as a fragment would hold it.
    pub fn video_fragment(&self) -> Vec<FragmentSample> {
        let video = self.of_kind(true);
        let from_key = video.into_iter().skip_while(|sample| !sample.is_sync);
        let sample = |sample: &Sample| FragmentSample {
            decode: sample.decode.unwrap_or(sample.presentation),
            presentation: sample.presentation,
            duration: afterimage_base::MediaTime(0),
            is_sync: sample.is_sync,
            data: sample.data.clone(),
        };
        from_key.map(sample).collect()
    }
}

/// Reads a capture until it has brought so many video samples.
pub async fn take(capture: &mut dyn Capture, video_samples: usize) -> Result<Take, CaptureError> {
    let mut take = Take::default();
    let all = async {
        let mut count = 0;
        while count < video_samples {
            match capture.next().await? {
                CaptureEvent::Tracks(tracks) => {
                    assert!(take.tracks.is_empty(), "nothing changes in these films");
                    take.tracks = tracks;
                }
                CaptureEvent::Sample(sample) => {
                    assert!(!take.tracks.is_empty(), "tracks come before samples");
                    count += usize::from(take.tracks[sample.track].is_video());
                    take.samples.push(sample);
                }
                CaptureEvent::Skipped { detail } => take.skipped.push(detail),
            }
        }
        Ok(())
    };
    tokio::time::timeout(PATIENCE, all).await.expect("samples come in time")?;
    Ok(take)
}

/// Reads a capture until it fails.
pub async fn failure(capture: &mut dyn Capture) -> CaptureError {
    let until_failure = async {
        loop {
            if let Err(error) = capture.next().await {
                return error;
            }
        }
    };
    tokio::time::timeout(PATIENCE, until_failure).await.expect("the failure comes in time")
}
