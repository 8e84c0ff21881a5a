//! What is recorded of a stream, what is missing and why.

use crate::{Api, ApiError, Caller, Right, TimeRange};
use afterimage_base::StreamName;
use afterimage_store::Timeline;
use std::time::Duration;

#[derive(Clone, Debug)]
pub struct TimelineReport {
    pub stream: StreamName,
    pub range: TimeRange,
    pub timeline: Timeline,
}

impl Api {
    pub async fn timeline(
        &self,
        caller: Caller,
        name: &StreamName,
        range: TimeRange,
    ) -> Result<TimelineReport, ApiError> {
        caller.require(Right::View)?;
        let now = self.now();
        let timeline = self
            .of_stream(name, move |store, id| Ok(store.timeline(id, range.from, range.to, now)?))
            .await?;
        Ok(TimelineReport { stream: name.clone(), range, timeline })
    }
}

impl TimelineReport {
    /// How many gaps there are, and how long they are together.
    #[must_use]
    pub fn missing(&self) -> (usize, Duration) {
        let gaps = &self.timeline.gaps;
        (gaps.len(), gaps.iter().map(|gap| gap.to.since(gap.from)).sum())
    }
}
