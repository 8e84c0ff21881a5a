//! The ledger's words: why a stream was not recorded.

use afterimage_base::WallTime;

/// Why an interval in which a stream should have been recorded is not covered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum GapReason {
    /// No connection to the camera, or it broke.
    CameraUnreachable,
    /// Connected, and nothing came.
    CameraSilent,
    /// The camera ended the stream in good order.
    CameraEnded,
    /// The camera refused our credentials.
    AuthenticationFailed,
    /// The camera answers something that no capture here can use.
    Unsupported,
    /// Something that the capture needs is missing on this machine.
    CaptureUnavailable,
    /// An operator stopped the recording.
    StoppedByOperator,
    /// Outside of the stream's schedule.
    NotScheduled,
    /// The stream waits for pushed media, and nobody pushes.
    NoProducer,
    /// From the start of a session until its first fragment.
    Starting,
    /// No recorder ran, or it ended before it could write.
    RecorderDown,
    DiskFull,
    WriteFailed,
    /// The bytes are there and are not what was written.
    Damaged,
    /// Deleted by retention.
    Expired,
    /// The timestamps jumped: nothing was lost that we know of.
    TimestampJump,
    /// The ledger of that time was lost (an index made anew from media alone).
    Unknown,
}

impl GapReason {
    pub const ALL: [Self; 17] = [
        Self::CameraUnreachable,
        Self::CameraSilent,
        Self::CameraEnded,
        Self::AuthenticationFailed,
        Self::Unsupported,
        Self::CaptureUnavailable,
        Self::StoppedByOperator,
        Self::NotScheduled,
        Self::NoProducer,
        Self::Starting,
        Self::RecorderDown,
        Self::DiskFull,
        Self::WriteFailed,
        Self::Damaged,
        Self::Expired,
        Self::TimestampJump,
        Self::Unknown,
    ];

    /// The code that APIs and `--json` print; stable.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::CameraUnreachable => "camera_unreachable",
            Self::CameraSilent => "camera_silent",
            Self::CameraEnded => "camera_ended",
            Self::AuthenticationFailed => "authentication_failed",
            Self::Unsupported => "unsupported",
            Self::CaptureUnavailable => "capture_unavailable",
            Self::StoppedByOperator => "stopped_by_operator",
            Self::NotScheduled => "not_scheduled",
            Self::NoProducer => "no_producer",
            Self::Starting => "starting",
            Self::RecorderDown => "recorder_down",
            Self::DiskFull => "disk_full",
            Self::WriteFailed => "write_failed",
            Self::Damaged => "damaged",
            Self::Expired => "expired",
            Self::TimestampJump => "timestamp_jump",
            Self::Unknown => "unknown",
        }
    }

    /// The reverse of [`GapReason::code`].
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }

    /// Something is missing that should have been recorded and kept.
    #[must_use]
    pub const fn is_missing(self) -> bool {
        !matches!(self, Self::NotScheduled | Self::StoppedByOperator | Self::Expired)
    }

    /// Still true while no recorder runs: nothing would have been recorded anyway.
    #[must_use]
    pub const fn outlives_recorder(self) -> bool {
        matches!(self, Self::StoppedByOperator)
    }
}

impl std::fmt::Display for GapReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

/// An interval that is not covered, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    pub from: WallTime,
    pub to: WallTime,
    pub reason: GapReason,
    /// For a person: which camera error, which file; empty where the reason says all.
    pub detail: String,
}

impl Gap {
    /// Both are one gap, told in two parts.
    pub(crate) fn continues(&self, earlier: &Self) -> bool {
        self.reason == earlier.reason
            && self.detail == earlier.detail
            && self.from <= earlier.to.plus(TOLERANCE)
    }
}

/// Intervals nearer than this touch: a shorter hole is neither a gap nor breaks a range. It is
/// below the duration of any frame and above what rounding times to microseconds can leave.
pub const TOLERANCE: std::time::Duration = std::time::Duration::from_millis(1);
