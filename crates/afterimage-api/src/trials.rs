//! Trying a source before it becomes a stream.
//!
//! Belongs here: who may, how many at once, and what a person should know of what came.

use crate::convert::track_view;
use crate::dto::{TrialCreate, TrialView};
use crate::password::as_meant;
use crate::{Api, ApiError, Caller, Right};
use afterimage_base::ErrorKind;
use afterimage_media::Track;
use afterimage_recorder::{Trial, TrialPlan};
use std::time::Duration;

/// A camera that is tried is one more that is pulled.
pub(crate) const TRIALS_AT_ONCE: usize = 4;
/// A longer GOP makes seeking slow and loses more with a power cut.
const LONG_GOP: Duration = Duration::from_secs(5);
const WRONG_CLOCK_MICROS: u64 = 2_000_000;

impl TrialCreate {
    pub fn parse(self) -> Result<TrialPlan, ApiError> {
        Ok(TrialPlan {
            source: self.source.parse()?,
            transport: self.transport.as_deref().map(str::parse).transpose()?.unwrap_or_default(),
            capture: self.capture.as_deref().map(str::parse).transpose()?,
        })
    }
}

impl Api {
    /// Connects to a source for a few seconds and says what comes, without recording it.
    pub async fn try_source(&self, caller: Caller, plan: TrialPlan) -> Result<Trial, ApiError> {
        caller.require(Right::Administer)?;
        let _turn = self.trials.try_acquire().map_err(|_| {
            ApiError::new(
                ErrorKind::InUse,
                format!(
                    "{TRIALS_AT_ONCE} sources are being tried already; try again in ten seconds"
                ),
            )
        })?;
        let plan = TrialPlan { source: as_meant(plan.source, None)?, ..plan };
        let tried = self.recorder.try_source(plan).await;
        tried.map_err(|error| ApiError::new(error.kind(), error.detail))
    }
}

impl From<Trial> for TrialView {
    fn from(trial: Trial) -> Self {
        let micros = |duration: Duration| i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        Self {
            advice: advice(&trial),
            tracks: trial.tracks.iter().map(track_view).collect(),
            backend: trial.choice.backend.to_string(),
            because: trial.choice.because,
            frames_per_second: trial.frames_per_second,
            gop_seconds: trial.gop.map(|gop| gop.as_secs_f64()),
            bits_per_second: trial.bits_per_second,
            clock_skew_micros: trial.clock_skew_micros,
            first_frame_micros: micros(trial.first_frame),
            watched_micros: micros(trial.watched),
        }
    }
}

fn advice(trial: &Trial) -> Vec<String> {
    let mut advice = Vec::new();
    if !trial.tracks.iter().any(Track::is_video) {
        advice.push("It sends sound only.".to_owned());
    } else if let Some(gop) = trial.gop.filter(|gop| *gop > LONG_GOP) {
        advice.push(format!(
            "Its key frames are {:.1} s apart; 2 s in the camera's settings makes seeking quicker \
             and loses less with a power cut.",
            gop.as_secs_f64()
        ));
    } else if trial.gop.is_none() {
        advice.push(
            "Only one key frame came while it was watched; a key frame every 2 s in the camera's \
             settings makes seeking quicker."
                .to_owned(),
        );
    }
    if let Some(skew) =
        trial.clock_skew_micros.filter(|skew| skew.unsigned_abs() > WRONG_CLOCK_MICROS)
    {
        let way = if skew > 0 { "ahead of" } else { "behind" };
        advice.push(format!(
            "Its clock is {:.1} s {way} the recorder's; let it take the time by NTP.",
            (skew as f64 / 1e6).abs()
        ));
    }
    advice
}
