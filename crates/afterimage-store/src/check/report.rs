//! What `check` is told and what it tells.

use crate::stream::StreamId;
use std::path::PathBuf;

/// What `check` does.
#[derive(Clone, Debug, Default)]
pub struct CheckOptions {
    /// Only this stream.
    pub stream: Option<StreamId>,
    /// Reads headers only: finds what is missing or cut, not flipped bits.
    pub headers_only: bool,
    /// Puts right what can be: damaged fragments become gaps, unknown segments are taken in,
    /// garbage behind the last fragment is cut off.
    pub repair: bool,
}

/// How far `check` or `rebuild` has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CheckProgress {
    pub segments: u64,
    pub bytes: u64,
    /// Bytes that there are in all, as the index knows them; 0 where there is no index.
    pub total_bytes: u64,
}

/// What is wrong with one file or fragment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub kind: FindingKind,
    /// Relative to the data directory.
    pub path: PathBuf,
    /// For a person: which fragment, what was found.
    pub detail: String,
    pub is_repaired: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FindingKind {
    /// The index knows a file that is not there.
    MissingFile,
    /// A file ends before its last fragment does.
    ShortFile,
    /// The front of the file is not readable: its fragments can't be played.
    DamagedHead,
    /// A fragment's bytes are not what was written.
    DamagedFragment,
    /// The index and the file tell different things of a fragment.
    Disagreement,
    /// A fragment does not carry the hash of the one before it.
    BrokenChain,
    /// Bytes behind the last fragment.
    GarbageTail,
    /// A segment file that the index does not know.
    UnknownFile,
}

impl FindingKind {
    /// The code that APIs and `--json` print; stable.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::MissingFile => "missing_file",
            Self::ShortFile => "short_file",
            Self::DamagedHead => "damaged_head",
            Self::DamagedFragment => "damaged_fragment",
            Self::Disagreement => "disagreement",
            Self::BrokenChain => "broken_chain",
            Self::GarbageTail => "garbage_tail",
            Self::UnknownFile => "unknown_file",
        }
    }
}

/// What `check` found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckReport {
    pub segments: u64,
    pub fragments: u64,
    pub bytes: u64,
    pub findings: Vec<Finding>,
    /// False: the caller broke it off.
    pub is_complete: bool,
}
