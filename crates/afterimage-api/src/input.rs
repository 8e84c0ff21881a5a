//! What callers send, read once: names, instants, durations, limits.
//!
//! Belongs here: text and numbers into domain types, each refusal a sentence. Not here: whether
//! what is named exists.

use crate::ApiError;
use crate::clips::{ClipCut, ClipFormat, ClipWanted};
use crate::detections::{DetectionFrame, DetectionReport, DetectionsWanted};
use crate::dto::{
    ClipQuery, DetectedBox, DetectionPost, DetectionQuery, FragmentQuery, FrameDetections,
    Schedule, StreamCreate, StreamUpdate, TimelineQuery,
};
use crate::playlist::PlaylistWanted;
use afterimage_base::{StreamName, WallTime, parse_duration, parse_instant};
use afterimage_recorder::{Source, StreamChange, StreamDraft};
use serde::Deserialize;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(86_400);
const RETENTION_DAYS: u32 = 30;
const LIST_LIMIT: u32 = 1_000;
const LIST_LIMIT_MAX: u32 = 10_000;
const FRAMES_LIMIT: usize = 10_000;
const BOXES_LIMIT: usize = 1_000;
const WORD_LIMIT: usize = 256;
const MODELS_LIMIT: usize = 16;
/// The end of a playlist that grows for as long as it is asked for.
const LIVE: &str = "live";

/// Instants from `from` up to and without `to`; never empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeRange {
    pub from: WallTime,
    pub to: WallTime,
}

impl TimeRange {
    /// Instants outside what the system can write are moved to its ends.
    pub fn new(from: WallTime, to: WallTime) -> Result<Self, ApiError> {
        let (from, to) = (from.max(WallTime::EPOCH), to.min(WallTime::MAX));
        if from >= to {
            return Err(ApiError::invalid(format!(
                "the range begins at {from} and ends at {to}; `from` must be earlier than `to`"
            )));
        }
        Ok(Self { from, to })
    }

    fn parse(from: Option<&str>, to: Option<&str>, now: WallTime) -> Result<Self, ApiError> {
        Self::parse_back(from, to, DAY, now)
    }

    /// Without `from`, as long before `to` as told.
    pub(crate) fn parse_back(
        from: Option<&str>,
        to: Option<&str>,
        back: Duration,
        now: WallTime,
    ) -> Result<Self, ApiError> {
        let to = to.map_or(Ok(now), |to| parse_instant(to, now))?;
        let from = from.map_or(Ok(to.minus(back)), |from| parse_instant(from, now))?;
        Self::new(from, to)
    }
}

/// A consumer's name: the same characters as a stream's.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct ConsumerName(String);

impl ConsumerName {
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ConsumerName {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let is_name = text.parse::<StreamName>().is_ok();
        if !is_name || text.len() > 128 || is_dots(&text) {
            let shown: String = text.chars().take(64).flat_map(char::escape_debug).collect();
            return Err(format!(
                "`{shown}` can't name a consumer; use 1 to 128 of the characters a-z A-Z 0-9 _ . -"
            ));
        }
        Ok(Self(text))
    }
}

/// An address can't hold these as names: they mean directories there.
fn is_dots(name: &str) -> bool {
    matches!(name, "." | "..")
}

impl StreamCreate {
    pub fn parse(self) -> Result<StreamDraft, ApiError> {
        let name: StreamName = self.name.parse()?;
        if is_dots(name.as_str()) {
            return Err(ApiError::invalid(format!(
                "`{name}` can't name a stream: an address can't hold it; add a letter"
            )));
        }
        let retention = match self.retention.as_deref() {
            Some(text) => parse_duration(text)?,
            None => DAY * RETENTION_DAYS,
        };
        Ok(StreamDraft {
            name,
            source: self.source.as_deref().map_or(Ok(Source::Pushed), str::parse)?,
            retention,
            capture: self.capture.as_deref().map(str::parse).transpose()?,
            transport: self.transport.as_deref().map(str::parse).transpose()?.unwrap_or_default(),
            models: models(self.models.unwrap_or_default())?,
            retain_bytes: self.retain_bytes.filter(|bytes| *bytes > 0),
            schedule: self.schedule.map(Schedule::parse).transpose()?.flatten(),
        })
    }
}

