//! A range of fragments as one file, planned before a byte of media is read.
//!
//! Belongs here: the plan: length, entity tag, which bytes come from where. Not here: reading
//! them. An ordinary MP4 is a table of samples and the archive's bytes behind it; an edit list
//! hides what is decoded but was not asked for. A fragmented MP4 is the fragments of the archive
//! behind an init section of its own, moved in time so that the clip begins at zero: their decode
//! times are rewritten on the way, nothing else. Matroska is made from each fragment as it is
//! served; its length is known from the sample tables. `docs/design/playback.md` has the reasons.

mod part;
mod plain;
mod window;

pub use part::Part;

use crate::matroska;
use crate::media_order::Extent;
use afterimage_base::{ErrorKind, MediaTime, WallTime};
use afterimage_media::{
    Edit, FRAGMENT_HEADER_LIMIT, Fmp4Error, InitSegment, SampleEntry, fragment_front_length,
    read_sample_table, retime_fragment,
};
use bytes::{Bytes, BytesMut};
use plain::Plain;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;
use window::{Frame, frame_at, media_at};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Container {
    /// All samples in one table in front: what every player and editor reads.
    Mp4,
    /// `moof` and `mdat` as recorded: any length, and nothing is read before it is served.
    FragmentedMp4,
    /// Always cut at fragments.
    Matroska,
}

/// What of the fragments is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extract {
    /// All of them.
    Whole,
    /// From the frame on screen at `from` on, up to and without what begins at `to`.
    Exact { from: WallTime, to: WallTime },
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

impl ClipFragment {
    fn end(&self) -> WallTime {
        self.start.plus(self.duration)
    }
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
    #[error(
        "a clip of more than {limit} frames and pieces of sound does not fit in one table; ask \
         for `layout=fragmented`, or for a shorter range"
    )]
    TooLong { limit: usize },
    /// Its bytes are not what was written; the archive makes a gap of it when it is told.
    #[error("fragment {number} is damaged: {source}")]
    Damaged { number: u64, source: Fmp4Error },
}

impl ClipError {
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Empty => ErrorKind::NotFound,
            Self::FormatChanged { .. } | Self::NotIndependent { .. } | Self::TooLong { .. } => {
                ErrorKind::InvalidInput
            }
            Self::Damaged { source, .. } => source.kind(),
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
    pieces: Vec<Piece>,
    start: WallTime,
    end: WallTime,
    tag: String,
}

/// A run of bytes of one fragment.
#[derive(Clone, Copy, Debug)]
struct Piece {
    /// Its index.
    fragment: usize,
    /// Where it begins in the fragment.
    offset: u64,
    /// Where it ends in the fragment.
    next_offset: u64,
    /// Where it ends in the clip.
    end: u64,
    /// Added to its media times, microseconds; only of fragments that are rendered.
    shift: i64,
}

/// The instants that are shown, and the fragment that the first lies in.
struct Cut {
    first: usize,
    from: WallTime,
    to: WallTime,
}

impl Cut {
    fn of(extract: Extract, fragments: &[ClipFragment]) -> Self {
        match extract {
            Extract::Whole => Self { first: 0, from: WallTime::EPOCH, to: WallTime::MAX },
            Extract::Exact { from, to } => {
                let begun = fragments.partition_point(|fragment| fragment.start <= from);
                Self { first: begun.saturating_sub(1), from, to }
            }
        }
    }

    fn first_frame(
        &self,
        init: &InitSegment,
        index: usize,
        fragment: &ClipFragment,
        table: &[Vec<SampleEntry>],
    ) -> Option<Frame> {
        (index == self.first).then(|| frame_at(init, fragment, table, self.from)).flatten()
    }
}

