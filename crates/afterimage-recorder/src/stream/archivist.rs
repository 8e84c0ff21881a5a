//! Writes one stream's fragments and keeps its ledger: what is not recorded has a reason.
//!
//! Belongs here: the order of appends and gaps. Not here: bytes and SQL ([`afterimage_store`]).
//! Invariant: from the first [`Archivist::expecting`] on, every instant is covered by a fragment,
//! lies in a gap, or lies in the gap that is open now.
//!
//! Appending blocks, so it runs on a blocking thread; the stream's task waits for it, which holds
//! back the camera (its bytes wait in the socket) and nothing else. The ledger is in memory until
//! the store's next commit, within a second.

use super::Surroundings;
use super::status::Fault;
use crate::full_volume::FullVolume;
use afterimage_base::{Clock, ErrorKind, WallTime};
use afterimage_media::{Fragment, media_end};
use afterimage_store::{GapReason, Store, StoreError, StreamId, StreamWriter};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

pub(super) struct Archivist {
    stream: StreamId,
    store: Store,
    clock: Arc<dyn Clock>,
    writer: Option<StreamWriter>,
    /// Where the last fragment of this run ended.
    recorded_until: Option<WallTime>,
    /// The reason of the gap that is open now.
    open_gap: Option<GapReason>,
    /// No gap begins before: the wall clock may be set back, the past keeps its reasons.
    told_to: Option<WallTime>,
    /// The newest fragment, if it found no room.
    waiting: Option<Waiting>,
    full_volume: FullVolume,
}

struct Waiting {
    fragment: Fragment,
    again_at: Instant,
}

/// A fragment that found no room is tried again after so long: fragments may be 20 s apart.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

impl Archivist {
    pub(super) fn new(stream: StreamId, around: &Surroundings) -> Self {
        Self {
            stream,
            store: around.store.clone(),
            clock: Arc::clone(&around.clock),
            writer: None,
            recorded_until: None,
            open_gap: None,
            told_to: None,
            waiting: None,
            full_volume: around.full_volume.clone(),
        }
    }

    /// Where earlier recordings of the stream end.
    pub(super) fn earlier_end(&mut self) -> Option<WallTime> {
        self.told_to = self.store.last_end(self.stream).unwrap_or_else(|error| {
            self.complain(&error);
            None
        });
        self.told_to
    }

    /// Where the media times of the last fragment end, microseconds. If it can't be read they
    /// begin anew, and players get along as well as they can.
    pub(super) fn earlier_media_end(&self) -> Option<i64> {
        let end = || -> Result<Option<i64>, StoreError> {
            let Some(record) = self.store.last_fragment(self.stream)? else { return Ok(None) };
            let init = self.store.init_of(record.segment)?;
            let bytes = self.store.read_fragment_bytes(&record)?;
            Ok(media_end(&init, &bytes).ok())
        };
        end().unwrap_or_else(|error| {
            self.complain(&error);
            None
        })
    }

    /// Media should come from now on; a camera that is being tried again keeps its reason.
    pub(super) fn expecting(&mut self, detail: &str) {
        let was_resting = matches!(
            self.open_gap,
            None | Some(
                GapReason::StoppedByOperator | GapReason::NotScheduled | GapReason::NoProducer
            )
        );
        if was_resting {
            self.missing(GapReason::Starting, detail);
        }
    }

    /// From where recording ended (or from now, when the reason changes) nothing is recorded.
    pub(super) fn missing(&mut self, reason: GapReason, detail: &str) {
        if self.open_gap == Some(reason) {
            return;
        }
        let now = self.clock.now();
        let from = match self.open_gap {
            None => self.recorded_until.unwrap_or(now),
            Some(_) => now,
        };
        let from = self.told_to.map_or(from, |told_to| told_to.max(from));
        self.told_to = Some(from);
        self.open_gap = Some(reason);
        if reason == GapReason::DiskFull {
            self.full_volume.turned_away(self.stream);
        } else {
            self.full_volume.is_fine(self.stream);
        }
        if let Err(error) = self.store.open_gap(self.stream, from, reason, detail) {
            self.complain(&error);
        }
    }

