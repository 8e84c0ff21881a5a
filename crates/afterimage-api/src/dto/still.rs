//! Stills: what a worker is asked to decode. It fetches the fragments like anybody else.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// One picture that somebody waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StillJob {
    pub id: u64,
    pub stream: String,
    /// Whose init section the fragments need.
    pub segment: i64,
    /// In order: the first can be decoded alone, the last holds the frame.
    pub fragments: Vec<u64>,
    pub at_micros: i64,
    pub nearest: StillChoice,
    /// No wider than this.
    pub width: Option<u32>,
    pub format: StillFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StillChoice {
    /// The frame on screen at the instant.
    Exact,
    /// The key frame that its fragments begin with.
    Key,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StillFormat {
    Jpeg,
    Png,
}

/// How patient a worker is.
#[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct StillPatience {
    /// How long to wait for an order, in seconds, 0 to 20; 20 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait: Option<u64>,
}

/// Which frame a finished still shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct StillPlace {
    pub fragment: u64,
    pub sample: u32,
    pub at_micros: i64,
}

/// Why a still can't be made.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StillFailure {
    pub message: String,
}
