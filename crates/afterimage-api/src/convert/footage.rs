//! Timelines and fragments.

use crate::dto::{FragmentList, FragmentView, GapView, RangeView, SegmentView, TimelineView};
use crate::fragments::FragmentsFound;
use crate::timeline::TimelineReport;
use afterimage_store::FragmentRecord;
use std::time::Duration;

impl From<TimelineReport> for TimelineView {
    fn from(report: TimelineReport) -> Self {
        let ranges = report.timeline.ranges.into_iter().map(|range| RangeView {
            from: range.from,
            to: range.to,
            fragments: range.fragments,
            bytes: range.bytes,
        });
        let gaps = report.timeline.gaps.into_iter().map(|gap| GapView {
            from: gap.from,
            to: gap.to,
            reason: gap.reason.code().to_owned(),
            detail: Some(gap.detail).filter(|detail| !detail.is_empty()),
        });
        Self {
            stream: report.stream.into(),
            from: report.range.from,
            to: report.range.to,
            ranges: ranges.collect(),
            gaps: gaps.collect(),
        }
    }
}

impl From<FragmentsFound> for FragmentList {
    fn from(found: FragmentsFound) -> Self {
        let segment =
            |(id, mime): (afterimage_store::SegmentId, String)| SegmentView { id: id.0, mime };
        Self {
            stream: found.stream.into(),
            fragments: found.fragments.iter().map(FragmentView::from).collect(),
            segments: found.segments.into_iter().map(segment).collect(),
            more: found.more,
        }
    }
}

impl From<&FragmentRecord> for FragmentView {
    fn from(record: &FragmentRecord) -> Self {
        Self {
            number: record.number,
            segment: record.segment.0,
            from: record.start,
            to: record.end(),
            from_micros: record.start.as_micros(),
            duration_micros: micros(record.duration),
            independent: record.is_independent,
            bytes: record.length,
            producer_timestamp: record.producer_timestamp,
            server_timestamp: record.server_timestamp,
        }
    }
}

pub(super) fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}
