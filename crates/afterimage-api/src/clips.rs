//! A range of time as one file.
//!
//! Belongs here: which fragments a range is made of, and handing out their bytes. Not here: how
//! files are laid out (`afterimage_playback`).
//! Invariant: a reader holds one open segment and one fragment, however long the clip is.

use crate::footage::{Footage, footage_of};
use crate::{Api, ApiError, Caller, Right, TimeRange};
use afterimage_base::{StreamName, WallTime};
use afterimage_media::InitSegment;
use afterimage_playback::{ClipError, ClipFragment, ClipPlan, Container, Extract, Part};
use afterimage_store::{FragmentRecord, SegmentId, SegmentReader, Store, StreamId};
use bytes::Bytes;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes of known length that can be read from anywhere. Blocks.
pub trait ReadAt: Send + Sync {
    /// At least one and at most `limit` bytes at `offset`, which lies before the end.
    fn read_at(&self, offset: u64, limit: usize) -> Result<Bytes, ApiError>;
}

impl ReadAt for Bytes {
    fn read_at(&self, offset: u64, limit: usize) -> Result<Bytes, ApiError> {
        let from = usize::try_from(offset).unwrap_or(usize::MAX).min(self.len());
        Ok(self.slice(from..from.saturating_add(limit).min(self.len())))
    }
}

/// A file of a range of time.
pub struct Clip {
    pub length: u64,
    /// Differs wherever the bytes do.
    pub tag: String,
    pub mime: String,
    /// `door_20260301T120000.000Z_20260301T120500.000Z.mp4`
    pub file_name: String,
    pub source: Arc<dyn ReadAt>,
    /// When its first frame was on screen.
    pub start: WallTime,
    pub end: WallTime,
    /// What it is read from, in order of time.
    pub(crate) segments: Vec<SegmentId>,
}

/// A range of time as a caller wants it in one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClipWanted {
    pub range: TimeRange,
    pub cut: ClipCut,
    pub format: ClipFormat,
}

/// Where a clip begins and ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClipCut {
    /// At the frame on screen at the beginning, and before the end. Matroska has no way to say so
    /// and is cut at fragments.
    #[default]
    Exact,
    /// With all of the outer fragments.
    Fragment,
}

/// How a clip is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClipFormat {
    /// MP4 with one table of samples; fragmented where that table would be too long.
    Mp4,
    /// MP4 with one table of samples, or a refusal.
    PlainMp4,
    FragmentedMp4,
    Matroska,
}

impl ClipFormat {
    fn container(self) -> Container {
        match self {
            Self::Mp4 | Self::PlainMp4 => Container::Mp4,
            Self::FragmentedMp4 => Container::FragmentedMp4,
            Self::Matroska => Container::Matroska,
        }
    }
}

impl Api {
    /// The footage of a range as one file, without re-encoding.
    pub async fn clip(
        &self,
        caller: Caller,
        name: &StreamName,
        wanted: ClipWanted,
    ) -> Result<Clip, ApiError> {
        caller.require(Right::View)?;
        let (stream, now) = (name.clone(), self.now());
        self.of_stream(name, move |store, id| Ok(plan_clip(store, id, &stream, wanted, now)?)).await
    }
}

/// The clip of one stream; its bytes are read when they are asked for. Blocks.
pub(crate) fn plan_clip(
    store: &Store,
    id: StreamId,
    stream: &StreamName,
    wanted: ClipWanted,
    now: WallTime,
) -> Result<Clip, PlanError> {
    let extract = match wanted.cut {
        ClipCut::Exact => Extract::Exact { from: wanted.range.from, to: wanted.range.to },
        ClipCut::Fragment => Extract::Whole,
    };
    loop {
        let footage = footage_of(store, id, stream, wanted.range, now)?;
        let plan = |container| ClipSource::plan(store, &footage, container, extract);
        let source = match plan(wanted.format.container()) {
            Err(PlanError::Clip(ClipError::TooLong { .. })) if wanted.format == ClipFormat::Mp4 => {
                plan(Container::FragmentedMp4)
            }
            planned => planned,
        };
        match source {
            // A gap from now on: the range is planned again without it.
            Err(PlanError::Clip(ClipError::Damaged { number, .. }))
                if footage.is_found_damaged(store, number) => {}
            planned => return Ok(planned?.into_clip(stream)),
        }
    }
}

/// Why a clip could not be planned.
pub(crate) enum PlanError {
    Clip(ClipError),
    Api(ApiError),
}

impl From<ClipError> for PlanError {
    fn from(error: ClipError) -> Self {
        Self::Clip(error)
    }
}

