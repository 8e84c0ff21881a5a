//! Detections: what models saw on which frame.
//!
//! Belongs here: the log and its questions. Not here: what a model is, tracking.

use crate::{Store, StoreError, StreamId};
use afterimage_base::WallTime;

/// One box on one frame.
#[derive(Clone, Debug, PartialEq)]
pub struct Detection {
    /// The frame: fragment number and sample index in it.
    pub fragment: u64,
    pub sample: u32,
    /// The frame's presentation time.
    pub at: WallTime,
    pub model: String,
    pub label: String,
    pub score: f32,
    /// Left, top, width, height; 0 to 1 of the picture.
    pub area: [f32; 4],
    /// JSON that the model adds.
    pub extra: Option<String>,
}

/// Which detections are asked for; empty fields don't choose.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DetectionFilter {
    pub model: Option<String>,
    pub labels: Vec<String>,
    pub min_score: Option<f32>,
}

/// How many detections a part of a period holds, by label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DetectionActivity {
    pub from: WallTime,
    pub to: WallTime,
    pub labels: Vec<(String, u64)>,
}

impl Store {
    /// Writes what `model` saw on the `frames` (fragment, sample) that it looked at. All boxes that
    /// it has on them are replaced, so a repeat changes nothing and a frame on which nothing is
    /// seen any more loses its boxes; the same detection twice in one batch is kept twice.
    pub fn put_detections(
        &self,
        stream: StreamId,
        model: &str,
        frames: &[(u64, u32)],
        detections: &[Detection],
    ) -> Result<(), StoreError> {
        for detection in detections {
            let numbers = detection.area.iter().chain([&detection.score]);
            if !numbers.clone().all(|number| number.is_finite()) {
                return Err(StoreError::Invalid(format!(
                    "a detection of `{}` on fragment {} has a score or an area that is not a number",
                    detection.label.escape_debug(),
                    detection.fragment
                )));
            }
        }
        let key = self.key_of(stream)?;
        self.index().put_detections(key, model, frames, detections)
    }

    /// Detections in `[from, to)` by time, no more than `limit`; those past retention are not.
    pub fn detections(
        &self,
        stream: StreamId,
        from: WallTime,
        to: WallTime,
        filter: &DetectionFilter,
        limit: usize,
    ) -> Result<Vec<Detection>, StoreError> {
        let from = from.max(self.visible_from(stream, self.now())?);
        self.index().detections(self.key_of(stream)?, from, to, filter, limit)
    }

    /// How many detections each of `buckets` equal parts of `[from, to)` holds; empty ones are
    /// left out.
    pub fn detection_activity(
        &self,
        stream: StreamId,
        from: WallTime,
        to: WallTime,
        buckets: u32,
    ) -> Result<Vec<DetectionActivity>, StoreError> {
        if buckets == 0 || buckets > 10_000 || to <= from {
            return Err(StoreError::Invalid(
                "detection activity needs a period that ends after it begins and 1 to 10000 parts"
                    .into(),
            ));
        }
        let key = self.key_of(stream)?;
        let visible_from = self.visible_from(stream, self.now())?;
        self.index().detection_activity(key, visible_from, from, to, buckets)
    }
}
