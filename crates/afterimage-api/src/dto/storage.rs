//! Room: what is held, how long it lasts, what a change would delete, and whether it is whole.

use afterimage_base::WallTime;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct StorageView {
    pub volumes: Vec<VolumeView>,
    pub streams: Vec<StreamStorage>,
    pub settings: StorageSettings,
    pub forecast: Forecast,
    pub scrub: ScrubView,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct VolumeView {
    /// `hot` is the one that is recorded to.
    pub name: String,
    pub total_bytes: u64,
    pub free_bytes: u64,
    pub recorded_bytes: u64,
    /// Kept free.
    pub reserve_bytes: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct StreamStorage {
    pub stream: String,
    pub bytes: u64,
    /// Of these, how many a hold keeps.
    pub held_bytes: u64,
    /// Over the last day of recording.
    pub bytes_per_hour: u64,
    /// `30d`
    pub retention: String,
    pub retain_bytes: Option<u64>,
    /// How much time is recorded.
    pub recorded_micros: i64,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub oldest: Option<WallTime>,
    /// What its retention needs at its present rate.
    pub promised_bytes: u64,
}

/// Whether the promises fit.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct Forecast {
    /// What all streams need to keep their retention at their present rates.
    pub needed_bytes: u64,
    /// What they may have: the volume without its reserve and what is not ours, or the limit.
    pub available_bytes: u64,
    /// How much is missing for the promises; 0 where they fit.
    pub short_bytes: u64,
    /// When footage begins to go before its age; absent where the promises fit.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub full_at: Option<WallTime>,
    /// How long footage will last once it is full, by the stream that suffers most; absent where
    /// the promises fit.
    pub days_kept_when_full: Option<f64>,
}

/// What holds for the archive as a whole; what is absent stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StorageSettings {
    /// All streams together hold no more than this; 0 has no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retain_bytes: Option<u64>,
    /// Retention keeps this much of the volume free.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub free_space_reserve: Option<u64>,
    /// All footage is read and verified once in this time: `30d`; `0s` never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scrub_period: Option<String>,
}

/// The background reading of the whole archive.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct ScrubView {
    /// Part of the present round that is done, 0 to 1.
    pub progress: f64,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub round_started: Option<WallTime>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_round_ended: Option<WallTime>,
    /// Fragments that were found damaged, ever.
    pub damaged: u64,
}

/// What a change of a stream's settings deletes.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RetentionPreview {
    pub deleted_bytes: u64,
    pub deleted_micros: i64,
    pub deleted_segments: u64,
    /// What holds keep although it would go.
    pub held_bytes: u64,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub oldest_now: Option<WallTime>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub oldest_after: Option<WallTime>,
    /// How the archive's forecast changes.
    pub forecast: Forecast,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckCreate {
    /// Only this stream.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream: Option<String>,
    /// Reads headers only: finds what is missing or cut, not flipped bits.
    #[serde(default)]
    pub quick: bool,
    #[serde(default)]
    pub repair: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CheckView {
    pub state: CheckState,
    pub repair: bool,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub started: Option<WallTime>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ended: Option<WallTime>,
    pub segments: u64,
    pub fragments: u64,
    pub bytes: u64,
    /// What there is to read; 0 while it is not known.
    pub total_bytes: u64,
    /// The first thousand.
    pub findings: Vec<FindingView>,
    /// All of them.
    pub found: u64,
    pub repaired: u64,
    /// Why it failed.
    pub failure: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CheckState {
    /// None was asked for since the recorder started.
    Idle,
    Running,
    Done,
    Cancelled,
    Failed,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FindingView {
    /// `missing_file`, `damaged_fragment`, …
    pub kind: String,
    /// Relative to the data directory.
    pub path: String,
    pub detail: String,
    pub repaired: bool,
}
