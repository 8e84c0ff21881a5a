//! Consumers: who reads a stream, from where, and how far they have come.

use crate::{Api, ApiError, Caller, ConsumerItem, ConsumerName, Right};
use afterimage_base::{ErrorKind, StreamName};
use afterimage_recorder::ConsumerReader;
use afterimage_store::{Consumer, StartPosition, Store, StoreError, StreamId};
use std::time::Duration;

#[derive(Clone, Debug)]
pub struct ConsumerReport {
    pub stream: StreamName,
    pub consumer: Consumer,
    /// From the end of what it is done with to the end of the newest fragment.
    pub behind: Duration,
}

/// One reader's connection to the archive.
pub struct ConsumerFeed {
    reader: ConsumerReader,
}

impl Api {
    pub async fn consumers(
        &self,
        caller: Caller,
        stream: &StreamName,
    ) -> Result<Vec<ConsumerReport>, ApiError> {
        caller.require(Right::View)?;
        let name = stream.clone();
        self.of_stream(stream, move |store, id| {
            let consumers = store.consumers(id)?;
            consumers.into_iter().map(|consumer| report(store, id, &name, consumer)).collect()
        })
        .await
    }

    /// Creates a consumer. One that exists with this start stays as it is, position and all; with
    /// another start it is in use.
    pub async fn put_consumer(
        &self,
        caller: Caller,
        stream: &StreamName,
        consumer: &ConsumerName,
        start: StartPosition,
    ) -> Result<ConsumerReport, ApiError> {
        caller.require(Right::Operate)?;
        let (name, consumer) = (stream.clone(), consumer.clone());
        self.of_stream(stream, move |store, id| {
            let created = match store.create_consumer(id, consumer.as_str(), start) {
                Err(error) if error.kind() == ErrorKind::InUse => {
                    existing(store, id, &consumer, start, error)?
                }
                created => created?,
            };
            report(store, id, &name, created)
        })
        .await
    }

    pub async fn delete_consumer(
        &self,
        caller: Caller,
        stream: &StreamName,
        consumer: &ConsumerName,
    ) -> Result<(), ApiError> {
        caller.require(Right::Operate)?;
        let consumer = consumer.clone();
        self.of_stream(stream, move |store, id| Ok(store.delete_consumer(id, consumer.as_str())?))
            .await
    }

    /// Reads from the consumer's committed position on.
    pub async fn read_consumer(
        &self,
        caller: Caller,
        stream: &StreamName,
        consumer: &ConsumerName,
    ) -> Result<ConsumerFeed, ApiError> {
        caller.require(Right::Operate)?;
        Ok(ConsumerFeed { reader: self.recorder.read(stream, consumer.as_str()).await? })
    }
}

impl ConsumerFeed {
    /// The next init section or fragment; `None` when the stream is gone. Cancel safe.
    pub async fn next(&mut self) -> Result<Option<ConsumerItem>, ApiError> {
        Ok(self.reader.next().await?)
    }

    /// The work on this fragment and all before it is done, durably.
    pub async fn commit(&self, fragment: u64) -> Result<(), ApiError> {
        Ok(self.reader.commit(fragment).await?)
    }
}

fn existing(
    store: &Store,
    stream: StreamId,
    name: &ConsumerName,
    start: StartPosition,
    taken: StoreError,
) -> Result<Consumer, ApiError> {
    let consumer = store.consumer(stream, name.as_str())?;
    if consumer.start == start { Ok(consumer) } else { Err(taken.into()) }
}

fn report(
    store: &Store,
    id: StreamId,
    stream: &StreamName,
    consumer: Consumer,
) -> Result<ConsumerReport, ApiError> {
    let next = store.next_for_consumer(&consumer, 1)?;
    let behind = match (next.first(), store.last_fragment(id)?) {
        (Some(next), Some(newest)) => newest.end().since(next.start),
        _ => Duration::ZERO,
    };
    Ok(ConsumerReport { stream: stream.clone(), consumer, behind })
}
