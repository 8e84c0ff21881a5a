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
use afterimage_base::{Clock, ErrorKind, WallTime};
use afterimage_media::Fragment;
use afterimage_store::{GapReason, Store, StoreError, StreamId, StreamWriter};
use std::sync::Arc;

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
}

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

    /// Media should come from now on; a camera that is being tried again keeps its reason.
    pub(super) fn expecting(&mut self, detail: &str) {
        let was_resting = matches!(
            self.open_gap,
            None | Some(GapReason::StoppedByOperator | GapReason::NoProducer)
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

    /// Makes the fragment durable and answers its number, or what stands in the way.
    pub(super) async fn append(&mut self, fragment: Fragment) -> Result<u64, Fault> {
        let (start, end) = (fragment.start, fragment.end());
        match self.write(fragment).await {
            Ok(number) => {
                self.recorded_until = Some(end);
                self.told_to = Some(end);
                // The store has ended the open gap where this fragment begins.
                self.open_gap = None;
                Ok(number)
            }
            Err(error) => {
                let reason = match error.kind() {
                    ErrorKind::DiskFull => GapReason::DiskFull,
                    _ => GapReason::WriteFailed,
                };
                let detail = error.to_string();
                tracing::error!(fragment_start = %start, %error, "a fragment was lost");
                self.missing(reason, &detail);
                Err(Fault { reason, detail, since: start, retry_at: None })
            }
        }
    }

    async fn write(&mut self, fragment: Fragment) -> Result<u64, StoreError> {
        let (store, stream, writer) = (self.store.clone(), self.stream, self.writer.take());
        let written = tokio::task::spawn_blocking(move || {
            let mut writer = match writer.map_or_else(|| store.writer(stream), Ok) {
                Ok(writer) => writer,
                Err(error) => return (None, Err(error)),
            };
            let written = writer.append(&fragment).map(|record| record.number);
            (Some(writer), written)
        });
        let (writer, number) = written.await.expect("the store does not panic");
        self.writer = writer;
        number
    }

    /// Finishes the segment; the next session begins another.
    pub(super) async fn end_session(&mut self) {
        if let Some(writer) = self.writer.take() {
            let closed = tokio::task::spawn_blocking(move || writer.close());
            closed.await.expect("the store does not panic");
        }
    }

    fn complain(&self, error: &StoreError) {
        tracing::error!(stream = %self.stream, %error, "the ledger could not be kept");
    }
}
