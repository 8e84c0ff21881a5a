//! Where media time stands on the timeline.
//!
//! Belongs here: the anchor to our wall clock and its slow correction. Not here: the camera's
//! clock, which is only noted.
//! Invariant: what [`Timeline::cut`] returns begins where the last ended, or later; never earlier.
//!
//! The anchor is when the first sample came. A sample can come late but never early, so the
//! smallest of (received − media time) over some fragments is the truth about the offset of the
//! two clocks; the timeline follows it by at most [`MAX_CORRECTION`] a fragment, by making the
//! fragment a little longer or shorter than its media. Only when the wall clock was set far ahead
//! is that too slow: then the timeline jumps. When it was set back the timeline goes on.

use afterimage_base::WallTime;
use std::collections::VecDeque;
use std::time::Duration;

/// Microseconds a fragment.
const MAX_CORRECTION: i64 = 5_000;
/// A fragment's length changes by at most one part in so many.
const CORRECTION_SHARE: i64 = 200;
/// Fragments over which the smallest delay is taken.
const WINDOW: usize = 8;
/// The wall clock was set ahead if every sample of a window comes so much late (microseconds).
const SET_AHEAD: i64 = 30_000_000;
/// Media time that jumped but stands where our clock says (within this) keeps its anchor.
const AGREES: i64 = 2_000_000;
/// Holes shorter than this within a session are uncertainty, not loss.
const SNAP: i64 = 250_000;

#[derive(Debug, Default)]
pub(super) struct Timeline {
    /// Wall time at media time zero.
    offset: i64,
    /// Wall time at the camera's media zero, of the epoch that ended within this session.
    camera_offset: Option<i64>,
    /// Where the last fragment ended.
    end: Option<i64>,
    /// The least (received − media time) of the fragment in work and of the last ones.
    least: Option<i64>,
    window: VecDeque<i64>,
}

/// A fragment's place, and a jump behind it.
pub(super) struct Place {
    pub start: WallTime,
    pub duration: Duration,
    pub jump: Option<(WallTime, WallTime)>,
}

impl Timeline {
    pub fn start_after(&mut self, end: WallTime) {
        self.end = self.end.max(Some(end.as_micros()));
    }

    /// Anchors an epoch: media time `media` (camera's: `camera`) was received at `received`.
    /// Returns the interval since the last fragment, where there is one within this session.
    pub fn begin(
        &mut self,
        media: i64,
        camera: i64,
        received: WallTime,
    ) -> Option<(WallTime, WallTime)> {
        let received = received.as_micros();
        let expected = self.camera_offset.map(|offset| offset.saturating_add(camera));
        let agreeing =
            expected.filter(|time| time.saturating_sub(received).saturating_abs() <= AGREES);
        let mut start = agreeing.unwrap_or(received);
        let is_same_session = self.camera_offset.is_some();
        if let Some(end) = self.end {
            let is_near = is_same_session && start.saturating_sub(end) <= SNAP;
            start = if is_near { end } else { start.max(end) };
        }
        let jump = self.end.filter(|end| is_same_session && start > *end);
        self.offset = start.saturating_sub(media);
        self.window.clear();
        self.least = None;
        self.end = Some(start);
        jump.map(|from| (WallTime::from_micros(from), WallTime::from_micros(start)))
    }

    /// The epoch is over; `shift` was added to the camera's media time in it.
    pub fn end_epoch(&mut self, shift: i64) {
        self.camera_offset = Some(self.offset.saturating_add(shift));
    }

    /// The session is over: the next one's media time has nothing to do with this one's.
    pub fn end_session(&mut self) {
        self.camera_offset = None;
    }

    pub fn at(&self, media: i64) -> WallTime {
        WallTime::from_micros(self.offset.saturating_add(media))
    }

    pub fn observe(&mut self, media: i64, received: WallTime) {
        let offset = received.as_micros().saturating_sub(media);
        self.least = Some(self.least.map_or(offset, |least| least.min(offset)));
    }

    /// Places a fragment of the media times `from..to`.
    pub fn cut(&mut self, from: i64, to: i64) -> Place {
        self.window.extend(self.least.take());
        while self.window.len() > WINDOW {
            self.window.pop_front();
        }
        let start = self.end.unwrap_or_else(|| self.offset.saturating_add(from));
        let behind = self.window.iter().min().map_or(0, |least| least.saturating_sub(self.offset));
        let most = (to.saturating_sub(from) / CORRECTION_SHARE).clamp(0, MAX_CORRECTION);
        let is_set_ahead = behind > SET_AHEAD;
        if !is_set_ahead {
            self.offset = self.offset.saturating_add(behind.clamp(-most, most));
        }
        let mut end = self.offset.saturating_add(to);
        if end <= start {
            // Shorter than a microsecond.
            let least = start.saturating_add(1);
            self.offset = self.offset.saturating_add(least.saturating_sub(end));
            end = least;
        }
        self.end = Some(end);
        let jump = (is_set_ahead && self.window.len() == WINDOW).then(|| {
            self.offset = self.offset.saturating_add(behind);
            self.window.clear();
            let ahead = self.offset.saturating_add(to);
            self.end = Some(ahead);
            (WallTime::from_micros(end), WallTime::from_micros(ahead))
        });
        let duration = Duration::from_micros(u64::try_from(end.saturating_sub(start)).unwrap_or(1));
        Place { start: WallTime::from_micros(start), duration, jump }
    }
}
