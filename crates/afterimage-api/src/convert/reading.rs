//! Consumers and what models have seen.

use super::footage::micros;
use crate::consumers::ConsumerReport;
use crate::detections::DetectionsFound;
use crate::dto::{ConsumerMessage, ConsumerStart, ConsumerView, DetectionList, DetectionView};
use afterimage_store::{FragmentRecord, StartPosition};
use std::time::Duration;

/// What goes before a fragment's bytes.
#[must_use]
pub fn fragment_message(record: &FragmentRecord, behind: Duration) -> ConsumerMessage {
    ConsumerMessage::Fragment {
        number: record.number,
        segment: record.segment.0,
        from_micros: record.start.as_micros(),
        duration_micros: micros(record.duration),
        independent: record.is_independent,
        millis_behind_latest: millis(behind),
    }
}

impl From<ConsumerReport> for ConsumerView {
    fn from(report: ConsumerReport) -> Self {
        Self {
            name: report.consumer.name,
            stream: report.stream.into(),
            start: report.consumer.start.into(),
            committed: report.consumer.committed,
            millis_behind_latest: millis(report.behind),
        }
    }
}

impl From<StartPosition> for ConsumerStart {
    fn from(start: StartPosition) -> Self {
        match start {
            StartPosition::Earliest => Self::Earliest,
            StartPosition::Latest => Self::Latest,
            StartPosition::AtTimestamp(timestamp) => Self::AtTimestamp { timestamp },
            StartPosition::AfterFragment(fragment) => Self::AfterFragment { fragment },
        }
    }
}

impl From<ConsumerStart> for StartPosition {
    fn from(start: ConsumerStart) -> Self {
        match start {
            ConsumerStart::Earliest => Self::Earliest,
            ConsumerStart::Latest => Self::Latest,
            ConsumerStart::AtTimestamp { timestamp } => Self::AtTimestamp(timestamp),
            ConsumerStart::AfterFragment { fragment } => Self::AfterFragment(fragment),
        }
    }
}

impl From<DetectionsFound> for DetectionList {
    fn from(found: DetectionsFound) -> Self {
        let stream = String::from(found.stream);
        let detections = found.detections.into_iter().map(|detection| DetectionView {
            stream: stream.clone(),
            fragment: detection.fragment,
            sample: detection.sample,
            at: detection.at,
            at_micros: detection.at.as_micros(),
            model: detection.model,
            label: detection.label,
            score: detection.score,
            bbox: detection.area,
        });
        Self { detections: detections.collect(), stream, more: found.more }
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
