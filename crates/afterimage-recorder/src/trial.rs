//! Trying a source before it becomes a stream: connects, watches a few seconds, records nothing.
//!
//! Belongs here: what a camera sends, counted. Not here: judging it.
//! Invariants: a trial ends within [`LONGEST`], whatever the camera does, and keeps no media.

use crate::Recorder;
use crate::capture::{CapturePlan, Choice};
use crate::source::{Backend, Source, Transport};
use afterimage_base::MediaTime;
use afterimage_media::{Capture, CaptureError, CaptureEvent, CaptureFailure, Sample, Track};
use std::time::Duration;
use tokio::time::Instant;

/// Connecting and watching together.
const LONGEST: Duration = Duration::from_secs(10);
/// Two key frames with a frame rate between them are enough, after so long.
const ENOUGH: Duration = Duration::from_secs(2);

/// What to try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrialPlan {
    pub source: Source,
    pub transport: Transport,
    pub capture: Option<Backend>,
}

/// What a source sent.
#[derive(Clone, Debug)]
pub struct Trial {
    pub tracks: Vec<Track>,
    pub choice: Choice,
    pub frames_per_second: Option<f64>,
    /// From key frame to key frame; `None` when fewer than two came.
    pub gop: Option<Duration>,
    pub bits_per_second: f64,
    /// The camera's clock less ours, in microseconds; `None` when it tells none.
    pub clock_skew_micros: Option<i64>,
    pub first_frame: Duration,
    pub watched: Duration,
}

impl Recorder {
    /// Connects to a source and says what comes.
    pub async fn try_source(&self, plan: TrialPlan) -> Result<Trial, CaptureError> {
        let began = Instant::now();
        let deadline = began + LONGEST;
        let mut choice = Choice::of(&plan.source, plan.capture, None);
        let mut watched = self.watch_source(&plan, choice.clone(), deadline).await;
        if let Err(error) = &watched
            && error.failure == CaptureFailure::Unsupported
            && choice.backend == Backend::Retina
            && !choice.forced
        {
            choice = Choice::of(&plan.source, None, Some(&error.detail));
            watched = self.watch_source(&plan, choice.clone(), deadline).await;
        }
        watched?.conclude(choice, began)
    }

    async fn watch_source(
        &self,
        plan: &TrialPlan,
        choice: Choice,
        deadline: Instant,
    ) -> Result<Observed, CaptureError> {
        let plan = CapturePlan { source: plan.source.clone(), transport: plan.transport, choice };
        let opened = tokio::time::timeout_at(deadline, self.captures().open(plan)).await;
        let mut capture = opened.map_err(|_| silent("no connection"))??;
        capture.set_watched(true);
        let mut observed = Observed::default();
        // What came until then is the answer, also of a camera that goes on for ever.
        let outcome = tokio::time::timeout_at(deadline, observed.watch(capture.as_mut())).await;
        match outcome {
            Ok(Err(error)) if observed.frames == 0 => Err(error),
            _ => Ok(observed),
        }
    }
}

fn silent(what: &str) -> CaptureError {
    let detail =
        format!("{what} within {} s; is the address right, and the camera on?", LONGEST.as_secs());
    CaptureError::new(CaptureFailure::Silent, detail)
}

#[derive(Default)]
struct Observed {
    tracks: Vec<Track>,
    /// Of the video track, or of the first where there is none.
    frames: u32,
    bytes: u64,
    first: Option<(Instant, MediaTime)>,
    last: Option<(Instant, MediaTime)>,
    keys: Vec<MediaTime>,
    skew_micros: Option<i64>,
}

impl Observed {
    async fn watch(&mut self, capture: &mut dyn Capture) -> Result<(), CaptureError> {
        loop {
            match capture.next().await? {
                CaptureEvent::Tracks(tracks) => self.tracks = tracks,
                CaptureEvent::Sample(sample) => self.take(&sample),
                CaptureEvent::Skipped { .. } => {}
            }
            if self.is_enough() {
                return Ok(());
            }
        }
    }

    fn take(&mut self, sample: &Sample) {
        self.bytes += sample.data.len() as u64;
        if sample.track != self.reference() {
            return;
        }
        self.frames += 1;
        let now = (Instant::now(), sample.presentation);
        self.first.get_or_insert(now);
        self.last = Some(now);
        if sample.is_sync && self.has_picture() {
            self.keys.push(sample.presentation);
        }
        if let Some(taken) = sample.taken_at {
            let skew = taken.as_micros() - sample.received_at.as_micros();
            // A frame can come late but not early: the largest is the nearest to the truth.
            self.skew_micros = Some(self.skew_micros.map_or(skew, |known| known.max(skew)));
        }
    }

    fn reference(&self) -> usize {
        self.tracks.iter().position(Track::is_video).unwrap_or(0)
    }

    fn is_enough(&self) -> bool {
        let watched = self.first.map_or(Duration::ZERO, |(first, _)| first.elapsed());
        watched >= ENOUGH && (!self.has_picture() || self.keys.len() >= 2)
    }

    fn has_picture(&self) -> bool {
        self.tracks.iter().any(Track::is_video)
    }

    fn conclude(self, choice: Choice, began: Instant) -> Result<Trial, CaptureError> {
        let (Some(first), Some(last)) = (self.first, self.last) else {
            return Err(silent("it answered, but no frame came"));
        };
        let timescale = self.tracks.get(self.reference()).map_or(1, |track| track.timescale);
        let seconds =
            |from: MediaTime, to: MediaTime| to.micros_since(from, timescale) as f64 / 1e6;
        let media = seconds(first.1, last.1);
        let intervals = f64::from(self.frames.saturating_sub(1));
        let watched = last.0.duration_since(first.0);
        let gop = self
            .keys
            .windows(2)
            .map(|pair| seconds(pair[0], pair[1]))
            .fold(None, |most, gop| Some(f64::max(gop, most.unwrap_or(0.0))));
        Ok(Trial {
            tracks: self.tracks,
            choice,
            frames_per_second: (media > 0.0).then_some(intervals / media),
            gop: gop.filter(|gop| *gop > 0.0).map(Duration::from_secs_f64),
            bits_per_second: if media > 0.0 { self.bytes as f64 * 8.0 / media } else { 0.0 },
            clock_skew_micros: self.skew_micros,
            first_frame: first.0.duration_since(began),
            watched,
        })
    }
}