impl ClipPlan {
    /// Plans a clip of `fragments`, which are in order of time. `read` reads bytes of one of
    /// them by its index; a fragmented MP4 asks only for the fronts of a few, the others for that
    /// of each.
    ///
    /// # Errors
    /// [`ClipError`] where the range is no file, or what `read` says.
    pub fn new<E: From<ClipError>>(
        container: Container,
        extract: Extract,
        fragments: &[ClipFragment],
        mut read: impl FnMut(usize, Range<u64>) -> Result<Bytes, E>,
    ) -> Result<Self, E> {
        let (first, last) = check(fragments)?;
        let init = Arc::clone(&first.init);
        let end = last.end();
        let extract = if container == Container::Matroska { Extract::Whole } else { extract };
        let cut = Cut::of(extract, fragments);
        let front = |index: usize| -> Result<Vec<Vec<SampleEntry>>, E> {
            read_table(&init, &fragments[index], |range| read(index, range))
        };
        let (head, pieces, start) = match container {
            Container::Mp4 => plan_plain(&init, fragments, &cut, front)?,
            Container::FragmentedMp4 => plan_fragmented(&init, fragments, extract, &cut, front)?,
            Container::Matroska => plan_matroska(&init, fragments, front)?,
        };
        Ok(Self {
            container,
            pieces,
            start,
            end: cut.to.min(end),
            tag: tag(container, &head, fragments),
            head,
            init,
        })
    }

    /// In bytes; exact.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.pieces.last().map_or(self.head.len() as u64, |last| last.end)
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
            Container::Mp4 | Container::FragmentedMp4 => self.init.mime(),
            Container::Matroska => format!("video/x-matroska; codecs=\"{}\"", self.init.codecs()),
        }
    }

    /// When its first frame was on screen: at or before what was asked for, where that is recorded.
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
        let of_fragment = |piece: &&Piece| piece.fragment == index;
        let shift = self.pieces.get(index).filter(of_fragment).map_or(0, |piece| piece.shift);
        match self.container {
            Container::Mp4 => Ok(fragment.clone()),
            Container::FragmentedMp4 => {
                let mut moved = BytesMut::from(&fragment[..]);
                retime_fragment(&self.init, &mut moved, shift)?;
                Ok(moved.freeze())
            }
            Container::Matroska => matroska::clusters(&self.init, fragment, shift),
        }
    }

    fn is_rendered(&self, piece: &Piece) -> bool {
        match self.container {
            Container::Mp4 => false,
            Container::FragmentedMp4 => piece.shift != 0,
            Container::Matroska => true,
        }
    }
}

type Planned = (Bytes, Vec<Piece>, WallTime);

fn plan_plain<E: From<ClipError>>(
    init: &InitSegment,
    fragments: &[ClipFragment],
    cut: &Cut,
    mut front: impl FnMut(usize) -> Result<Vec<Vec<SampleEntry>>, E>,
) -> Result<Planned, E> {
    let mut plain = Plain::new(init.tracks.len());
    let mut shift = 0;
    let mut previous: Option<Extent> = None;
    for (index, fragment) in fragments.iter().enumerate() {
        let table = front(index)?;
        let extent = Extent::of(init, &table);
        if let Some(previous) = previous
            && may_break(&fragments[index - 1], fragment)
        {
            shift = previous.shift_of_next(shift, &extent);
        }
        plain.add(init, index, fragment, &table, shift, cut)?;
        previous = Some(extent);
    }
    Ok(plain.finish(init)?)
}

