//! What models have seen.

use crate::dto::DetectedBox;
use crate::{Api, ApiError, Caller, Right, TimeRange};
use afterimage_base::{StreamName, WallTime};
use afterimage_store::{Detection, DetectionFilter};

/// Which detections are asked for.
#[derive(Clone, Debug)]
pub struct DetectionsWanted {
    pub range: TimeRange,
    pub label: Option<String>,
    pub limit: usize,
}

#[derive(Clone, Debug)]
pub struct DetectionsFound {
    pub stream: StreamName,
    /// In order of time.
    pub detections: Vec<Detection>,
    /// The limit ended the list.
    pub more: bool,
}

/// What one model found on some frames.
#[derive(Clone, Debug)]
pub struct DetectionReport {
    pub model: String,
    pub frames: Vec<DetectionFrame>,
}

#[derive(Clone, Debug)]
pub struct DetectionFrame {
    pub fragment: u64,
    pub sample: u32,
    pub at: WallTime,
    pub boxes: Vec<DetectedBox>,
}

impl Api {
    pub async fn detections(
        &self,
        caller: Caller,
        name: &StreamName,
        wanted: DetectionsWanted,
    ) -> Result<DetectionsFound, ApiError> {
        caller.require(Right::View)?;
        let stream = name.clone();
        self.of_stream(name, move |store, id| {
            let filter = DetectionFilter {
                labels: wanted.label.into_iter().collect(),
                ..DetectionFilter::default()
            };
            let TimeRange { from, to } = wanted.range;
            let mut detections = store.detections(id, from, to, &filter, wanted.limit + 1)?;
            let more = detections.len() > wanted.limit;
            detections.truncate(wanted.limit);
            Ok(DetectionsFound { stream, detections, more })
        })
        .await
    }

    /// Keeps what a model found; the same frames again replace what was there.
    pub async fn put_detections(
        &self,
        caller: Caller,
        name: &StreamName,
        report: DetectionReport,
    ) -> Result<(), ApiError> {
        caller.require(Right::Operate)?;
        self.of_stream(name, move |store, id| {
            let detections: Vec<Detection> = report
                .frames
                .iter()
                .flat_map(|frame| {
                    frame.boxes.iter().map(|found| detection(&report.model, frame, found))
                })
                .collect();
            let looked_at: Vec<(u64, u32)> =
                report.frames.iter().map(|frame| (frame.fragment, frame.sample)).collect();
            Ok(store.put_detections(id, &report.model, &looked_at, &detections)?)
        })
        .await
    }
}

fn detection(model: &str, frame: &DetectionFrame, found: &DetectedBox) -> Detection {
    Detection {
        fragment: frame.fragment,
        sample: frame.sample,
        at: frame.at,
        model: model.to_owned(),
        label: found.label.clone(),
        score: found.score,
        area: found.bbox,
        extra: None,
    }
}
