//! A range of fragments as one file, planned before a byte of media is read.
//!
//! Belongs here: the plan: length, entity tag, which bytes come from where. Not here: reading
//! them. MP4 is the fragments of the archive behind an init section of its own, moved in time so
//! that the clip begins at zero: their decode times are rewritten on the way, nothing else. (An
//! edit list alone would leave the bytes as they are, but then ffmpeg and what is built on it show
//! the time since the session began as the clip's length.) Matroska is made from each fragment as
//! it is served; its length is known from the sample tables.

mod part;

pub use part::Part;

use crate::matroska;
use crate::media_order::Extent;
use afterimage_base::{ErrorKind, WallTime};
use afterimage_media::{
    FRAGMENT_HEADER_LIMIT, Fmp4Error, InitSegment, SampleEntry, fragment_front_length,
    read_sample_table, retime_fragment,
};
use bytes::{Bytes, BytesMut};
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Container {
    Mp4,
    Matroska,
}

/// A fragment of the range, as the index knows it.
#[derive(Clone, Debug)]
pub struct ClipFragment {
    pub init: Arc<InitSegment>,
    pub number: u64,
    pub start: WallTime,
    pub duration: Duration,
    pub is_independent: bool,
    /// In bytes.
    pub length: u64,
    /// Which segment file it lies in; any number that differs between files.
    pub segment: i64,
}

/// Why a range can't be one file.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ClipError {
    #[error("nothing is recorded in this range")]
    Empty,
    /// Footage up to `at` and footage from `at` need a file each.
    #[error(
        "the camera changed its picture or sound format at {at}; ask for the footage before and \
         after that instant separately"
    )]
    FormatChanged { at: WallTime },
    #[error(
        "fragment {number} can't begin a clip: it is a later part of a long GOP; begin earlier"
    )]
    NotIndependent { number: u64 },
    #[error(transparent)]
    Damaged(#[from] Fmp4Error),
}

impl ClipError {
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Empty => ErrorKind::NotFound,
            Self::FormatChanged { .. } | Self::NotIndependent { .. } => ErrorKind::InvalidInput,
            Self::Damaged(error) => error.kind(),
        }
    }
}

/// A clip that is ready to be served, whole or in ranges.
#[derive(Debug)]
pub struct ClipPlan {
    container: Container,
    init: Arc<InitSegment>,
    /// What stands before the first fragment.
    head: Bytes,
    fragments: Vec<Planned>,
    start: WallTime,
    end: WallTime,
    tag: String,
}

#[derive(Clone, Copy, Debug)]
struct Planned {
    /// Where its bytes end in the clip.
    end: u64,
    /// Added to its media times, microseconds.
    shift: i64,
}

impl ClipPlan {
    /// Plans a clip of `fragments`, which are in order of time. `read` reads bytes of one of
    /// them by its index; MP4 asks only for the fronts of a few, Matroska for that of each.
    ///
    /// # Errors
    /// [`ClipError`] where the range is no file, or what `read` says.
    pub fn new<E: From<ClipError>>(
        container: Container,
        fragments: &[ClipFragment],
        mut read: impl FnMut(usize, Range<u64>) -> Result<Bytes, E>,
    ) -> Result<Self, E> {
        let (first, last) = check(fragments)?;
        let init = Arc::clone(&first.init);
        let mut front = |index: usize| -> Result<Vec<Vec<SampleEntry>>, E> {
            let table = read_table(&init, fragments[index].length, |range| read(index, range))?;
            Ok(table)
        };
        let first_extent = Extent::of(&init, &front(0)?);
        let mut planned = Vec::with_capacity(fragments.len());
        let mut lengths = Vec::with_capacity(fragments.len());
        let mut shift = 0;
        for (index, fragment) in fragments.iter().enumerate() {
            let is_matroska = container == Container::Matroska;
            let table = if is_matroska { front(index)? } else { Vec::new() };
            if index > 0 && may_break(&fragments[index - 1], fragment) {
                let previous = Extent::of(&init, &front(index - 1)?);
                shift = previous.shift_of_next(shift, &Extent::of(&init, &front(index)?));
            }
            lengths.push(if is_matroska {
                matroska::clusters_length(&init, &table)
            } else {
                fragment.length
            });
            planned.push(shift);
        }
        let duration = last.start.plus(last.duration).since(first.start);
        let (base, head) = match container {
            Container::Mp4 => {
                // Reordered video is decoded a little before it is shown: the edit list skips that.
                let lead = first_extent.first_shown.saturating_sub(first_extent.first_decode);
                let head = init.starting_at(u64::try_from(lead).unwrap_or_default(), duration);
                (first_extent.first_decode, head)
            }
            Container::Matroska => {
                (first_extent.first_shown, matroska::head(&init, fragments, &lengths))
            }
        };
        let mut end = head.len() as u64;
        let fragments_planned = lengths.iter().zip(&planned).map(|(length, shift)| {
            end += length;
            Planned { end, shift: shift - base }
        });
        Ok(Self {
            container,
            fragments: fragments_planned.collect(),
            start: first.start,
            end: last.start.plus(last.duration),
            tag: tag(container, &head, fragments),
            head,
            init,
        })
    }

