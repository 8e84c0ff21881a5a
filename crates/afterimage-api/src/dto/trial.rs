//! Trying a source before it becomes a stream.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Connects to a source for a few seconds and says what comes, without recording it.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TrialCreate {
    /// As for a stream.
    pub source: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transport: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capture: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TrialView {
    pub tracks: Vec<super::TrackView>,
    /// `retina` or `gstreamer`, and why.
    pub backend: String,
    pub because: String,
    pub frames_per_second: Option<f64>,
    /// From key frame to key frame; absent when there was only one in the time.
    pub gop_seconds: Option<f64>,
    pub bits_per_second: f64,
    /// How far the camera's clock is from ours, ahead is positive; absent when it tells none.
    pub clock_skew_micros: Option<i64>,
    /// From asking to the first frame.
    pub first_frame_micros: i64,
    /// How long it was watched.
    pub watched_micros: i64,
    /// What a person should know: a long GOP, a wrong clock, no video.
    pub advice: Vec<String>,
}
