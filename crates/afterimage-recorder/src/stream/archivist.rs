//! Writes one stream's fragments and keeps its ledger: what is not recorded has a reason.
//!
//! Belongs here: the order of appends and gaps. Not here: bytes and SQL ([`afterimage_store`]).
//! Invariant: from the first [`Archivist::expecting`] on, every instant is covered by a fragment,
//! lies in a gap, or lies in the gap that is open now.
//!
//! The store blocks, so each act runs on a blocking thread; the stream's task waits for it, which
//! holds back the camera (its bytes wait in the socket) and nothing else.

use super::Surroundings;
use super::status::Fault;
use afterimage_base::{Clock, ErrorKind, WallTime};
use afterimage_media::Fragment;
use afterimage_store::{GapReason, Store, StoreError, StreamId, StreamWriter};
use std::sync::Arc;

pub(super) struct Archivist {
    id: StreamId,
    store: Store,
    clock: Arc<dyn Clock>,
    writer: Option<StreamWriter>,
    /// Where the last fragment ended, once one was written.
    recorded_until: Option<WallTime>,
    /// The reason of the gap that is open now.
    open_gap: Option<GapReason>,
}

impl Archivist {
    pub(super) fn new(id: StreamId, around: &Surroundings) -> Self {
        Self {
            id,
            store: around.store.clone(),
            clock: Arc::clone(&around.clock),
            writer: None,
            recorded_until: None,
            open_gap: None,
        }
    }

    /// Where earlier recordings of the stream end.
    pub(super) fn earlier_end(&self) -> Option<WallTime> {
        self.store.last_end(self.id).unwrap_or_else(|error| {
            tracing::error!(stream = %self.id, %error, "the end of earlier recordings could not be read");
            None
        })
    }

    /// Media should come from now on; until it does, `detail` says what is being done.
    pub(super) async fn expecting(&mut self, detail: &str) {
        if self.open_gap.is_none() {
            self.missing(GapReason::Starting, detail).await;
        }
    }

    /// From where recording ended (or from now, when the reason changes) nothing is recorded.
    pub(super) async fn missing(&mut self, reason: GapReason, detail: &str) {
        if self.open_gap == Some(reason) {
            return;
        }
        let now = self.clock.now();
        let from = match self.open_gap {
            None => self.recorded_until.unwrap_or(now),
            Some(_) => now,
        };
        self.open_gap = Some(reason);
        let (store, id, detail) = (self.store.clone(), self.id, detail.to_owned());
        self.blocking(move || store.open_gap(id, from, reason, Some(&detail))).await;
    }

    /// Makes the fragment durable and answers its number, or what stands in the way.
    pub(super) async fn append(&mut self, fragment: Fragment) -> Result<u64, Fault> {
        let (start, end) = (fragment.start, fragment.end());
        match self.write(fragment).await {
            Ok(number) => {
                self.recorded_until = Some(end);
                if self.open_gap.take().is_some() {
                    let (store, id) = (self.store.clone(), self.id);
                    self.blocking(move || store.close_gap(id, start)).await;
                }
                Ok(number)
            }
            Err(error) => {
                let reason = match error.kind() {
                    ErrorKind::DiskFull => GapReason::DiskFull,
                    _ => GapReason::WriteFailed,
                };
                let detail = error.to_string();
                tracing::error!(fragment_start = %start, %error, "a fragment was lost");
                self.missing(reason, &detail).await;
                Err(Fault { reason, detail, since: start, retry_at: None })
            }
        }
    }

    async fn write(&mut self, fragment: Fragment) -> Result<u64, StoreError> {
        let (store, id, writer) = (self.store.clone(), self.id, self.writer.take());
        let written = tokio::task::spawn_blocking(move || {
            let mut writer = match writer {
                Some(writer) => writer,
                None => match store.writer(id) {
                    Ok(writer) => writer,
                    Err(error) => return (None, Err(error)),
                },
            };
            let written = writer.append(&fragment).map(|record| record.number);
            (Some(writer), written)
        });
        let (writer, number) = written.await.expect("the store does not panic");
        self.writer = writer;
        number
    }

    /// The camera's timestamps jumped: the interval between was never recorded.
    pub(super) async fn jumped(&mut self, from: WallTime, to: WallTime) {
        let (store, id) = (self.store.clone(), self.id);
        let detail = "the camera's timestamps jumped";
        self.blocking(move || {
            store.record_gap(id, from, to, GapReason::TimestampJump, Some(detail))
        })
        .await;
    }

    /// Finishes the segment; the next session begins another.
    pub(super) async fn end_session(&mut self) {
        if let Some(writer) = self.writer.take() {
            self.blocking(move || {
                writer.close();
                Ok(())
            })
            .await;
        }
    }

    /// The recorder stops in good order.
    pub(super) async fn close(mut self) {
        self.end_session().await;
        self.missing(GapReason::RecorderDown, "the recorder was stopped").await;
    }

    async fn blocking(&self, act: impl FnOnce() -> Result<(), StoreError> + Send + 'static) {
        let result = tokio::task::spawn_blocking(act).await.expect("the store does not panic");
        if let Err(error) = result {
            tracing::error!(stream = %self.id, %error, "the ledger could not be written");
        }
    }
}