fn plan_fragmented<E: From<ClipError>>(
    init: &InitSegment,
    fragments: &[ClipFragment],
    extract: Extract,
    cut: &Cut,
    mut front: impl FnMut(usize) -> Result<Vec<Vec<SampleEntry>>, E>,
) -> Result<Planned, E> {
    let base = Extent::of(init, &front(0)?);
    let lengths: Vec<u64> = fragments.iter().map(|fragment| fragment.length).collect();
    let shifts = shifts(init, fragments, &mut front)?;
    let shift_of = |index: usize| shifts.get(index).copied().unwrap_or_default();
    let (begin, duration, start) = match extract {
        Extract::Whole => {
            let start = fragments[0].start;
            let end = fragments[fragments.len() - 1].end();
            (base.first_shown, micros(end.since(start)), start)
        }
        Extract::Exact { .. } => {
            let last = fragments.len() - 1;
            let frame = cut.first_frame(init, cut.first, &fragments[cut.first], &front(cut.first)?);
            let frame = frame.ok_or(ClipError::Empty)?;
            let to = cut.to.min(fragments[last].end());
            let end = media_at(init, &fragments[last], &front(last)?, to);
            let end = end.unwrap_or(frame.micros).saturating_add(shift_of(last));
            let begin = frame.micros.saturating_add(shift_of(cut.first));
            (begin, u64::try_from(end.saturating_sub(begin)).unwrap_or_default(), frame.at)
        }
    };
    let hidden = begin.saturating_sub(base.first_decode).max(0);
    let edits: Vec<Vec<Edit>> = init
        .tracks
        .iter()
        .map(|track| {
            let at = MediaTime(hidden).rescale(1_000_000, track.timescale).0;
            // Zero: all that follows, whose length players count themselves.
            let shown = if extract == Extract::Whole { 0 } else { duration };
            let edit = Edit { duration: shown, media_time: Some(at) };
            if at > 0 || shown > 0 { vec![edit] } else { Vec::new() }
        })
        .collect();
    let head = init.fragmented_head(&edits, duration);
    let pieces = whole_pieces(&head, &lengths, &shifts, base.first_decode);
    Ok((head, pieces, start))
}

fn plan_matroska<E: From<ClipError>>(
    init: &InitSegment,
    fragments: &[ClipFragment],
    mut front: impl FnMut(usize) -> Result<Vec<Vec<SampleEntry>>, E>,
) -> Result<Planned, E> {
    let base = Extent::of(init, &front(0)?);
    let shifts = shifts(init, fragments, &mut front)?;
    let mut lengths = Vec::with_capacity(fragments.len());
    for index in 0..fragments.len() {
        lengths.push(matroska::clusters_length(init, &front(index)?));
    }
    let head = matroska::head(init, fragments, &lengths);
    let pieces = whole_pieces(&head, &lengths, &shifts, base.first_shown);
    Ok((head, pieces, fragments[0].start))
}

/// By how much each fragment is moved to follow the one before, microseconds.
fn shifts<E: From<ClipError>>(
    init: &InitSegment,
    fragments: &[ClipFragment],
    front: &mut impl FnMut(usize) -> Result<Vec<Vec<SampleEntry>>, E>,
) -> Result<Vec<i64>, E> {
    let mut shifts = Vec::with_capacity(fragments.len());
    let mut shift = 0;
    for (index, fragment) in fragments.iter().enumerate() {
        if index > 0 && may_break(&fragments[index - 1], fragment) {
            let previous = Extent::of(init, &front(index - 1)?);
            shift = previous.shift_of_next(shift, &Extent::of(init, &front(index)?));
        }
        shifts.push(shift);
    }
    Ok(shifts)
}

fn whole_pieces(head: &[u8], lengths: &[u64], shifts: &[i64], base: i64) -> Vec<Piece> {
    let mut end = head.len() as u64;
    let pieces = lengths.iter().zip(shifts).enumerate().map(|(fragment, (length, shift))| {
        end += length;
        Piece { fragment, offset: 0, next_offset: *length, end, shift: shift - base }
    });
    pieces.collect()
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
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
    fragment: &ClipFragment,
    mut read: impl FnMut(Range<u64>) -> Result<Bytes, E>,
) -> Result<Vec<Vec<SampleEntry>>, E> {
    let &ClipFragment { number, length, .. } = fragment;
    let damaged = |source: Fmp4Error| E::from(ClipError::Damaged { number, source });
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
