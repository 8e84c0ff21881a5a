//! What the fuzz targets share: a bound on memory, and the cameras whose fragments are read.
//!
//! Invariant: a reader that asks for more than a small multiple of what it was given stops the
//! target, as a panic does.

use afterimage_media::{InitSegment, SegmentHead};
use bytes::Bytes;
use cap::Cap;
use std::alloc::System;
use std::sync::{Arc, LazyLock, Once};

#[global_allocator]
static MEMORY: Cap<System> = Cap::new(System, usize::MAX);

/// Runs `read` with `room` bytes of memory beyond what is in use.
pub fn within<T>(room: usize, read: impl FnOnce() -> T) -> T {
    static TELLS: Once = Once::new();
    TELLS.call_once(|| {
        // To tell of a panic takes memory too.
        let tell = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let _ = MEMORY.set_limit(usize::MAX);
            tell(panic);
        }));
    });
    MEMORY.set_limit(MEMORY.allocated() + room).expect("room beyond what is in use");
    let answer = read();
    MEMORY.set_limit(usize::MAX).expect("no bound");
    answer
}

/// What reading `length` bytes may take: tables are a few times their boxes, and an error has words.
#[must_use]
pub fn room_for(length: usize) -> usize {
    length * 16 + (256 << 10)
}

/// The init sections of real cameras, by the segment files of the corpus.
pub static CAMERAS: LazyLock<Vec<Arc<InitSegment>>> = LazyLock::new(|| {
    let files: [&[u8]; 3] = [
        include_bytes!("../corpus/segment/h264"),
        include_bytes!("../corpus/segment/h264_aac"),
        include_bytes!("../corpus/segment/h265"),
    ];
    files
        .iter()
        .map(|file| {
            let head = SegmentHead::read(file).expect("ours").expect("whole");
            Arc::new(head.init)
        })
        .collect()
});

/// Where a fragment says its length, and its hash.
const LENGTH_AT: usize = 60;
const HASH_AT: usize = 108;

/// The same bytes with the length and the hash that they should have, so that what lies behind
/// those checks is reached too.
#[must_use]
pub fn made_plausible(bytes: &[u8]) -> Option<Bytes> {
    if bytes.len() < HASH_AT + 32 {
        return None;
    }
    let mut bytes = bytes.to_vec();
    let length = bytes.len() as u64;
    bytes[LENGTH_AT..LENGTH_AT + 8].copy_from_slice(&length.to_be_bytes());
    bytes[HASH_AT..HASH_AT + 32].fill(0);
    let hash = blake3::hash(&bytes);
    bytes[HASH_AT..HASH_AT + 32].copy_from_slice(hash.as_bytes());
    Some(Bytes::from(bytes))
}