impl StreamUpdate {
    /// `auto` as the way of capture gives the choice back; `none` as the source waits for pushes.
    pub fn parse(self) -> Result<StreamChange, ApiError> {
        let capture = match self.capture.as_deref() {
            None => None,
            Some("auto") => Some(None),
            Some(text) => Some(Some(text.parse()?)),
        };
        let source = match self.source.as_deref() {
            None => None,
            Some("none") => Some(Source::Pushed),
            Some(text) => Some(text.parse()?),
        };
        Ok(StreamChange {
            source,
            retention: self.retention.as_deref().map(parse_duration).transpose()?,
            capture,
            transport: self.transport.as_deref().map(str::parse).transpose()?,
            models: self.models.map(models).transpose()?,
            enabled: self.enabled,
            retain_bytes: self.retain_bytes.map(|bytes| Some(bytes).filter(|bytes| *bytes > 0)),
            schedule: self.schedule.map(Schedule::parse).transpose()?,
        })
    }
}

impl TimelineQuery {
    pub fn parse(&self, now: WallTime) -> Result<TimeRange, ApiError> {
        TimeRange::parse(self.from.as_deref(), self.to.as_deref(), now)
    }
}

impl ClipQuery {
    /// As an MP4 file.
    pub fn parse(&self, now: WallTime) -> Result<ClipWanted, ApiError> {
        let format = match self.layout.as_deref() {
            None => ClipFormat::Mp4,
            Some("plain") => ClipFormat::PlainMp4,
            Some("fragmented") => ClipFormat::FragmentedMp4,
            Some(other) => return Err(no_choice("layout", other, "`plain` or `fragmented`")),
        };
        self.wanted(now, format)
    }

    /// As a Matroska file, which has one layout.
    pub fn parse_matroska(&self, now: WallTime) -> Result<ClipWanted, ApiError> {
        self.wanted(now, ClipFormat::Matroska)
    }

    /// As a playlist; `to` may be `live`: it grows for as long as it is asked for.
    pub fn parse_playlist(&self, now: WallTime) -> Result<PlaylistWanted, ApiError> {
        let range = if self.to.as_deref() == Some(LIVE) {
            TimeRange::new(parse_instant(&self.from, now)?, WallTime::MAX)?
        } else {
            TimeRange::parse(Some(&self.from), self.to.as_deref(), now)?
        };
        let moves = self.from.starts_with('-') || self.from == "now";
        Ok(PlaylistWanted { range, moves })
    }

    fn wanted(&self, now: WallTime, format: ClipFormat) -> Result<ClipWanted, ApiError> {
        if self.to.as_deref() == Some(LIVE) {
            return Err(ApiError::invalid(
                "a file has an end; `to=live` is for hls/index.m3u8, which grows",
            ));
        }
        let cut = match self.cut.as_deref() {
            None | Some("exact") => ClipCut::Exact,
            Some("fragment") => ClipCut::Fragment,
            Some(other) => return Err(no_choice("cut", other, "`exact` or `fragment`")),
        };
        let range = TimeRange::parse(Some(&self.from), self.to.as_deref(), now)?;
        Ok(ClipWanted { range, cut, format })
    }
}

fn no_choice(what: &str, given: &str, choices: &str) -> ApiError {
    let shown: String = given.chars().take(64).flat_map(char::escape_debug).collect();
    ApiError::invalid(format!("`{shown}` is no {what}; choose {choices}"))
}

impl FragmentQuery {
    pub fn parse(&self, now: WallTime) -> Result<(TimeRange, usize), ApiError> {
        let range = TimeRange::parse(self.from.as_deref(), self.to.as_deref(), now)?;
        Ok((range, limit(self.limit)?))
    }
}

