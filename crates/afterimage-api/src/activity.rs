//! Activity and shares: sums of what was recorded, seen and missed.

use crate::dto::{ActivityQuery, ActivityView, MissingShare, ShareQuery, ShareView, StreamShare};
use crate::{Api, ApiError, Caller, Right, TimeRange};
use afterimage_base::{StreamName, WallTime};
use afterimage_store::{Activity, GapReason, Share};
use std::time::Duration;

const DAY: Duration = Duration::from_secs(86_400);
const SHARE_DAYS: u32 = 30;
const BUCKETS: u32 = 500;
const BUCKETS_MAX: u32 = 4_000;

#[derive(Clone, Debug)]
pub struct ActivityReport {
    pub stream: StreamName,
    pub activity: Activity,
}

#[derive(Clone, Debug)]
pub struct ShareReport {
    pub range: TimeRange,
    pub streams: Vec<(StreamName, Share)>,
}

impl ActivityQuery {
    pub fn parse(&self, now: WallTime) -> Result<(TimeRange, usize), ApiError> {
        let range = TimeRange::parse_back(self.from.as_deref(), self.to.as_deref(), DAY, now)?;
        match self.buckets.unwrap_or(BUCKETS) {
            buckets @ 1..=BUCKETS_MAX => Ok((range, buckets as usize)),
            buckets => {
                Err(ApiError::invalid(format!("{buckets} buckets; choose 1 to {BUCKETS_MAX}")))
            }
        }
    }
}

impl ShareQuery {
    pub fn parse(self, now: WallTime) -> Result<(TimeRange, Option<StreamName>), ApiError> {
        let back = DAY * SHARE_DAYS;
        let range = TimeRange::parse_back(self.from.as_deref(), self.to.as_deref(), back, now)?;
        Ok((range, self.stream.map(|name| name.parse()).transpose()?))
    }
}

impl Api {
    /// Sums over at most `most_buckets` equal buckets of time.
    pub async fn activity(
        &self,
        caller: Caller,
        name: &StreamName,
        range: TimeRange,
        most_buckets: usize,
    ) -> Result<ActivityReport, ApiError> {
        caller.require(Right::View)?;
        let now = self.now();
        let activity = self
            .of_stream(name, move |store, id| {
                Ok(store.activity(id, range.from, range.to, most_buckets, now)?)
            })
            .await?;
        Ok(ActivityReport { stream: name.clone(), activity })
    }

    /// How much of what should have been recorded is there, of one stream or of each.
    pub async fn share(
        &self,
        caller: Caller,
        range: TimeRange,
        only: Option<StreamName>,
    ) -> Result<ShareReport, ApiError> {
        caller.require(Right::View)?;
        let now = self.now();
        self.blocking(move |store| {
            let streams = match only {
                Some(name) => vec![store.stream(&name)?],
                None => store.streams(),
            };
            let mut shares = Vec::with_capacity(streams.len());
            for stream in streams {
                let share = store.share(stream.id, range.from, range.to, now)?;
                shares.push((stream.settings.name, share));
            }
            Ok(ShareReport { range, streams: shares })
        })
        .await
    }
}

impl From<ActivityReport> for ActivityView {
    fn from(report: ActivityReport) -> Self {
        let Activity { from, bucket, buckets } = report.activity;
        let thousandths = |part: Duration| {
            let parts = part.as_micros() * 1_000 / bucket.as_micros().max(1);
            u16::try_from(parts.min(1_000)).unwrap_or(1_000)
        };
        let mut reasons: Vec<GapReason> = Vec::new();
        let mut position = |reason: GapReason| {
            let found = reasons.iter().position(|known| *known == reason);
            let position = found.unwrap_or_else(|| {
                reasons.push(reason);
                reasons.len() - 1
            });
            i8::try_from(position).unwrap_or(i8::MAX)
        };
        let reason = buckets.iter().map(|of| of.reason.map_or(-1, &mut position)).collect();
        Self {
            stream: report.stream.into(),
            from_micros: from.as_micros(),
            bucket_micros: micros(bucket),
            recorded: buckets.iter().map(|of| thousandths(of.recorded)).collect(),
            missing: buckets.iter().map(|of| thousandths(of.missing)).collect(),
            motion: buckets.iter().map(|of| of.motion).collect(),
            objects: buckets.iter().map(|of| of.objects).collect(),
            events: buckets.iter().map(|of| of.events).collect(),
            reason,
            reasons: reasons.into_iter().map(|reason| reason.code().to_owned()).collect(),
        }
    }
}

impl From<ShareReport> for ShareView {
    fn from(report: ShareReport) -> Self {
        let sum = |part: fn(&Share) -> Duration| -> Duration {
            report.streams.iter().map(|(_, share)| part(share)).sum()
        };
        Self {
            from_micros: report.range.from.as_micros(),
            to_micros: report.range.to.as_micros(),
            share: ratio(sum(|share| share.recorded), sum(|share| share.scheduled)),
            streams: report.streams.into_iter().map(stream_share).collect(),
        }
    }
}

fn stream_share((stream, share): (StreamName, Share)) -> StreamShare {
    let mut missing = share.missing;
    missing.sort_by_key(|(_, time, _)| std::cmp::Reverse(*time));
    let missing = missing.into_iter().map(|(reason, time, gaps)| MissingShare {
        reason: reason.code().to_owned(),
        micros: micros(time),
        gaps,
    });
    StreamShare {
        stream: stream.into(),
        scheduled_micros: micros(share.scheduled),
        recorded_micros: micros(share.recorded),
        share: ratio(share.recorded, share.scheduled),
        missing: missing.collect(),
    }
}

/// Absent where nothing was to be recorded.
fn ratio(recorded: Duration, scheduled: Duration) -> Option<f64> {
    (!scheduled.is_zero()).then(|| (recorded.as_secs_f64() / scheduled.as_secs_f64()).min(1.0))
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name() -> StreamName {
        "door".parse().expect("a name")
    }

    #[test]
    fn a_share_of_nothing_is_no_number() {
        let share = Share::default();
        let range = TimeRange { from: WallTime::EPOCH, to: WallTime::MAX };
        let view = ShareView::from(ShareReport { range, streams: vec![(name(), share)] });
        assert_eq!((view.share, view.streams[0].share), (None, None), "neither 0 nor 1");
    }

    #[test]
    fn shares_are_weighed_by_time_and_name_the_worst_first() {
        let hours = |hours: u64| Duration::from_secs(hours * 3_600);
        let share = |recorded, missing| Share { scheduled: hours(10), recorded, missing };
        let missing =
            vec![(GapReason::Starting, hours(1), 1), (GapReason::CameraUnreachable, hours(4), 2)];
        let streams = vec![(name(), share(hours(5), missing)), (name(), share(hours(10), vec![]))];
        let range = TimeRange { from: WallTime::EPOCH, to: WallTime::MAX };
        let view = ShareView::from(ShareReport { range, streams });
        assert_eq!(view.share, Some(0.75), "15 of 20 hours");
        assert_eq!(view.streams[0].missing[0].reason, "camera_unreachable", "the longest first");
    }

    #[test]
    fn buckets_have_limits() {
        let query = |buckets| ActivityQuery { buckets, ..ActivityQuery::default() };
        let now = WallTime::EPOCH.plus(DAY * 10);
        assert!(query(Some(0)).parse(now).is_err() && query(Some(4_001)).parse(now).is_err());
        assert_eq!(query(None).parse(now).expect("usual").1, 500, "what the description says");
    }
}
