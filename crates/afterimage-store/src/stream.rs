//! What a stream is to the archive: its identity and what the user wants of it. Nothing of its
//! running state.

use crate::{Schedule, StoreError};
use afterimage_base::{Secret, StreamName, WallTime, format_duration};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use std::time::Duration;
use uuid::Uuid;

/// The shortest and the longest time that footage can be kept.
pub const RETENTION_LIMITS: std::ops::RangeInclusive<Duration> =
    Duration::from_secs(3_600)..=Duration::from_secs(10 * 365 * 86_400);

/// A stream's identity for ever; names may change. Names its directory under `media/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StreamId(pub Uuid);

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for StreamId {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, StoreError> {
        text.parse().map(Self).map_err(|_| StoreError::no_stream(text.escape_debug()))
    }
}

/// What the user wants of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamSettings {
    pub name: StreamName,
    /// Where media comes from, as text; `None` waits for pushed media. Encrypted at rest.
    pub source: Option<Secret>,
    /// A capture that is forced (`retina`, `gstreamer`); `None` chooses by itself.
    pub capture: Option<String>,
    /// A transport that is forced (`tcp`, `udp`).
    pub transport: Option<String>,
    /// How long footage is kept, within [`RETENTION_LIMITS`].
    pub retention: Duration,
    /// The most bytes that this stream may hold; `None` has no limit of its own.
    pub retain_bytes: Option<u64>,
    /// When it records; `None` is always.
    pub schedule: Option<Schedule>,
    /// False: the operator stopped it.
    pub recording: bool,
    /// The models that watch it, by name.
    pub models: Vec<String>,
    pub created: WallTime,
}

impl StreamSettings {
    /// A stream that keeps 30 days and waits for pushed media.
    #[must_use]
    pub fn new(name: StreamName, created: WallTime) -> Self {
        Self {
            name,
            source: None,
            capture: None,
            transport: None,
            retention: Duration::from_secs(30 * 86_400),
            retain_bytes: None,
            schedule: None,
            recording: true,
            models: Vec::new(),
            created,
        }
    }

    pub(crate) fn validate(&self) -> Result<(), StoreError> {
        if let Some(schedule) = &self.schedule {
            schedule.validate()?;
        }
        check_retention(self.retention)
    }
}

/// A retention within the limits, or a sentence that says which these are.
pub(crate) fn check_retention(retention: Duration) -> Result<(), StoreError> {
    if RETENTION_LIMITS.contains(&retention) {
        return Ok(());
    }
    Err(StoreError::Invalid(format!(
        "a retention of {} is outside the limits; choose between {} and {}",
        format_duration(retention),
        format_duration(*RETENTION_LIMITS.start()),
        format_duration(*RETENTION_LIMITS.end()),
    )))
}

/// A stream as the archive knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stream {
    pub id: StreamId,
    pub settings: StreamSettings,
}

/// A stream's small number inside this index; never used again after the stream is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct StreamKey(pub i64);
