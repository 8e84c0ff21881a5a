//! What is recorded, what is missing and why.

use afterimage_base::WallTime;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TimelineView {
    pub stream: String,
    #[schema(value_type = String, format = DateTime)]
    pub from: WallTime,
    #[schema(value_type = String, format = DateTime)]
    pub to: WallTime,
    pub ranges: Vec<RangeView>,
    pub gaps: Vec<GapView>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RangeView {
    #[schema(value_type = String, format = DateTime)]
    pub from: WallTime,
    #[schema(value_type = String, format = DateTime)]
    pub to: WallTime,
    pub fragments: u64,
    pub bytes: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct GapView {
    #[schema(value_type = String, format = DateTime)]
    pub from: WallTime,
    #[schema(value_type = String, format = DateTime)]
    pub to: WallTime,
    /// `camera_unreachable`, `recorder_down`, `disk_full`, …
    pub reason: String,
    pub detail: Option<String>,
}
