//! What a timeline shows when a pixel is longer than a fragment: sums over equal buckets.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Columns of equal length; `recorded[i]` and the others tell of the same bucket.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ActivityView {
    pub stream: String,
    /// The first bucket begins here: a whole multiple of `bucket_micros` since 1970.
    pub from_micros: i64,
    pub bucket_micros: i64,
    /// Which part of the bucket is recorded, in thousandths.
    pub recorded: Vec<u16>,
    /// Which part of it is missing although it should have been recorded, in thousandths.
    pub missing: Vec<u16>,
    /// Frames on which a model saw motion.
    pub motion: Vec<u32>,
    /// Frames on which a model saw an object.
    pub objects: Vec<u32>,
    /// Events that begin in the bucket.
    pub events: Vec<u32>,
    /// Where something is missing: why most of it is. Indices into `reasons`; -1 where nothing is.
    pub reason: Vec<i8>,
    /// Gap reasons that occur.
    pub reasons: Vec<String>,
}

/// How much of what should have been recorded is there.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ShareView {
    pub from_micros: i64,
    pub to_micros: i64,
    /// Of all streams together; absent where nothing was to be recorded.
    pub share: Option<f64>,
    pub streams: Vec<StreamShare>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct StreamShare {
    pub stream: String,
    /// How long it should have been recorded: without what its schedule, an operator or its age
    /// excludes.
    pub scheduled_micros: i64,
    pub recorded_micros: i64,
    /// `recorded_micros` ÷ `scheduled_micros`; absent where nothing was to be recorded.
    pub share: Option<f64>,
    /// What is missing, the longest first.
    pub missing: Vec<MissingShare>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct MissingShare {
    /// A gap reason.
    pub reason: String,
    pub micros: i64,
    pub gaps: u64,
}
