//! Reading as a consumer: from a position, through the archive, into what is being recorded.
//!
//! Belongs here: which fragment comes next. Not here: the wire.
//! Invariant: fragments come in order, each at least once after the committed position; a slow
//! consumer holds nothing of the recorder but its own place in the archive.

use crate::error::RecorderError;
use afterimage_base::{Clock, ErrorKind};
use afterimage_media::InitSegment;
use afterimage_store::{Consumer, FragmentRecord, SegmentId, Store, StoreError, StreamId};
use bytes::Bytes;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// Records looked up at once; a few kilobytes.
const LOOK_AHEAD: usize = 64;

pub struct ConsumerReader {
    store: Store,
    clock: Arc<dyn Clock>,
    consumer: Consumer,
    newest: watch::Receiver<Option<u64>>,
    /// The last fragment handed over; until then, the consumer's own position counts.
    after: Option<u64>,
    queue: VecDeque<FragmentRecord>,
    segment: Option<SegmentId>,
}

pub enum ConsumerItem {
    /// Of the fragments that follow.
    Init {
        segment: SegmentId,
        init: Arc<InitSegment>,
    },
    Fragment {
        record: FragmentRecord,
        bytes: Bytes,
        behind: Duration,
    },
}

impl ConsumerReader {
    pub(crate) async fn open(
        store: Store,
        clock: Arc<dyn Clock>,
        stream: StreamId,
        consumer: String,
        newest: watch::Receiver<Option<u64>>,
    ) -> Result<Self, RecorderError> {
        let consumer = blocking({
            let store = store.clone();
            move || store.consumer(stream, &consumer)
        })
        .await?;
        Ok(Self {
            store,
            clock,
            consumer,
            newest,
            after: None,
            queue: VecDeque::new(),
            segment: None,
        })
    }

    /// The next init section or fragment; waits for the recorder once everything was read.
    /// `None` when the stream is gone or the recorder ends. Cancel safe.
    pub async fn next(&mut self) -> Result<Option<ConsumerItem>, RecorderError> {
        match self.advance().await {
            // The stream's task ends first, then its footage goes or the archive is closed.
            Err(error) if is_gone(&error) && self.newest.has_changed().is_err() => Ok(None),
            next => next,
        }
    }

    async fn advance(&mut self) -> Result<Option<ConsumerItem>, RecorderError> {
        loop {
            let Some(record) = self.queue.front().copied() else {
                // Marked as seen before the look: what comes in between wakes us again.
                self.newest.borrow_and_update();
                self.queue = self.look_ahead().await?;
                if self.queue.is_empty() && self.newest.changed().await.is_err() {
                    return Ok(None);
                }
                continue;
            };
            if self.segment != Some(record.segment) {
                let (store, segment) = (self.store.clone(), record.segment);
                match blocking(move || store.init_of(segment)).await {
                    Ok(init) => {
                        self.segment = Some(segment);
                        return Ok(Some(ConsumerItem::Init { segment, init }));
                    }
                    Err(error) => self.pass_over(&record, error)?,
                }
                continue;
            }
            let store = self.store.clone();
            match blocking(move || store.read_fragment_bytes(&record)).await {
                Ok(bytes) => {
                    self.pass(&record);
                    let behind = self.clock.now().since(record.end());
                    return Ok(Some(ConsumerItem::Fragment { record, bytes, behind }));
                }
                Err(error) => self.pass_over(&record, error)?,
            }
        }
    }

    fn pass(&mut self, record: &FragmentRecord) {
        self.queue.pop_front();
        self.after = Some(record.number);
    }

    /// Gone by retention, or damaged (the store has noted the gap): go on behind it.
    fn pass_over(
        &mut self,
        record: &FragmentRecord,
        error: RecorderError,
    ) -> Result<(), RecorderError> {
        if !matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Damaged) {
            return Err(error);
        }
        tracing::warn!(stream = %record.stream, fragment = record.number, %error, "a consumer skips a fragment");
        self.pass(record);
        Ok(())
    }

    /// The work on this fragment and all before it is done; durable within a second.
    pub async fn commit(&self, fragment: u64) -> Result<(), RecorderError> {
        let (store, consumer) = (self.store.clone(), self.consumer.clone());
        blocking(move || store.commit_consumer(consumer.stream, &consumer.name, fragment)).await
    }

    async fn look_ahead(&self) -> Result<VecDeque<FragmentRecord>, RecorderError> {
        let (store, consumer, after) = (self.store.clone(), self.consumer.clone(), self.after);
        let records = blocking(move || match after {
            Some(number) => store.fragments_after(consumer.stream, number, LOOK_AHEAD),
            None => store.next_for_consumer(&consumer, LOOK_AHEAD),
        });
        Ok(records.await?.into())
    }
}

fn is_gone(error: &RecorderError) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Unavailable)
}

async fn blocking<T: Send + 'static>(
    act: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, RecorderError> {
    let result = tokio::task::spawn_blocking(act).await.expect("the store does not panic");
    Ok(result?)
}
