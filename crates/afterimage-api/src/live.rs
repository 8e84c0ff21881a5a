//! What a stream's camera sees now.

use crate::dto::StreamState;
use crate::{Api, ApiError, Caller, Right};
use afterimage_base::StreamName;
use afterimage_media::{InitSegment, LiveChunk};
use afterimage_recorder::{LiveEvent, LiveSubscription, StreamStatus};
use std::sync::Arc;

/// One watcher's feed. Watching ends when it is dropped.
pub struct LiveFeed {
    subscription: LiveSubscription,
    /// Told at once, and again when it changes.
    status: Option<StreamStatus>,
    told: Option<(StreamState, Option<String>)>,
}

pub enum LiveItem {
    /// Of the media that follows.
    Init(Arc<InitSegment>),
    /// One frame.
    Chunk(LiveChunk),
    /// Why the picture stops, or that it comes again.
    State { state: StreamState, detail: Option<String> },
}

impl Api {
    /// Watches a stream from its newest key frame on.
    pub async fn live(&self, caller: Caller, name: &StreamName) -> Result<LiveFeed, ApiError> {
        caller.require(Right::View)?;
        let subscription = self.recorder.live(name)?;
        Ok(LiveFeed { subscription, status: Some(self.recorder.status(name)), told: None })
    }
}

impl LiveFeed {
    /// The next thing to show; `None` when the stream is gone. Cancel safe.
    pub async fn next(&mut self) -> Option<LiveItem> {
        loop {
            if let Some(item) = self.status.take().and_then(|status| self.tell(&status)) {
                return Some(item);
            }
            match self.subscription.next().await? {
                LiveEvent::Init(init) => return Some(LiveItem::Init(init)),
                LiveEvent::Chunk(chunk) => return Some(LiveItem::Chunk(chunk)),
                LiveEvent::State(status) => self.status = Some(status),
            }
        }
    }

    /// Figures change with every fragment; a watcher wants to know of the state alone.
    fn tell(&mut self, status: &StreamStatus) -> Option<LiveItem> {
        let state = StreamState::from(status.state);
        let detail = status.fault.as_ref().map(|fault| fault.detail.clone());
        let news = Some((state, detail.clone()));
        if self.told == news {
            return None;
        }
        self.told = news;
        Some(LiveItem::State { state, detail })
    }
}
