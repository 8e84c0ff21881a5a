//! ISO BMFF as the archive keeps it: init sections, segment heads and fragments, both ways.
//!
//! Belongs here: box bytes. Not here: when a fragment is cut ([`crate::Fragmenter`]), files.
//! Invariant: reading takes any bytes: it never panics and never allocates more than a small
//! multiple of what it was given. `docs/design/fragments.md` has the layout box by box.

mod boxes;
mod clip_head;
mod fragment_header;
mod fragment_read;
mod fragment_write;
mod init_read;
mod init_write;
mod retime;
mod sample_entry;
mod sample_table;
mod segment_head;

pub use clip_head::Edit;
pub use fragment_header::{FRAGMENT_HEADER_LIMIT, FragmentHeader, read_fragment_header};
pub use fragment_read::{
    SampleEntry, fragment_front_length, read_fragment, read_sample_table, verify_fragment,
};
pub use fragment_write::EncodedFragment;
pub(crate) use fragment_write::encode_chunk;
pub use retime::{media_end, media_start, retime_fragment};
pub use sample_table::SampleTable;
pub use segment_head::{SEGMENT_HEAD_LIMIT, SegmentHead, SegmentIdentity};

use afterimage_base::ErrorKind;

/// Why bytes could not be written or read as fragmented MP4.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fmp4Error {
    /// The tracks can't be described in an init section.
    #[error("these tracks can't be recorded: {0}")]
    Tracks(String),
    /// The bytes are not what this program writes.
    #[error("not a readable {what}: {detail}")]
    Damaged { what: &'static str, detail: String },
    /// The structure is whole, and a byte of it is not what was written.
    #[error("fragment {number} is damaged: its bytes do not match the hash written with them")]
    Hash { number: u64 },
}

impl Fmp4Error {
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Tracks(_) => ErrorKind::InvalidInput,
            Self::Damaged { .. } | Self::Hash { .. } => ErrorKind::Damaged,
        }
    }
}
