//! What models have seen: one box on one frame.

use afterimage_base::WallTime;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DetectionList {
    pub stream: String,
    pub detections: Vec<DetectionView>,
    /// True when more follow; ask again from the last one's `at`.
    pub more: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DetectionView {
    pub stream: String,
    pub fragment: u64,
    pub sample: u32,
    #[schema(value_type = String, format = DateTime)]
    pub at: WallTime,
    /// `at` exactly: microseconds since 1970.
    pub at_micros: i64,
    pub model: String,
    pub label: String,
    pub score: f32,
    /// Left, top, width, height as parts of the picture, 0 to 1.
    #[serde(rename = "box")]
    pub bbox: [f32; 4],
}

/// What a worker found on some frames. Posting the same frames again replaces what was there.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DetectionPost {
    pub model: String,
    pub frames: Vec<FrameDetections>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FrameDetections {
    pub fragment: u64,
    pub sample: u32,
    pub at_micros: i64,
    /// Empty: looked, and nothing was there.
    pub detections: Vec<DetectedBox>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DetectedBox {
    pub label: String,
    pub score: f32,
    /// Left, top, width, height as parts of the picture, 0 to 1.
    #[serde(rename = "box")]
    pub bbox: [f32; 4],
}
