//! What an export will be: bytes from the index, time from what earlier exports took.
//!
//! Belongs here: sums and the first guesses. Not here: whether it fits ([`super::margin`]).
//! Invariant: reads the index page by page, never media.

use super::wanted::{ExportWanted, FrameChoice};
use crate::ApiError;
use crate::dto::ExportFormat;
use afterimage_base::WallTime;
use afterimage_media::TrackKind;
use afterimage_store::{FragmentRecord, Store, StreamId};
use std::time::Duration;

const PAGE: usize = 5_000;
/// More than a day and a half of a frame a second.
const FRAMES_LIMIT: u64 = 200_000;
/// A pixel of a JPEG of quality 92: measured over a street full of people.
const BYTES_PER_PIXEL: f64 = 0.22;
/// Around a picture in its archive; with its lines in `frames.jsonl` and `annotations.json`.
const BYTES_AROUND_A_FRAME: u64 = 1_000;

/// What is there of what is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Measured {
    pub bytes: u64,
    pub recorded: Duration,
    pub missing: Duration,
    pub frames: u64,
}

pub(super) fn measure(
    store: &Store,
    wanted: &ExportWanted,
    now: WallTime,
) -> Result<Measured, ApiError> {
    let mut sum = Measured::default();
    for name in &wanted.streams {
        let id = store.stream(name)?.id;
        let share = store.share(id, wanted.range.from, wanted.range.to, now)?;
        sum.recorded += share.recorded;
        sum.missing += share.missing.iter().map(|(_, time, _)| *time).sum::<Duration>();
        match &wanted.choice {
            None => sum.bytes += footage_bytes(store, id, wanted)?,
            Some(choice) => {
                let frames = match choice {
                    FrameChoice::Every(every) => instants(share.recorded, *every),
                    FrameChoice::Picked(picked) => {
                        picked.iter().filter(|frame| frame.stream == *name).count() as u64
                    }
                };
                sum.frames += frames;
                sum.bytes += frames.saturating_mul(frame_bytes(store, id, wanted)?);
            }
        }
    }
    if sum.frames > FRAMES_LIMIT {
        return Err(ApiError::invalid(format!(
            "that is about {} frames; export at most {FRAMES_LIMIT} at once: a longer `every`, a \
             shorter range, or fewer streams",
            sum.frames
        )));
    }
    Ok(sum)
}

/// Bytes a second before any export of this format was made here: as measured on two cores that had
/// much else to do.
pub(super) const fn first_guess(format: ExportFormat) -> f64 {
    match format {
        ExportFormat::Mp4 | ExportFormat::Mkv => 40_000_000.0,
        ExportFormat::Frames => 500_000.0,
        ExportFormat::Dataset => 280_000.0,
    }
}

fn instants(recorded: Duration, every: Duration) -> u64 {
    let count = recorded.as_micros().div_ceil(every.as_micros().max(1));
    u64::try_from(count).unwrap_or(u64::MAX)
}

fn footage_bytes(store: &Store, id: StreamId, wanted: &ExportWanted) -> Result<u64, ApiError> {
    let Some(first) = first_in(store, id, wanted)? else { return Ok(0) };
    let mut bytes = 0;
    let mut after = first.number.saturating_sub(1);
    loop {
        let page = store.fragments_after(id, after, PAGE)?;
        let inside = page.iter().take_while(|fragment| fragment.start < wanted.range.to);
        let (lengths, count) =
            inside.fold((0, 0), |(bytes, count), one| (bytes + one.length, count + 1));
        bytes += lengths;
        match page.last() {
            Some(last) if count == PAGE => after = last.number,
            _ => return Ok(bytes),
        }
    }
}

/// Of the picture that the stream had at the beginning; 0 for sound alone.
fn frame_bytes(store: &Store, id: StreamId, wanted: &ExportWanted) -> Result<u64, ApiError> {
    let Some(first) = first_in(store, id, wanted)? else { return Ok(0) };
    let init = store.init_of(first.segment)?;
    let pixels = init.tracks.iter().find_map(|track| match &track.kind {
        TrackKind::Video(video) => Some(u64::from(video.width) * u64::from(video.height)),
        TrackKind::Audio(_) => None,
    });
    Ok(pixels.map_or(0, |pixels| scaled(pixels, BYTES_PER_PIXEL) + BYTES_AROUND_A_FRAME))
}

fn first_in(
    store: &Store,
    id: StreamId,
    wanted: &ExportWanted,
) -> Result<Option<FragmentRecord>, ApiError> {
    let first = store.first_fragment_from(id, wanted.range.from)?;
    Ok(first.filter(|first| first.start < wanted.range.to))
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "an estimate, of positive numbers"
)]
fn scaled(count: u64, by: f64) -> u64 {
    (count as f64 * by) as u64
}
