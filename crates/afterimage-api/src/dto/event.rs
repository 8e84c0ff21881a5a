//! Events, bookmarks and holds: what a person may want to look at, marks or keeps.

use afterimage_base::WallTime;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct EventList {
    /// The newest first.
    pub events: Vec<EventView>,
    /// True when older ones follow; ask again with `to` = the last one's `from_micros`.
    pub more: bool,
    /// Events of the range that the asker has not seen.
    pub unseen: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct EventView {
    pub id: i64,
    pub stream: String,
    pub kind: EventKind,
    /// What was seen (`person`), or a gap reason for `camera_down`.
    pub label: String,
    pub detail: Option<String>,
    pub from_micros: i64,
    /// Absent while it goes on.
    pub to_micros: Option<i64>,
    /// The surest detection of it; absent where no model saw it.
    pub score: Option<f32>,
    /// The most objects of this label on one frame.
    pub count: u32,
    /// The frame to show for it.
    pub fragment: Option<u64>,
    pub sample: Option<u32>,
    pub at_micros: i64,
    pub seen: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// An object that a model followed or saw over several frames.
    Sighting,
    Motion,
    /// Recording broke off; it ends when recording goes on.
    CameraDown,
    /// Bytes were found that are not what was written.
    Damage,
}

/// Which events the asker has seen: these, or all up to an instant.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EventsSeen {
    #[serde(default)]
    pub ids: Vec<i64>,
    #[serde(default)]
    pub up_to_micros: Option<i64>,
    /// False takes the mark away.
    pub seen: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct BookmarkList {
    /// In order of time.
    pub bookmarks: Vec<BookmarkView>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct BookmarkView {
    pub id: i64,
    /// Absent: of all streams.
    pub stream: Option<String>,
    pub at_micros: i64,
    /// Absent: an instant.
    pub to_micros: Option<i64>,
    pub title: String,
    pub author: String,
    #[schema(value_type = String, format = DateTime)]
    pub created: WallTime,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BookmarkCreate {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream: Option<String>,
    pub at_micros: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_micros: Option<i64>,
    pub title: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct HoldList {
    /// By stream, then in order of time; those that ended too.
    pub holds: Vec<HoldView>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct HoldView {
    pub id: i64,
    pub stream: String,
    pub from_micros: i64,
    pub to_micros: i64,
    pub reason: String,
    /// Who placed it.
    pub owner: String,
    /// When it ends; absent: never by itself.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires: Option<WallTime>,
    #[schema(value_type = String, format = DateTime)]
    pub created: WallTime,
    pub active: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HoldCreate {
    /// RFC 3339, `now`, or how long ago: `-90m`.
    pub from: String,
    pub to: String,
    pub reason: String,
    /// RFC 3339, or how long from now: `90d`; absent: for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
}
