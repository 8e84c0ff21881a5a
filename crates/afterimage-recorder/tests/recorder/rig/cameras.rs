//! The capture port, played from scripts: each connection plays the next visit, in real time.
//!
//! Invariant: frames are numbered over all connections, and a number is in the frame's bytes, so
//! that a test can tell that none is lost, doubled or out of order.

use super::clock::MachineClock;
use super::visit::{Step, Visit, Welcome};
use afterimage_base::MediaTime;
use afterimage_media::{
    Capture, CaptureError, CaptureEvent, Codec, Sample, Track, TrackKind, VideoParameters,
};
use afterimage_recorder::{CaptureFactory, CapturePlan};
use bytes::Bytes;
use futures::future::BoxFuture;
use std::collections::VecDeque;
use std::future::pending;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::Instant;

const TIMESCALE: u32 = 90_000;

/// One attempt to connect.
#[derive(Clone, Debug)]
pub struct Opened {
    pub at: Instant,
    pub plan: CapturePlan,
}

pub struct Cameras {
    clock: Arc<MachineClock>,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Default)]
struct Shared {
    visits: VecDeque<Visit>,
    opened: Vec<Opened>,
    watched: Vec<bool>,
    sent: u32,
}

impl Cameras {
    pub fn new(clock: Arc<MachineClock>, visits: impl IntoIterator<Item = Visit>) -> Self {
        let shared = Shared { visits: visits.into_iter().collect(), ..Shared::default() };
        Self { clock, shared: Arc::new(Mutex::new(shared)) }
    }

    pub fn opened(&self) -> Vec<Opened> {
        self.shared.lock().unwrap().opened.clone()
    }

    /// The calls of [`Capture::set_watched`], over all connections.
    pub fn watched(&self) -> Vec<bool> {
        self.shared.lock().unwrap().watched.clone()
    }

    /// How many frames were handed over; their numbers are below it.
    pub fn sent(&self) -> u32 {
        self.shared.lock().unwrap().sent
    }
}

impl CaptureFactory for Cameras {
    fn open(
        &self,
        plan: CapturePlan,
    ) -> BoxFuture<'static, Result<Box<dyn Capture>, CaptureError>> {
        let visit = {
            let mut shared = self.shared.lock().unwrap();
            shared.opened.push(Opened { at: Instant::now(), plan });
            shared.visits.pop_front()
        };
        let (clock, shared) = (Arc::clone(&self.clock), Arc::clone(&self.shared));
        Box::pin(async move {
            let Some(visit) = visit else { return pending().await };
            if !visit.connects_in.is_zero() {
                tokio::time::sleep(visit.connects_in).await;
            }
            match visit.welcome.clone() {
                Welcome::Streams => {
                    let began = Instant::now();
                    let due = Duration::ZERO;
                    let session =
                        Session { clock, shared, visit, began, due, media: 0, gop_position: 0 };
                    Ok(Box::new(session) as Box<dyn Capture>)
                }
                Welcome::Refuses(failure, detail) => Err(CaptureError::new(failure, detail)),
                Welcome::NeverAnswers => pending().await,
            }
        })
    }
}

struct Session {
    clock: Arc<MachineClock>,
    shared: Arc<Mutex<Shared>>,
    visit: Visit,
    began: Instant,
    /// When the next step is due, since `began`.
    due: Duration,
    /// The camera's time of the next frame, in ticks.
    media: i64,
    gop_position: u32,
}

impl Capture for Session {
    fn next(&mut self) -> BoxFuture<'_, Result<CaptureEvent, CaptureError>> {
        Box::pin(async {
            loop {
                let Some(step) = self.visit.steps.front().copied() else { return pending().await };
                // Nothing is changed before the last wait is over: dropping this loses nothing.
                tokio::time::sleep_until(self.began + self.due).await;
                match step {
                    Step::Frames(0) => self.end_step(),
                    Step::Frames(left) => {
                        self.visit.steps[0] = Step::Frames(left - 1);
                        return Ok(CaptureEvent::Sample(self.frame()));
                    }
                    Step::Pause(pause) => {
                        self.end_step();
                        self.due += pause;
                        self.media += ticks(pause);
                    }
                    Step::ResetTime => {
                        self.end_step();
                        self.media = 0;
                    }
                    Step::Tracks { width } => {
                        self.end_step();
                        self.gop_position = 0;
                        return Ok(CaptureEvent::Tracks(vec![track(width)]));
                    }
                    Step::Damage => {
                        self.end_step();
                        return Ok(CaptureEvent::Skipped { detail: "a lost packet".to_owned() });
                    }
                    Step::Fail(failure) => {
                        return Err(CaptureError::new(failure, format!("scripted: {failure:?}")));
                    }
                }
            }
        })
    }

    fn set_watched(&mut self, watched: bool) {
        self.shared.lock().unwrap().watched.push(watched);
    }
}

impl Session {
    fn end_step(&mut self) {
        self.visit.steps.pop_front();
    }

    fn frame(&mut self) -> Sample {
        let is_sync = self.gop_position == 0;
        self.gop_position = (self.gop_position + 1) % self.visit.footage.gop_frames;
        let number = {
            let mut shared = self.shared.lock().unwrap();
            shared.sent += 1;
            shared.sent - 1
        };
        let step = Duration::from_secs(1) / self.visit.footage.frames_per_second;
        let sample = Sample {
            track: 0,
            presentation: MediaTime(self.media),
            decode: None,
            duration: None,
            is_sync,
            received_at: self.clock.wall(self.began + self.due),
            taken_at: None,
            data: access_unit(number, is_sync),
        };
        self.due += step;
        self.media += ticks(step);
        sample
    }
}

fn ticks(duration: Duration) -> i64 {
    duration.as_micros() as i64 * i64::from(TIMESCALE) / 1_000_000
}

/// One slice whose bytes are the frame's number in decimal, behind its length.
fn access_unit(number: u32, is_sync: bool) -> Bytes {
    let mut data = 11u32.to_be_bytes().to_vec();
    data.push(if is_sync { 0x65 } else { 0x41 });
    data.extend_from_slice(format!("{number:010}").as_bytes());
    data.into()
}

/// The reverse of [`access_unit`].
pub fn frame_number(data: &[u8]) -> u32 {
    std::str::from_utf8(&data[5..]).unwrap().parse().unwrap()
}

fn track(width: u32) -> Track {
    // AVCDecoderConfigurationRecord (ISO/IEC 14496-15, section 5.3.3.1) of a baseline stream.
    let decoder_config = Bytes::from_static(&[
        0x01, 0x42, 0xC0, 0x1E, 0xFF, 0xE1, 0x00, 0x09, 0x67, 0x42, 0xC0, 0x1E, 0xD9, 0x00, 0xA0,
        0x5B, 0x20, 0x01, 0x00, 0x04, 0x68, 0xCE, 0x3C, 0x80,
    ]);
    Track {
        codec: Codec::H264,
        kind: TrackKind::Video(VideoParameters { width, height: 480 }),
        timescale: TIMESCALE,
        decoder_config,
    }
}