impl From<ApiError> for PlanError {
    fn from(error: ApiError) -> Self {
        Self::Api(error)
    }
}

impl From<PlanError> for ApiError {
    fn from(error: PlanError) -> Self {
        match error {
            PlanError::Clip(error) => error.into(),
            PlanError::Api(error) => error,
        }
    }
}

struct ClipSource {
    plan: ClipPlan,
    container: Container,
    records: Vec<FragmentRecord>,
    store: Store,
    /// The fragment read last: the next piece is of it nearly always.
    held: Mutex<Option<(usize, Bytes)>>,
}

impl ClipSource {
    fn plan(
        store: &Store,
        footage: &Footage,
        container: Container,
        extract: Extract,
    ) -> Result<Self, PlanError> {
        let mut fragments: Vec<ClipFragment> = Vec::with_capacity(footage.records.len());
        let mut init: Option<(SegmentId, Arc<InitSegment>)> = None;
        for record in &footage.records {
            let init = match &init {
                Some((segment, known)) if *segment == record.segment => Arc::clone(known),
                _ => {
                    let found = store.init_of(record.segment).map_err(ApiError::from)?;
                    init = Some((record.segment, Arc::clone(&found)));
                    found
                }
            };
            fragments.push(ClipFragment {
                init,
                number: record.number,
                start: record.start,
                duration: record.duration,
                is_independent: record.is_independent,
                length: record.length,
                segment: record.segment.0,
            });
        }
        let mut fronts = Fronts { store, open: None };
        let plan = ClipPlan::new(container, extract, &fragments, |index, range| {
            fronts.read(&footage.records[index], range).map_err(PlanError::Api)
        })?;
        Ok(Self {
            plan,
            container,
            records: footage.records.clone(),
            store: store.clone(),
            held: Mutex::new(None),
        })
    }

    fn into_clip(self, stream: &StreamName) -> Clip {
        let extension = match self.container {
            Container::Mp4 | Container::FragmentedMp4 => "mp4",
            Container::Matroska => "mkv",
        };
        let (start, end) = (self.plan.start(), self.plan.end());
        let mut segments: Vec<SegmentId> =
            self.records.iter().map(|record| record.segment).collect();
        segments.dedup();
        Clip {
            length: self.plan.length(),
            tag: self.plan.tag().to_owned(),
            mime: self.plan.mime(),
            file_name: format!("{stream}_{}_{}.{extension}", start.compact(), end.compact()),
            source: Arc::new(self),
            start,
            end,
            segments,
        }
    }

    /// The fragment as the clip has it, checked against its checksum.
    fn fragment(&self, index: usize, is_rendered: bool) -> Result<Bytes, ApiError> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((held, bytes)) = held.as_ref()
            && *held == index
        {
            return Ok(bytes.clone());
        }
        let record = self.records.get(index).ok_or_else(|| ApiError::internal("no such part"))?;
        let mut bytes = self.store.read_fragment_bytes(record)?;
        if is_rendered {
            bytes = self
                .plan
                .render(index, &bytes)
                .map_err(|error| ApiError::new(error.kind(), error.to_string()))?;
        }
        *held = Some((index, bytes.clone()));
        Ok(bytes)
    }
}

impl ReadAt for ClipSource {
    fn read_at(&self, offset: u64, limit: usize) -> Result<Bytes, ApiError> {
        let end = offset.saturating_add(limit as u64);
        let part = self.plan.slice(offset..end).next();
        let (index, is_rendered, offset, length) = match part {
            Some(Part::Bytes(bytes)) => return Ok(bytes),
            Some(Part::Fragment { index, offset, length }) => (index, false, offset, length),
            Some(Part::Rendered { index, offset, length }) => (index, true, offset, length),
            None => return Ok(Bytes::new()),
        };
        let limit = usize::try_from(length).unwrap_or(limit);
        self.fragment(index, is_rendered)?.read_at(offset, limit)
    }
}

/// Reads the beginnings of fragments, one open file at a time.
struct Fronts<'a> {
    store: &'a Store,
    open: Option<(SegmentId, SegmentReader)>,
}

impl Fronts<'_> {
    fn read(&mut self, record: &FragmentRecord, range: Range<u64>) -> Result<Bytes, ApiError> {
        let reader = match self.open.take() {
            Some((segment, reader)) if segment == record.segment => reader,
            _ => self.store.open_segment(record.segment)?,
        };
        let range = range.start..range.end.min(record.length);
        let length = usize::try_from(range.end.saturating_sub(range.start)).unwrap_or(0);
        let bytes = reader.read_at(record.offset + range.start, length);
        self.open = Some((record.segment, reader));
        Ok(bytes?)
    }
}
