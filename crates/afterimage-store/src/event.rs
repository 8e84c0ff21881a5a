//! Events: what a person may want to look at.
//!
//! Belongs here: what an event is and the questions about them. Not here: making them: detections
//! and gaps become events in the transaction that writes them ([`crate::index`]).
//! Invariant: an event's id is never given to another one.

use crate::{Region, Store, StoreError, StreamId};
use afterimage_base::WallTime;

/// Where an event comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EventKind {
    /// An object that a model saw over one or more frames.
    Sighting,
    Motion,
    /// Recording broke off for more than [`SHORTEST_OUTAGE`].
    CameraDown,
    /// Bytes were found that are not what was written.
    Damage,
}

impl EventKind {
    pub const ALL: [Self; 4] = [Self::Sighting, Self::Motion, Self::CameraDown, Self::Damage];

    /// The code that the index and APIs use; stable.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Sighting => "sighting",
            Self::Motion => "motion",
            Self::CameraDown => "camera_down",
            Self::Damage => "damage",
        }
    }

    /// The reverse of [`EventKind::code`].
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// The label that models of motion give.
pub(crate) const MOTION_LABEL: &str = "motion";

/// Frames with the same label, seen by the same model, are one event when no more than this is
/// between them.
pub const EVENT_PAUSE: std::time::Duration = std::time::Duration::from_secs(5);

/// A shorter gap is in the ledger and is no event.
pub const SHORTEST_OUTAGE: std::time::Duration = std::time::Duration::from_secs(10);

/// What a person may want to look at.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub id: i64,
    pub stream: StreamId,
    pub kind: EventKind,
    /// What was seen, or the code of the gap's reason.
    pub label: String,
    /// For a person; `None` where the label says all.
    pub detail: Option<String>,
    pub from: WallTime,
    /// `None`: it goes on.
    pub to: Option<WallTime>,
    /// Of the surest detection.
    pub score: Option<f32>,
    /// The most boxes of this label on one frame.
    pub count: u32,
    /// The frame to show: fragment and sample.
    pub frame: Option<(u64, u32)>,
    /// When that frame was, or when the event began.
    pub at: WallTime,
    pub seen: bool,
}

/// Which events are asked for; empty lists don't choose.
#[derive(Clone, Debug)]
pub struct EventFilter {
    /// Events that begin in `[from, to)`, and those that go on.
    pub from: WallTime,
    pub to: WallTime,
    pub streams: Vec<StreamId>,
    pub kinds: Vec<EventKind>,
    pub labels: Vec<String>,
    /// Only sightings and motion with a box that touches it.
    pub region: Option<Region>,
    /// Whose marks of what was seen.
    pub user: String,
    /// Only what that user has not seen.
    pub unseen_only: bool,
    pub limit: usize,
}

impl EventFilter {
    /// All events that begin in `[from, to)`, and those that go on, up to 1,000.
    #[must_use]
    pub fn between(from: WallTime, to: WallTime) -> Self {
        Self {
            from,
            to,
            streams: Vec::new(),
            kinds: Vec::new(),
            labels: Vec::new(),
            region: None,
            user: String::new(),
            unseen_only: false,
            limit: 1_000,
        }
    }
}

/// Which events a mark is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SeenEvents {
    Ids(Vec<i64>),
    /// All that begin at this instant or before and are known by now.
    UpTo(WallTime),
}

impl Store {
    /// Events by the filter, the newest first. Those past their stream's retention are not, unless
    /// a hold keeps their footage.
    pub fn events(&self, filter: &EventFilter) -> Result<Vec<Event>, StoreError> {
        let shown = self.shown_streams(filter)?;
        self.index().events(filter, &shown, self.now())
    }

    /// How many events of the filter's range, streams, kinds, labels and region its user has not seen.
    pub fn unseen_events(&self, filter: &EventFilter) -> Result<u64, StoreError> {
        let shown = self.shown_streams(filter)?;
        self.index().unseen_events(filter, &shown, self.now())
    }

    /// Marks events as seen by `user`, or takes the marks away. Ids that are not there are passed
    /// over.
    pub fn mark_events(
        &self,
        user: &str,
        which: &SeenEvents,
        is_seen: bool,
    ) -> Result<(), StoreError> {
        self.shared.check_open()?;
        self.index().mark_events(user, which, is_seen)
    }

    /// The streams that the filter means, and from when on each is visible.
    fn shown_streams(&self, filter: &EventFilter) -> Result<Vec<ShownStream>, StoreError> {
        self.shared.check_open()?;
        let now = self.now();
        let lives = match filter.streams.as_slice() {
            [] => self.shared.all_live(),
            wanted => wanted.iter().map(|id| self.shared.live(*id)).collect::<Result<_, _>>()?,
        };
        let shown = lives.iter().map(|live| ShownStream {
            id: live.id,
            key: live.key,
            visible_from: self.shared.visibility(live, now).from,
        });
        Ok(shown.collect())
    }
}

/// A stream whose events may be told.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ShownStream {
    pub id: StreamId,
    pub key: crate::stream::StreamKey,
    pub visible_from: WallTime,
}
