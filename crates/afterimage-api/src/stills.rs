//! Stills: pictures that somebody waits for and a worker makes. The recorder decodes nothing.
//!
//! Belongs here: finding the fragments of a still, who gets it, and what is kept of those that
//! were made. Not here: the queue's order ([`desk`]), decoding (`afterimage_worker`).
//! Invariant: who stops waiting costs nothing more; without a worker the answer comes at once.

mod cache;
mod desk;

pub use desk::Still;
pub(crate) use desk::StillDesk;

use crate::dto::{FrameQuery, StillChoice, StillFormat, StillJob, StillPlace};
use crate::footage::footage_of;
use crate::{Api, ApiError, Caller, Right, TimeRange};
use afterimage_base::{ErrorKind, StreamName, WallTime};
use bytes::Bytes;
use desk::{Order, StillKey};
use std::time::Duration;

/// Who asks for a still wants it now.
const WAIT: Duration = Duration::from_secs(10);
/// A worker asks again after this long.
const WORKER_WAIT: Duration = Duration::from_secs(20);
/// Key frames prepared before and after the one that was asked for: where a pointer goes next.
const AHEAD: u64 = 4;
const WIDTHS: std::ops::RangeInclusive<u32> = 16..=7_680;

/// Which picture is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StillWanted {
    pub at: WallTime,
    pub choice: StillChoice,
    pub width: Option<u32>,
    pub format: StillFormat,
}

impl FrameQuery {
    pub fn parse(&self, format: StillFormat, now: WallTime) -> Result<StillWanted, ApiError> {
        let choice = match self.nearest.as_deref() {
            None | Some("exact") => StillChoice::Exact,
            Some("key") => StillChoice::Key,
            Some(other) => {
                let shown: String = other.chars().take(64).collect();
                return Err(ApiError::invalid(format!(
                    "`{shown}` is no choice of a frame; write nearest=exact or nearest=key"
                )));
            }
        };
        if let Some(width) = self.width.filter(|width| !WIDTHS.contains(width)) {
            return Err(ApiError::invalid(format!(
                "a picture can't be {width} pixels wide; write width=16 to width=7680"
            )));
        }
        let at = afterimage_base::parse_instant(&self.at, now)?;
        Ok(StillWanted { at, choice, width: self.width, format })
    }

    /// Whether it names the same frame whenever it is asked.
    #[must_use]
    pub fn is_absolute(&self) -> bool {
        self.at != "now" && !self.at.starts_with('-')
    }
}

impl Api {
    /// The frame on screen at an instant, made by a worker.
    pub async fn still(
        &self,
        caller: Caller,
        name: &StreamName,
        wanted: StillWanted,
    ) -> Result<Still, ApiError> {
        caller.require(Right::View)?;
        let order = self.still_order(name, wanted).await?;
        if wanted.choice == StillChoice::Key {
            self.prepare_neighbours(name, wanted, &order);
        }
        let waiting = self.stills.ask(order)?;
        match tokio::time::timeout(WAIT, waiting).await {
            Ok(Ok(made)) => made,
            Ok(Err(_)) | Err(_) => Err(ApiError::new(
                ErrorKind::Unavailable,
                "the worker did not finish this picture in time; ask again",
            )),
        }
    }

    /// The next still that a worker may make; `None` when nobody wanted any for a while.
    pub async fn next_still(
        &self,
        caller: Caller,
        wait: Option<Duration>,
    ) -> Result<Option<StillJob>, ApiError> {
        caller.require(Right::Operate)?;
        let wait = wait.unwrap_or(WORKER_WAIT).min(WORKER_WAIT);
        Ok(tokio::time::timeout(wait, self.stills.next()).await.ok())
    }

    /// A worker made it. One that nobody waits for any more is kept all the same.
    pub fn put_still(
        &self,
        caller: Caller,
        id: u64,
        place: StillPlace,
        bytes: Bytes,
    ) -> Result<(), ApiError> {
        caller.require(Right::Operate)?;
        self.stills.finish(id, &Ok(Still { bytes, place }));
        Ok(())
    }

    /// A worker could not make it.
    pub fn fail_still(&self, caller: Caller, id: u64, message: String) -> Result<(), ApiError> {
        caller.require(Right::Operate)?;
        self.stills.finish(id, &Err(ApiError::new(ErrorKind::Unavailable, message)));
        Ok(())
    }

    async fn still_order(&self, name: &StreamName, wanted: StillWanted) -> Result<Order, ApiError> {
        let (stream, now) = (name.clone(), self.now());
        self.of_stream(name, move |store, id| {
            let range = TimeRange { from: wanted.at, to: wanted.at.plus(Duration::from_micros(1)) };
            let records = footage_of(store, id, &stream, range, now)?.records;
            let first = records.first().ok_or_else(|| ApiError::internal("no footage"))?;
            let fragments: Vec<u64> = match wanted.choice {
                StillChoice::Key => vec![first.number],
                StillChoice::Exact => records.iter().map(|record| record.number).collect(),
            };
            let instant = (wanted.choice == StillChoice::Exact).then_some(wanted.at.as_micros());
            let key = StillKey {
                stream: id,
                fragment: first.number,
                instant,
                width: wanted.width,
                format: wanted.format,
            };
            let job = StillJob {
                id: 0,
                stream: stream.to_string(),
                segment: first.segment.0,
                fragments,
                at_micros: wanted.at.as_micros(),
                nearest: wanted.choice,
                width: wanted.width,
                format: wanted.format,
            };
            Ok(Order { key, job })
        })
        .await
    }

    /// Lets an idle worker make the key frames around one that is looked at.
    fn prepare_neighbours(&self, name: &StreamName, wanted: StillWanted, order: &Order) {
        let (api, name, key) = (self.clone(), name.clone(), order.key.clone());
        tokio::spawn(async move {
            let first = key.fragment.saturating_sub(AHEAD + 1);
            let found = api
                .of_stream(&name, move |store, id| {
                    let count = usize::try_from(2 * AHEAD + 1).unwrap_or(usize::MAX);
                    Ok(store.fragments_after(id, first, count)?)
                })
                .await;
            // What is prepared in vain, or not at all, is missed by nobody.
            let Ok(records) = found else { return };
            for record in records.iter().filter(|record| record.is_independent) {
                let key = StillKey { fragment: record.number, ..key.clone() };
                let job = StillJob {
                    id: 0,
                    stream: name.to_string(),
                    segment: record.segment.0,
                    fragments: vec![record.number],
                    at_micros: record.start.as_micros(),
                    nearest: StillChoice::Key,
                    width: wanted.width,
                    format: wanted.format,
                };
                api.stills.prepare(Order { key, job });
            }
        });
    }
}
