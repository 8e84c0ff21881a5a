//! A fragment: what is appended, numbered, kept and played as one.

use crate::Track;
use afterimage_base::{MediaTime, WallTime};
use bytes::Bytes;
use std::sync::Arc;
use std::time::Duration;

/// The tracks of a run of fragments and their serialised `ftyp` + `moov`.
///
/// A fragment with another init section than the one before begins a new segment.
#[derive(Debug, PartialEq, Eq)]
pub struct InitSegment {
    pub tracks: Vec<Track>,
    pub bytes: Bytes,
}

/// One sample of a finished fragment: times are final.
#[derive(Clone, Debug)]
pub struct FragmentSample {
    pub decode: MediaTime,
    pub presentation: MediaTime,
    pub duration: MediaTime,
    pub is_sync: bool,
    pub data: Bytes,
}

/// A finished fragment, not yet numbered. Starts with a key frame unless `is_independent` is false.
#[derive(Clone, Debug)]
pub struct Fragment {
    pub init: Arc<InitSegment>,
    /// Samples by track, in decode order; as many lists as the init section has tracks.
    pub samples: Vec<Vec<FragmentSample>>,
    /// False for the later parts of a GOP that was cut for its length.
    pub is_independent: bool,
    /// Where it stands on the timeline; never overlaps its predecessor.
    pub start: WallTime,
    pub duration: Duration,
    /// The camera's clock at `start`, where the camera says.
    pub producer_timestamp: Option<WallTime>,
    /// Our clock when its first byte came.
    pub server_timestamp: WallTime,
}

/// What the archive adds when it takes a fragment in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FragmentIdentity {
    /// Rises by one per fragment of a stream, for ever.
    pub number: u64,
    /// BLAKE3 of the stream's preceding fragment; zeros for the first.
    pub previous_hash: [u8; 32],
}

impl Fragment {
    /// Where it ends on the timeline.
    #[must_use]
    pub fn end(&self) -> WallTime {
        self.start.plus(self.duration)
    }
}
