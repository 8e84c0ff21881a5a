//! Fragments as a player or a consumer lists them.

use afterimage_base::WallTime;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct FragmentList {
    pub stream: String,
    /// In order of time. Fetch one at `…/fragments/{number}`.
    pub fragments: Vec<FragmentView>,
    /// The segments that these fragments lie in. Fetch an init section at `…/init/{segment}`.
    pub segments: Vec<SegmentView>,
    /// True when more fragments of the range follow; ask again from the last one's `to`.
    pub more: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct FragmentView {
    pub number: u64,
    pub segment: i64,
    #[schema(value_type = String, format = DateTime)]
    pub from: WallTime,
    #[schema(value_type = String, format = DateTime)]
    pub to: WallTime,
    /// `from` exactly: microseconds since 1970.
    pub from_micros: i64,
    pub duration_micros: i64,
    /// False for the later parts of a very long GOP: decode from the last independent one.
    pub independent: bool,
    pub bytes: u64,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub producer_timestamp: Option<WallTime>,
    #[schema(value_type = String, format = DateTime)]
    pub server_timestamp: WallTime,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SegmentView {
    pub id: i64,
    /// `video/mp4; codecs="avc1.64001f,mp4a.40.2"`
    pub mime: String,
}