impl DetectionQuery {
    pub fn parse(self, now: WallTime) -> Result<DetectionsWanted, ApiError> {
        let range = TimeRange::parse(self.from.as_deref(), self.to.as_deref(), now)?;
        Ok(DetectionsWanted { range, label: self.label, limit: limit(self.limit)? })
    }
}

impl DetectionPost {
    pub fn parse(self) -> Result<DetectionReport, ApiError> {
        if self.frames.len() > FRAMES_LIMIT {
            return Err(ApiError::invalid(format!(
                "{} frames in one report; send at most {FRAMES_LIMIT} at once",
                self.frames.len()
            )));
        }
        let frames = self.frames.into_iter().map(frame).collect::<Result<_, _>>()?;
        Ok(DetectionReport { model: word("model", self.model)?, frames })
    }
}

fn frame(frame: FrameDetections) -> Result<DetectionFrame, ApiError> {
    if frame.detections.len() > BOXES_LIMIT {
        return Err(ApiError::invalid(format!(
            "{} boxes on sample {} of fragment {}; send at most {BOXES_LIMIT} of a frame",
            frame.detections.len(),
            frame.sample,
            frame.fragment
        )));
    }
    if !(0..=WallTime::MAX.as_micros()).contains(&frame.at_micros) {
        return Err(ApiError::invalid(format!("{} microseconds is no instant", frame.at_micros)));
    }
    Ok(DetectionFrame {
        fragment: frame.fragment,
        sample: frame.sample,
        at: WallTime::from_micros(frame.at_micros),
        boxes: frame.detections.into_iter().map(detected).collect::<Result<_, _>>()?,
    })
}

fn detected(found: DetectedBox) -> Result<DetectedBox, ApiError> {
    let label = word("label", found.label)?;
    // A box may stick out of the picture a little: models round.
    let is_inside = found.bbox.iter().all(|part| (-0.1..=1.1).contains(part));
    if !is_inside || !(0.0..=1.0).contains(&found.score) {
        return Err(ApiError::invalid(format!(
            "a `{label}` with score {} and box {:?}; both are parts of one, 0 to 1",
            found.score, found.bbox
        )));
    }
    Ok(DetectedBox { label, ..found })
}

fn models(names: Vec<String>) -> Result<Vec<String>, ApiError> {
    if names.len() > MODELS_LIMIT {
        return Err(ApiError::invalid(format!("a stream takes at most {MODELS_LIMIT} models")));
    }
    let mut models = Vec::with_capacity(names.len());
    for name in names {
        let name = word("model", name)?;
        if !models.contains(&name) {
            models.push(name);
        }
    }
    Ok(models)
}

pub(crate) fn word(what: &str, text: String) -> Result<String, ApiError> {
    if text.is_empty() || text.len() > WORD_LIMIT || text.chars().any(char::is_control) {
        let shown: String = text.chars().take(64).flat_map(char::escape_debug).collect();
        return Err(ApiError::invalid(format!(
            "`{shown}` can't be a {what}; write 1 to {WORD_LIMIT} bytes of text"
        )));
    }
    Ok(text)
}