    /// In bytes; exact.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.fragments.last().map_or(self.head.len() as u64, |last| last.end)
    }

    /// Differs wherever the bytes do; fit for an `ETag` once it is quoted.
    #[must_use]
    pub fn tag(&self) -> &str {
        &self.tag
    }

    /// The media type with its codecs.
    #[must_use]
    pub fn mime(&self) -> String {
        match self.container {
            Container::Mp4 => self.init.mime(),
            Container::Matroska => format!("video/x-matroska; codecs=\"{}\"", self.init.codecs()),
        }
    }

    /// Where the clip begins on the timeline: at or before what was asked for.
    #[must_use]
    pub fn start(&self) -> WallTime {
        self.start
    }

    #[must_use]
    pub fn end(&self) -> WallTime {
        self.end
    }

    /// What [`Part::Rendered`] is made of: the fragment at `index` as this clip has it.
    ///
    /// # Errors
    /// [`Fmp4Error::Damaged`] where `fragment` is not whole.
    pub fn render(&self, index: usize, fragment: &Bytes) -> Result<Bytes, Fmp4Error> {
        let shift = self.fragments.get(index).map_or(0, |planned| planned.shift);
        match self.container {
            Container::Mp4 => {
                let mut moved = BytesMut::from(&fragment[..]);
                retime_fragment(&self.init, &mut moved, shift)?;
                Ok(moved.freeze())
            }
            Container::Matroska => matroska::clusters(&self.init, fragment, shift),
        }
    }

    fn is_rendered(&self, planned: &Planned) -> bool {
        self.container == Container::Matroska || planned.shift != 0
    }
}

fn check(fragments: &[ClipFragment]) -> Result<(&ClipFragment, &ClipFragment), ClipError> {
    let (Some(first), Some(last)) = (fragments.first(), fragments.last()) else {
        return Err(ClipError::Empty);
    };
    if !first.is_independent {
        return Err(ClipError::NotIndependent { number: first.number });
    }
    let differs = |fragment: &&ClipFragment| {
        !Arc::ptr_eq(&fragment.init, &first.init) && fragment.init != first.init
    };
    match fragments.iter().find(differs) {
        Some(changed) => Err(ClipError::FormatChanged { at: changed.start }),
        None => Ok((first, last)),
    }
}

/// Media time begins anew only behind a hole or in another file.
fn may_break(previous: &ClipFragment, next: &ClipFragment) -> bool {
    previous.segment != next.segment || previous.start.plus(previous.duration) != next.start
}

fn read_table<E: From<ClipError>>(
    init: &InitSegment,
    length: u64,
    mut read: impl FnMut(Range<u64>) -> Result<Bytes, E>,
) -> Result<Vec<Vec<SampleEntry>>, E> {
    let damaged = |error: Fmp4Error| E::from(ClipError::Damaged(error));
    let mut wanted = FRAGMENT_HEADER_LIMIT as u64;
    loop {
        let prefix = read(0..wanted.min(length))?;
        let front = fragment_front_length(&prefix).map_err(damaged)?;
        match front {
            Some(front) if front <= prefix.len() as u64 => {
                let (_, table) = read_sample_table(init, &prefix).map_err(damaged)?;
                return Ok(table);
            }
            Some(front) => wanted = front,
            None if wanted < length => wanted = wanted.saturating_mul(4),
            None => {
                let detail = "it is cut inside its front".to_owned();
                return Err(damaged(Fmp4Error::Damaged { what: "fragment", detail }));
            }
        }
    }
}

fn tag(container: Container, head: &[u8], fragments: &[ClipFragment]) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&[container as u8]).update(head);
    for fragment in fragments {
        hasher.update(&fragment.number.to_be_bytes());
        hasher.update(&fragment.start.as_micros().to_be_bytes());
        hasher.update(&fragment.length.to_be_bytes());
    }
    hasher.finalize().to_hex()[..32].to_owned()
}
