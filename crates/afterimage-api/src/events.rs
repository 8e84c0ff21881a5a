//! Events: what a person may want to look at, and who has seen it.

use crate::dto::{EventKind as Kind, EventList, EventQuery, EventView, EventsSeen};
use crate::input::word;
use crate::{Api, ApiError, Caller, Right, TimeRange};
use afterimage_base::{StreamName, WallTime};
use afterimage_store::{Event, EventFilter, EventKind, Region, SeenEvents, StreamId};
use std::collections::HashMap;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(86_400);
const LIMIT: u32 = 200;
const LIMIT_MAX: u32 = 1_000;
const IDS_LIMIT: usize = 10_000;
/// Streams, kinds or labels in one question.
const WORDS_LIMIT: usize = 256;

/// Which events are asked for; an empty list asks for all.
#[derive(Clone, Debug)]
pub struct EventsWanted {
    pub range: TimeRange,
    pub streams: Vec<StreamName>,
    pub kinds: Vec<EventKind>,
    pub labels: Vec<String>,
    pub region: Option<Region>,
    pub only_unseen: bool,
    pub limit: usize,
}

#[derive(Clone, Debug)]
pub struct EventsFound {
    /// The newest first.
    pub events: Vec<EventReport>,
    /// The limit ended the list.
    pub more: bool,
    /// Events of the range that the asker has not seen.
    pub unseen: u64,
}

#[derive(Clone, Debug)]
pub struct EventReport {
    pub stream: StreamName,
    pub event: Event,
}

/// Which events a person has seen, or has not.
#[derive(Clone, Debug)]
pub struct EventsMarked {
    pub which: SeenEvents,
    pub seen: bool,
}

impl EventQuery {
    pub fn parse(self, now: WallTime) -> Result<EventsWanted, ApiError> {
        let range = TimeRange::parse_back(self.from.as_deref(), self.to.as_deref(), DAY, now)?;
        let limit = match self.limit.unwrap_or(LIMIT) {
            limit @ 1..=LIMIT_MAX => limit as usize,
            limit => {
                return Err(ApiError::invalid(format!(
                    "a limit of {limit}; choose 1 to {LIMIT_MAX}, and ask again for the rest"
                )));
            }
        };
        Ok(EventsWanted {
            range,
            streams: words(self.streams, |name| Ok(name.parse()?))?,
            kinds: words(self.kinds, kind)?,
            labels: words(self.labels, |label| word("label", label.to_owned()))?,
            region: self.region.as_deref().map(region).transpose()?,
            only_unseen: self.unseen.unwrap_or(false),
            limit,
        })
    }
}

impl EventsSeen {
    pub fn parse(self) -> Result<EventsMarked, ApiError> {
        if self.ids.len() > IDS_LIMIT {
            return Err(ApiError::invalid(format!(
                "{} events at once; mark at most {IDS_LIMIT}, or all up to an instant",
                self.ids.len()
            )));
        }
        let which = match self.up_to_micros {
            Some(_) if !self.ids.is_empty() => {
                return Err(ApiError::invalid(
                    "both `ids` and `up_to_micros` are given; mark these events, or all up to an instant",
                ));
            }
            Some(micros) => SeenEvents::UpTo(WallTime::from_micros(micros)),
            None => SeenEvents::Ids(self.ids),
        };
        Ok(EventsMarked { which, seen: self.seen })
    }
}

/// Words between commas.
fn words<T>(
    text: Option<String>,
    parse: impl Fn(&str) -> Result<T, ApiError>,
) -> Result<Vec<T>, ApiError> {
    let text = text.unwrap_or_default();
    let words = text.split(',').filter(|word| !word.is_empty());
    let words = words.map(parse).collect::<Result<Vec<T>, ApiError>>()?;
    if words.len() > WORDS_LIMIT {
        return Err(ApiError::invalid(format!("more than {WORDS_LIMIT} words in one list")));
    }
    Ok(words)
}

fn kind(word: &str) -> Result<EventKind, ApiError> {
    EventKind::from_code(word).ok_or_else(|| {
        let shown: String = word.chars().take(64).flat_map(char::escape_debug).collect();
        let known = EventKind::ALL.map(EventKind::code).join(", ");
        ApiError::invalid(format!("`{shown}` is no kind of event; there are {known}"))
    })
}

/// Four numbers between commas.
fn region(text: &str) -> Result<Region, ApiError> {
    let mut numbers = text.splitn(5, ',').map(|number| number.trim().parse::<f32>().ok());
    let mut next = || numbers.next().flatten();
    let (Some(x), Some(y), Some(width), Some(height), None) =
        (next(), next(), next(), next(), numbers.next())
    else {
        let shown: String = text.chars().take(64).flat_map(char::escape_debug).collect();
        return Err(ApiError::invalid(format!(
            "`{shown}` is no region; give left, top, width and height as fractions of the picture between commas, such as 0.5,0,0.5,1 for its right half"
        )));
    };
    Ok(Region::new(x, y, width, height)?)
}

