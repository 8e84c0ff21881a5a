//! What travels over the API's border: plain data, described in OpenAPI, never used inside.
//!
//! Instants are RFC 3339 in UTC with milliseconds. Durations are written `30d`, `1h30m`.

mod activity;
mod consumer;
mod detection;
mod discovery;
mod error;
mod event;
mod export;
mod fragment;
mod health;
mod live;
mod query;
mod still;
mod storage;
mod stream;
mod timeline;
mod trial;

pub use activity::{ActivityView, MissingShare, ShareView, StreamShare};
pub use consumer::{
    ConsumerCreate, ConsumerList, ConsumerMessage, ConsumerStart, ConsumerView, ReaderMessage,
};
pub use detection::{DetectedBox, DetectionList, DetectionPost, DetectionView, FrameDetections};
pub use discovery::{
    DiscoveryView, FoundCamera, FoundWebcam, ProfileList, ProfileView, ProfilesQuery,
};
pub use error::ErrorBody;
pub use event::{
    BookmarkCreate, BookmarkList, BookmarkView, EventKind, EventList, EventView, EventsSeen,
    HoldCreate, HoldList, HoldView,
};
pub use export::{
    ExportCreate, ExportEstimate, ExportFile, ExportFormat, ExportList, ExportState,
    ExportVerified, ExportView, PickedFrame,
};
pub use fragment::{FragmentList, FragmentView, SegmentView};
pub use health::{HealthView, SERVICE};
pub use live::{LIVE_HEADER_LENGTH, LiveHeader, LiveKind, LiveMessage};
pub use query::{
    ActivityQuery, BookmarkQuery, ClipQuery, ConfirmQuery, DetectionQuery, EventQuery,
    FragmentQuery, FrameQuery, HoldQuery, SessionCreate, SessionQuery, ShareQuery, TimelineQuery,
    WhatIfQuery,
};
pub use still::{StillChoice, StillFailure, StillFormat, StillJob, StillPatience, StillPlace};
pub use storage::{
    CheckCreate, CheckState, CheckView, FindingView, Forecast, RetentionPreview, ScrubView,
    StorageSettings, StorageView, StreamStorage, VolumeView,
};
pub use stream::{
    CaptureView, Fault, LiveFigures, Recorded, Schedule, SchedulePeriod, StreamCreate, StreamList,
    StreamState, StreamUpdate, StreamView, SystemView, TrackView,
};
pub use timeline::{GapView, RangeView, TimelineView};
pub use trial::{TrialCreate, TrialView};
