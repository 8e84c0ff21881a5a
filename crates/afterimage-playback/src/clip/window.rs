//! Which instants of the media a clip shows.
//!
//! Belongs here: from an instant on the timeline to a frame, and where showing ends. Not here:
//! how a file says so.
//! Invariant: the first frame shown is the one on screen at the instant that was asked for: the
//! last whose time is not after it. Of frames that begin at the end or later none is shown.

use super::ClipFragment;
use afterimage_base::{MediaTime, WallTime};
use afterimage_media::{InitSegment, SampleEntry};
use std::time::Duration;

/// A sample's place in the media of one track.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    pub track: usize,
    /// Its presentation time in the fragment, in ticks of the track.
    pub ticks: i64,
    pub micros: i64,
    /// When it is on screen.
    pub at: WallTime,
}

/// The picture of a fragment, or its sound where it has none.
fn reference(init: &InitSegment, table: &[Vec<SampleEntry>]) -> Option<usize> {
    let filled = |track: &usize| table.get(*track).is_some_and(|samples| !samples.is_empty());
    let video = init.tracks.iter().position(afterimage_media::Track::is_video);
    video.filter(filled).or_else(|| (0..table.len()).find(filled))
}

fn micros(init: &InitSegment, track: usize, ticks: i64) -> i64 {
    MediaTime(ticks).rescale(init.tracks[track].timescale, 1_000_000).0
}

/// The frame on screen at `at`; the fragment's first where `at` lies before it.
pub(super) fn frame_at(
    init: &InitSegment,
    fragment: &ClipFragment,
    table: &[Vec<SampleEntry>],
    at: WallTime,
) -> Option<Frame> {
    let track = reference(init, table)?;
    let times = || table[track].iter().map(|sample| sample.presentation.0);
    let first = times().min()?;
    let shown_at = |ticks: i64| {
        let after = micros(init, track, ticks).saturating_sub(micros(init, track, first));
        fragment.start.plus(Duration::from_micros(u64::try_from(after).unwrap_or_default()))
    };
    let ticks = times().filter(|ticks| shown_at(*ticks) <= at).max().unwrap_or(first);
    Some(Frame { track, ticks, micros: micros(init, track, ticks), at: shown_at(ticks) })
}

/// Where `at` lies in the fragment's media, microseconds.
pub(super) fn media_at(
    init: &InitSegment,
    fragment: &ClipFragment,
    table: &[Vec<SampleEntry>],
    at: WallTime,
) -> Option<i64> {
    let track = reference(init, table)?;
    let first = table[track].iter().map(|sample| sample.presentation.0).min()?;
    let after = i64::try_from(at.since(fragment.start).as_micros()).unwrap_or(i64::MAX);
    Some(micros(init, track, first).saturating_add(after))
}

/// How many samples of a track, in decode order, are needed to show all that begin before `limit`.
pub(super) fn needed(
    init: &InitSegment,
    track: usize,
    samples: &[SampleEntry],
    limit: Option<i64>,
) -> usize {
    let Some(limit) = limit else { return samples.len() };
    let is_shown = |sample: &SampleEntry| micros(init, track, sample.presentation.0) < limit;
    samples.iter().rposition(is_shown).map_or(0, |last| last + 1)
}