impl Api {
    /// Events that touch a range, the newest first.
    pub async fn events(
        &self,
        caller: Caller,
        wanted: EventsWanted,
    ) -> Result<EventsFound, ApiError> {
        caller.require(Right::View)?;
        self.blocking(move |store| {
            let mut streams = Vec::with_capacity(wanted.streams.len());
            for name in &wanted.streams {
                streams.push(store.stream(name)?.id);
            }
            let filter = EventFilter {
                from: wanted.range.from,
                to: wanted.range.to,
                streams,
                kinds: wanted.kinds,
                labels: wanted.labels,
                region: wanted.region,
                user: caller.name().to_owned(),
                unseen_only: wanted.only_unseen,
                limit: wanted.limit + 1,
            };
            let mut events = store.events(&filter)?;
            let unseen = store.unseen_events(&filter)?;
            let more = events.len() > wanted.limit;
            events.truncate(wanted.limit);
            let names: HashMap<StreamId, StreamName> =
                store.streams().into_iter().map(|of| (of.id, of.settings.name)).collect();
            // A stream that was deleted meanwhile took its events with it.
            let named = |event: Event| {
                Some(EventReport { stream: names.get(&event.stream)?.clone(), event })
            };
            Ok(EventsFound { events: events.into_iter().filter_map(named).collect(), more, unseen })
        })
        .await
    }

    /// Marks events as seen by the caller, or takes the mark away.
    pub async fn mark_events(&self, caller: Caller, marked: EventsMarked) -> Result<(), ApiError> {
        caller.require(Right::Operate)?;
        self.blocking(move |store| {
            Ok(store.mark_events(caller.name(), &marked.which, marked.seen)?)
        })
        .await
    }
}

impl From<EventsFound> for EventList {
    fn from(found: EventsFound) -> Self {
        Self {
            events: found.events.into_iter().map(EventView::from).collect(),
            more: found.more,
            unseen: found.unseen,
        }
    }
}

impl From<EventReport> for EventView {
    fn from(report: EventReport) -> Self {
        let EventReport { stream, event } = report;
        let (fragment, sample) = event.frame.unzip();
        Self {
            id: event.id,
            stream: stream.into(),
            kind: match event.kind {
                EventKind::Sighting => Kind::Sighting,
                EventKind::Motion => Kind::Motion,
                EventKind::CameraDown => Kind::CameraDown,
                EventKind::Damage => Kind::Damage,
            },
            label: event.label,
            detail: event.detail,
            from_micros: event.from.as_micros(),
            to_micros: event.to.map(WallTime::as_micros),
            score: event.score,
            count: event.count,
            fragment,
            sample,
            at_micros: event.at.as_micros(),
            seen: event.seen,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> WallTime {
        "2026-03-01T12:00:00Z".parse().expect("RFC 3339")
    }

    #[test]
    fn lists_are_words_between_commas() {
        let query = EventQuery {
            streams: Some("door,yard".to_owned()),
            kinds: Some("sighting,damage,".to_owned()),
            ..EventQuery::default()
        };
        let wanted = query.parse(now()).expect("a query");
        assert_eq!((wanted.streams.len(), wanted.kinds.len()), (2, 2), "an empty word is none");
        assert_eq!(wanted.limit, 200, "what the description says");
    }

    #[test]
    fn unknown_words_are_refused() {
        let query = |kinds: &str, streams: &str, limit| EventQuery {
            kinds: Some(kinds.to_owned()),
            streams: Some(streams.to_owned()),
            limit,
            ..EventQuery::default()
        };
        for wrong in [query("murder", "", None), query("", "a b", None), query("", "", Some(1_001))]
        {
            assert!(wrong.clone().parse(now()).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_region_is_four_numbers_within_the_picture() {
        let query = |region: &str| {
            let region = Some(region.to_owned());
            EventQuery { region, ..EventQuery::default() }.parse(now())
        };
        let wanted = query("0.5, 0,0.5,1").expect("the right half");
        assert_eq!(wanted.region, Region::new(0.5, 0.0, 0.5, 1.0).ok(), "spaces don't matter");
        for wrong in ["", "0,0,1", "0,0,1,1,1", "0,0,1,1,", "a,b,c,d", "0,0,2,1", "0,0,NaN,1"] {
            let error = query(wrong).expect_err(wrong).to_string();
            assert!(error.contains("fractions"), "`{wrong}`: it says what to give: {error}");
        }
    }

    #[test]
    fn a_mark_is_of_these_or_of_all_up_to_an_instant() {
        let seen =
            |ids: Vec<i64>, up_to_micros| EventsSeen { ids, up_to_micros, seen: true }.parse();
        assert!(seen(vec![1, 2], None).is_ok() && seen(vec![], Some(5)).is_ok());
        assert!(seen(vec![1], Some(5)).is_err(), "it would be unclear which");
        assert!(seen(vec![0; 10_001], None).is_err(), "a list has an end");
    }
}
