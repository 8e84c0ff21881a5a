//! What an export is asked to be, read once.
//!
//! Belongs here: limits and contradictions of the request. Not here: whether there is footage.

use crate::dto::{ExportCreate, ExportFormat};
use crate::{ApiError, TimeRange};
use afterimage_base::{StreamName, WallTime, parse_duration, parse_instant};
use std::time::Duration;

const STREAMS_LIMIT: usize = 64;
const PICKED_LIMIT: usize = 10_000;
/// A picture each for longer than that is another request.
const EVERY: std::ops::RangeInclusive<Duration> =
    Duration::from_millis(1)..=Duration::from_secs(86_400);
const USUAL_EVERY: Duration = Duration::from_secs(1);

/// Which footage becomes which files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportWanted {
    /// In the order that was asked for, each once; not empty.
    pub streams: Vec<StreamName>,
    pub range: TimeRange,
    pub format: ExportFormat,
    /// Of `frames` and `dataset` alone.
    pub choice: Option<FrameChoice>,
}

/// Which frames are taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FrameChoice {
    /// The frame on screen at each whole multiple since 1970.
    Every(Duration),
    /// The frame on screen at each of these instants, by stream and time.
    Picked(Vec<PickedInstant>),
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PickedInstant {
    pub stream: StreamName,
    pub at: WallTime,
}

impl ExportCreate {
    pub fn parse(self, now: WallTime) -> Result<ExportWanted, ApiError> {
        let has_pictures = matches!(self.format, ExportFormat::Frames | ExportFormat::Dataset);
        if !has_pictures && (self.every.is_some() || !self.picked.is_empty()) {
            return Err(ApiError::invalid(
                "`every` and `picked` choose frames; MP4 and MKV have all of them, so leave both out",
            ));
        }
        if self.picked.is_empty() {
            self.parse_range(has_pictures, now)
        } else {
            self.parse_picked()
        }
    }

    fn parse_range(self, has_pictures: bool, now: WallTime) -> Result<ExportWanted, ApiError> {
        if self.streams.is_empty() {
            return Err(ApiError::invalid("an export needs one stream at least"));
        }
        let mut streams: Vec<StreamName> = Vec::new();
        for name in &self.streams {
            let name = name.parse()?;
            if !streams.contains(&name) {
                streams.push(name);
            }
        }
        let from = self.from.as_deref().ok_or_else(|| {
            ApiError::invalid(
                "an export needs a beginning: `from`, like -10m or an RFC 3339 instant",
            )
        })?;
        let from = parse_instant(from, now)?;
        let to = self.to.as_deref().map_or(Ok(now), |to| parse_instant(to, now))?;
        if from >= now {
            return Err(ApiError::invalid(format!("nothing is recorded yet after {from}")));
        }
        // What is still to come is not waited for.
        let range = TimeRange::new(from, to.min(now).max(from.min(to)))?;
        let every = match self.every.as_deref().map(parse_duration).transpose()? {
            Some(every) if !EVERY.contains(&every) => {
                return Err(ApiError::invalid("`every` must lie between 1ms and 1d"));
            }
            every => every.unwrap_or(USUAL_EVERY),
        };
        let choice = has_pictures.then_some(FrameChoice::Every(every));
        Self::checked(ExportWanted { streams, range, format: self.format, choice })
    }

    /// Streams and range that were sent along say nothing new: the frames say both.
    fn parse_picked(self) -> Result<ExportWanted, ApiError> {
        if self.picked.len() > PICKED_LIMIT {
            return Err(ApiError::invalid(format!(
                "{} frames are picked; export at most {PICKED_LIMIT} at once",
                self.picked.len()
            )));
        }
        let mut picked = Vec::with_capacity(self.picked.len());
        for frame in self.picked {
            if !(0..WallTime::MAX.as_micros()).contains(&frame.at_micros) {
                return Err(ApiError::invalid(format!(
                    "{} microseconds is no instant",
                    frame.at_micros
                )));
            }
            let at = WallTime::from_micros(frame.at_micros);
            picked.push(PickedInstant { stream: frame.stream.parse()?, at });
        }
        picked.sort();
        picked.dedup();
        let mut streams: Vec<StreamName> =
            picked.iter().map(|frame| frame.stream.clone()).collect();
        streams.dedup();
        let times = picked.iter().map(|frame| frame.at);
        let (from, last) = (times.clone().min(), times.max());
        let (from, last) =
            from.zip(last).ok_or_else(|| ApiError::internal("no frame is picked"))?;
        let range = TimeRange::new(from, last.plus(Duration::from_micros(1)))?;
        let choice = Some(FrameChoice::Picked(picked));
        Self::checked(ExportWanted { streams, range, format: self.format, choice })
    }