    /// The camera's timestamps jumped: the interval between was never recorded.
    pub(super) fn jumped(&self, from: WallTime, to: WallTime) {
        let (reason, detail) = (GapReason::TimestampJump, "the camera's timestamps jumped");
        if let Err(error) = self.store.record_gap(self.stream, from, to, reason, detail) {
            self.complain(&error);
        }
    }

    /// Makes the fragment durable and answers its number, or what stands in the way. One that finds
    /// no room is kept until the next one comes; [`Archivist::try_again`] tries it.
    pub(super) async fn append(&mut self, fragment: Fragment) -> Result<u64, Fault> {
        if let Some(Waiting { fragment, .. }) = self.waiting.take()
            && let Err((fragment, error)) = self.write(fragment).await
        {
            lost(&fragment, &error);
        }
        self.take(fragment).await
    }

    /// Resolves when the fragment that found no room should be tried again.
    pub(super) async fn again_due(&self) {
        match &self.waiting {
            Some(waiting) => tokio::time::sleep_until(waiting.again_at).await,
            None => std::future::pending().await,
        }
    }

    /// Tries the fragment that found no room.
    pub(super) async fn try_again(&mut self) -> Option<Result<u64, Fault>> {
        let waiting = self.waiting.take()?;
        Some(self.take(waiting.fragment).await)
    }

    async fn take(&mut self, fragment: Fragment) -> Result<u64, Fault> {
        let start = fragment.start;
        match self.write(fragment).await {
            Ok(number) => Ok(number),
            Err((fragment, error)) => {
                let is_full = error.kind() == ErrorKind::DiskFull;
                let reason = if is_full { GapReason::DiskFull } else { GapReason::WriteFailed };
                let detail = error.to_string();
                if is_full {
                    let again_at = Instant::now() + AGAIN_AFTER;
                    self.waiting = Some(Waiting { fragment, again_at });
                } else {
                    lost(&fragment, &error);
                }
                self.missing(reason, &detail);
                Err(Fault { reason, detail, since: start, retry_at: None })
            }
        }
    }

    /// Writes and keeps the ledger along; gives the fragment back where that failed.
    async fn write(&mut self, fragment: Fragment) -> Result<u64, (Fragment, StoreError)> {
        let end = fragment.end();
        let (store, stream, writer) = (self.store.clone(), self.stream, self.writer.take());
        let written = tokio::task::spawn_blocking(move || {
            let mut writer = match writer.map_or_else(|| store.writer(stream), Ok) {
                Ok(writer) => writer,
                Err(error) => return (None, Err((fragment, error))),
            };
            let written = writer.append(&fragment).map(|record| record.number);
            (Some(writer), written.map_err(|error| (fragment, error)))
        });
        let (writer, outcome) = written.await.expect("the store does not panic");
        self.writer = writer;
        if outcome.is_ok() {
            self.recorded_until = Some(end);
            self.told_to = Some(end);
            // The store has ended the open gap where this fragment begins.
            self.open_gap = None;
            self.full_volume.is_fine(self.stream);
        }
        outcome
    }

    /// Finishes the segment; the next session begins another.
    pub(super) async fn end_session(&mut self) {
        if let Some(Waiting { fragment, .. }) = self.waiting.take()
            && let Err((fragment, error)) = self.write(fragment).await
        {
            lost(&fragment, &error);
        }
        if let Some(writer) = self.writer.take() {
            let closed = tokio::task::spawn_blocking(move || writer.close());
            closed.await.expect("the store does not panic");
        }
    }

    fn complain(&self, error: &StoreError) {
        tracing::error!(stream = %self.stream, %error, "the ledger could not be kept");
    }
}

impl Drop for Archivist {
    fn drop(&mut self) {
        self.full_volume.is_fine(self.stream);
    }
}

fn lost(fragment: &Fragment, error: &StoreError) {
    tracing::error!(fragment_start = %fragment.start, %error, "a fragment was lost");
}
