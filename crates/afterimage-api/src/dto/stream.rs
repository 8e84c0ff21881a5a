//! Streams: what the user wants (settings) and what is going on (state).

use afterimage_base::WallTime;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StreamCreate {
    /// `[a-zA-Z0-9_.-]{1,256}`
    pub name: String,
    /// `rtsp://…`, `rtsps://…`, `webcam`, `webcam:/dev/video0`, `pipewire:NAME`, `test:`;
    /// absent for a stream that waits for pushed media.
    #[serde(default)]
    pub source: Option<String>,
    /// `1h` to `10y`; `30d` when absent.
    #[serde(default)]
    pub retention: Option<String>,
    /// Forces the way of capture: `retina` or `gstreamer`.
    #[serde(default)]
    pub capture: Option<String>,
    /// `tcp` (the default) or `udp`.
    #[serde(default)]
    pub transport: Option<String>,
    /// Models that a worker runs on this stream; none when absent.
    #[serde(default)]
    pub models: Option<Vec<String>>,
    /// The most bytes that it may hold; 0, or absent, has no limit of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retain_bytes: Option<u64>,
    /// When to record; always when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Schedule>,
}

/// What is absent stays as it is.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StreamUpdate {
    /// `none` waits for pushed media. A password shown as `•••` stays as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retention: Option<String>,
    /// `retina`, `gstreamer`, or `auto`, which gives the choice back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capture: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transport: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub models: Option<Vec<String>>,
    /// False stops recording; the stream and its footage stay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// 0 takes the limit away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retain_bytes: Option<u64>,
    /// One without periods records always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Schedule>,
}

/// When a stream is recorded, week after week. Outside of it nothing is missing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// An IANA time zone: `Europe/Berlin`; `UTC` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    pub periods: Vec<SchedulePeriod>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SchedulePeriod {
    /// `mon`, `tue`, `wed`, `thu`, `fri`, `sat`, `sun`
    pub days: Vec<String>,
    /// `08:00`
    pub from: String,
    /// `18:00`; `24:00` is the day's end, an earlier one than `from` is on the next day.
    pub to: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct StreamList {
    pub streams: Vec<StreamView>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct StreamView {
    pub name: String,
    /// Its password is never shown.
    pub source: Option<String>,
    pub state: StreamState,
    /// Why it does not record, if it should.
    pub fault: Option<Fault>,
    /// `30d`
    pub retention: String,
    pub retain_bytes: Option<u64>,
    pub schedule: Option<Schedule>,
    pub enabled: bool,
    pub capture: CaptureView,
    /// What the camera sends; empty before the first connection.
    pub tracks: Vec<TrackView>,
    pub figures: LiveFigures,
    pub recorded: Recorded,
    pub models: Vec<String>,
    #[schema(value_type = String, format = DateTime)]
    pub created: WallTime,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StreamState {
    /// Media arrives and is kept.
    Recording,
    /// The first connection is being made.
    Connecting,
    /// It failed and will be tried again.
    Retrying,
    /// Waiting for a producer to push.
    Waiting,
    /// Stopped by an operator.
    Stopped,
    /// Outside its schedule.
    Resting,
    /// No recorder runs.
    Offline,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Fault {
    /// A gap reason: `camera_unreachable`, `authentication_failed`, `camera_silent`, …
    pub code: String,
    pub detail: String,
    #[schema(value_type = String, format = DateTime)]
    pub since: WallTime,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub retry_at: Option<WallTime>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct CaptureView {
    /// `retina`, `gstreamer`, or absent while nothing was chosen.
    pub backend: Option<String>,
    /// Chosen by the operator, not by itself.
    pub forced: bool,
    /// Why it was chosen.
    pub because: String,
    /// `tcp` or `udp`
    pub transport: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TrackView {
    /// `video` or `audio`
    pub kind: String,
    /// `h264`, `h265`, `aac`, `opus`
    pub codec: String,
    pub width: Option<u32>,
    pub height: Option<u32>,
    pub sample_rate: Option<u32>,
    pub channels: Option<u16>,
}

/// Over the last fragment.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct LiveFigures {
    pub frames_per_second: f64,
    pub bits_per_second: f64,
    /// Times that damaged media was skipped to the next key frame, since the recorder started.
    pub skipped: u64,
    /// Times that the camera was connected, since the recorder started.
    pub connections: u64,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct Recorded {
    #[schema(value_type = Option<String>, format = DateTime)]
    pub first: Option<WallTime>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last: Option<WallTime>,
    pub bytes: u64,
    pub fragments: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SystemView {
    pub version: String,
    #[schema(value_type = String, format = DateTime)]
    pub now: WallTime,
    #[schema(value_type = String, format = DateTime)]
    pub started: WallTime,
    pub recorded_bytes: u64,
    pub free_bytes: u64,
    /// Models that could be run, and why one can't.
    pub models: Vec<String>,
    /// What is wrong with the recorder as a whole: sentences.
    pub warnings: Vec<String>,
}
