//! Fragments that were recorded apart, one behind the other in media time.
//!
//! Belongs here: where a fragment begins and ends in media time. Within one run of the recorder
//! media time goes on without holes, whatever happened to the camera; another run counts from
//! zero again, and its fragments must be moved to follow.

use afterimage_base::MediaTime;
use afterimage_media::{InitSegment, SampleEntry};

/// A fragment's reach in media time, microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Extent {
    pub first_decode: i64,
    pub first_shown: i64,
    pub end: i64,
}

/// Fragments whose times differ by less than this follow each other as they are (microseconds).
const LARGEST_HOLE: i64 = 10_000_000;

impl Extent {
    pub fn of(init: &InitSegment, table: &[Vec<SampleEntry>]) -> Self {
        let mut extent = Self { first_decode: i64::MAX, first_shown: i64::MAX, end: i64::MIN };
        for (track, samples) in init.tracks.iter().zip(table) {
            let micros = |time: MediaTime| time.rescale(track.timescale, 1_000_000).0;
            for sample in samples {
                let lasts = micros(sample.duration);
                extent.first_decode = extent.first_decode.min(micros(sample.decode));
                extent.first_shown = extent.first_shown.min(micros(sample.presentation));
                let shown_until = micros(sample.presentation).saturating_add(lasts);
                extent.end = extent.end.max(shown_until);
            }
        }
        if extent.end < extent.first_shown {
            Self { first_decode: 0, first_shown: 0, end: 0 }
        } else {
            extent
        }
    }

    /// By how much `next` must be moved to follow this, which was moved by `shift` itself.
    pub fn shift_of_next(&self, shift: i64, next: &Self) -> i64 {
        // Sound reaches a little beyond the picture: an overlap of that size is no break.
        let hole = next.first_shown.saturating_sub(self.end);
        if (-1_000_000..=LARGEST_HOLE).contains(&hole) {
            shift
        } else {
            self.end.saturating_add(shift).saturating_sub(next.first_decode)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_recorded_apart_is_moved_and_what_follows_is_not() {
        let first = Extent { first_decode: 0, first_shown: 80_000, end: 2_000_000 };
        let second = Extent { first_decode: 1_920_000, first_shown: 2_000_000, end: 4_000_000 };
        assert_eq!(first.shift_of_next(7, &second), 7, "it follows: it moves as its predecessor");
        let restarted = Extent { first_decode: 0, first_shown: 80_000, end: 2_000_000 };
        let shift = second.shift_of_next(7, &restarted);
        assert_eq!(shift, 4_000_007, "decoding begins where the last sample ended");
    }
}
