//! A camera in the test's hand: real H.264, made by ffmpeg, sent when the test says so.

#![expect(clippy::disallowed_types, reason = "ffmpeg makes the footage and plays it back")]

use afterimage_base::{Clock, MediaTime, SimClock, WallTime};
use afterimage_media::{
    Capture, CaptureError, CaptureEvent, Codec, Sample, Track, TrackKind, VideoParameters,
};
use afterimage_recorder::{CaptureFactory, CapturePlan};
use bytes::Bytes;
use futures::future::BoxFuture;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::mpsc;

pub const WIDTH: u32 = 320;
pub const HEIGHT: u32 = 240;
pub const FRAMES_PER_SECOND: usize = 25;
const TIMESCALE: u32 = 90_000;
const TICKS: i64 = 90_000 / 25;

/// The test's end of the camera.
pub struct Camera {
    clock: Arc<SimClock>,
    events: mpsc::Sender<CaptureEvent>,
    frames: Vec<Frame>,
    sent: usize,
}

struct Frame {
    is_sync: bool,
    data: Bytes,
}

impl Camera {
    /// A camera with `seconds` of footage, key frame every second, and the recorder's end of it.
    pub async fn new(clock: Arc<SimClock>, seconds: usize) -> (Self, OneCamera) {
        let stream = annex_b(seconds);
        let units = nal_units(&stream);
        let of_kind =
            |kind| *units.iter().find(|unit| unit[0] & 31 == kind).expect("x264 sends it");
        let track = Track {
            codec: Codec::H264,
            kind: TrackKind::Video(VideoParameters { width: WIDTH, height: HEIGHT }),
            timescale: TIMESCALE,
            decoder_config: decoder_config(of_kind(7), of_kind(8)),
        };
        let (events, receiver) = mpsc::channel(seconds * FRAMES_PER_SECOND + 1);
        events.send(CaptureEvent::Tracks(vec![track])).await.expect("the receiver is here");
        let camera = Self { clock, events, frames: frames(&units), sent: 0 };
        (camera, OneCamera(Mutex::new(Some(receiver))))
    }

    /// Time passes, and the camera sends what it saw meanwhile.
    pub async fn run(&mut self, seconds: usize) {
        let began = self.clock.now();
        self.clock.advance(Duration::from_secs(seconds as u64));
        for index in 0..seconds * FRAMES_PER_SECOND {
            let frame = &self.frames[self.sent];
            let micros = index as u64 * 1_000_000 / FRAMES_PER_SECOND as u64;
            let sample = Sample {
                track: 0,
                presentation: MediaTime(self.sent as i64 * TICKS),
                decode: Some(MediaTime(self.sent as i64 * TICKS)),
                duration: Some(MediaTime(TICKS)),
                is_sync: frame.is_sync,
                received_at: began.plus(Duration::from_micros(micros)),
                taken_at: None::<WallTime>,
                data: frame.data.clone(),
            };
            self.sent += 1;
            self.events.send(CaptureEvent::Sample(sample)).await.expect("the recorder listens");
        }
    }
}

/// Opens once; a second session waits for ever.
pub struct OneCamera(Mutex<Option<mpsc::Receiver<CaptureEvent>>>);

impl CaptureFactory for OneCamera {
    fn open(&self, _: CapturePlan) -> BoxFuture<'static, Result<Box<dyn Capture>, CaptureError>> {
        let receiver = self.0.lock().expect("no panic while held").take();
        Box::pin(async move {
            match receiver {
                Some(receiver) => Ok(Box::new(Session(receiver)) as Box<dyn Capture>),
                None => std::future::pending().await,
            }
        })
    }
}

struct Session(mpsc::Receiver<CaptureEvent>);

impl Capture for Session {
    fn next(&mut self) -> BoxFuture<'_, Result<CaptureEvent, CaptureError>> {
        Box::pin(async {
            match self.0.recv().await {
                Some(event) => Ok(event),
                None => std::future::pending().await,
            }
        })
    }
}

/// Runs a program of the ffmpeg family; it must succeed and find no error.
pub async fn ffmpeg(program: &'static str, arguments: Vec<String>) -> Vec<u8> {
    let run = move || Command::new(program).args(["-v", "error"]).args(arguments).output();
    let output = tokio::task::spawn_blocking(run).await.expect("joined").expect("it is installed");
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && complaints.is_empty(), "{program}: {complaints}");
    output.stdout
}

fn annex_b(seconds: usize) -> Vec<u8> {
    let source = format!("testsrc2=size={WIDTH}x{HEIGHT}:rate={FRAMES_PER_SECOND}");
    let output = Command::new("ffmpeg")
        .args(["-v", "error", "-f", "lavfi", "-i", &source, "-t", &seconds.to_string()])
        .args(["-c:v", "libx264", "-profile:v", "baseline", "-pix_fmt", "yuv420p"])
        .args(["-x264-params", "aud=1:keyint=25:min-keyint=25:scenecut=0:bframes=0"])
        .args(["-f", "h264", "-"])
        .output()
        .expect("ffmpeg is installed");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

fn nal_units(stream: &[u8]) -> Vec<&[u8]> {
    let starts: Vec<usize> = stream
        .windows(3)
        .enumerate()
        .filter_map(|(at, three)| (three == [0, 0, 1]).then_some(at + 3))
        .collect();
    let ends = starts.iter().skip(1).map(|next| next - 3).chain([stream.len()]);
    // A zero before a start code belongs to the start code.
    let unit = |(from, to): (&usize, usize)| stream[*from..to].trim_suffix_zeros();
    starts.iter().zip(ends).map(unit).collect()
}

trait TrimSuffixZeros {
    fn trim_suffix_zeros(&self) -> &Self;
}

impl TrimSuffixZeros for [u8] {
    fn trim_suffix_zeros(&self) -> &Self {
        let end = self.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        &self[..end]
    }
}

/// One sample per access unit delimiter, four-byte lengths, without parameter sets.
fn frames(units: &[&[u8]]) -> Vec<Frame> {
    let mut frames: Vec<(bool, Vec<u8>)> = Vec::new();
    for unit in units {
        match (unit[0] & 31, frames.last_mut()) {
            (9, _) => frames.push((false, Vec::new())),
            (kind @ (1 | 5 | 6), Some((is_sync, data))) => {
                *is_sync |= kind == 5;
                data.extend_from_slice(&u32::try_from(unit.len()).expect("small").to_be_bytes());
                data.extend_from_slice(unit);
            }
            _ => {}
        }
    }
    frames.into_iter().map(|(is_sync, data)| Frame { is_sync, data: data.into() }).collect()
}

/// ISO/IEC 14496-15 §5.3.3.1, baseline profile.
fn decoder_config(sps: &[u8], pps: &[u8]) -> Bytes {
    let mut config = vec![1, sps[1], sps[2], sps[3], 0xff, 0xe1];
    for (index, unit) in [sps, pps].into_iter().enumerate() {
        if index == 1 {
            config.push(1);
        }
        config.extend_from_slice(&u16::try_from(unit.len()).expect("small").to_be_bytes());
        config.extend_from_slice(unit);
    }
    config.into()
}