    fn checked(wanted: ExportWanted) -> Result<ExportWanted, ApiError> {
        if wanted.streams.len() > STREAMS_LIMIT {
            return Err(ApiError::invalid(format!(
                "{} streams in one export; send at most {STREAMS_LIMIT}",
                wanted.streams.len()
            )));
        }
        Ok(wanted)
    }
}

#[cfg(test)]
impl ExportWanted {
    /// Some microseconds of one camera, for the tests of those who make and keep exports.
    pub(super) fn of_gate() -> Self {
        Self {
            streams: vec!["gate".parse().expect("a name")],
            range: TimeRange { from: WallTime::EPOCH, to: WallTime::from_micros(9) },
            format: ExportFormat::Mp4,
            choice: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn parse(create: Value) -> Result<ExportWanted, ApiError> {
        let now = "2026-03-01T12:00:00Z".parse().expect("RFC 3339");
        let create: ExportCreate = serde_json::from_value(create).expect("the shape is right");
        create.parse(now)
    }

    #[test]
    fn a_range_ends_now_at_the_latest_and_streams_count_once() {
        let wanted = parse(json!({
            "streams": ["b", "a", "b"], "from": "-10m", "to": "2030-01-01T00:00:00Z", "format": "mp4",
        }));
        let wanted = wanted.expect("all is said");
        assert_eq!(wanted.range.to.since(wanted.range.from), Duration::from_secs(600), "to now");
        assert_eq!(wanted.streams.len(), 2, "a stream that is named twice is exported once");
        assert_eq!(wanted.choice, None, "MP4 has all frames");
    }

    #[test]
    fn picked_frames_stand_in_place_of_a_range() {
        let wanted = parse(json!({"format": "frames", "picked": [
            {"stream": "b", "at_micros": 5_000_000}, {"stream": "a", "at_micros": 9_000_000},
            {"stream": "b", "at_micros": 5_000_000},
        ]}));
        let wanted = wanted.expect("frames are enough");
        assert_eq!(wanted.streams.len(), 2, "the streams of the frames");
        assert_eq!(wanted.range.from, WallTime::from_micros(5_000_000), "the first frame");
        assert_eq!(wanted.range.to, WallTime::from_micros(9_000_001), "the last one is inside");
        let Some(FrameChoice::Picked(picked)) = wanted.choice else { panic!("they are picked") };
        assert_eq!(picked.len(), 2, "the same frame twice is one");
    }

    #[test]
    fn contradictions_and_excesses_are_refused_in_words() {
        let many: Vec<String> = (0..65).map(|index| format!("s{index}")).collect();
        for (wrong, why) in [
            (json!({"streams": ["a"], "format": "mp4"}), "no beginning"),
            (json!({"streams": [], "from": "-1m", "format": "mp4"}), "no stream"),
            (json!({"streams": ["a b"], "from": "-1m", "format": "mp4"}), "no name"),
            (json!({"streams": ["a"], "from": "-1m", "to": "-2m", "format": "mp4"}), "backwards"),
            (json!({"streams": ["a"], "from": "2030-01-01T00:00:00Z", "format": "mp4"}), "ahead"),
            (
                json!({"streams": ["a"], "from": "-1m", "format": "mkv", "every": "1s"}),
                "all frames",
            ),
            (json!({"streams": ["a"], "from": "-1m", "format": "frames", "every": "0s"}), "always"),
            (json!({"streams": many, "from": "-1m", "format": "mp4"}), "too many"),
            (json!({"format": "mp4", "picked": [{"stream": "a", "at_micros": 1}]}), "not of MP4"),
            (json!({"format": "frames", "picked": [{"stream": "a", "at_micros": -1}]}), "no time"),
        ] {
            let error = parse(wrong).expect_err(why);
            assert_eq!(error.kind, afterimage_base::ErrorKind::InvalidInput, "{why}: {error}");
            assert!(error.message.len() > 15, "{why}: a sentence, not `{error}`");
        }
    }
}
