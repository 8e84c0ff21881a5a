//! Consumers: named readers of a stream and how far they have come.
//!
//! Belongs here: positions and their rules. Not here: delivering fragments (the recorder).

use crate::index::ConsumerRow;
use crate::{FragmentRecord, Store, StoreError, StreamId};
use afterimage_base::WallTime;

/// Where a consumer without a committed position begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartPosition {
    /// At the oldest fragment there is.
    Earliest,
    /// After the newest fragment there was when the consumer was made (or reset).
    Latest,
    /// At the first fragment that ends after this instant.
    AtTimestamp(WallTime),
    /// At the fragment after this number.
    AfterFragment(u64),
}

/// A named reader of one stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consumer {
    pub name: String,
    pub stream: StreamId,
    pub start: StartPosition,
    /// The number of the last fragment that it is done with.
    pub committed: Option<u64>,
    pub is_paused: bool,
    pub created: WallTime,
}

impl Store {
    /// Makes a consumer. `Latest` is fixed here and now.
    pub fn create_consumer(
        &self,
        stream: StreamId,
        name: &str,
        start: StartPosition,
    ) -> Result<Consumer, StoreError> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
        if !(1..=128).contains(&name.len()) || !name.chars().all(allowed) {
            return Err(StoreError::Invalid(format!(
                "`{}` can't name a consumer; use 1 to 128 of the characters a-z A-Z 0-9 _ . -",
                name.escape_debug()
            )));
        }
        let key = self.key_of(stream)?;
        let row = ConsumerRow {
            name: name.to_owned(),
            start,
            committed: self.committed_for(stream, start)?,
            is_paused: false,
            created: self.now(),
        };
        let is_new = self.index().create_consumer(key, &row)?;
        if !is_new {
            return Err(StoreError::Exists { what: format!("consumer `{name}` of {stream}") });
        }
        Ok(row.into_consumer(stream))
    }

    pub fn consumers(&self, stream: StreamId) -> Result<Vec<Consumer>, StoreError> {
        let live = self.shared.live(stream)?;
        let rows = self.index().consumers(live.key)?;
        let state = live.state();
        let consumer = |row: ConsumerRow| {
            let mut consumer = row.into_consumer(stream);
            consumer.committed = consumer.committed.max(state.consumer_commit(&consumer.name));
            consumer
        };
        Ok(rows.into_iter().map(consumer).collect())
    }

    pub fn consumer(&self, stream: StreamId, name: &str) -> Result<Consumer, StoreError> {
        self.consumers(stream)?
            .into_iter()
            .find(|consumer| consumer.name == name)
            .ok_or_else(|| no_consumer(name))
    }

    /// Remembers that everything up to `number` is done; in the index within a second, so a crash
    /// may bring the last second's fragments again. Going back needs [`Self::reset_consumer`]: a
    /// smaller number than the committed one changes nothing.
    pub fn commit_consumer(
        &self,
        stream: StreamId,
        name: &str,
        number: u64,
    ) -> Result<(), StoreError> {
        let live = self.shared.live(stream)?;
        self.consumer(stream, name)?;
        live.state().commit_consumer(name, number);
        Ok(())
    }

    /// Begins anew from another position.
    pub fn reset_consumer(
        &self,
        stream: StreamId,
        name: &str,
        start: StartPosition,
    ) -> Result<Consumer, StoreError> {
        let committed = self.committed_for(stream, start)?;
        let live = self.shared.live(stream)?;
        self.shared.between_commits(|| {
            live.state().forget_consumer_commit(name);
            let found = self.index().reset_consumer(live.key, name, start, committed)?;
            found.then_some(()).ok_or_else(|| no_consumer(name))
        })?;
        self.consumer(stream, name)
    }

    pub fn pause_consumer(
        &self,
        stream: StreamId,
        name: &str,
        is_paused: bool,
    ) -> Result<(), StoreError> {
        let found = self.index().pause_consumer(self.key_of(stream)?, name, is_paused)?;
        found.then_some(()).ok_or_else(|| no_consumer(name))
    }

    pub fn delete_consumer(&self, stream: StreamId, name: &str) -> Result<(), StoreError> {
        let live = self.shared.live(stream)?;
        self.shared.between_commits(|| {
            live.state().forget_consumer_commit(name);
            let found = self.index().delete_consumer(live.key, name)?;
            found.then_some(()).ok_or_else(|| no_consumer(name))
        })
    }

    /// The fragments that the consumer has not committed yet, oldest first. Those that retention
    /// took away before it came are passed over.
    pub fn next_for_consumer(
        &self,
        consumer: &Consumer,
        limit: usize,
    ) -> Result<Vec<FragmentRecord>, StoreError> {
        match (consumer.committed, consumer.start) {
            (Some(number), _) | (None, StartPosition::AfterFragment(number)) => {
                self.fragments_after(consumer.stream, number, limit)
            }
            (None, StartPosition::AtTimestamp(at)) => {
                match self.first_fragment_from(consumer.stream, at)? {
                    Some(first) => self.fragments_after(consumer.stream, first.number - 1, limit),
                    None => Ok(Vec::new()),
                }
            }
            (None, StartPosition::Earliest | StartPosition::Latest) => {
                self.fragments_after(consumer.stream, 0, limit)
            }
        }
    }

    fn committed_for(
        &self,
        stream: StreamId,
        start: StartPosition,
    ) -> Result<Option<u64>, StoreError> {
        match start {
            StartPosition::Latest => Ok(Some(self.next_number(stream)? - 1)),
            _ => Ok(None),
        }
    }
}

fn no_consumer(name: &str) -> StoreError {
    StoreError::NotFound { what: format!("consumer `{}` of this stream", name.escape_debug()) }
}
