//! What travels over the API's border: plain data, described in OpenAPI, never used inside.
//!
//! Instants are RFC 3339 in UTC with milliseconds. Durations are written `30d`, `1h30m`.

mod consumer;
mod detection;
mod error;
mod fragment;
mod health;
mod live;
mod query;
mod stream;
mod timeline;

pub use consumer::{
    ConsumerCreate, ConsumerList, ConsumerMessage, ConsumerStart, ConsumerView, ReaderMessage,
};
pub use detection::{DetectedBox, DetectionList, DetectionPost, DetectionView, FrameDetections};
pub use error::ErrorBody;
pub use fragment::{FragmentList, FragmentView, SegmentView};
pub use health::{HealthView, SERVICE};
pub use live::{LIVE_HEADER_LENGTH, LiveHeader, LiveKind, LiveMessage};
pub use query::{
    ClipQuery, DetectionQuery, FragmentQuery, SessionCreate, SessionQuery, TimelineQuery,
};
pub use stream::{
    CaptureView, Fault, LiveFigures, Recorded, StreamCreate, StreamList, StreamState, StreamUpdate,
    StreamView, SystemView, TrackView,
};
pub use timeline::{GapView, RangeView, TimelineView};
