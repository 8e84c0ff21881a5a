//! How much a stream holds, and how much room is left.
//!
//! Belongs here: sums. Not here: what to delete ([`crate::retention`]).

use crate::{Store, StoreError, StreamId};
use afterimage_base::WallTime;

/// What is kept of one stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    pub first: Option<WallTime>,
    pub last: Option<WallTime>,
    /// Of all its segments, the open one included.
    pub bytes: u64,
    /// Numbers from the oldest to the newest; one that was found damaged counts too.
    pub fragments: u64,
}

impl Store {
    /// What is kept of the stream now.
    pub fn usage(&self, stream: StreamId) -> Result<Usage, StoreError> {
        let live = self.shared.live(stream)?;
        // Pending segments first: one that the index learns of meanwhile is then in both, and
        // counted once, by its id.
        let pending = live.state().overlay();
        let mut bytes = self.index().stream_bytes(live.key)?;
        for segment in pending.values() {
            let known = self.index().segment(segment.id)?.map_or(0, |known| known.length());
            bytes += segment.length().saturating_sub(known);
        }
        let (first, last) = (self.first_fragment(stream)?, self.last_fragment(stream)?);
        let fragments = match (&first, &last) {
            (Some(first), Some(last)) => last.number.saturating_sub(first.number) + 1,
            _ => 0,
        };
        Ok(Usage {
            first: first.map(|first| first.start),
            last: last.map(|last| last.end()),
            bytes,
            fragments,
        })
    }

    /// Bytes that the volume has left for us.
    pub fn free_space(&self) -> Result<u64, StoreError> {
        let directory = self.directory();
        let space = self.shared.options.file_system.space(directory);
        let space = space.map_err(|source| StoreError::Io {
            doing: "ask for the free space of",
            path: directory.to_owned(),
            source,
        })?;
        Ok(space.available)
    }
}