fn limit(given: Option<u32>) -> Result<usize, ApiError> {
    match given.unwrap_or(LIST_LIMIT) {
        limit @ 1..=LIST_LIMIT_MAX => Ok(limit as usize),
        limit => Err(ApiError::invalid(format!(
            "a limit of {limit}; choose 1 to {LIST_LIMIT_MAX}, and ask again for the rest"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use afterimage_base::ErrorKind;

    fn now() -> WallTime {
        "2026-03-01T12:00:00Z".parse().expect("RFC 3339")
    }

    #[test]
    fn a_range_is_the_last_day_unless_told() {
        let range = TimelineQuery::default().parse(now()).expect("a range");
        assert_eq!(range, TimeRange { from: now().minus(DAY), to: now() });
        let query = TimelineQuery { from: Some("-90m".to_owned()), to: Some("-30m".to_owned()) };
        let range = query.parse(now()).expect("a range");
        assert_eq!(range.to.since(range.from), Duration::from_secs(3_600), "both count from now");
    }

    #[test]
    fn wrong_ranges_are_refused_in_words() {
        for (from, to) in [("now", "now"), ("-1m", "-2m"), ("yesterday", "now"), ("", "now")] {
            let query = ClipQuery {
                from: from.to_owned(),
                to: Some(to.to_owned()),
                ..ClipQuery::default()
            };
            let error = query.parse(now()).expect_err("no range");
            assert_eq!(error.kind, ErrorKind::InvalidInput, "{from}..{to}");
        }
    }

    #[test]
    fn a_clip_is_exact_and_plain_unless_told() {
        let query = |cut: Option<&str>, layout: Option<&str>, to: &str| ClipQuery {
            from: "-1m".to_owned(),
            to: Some(to.to_owned()),
            cut: cut.map(str::to_owned),
            layout: layout.map(str::to_owned),
        };
        let wanted = query(None, None, "now").parse(now()).expect("a clip");
        assert_eq!((wanted.cut, wanted.format), (ClipCut::Exact, ClipFormat::Mp4));
        let wanted = query(Some("fragment"), Some("fragmented"), "now").parse(now());
        let wanted = wanted.expect("a clip");
        assert_eq!((wanted.cut, wanted.format), (ClipCut::Fragment, ClipFormat::FragmentedMp4));
        for wrong in [query(Some("half"), None, "now"), query(None, Some("avi"), "now")] {
            assert!(wrong.parse(now()).is_err(), "no such cut or layout");
        }
        assert!(query(None, None, "live").parse(now()).is_err(), "a file has an end");
        let playlist = query(None, None, "live").parse_playlist(now()).expect("a playlist");
        assert_eq!((playlist.range.to, playlist.moves), (WallTime::MAX, true), "it grows");
    }

    #[test]
    fn limits_hold() {
        for wrong in [0, 10_001, u32::MAX] {
            let query = FragmentQuery { limit: Some(wrong), ..FragmentQuery::default() };
            assert!(query.parse(now()).is_err(), "{wrong} is no limit");
        }
        let (_, limit) = FragmentQuery::default().parse(now()).expect("a range");
        assert_eq!(limit, 1_000, "what the description says");
    }

    #[test]
    fn a_stream_is_read_whole_or_refused() {
        let create = |name: &str, source: &str, retention: &str| {
            StreamCreate {
                name: name.to_owned(),
                source: Some(source.to_owned()),
                retention: Some(retention.to_owned()),
                ..StreamCreate::default()
            }
            .parse()
        };
        assert!(create("door", "rtsp://u:p@10.0.0.5/1", "30d").is_ok());
        for (name, source, retention) in [
            ("a b", "test:", "30d"),
            ("..", "test:", "30d"),
            ("door", "file:///etc/passwd", "30d"),
            ("door", "test:", "thirty days"),
        ] {
            let error = create(name, source, retention).expect_err("one part is wrong");
            assert_eq!(error.kind, ErrorKind::InvalidInput, "{name} {source} {retention}");
        }
    }

    #[test]
    fn boxes_are_parts_of_the_picture() {
        let post = |score: f32, bbox: [f32; 4]| {
            let found = DetectedBox { label: "person".to_owned(), score, bbox };
            let frame =
                FrameDetections { fragment: 1, sample: 0, at_micros: 0, detections: vec![found] };
            DetectionPost { model: "m".to_owned(), frames: vec![frame] }.parse()
        };
        assert!(post(0.5, [0.0, 0.0, 1.0, 1.0]).is_ok());
        assert!(post(f32::NAN, [0.0; 4]).is_err(), "a score that is no number");
        assert!(post(0.5, [0.0, f32::INFINITY, 0.1, 0.1]).is_err(), "a box without end");
        assert!(post(0.5, [10.0, 20.0, 30.0, 40.0]).is_err(), "pixels are not parts");
    }
}
