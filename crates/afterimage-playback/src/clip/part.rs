//! Which bytes of a clip come from where.

use super::ClipPlan;
use bytes::Bytes;
use std::ops::Range;

/// A run of bytes of a clip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// These.
    Bytes(Bytes),
    /// `length` bytes of the fragment at `index` of the plan, from `offset` on, as they are.
    Fragment { index: usize, offset: u64, length: u64 },
    /// The same of what [`ClipPlan::render`] makes of that fragment.
    Rendered { index: usize, offset: u64, length: u64 },
}

impl Part {
    #[must_use]
    pub fn length(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Fragment { length, .. } | Self::Rendered { length, .. } => *length,
        }
    }
}

impl ClipPlan {
    /// The parts of the bytes `range` of the clip, in order. What lies behind the clip's end is
    /// left out.
    pub fn slice(&self, range: Range<u64>) -> impl Iterator<Item = Part> + '_ {
        let head_length = self.head.len() as u64;
        let clipped = |from: u64, to: u64| {
            let start = range.start.clamp(from, to);
            let end = range.end.clamp(start, to);
            (start - from, end - start)
        };
        let (offset, length) = clipped(0, head_length);
        let offset = usize::try_from(offset).unwrap_or_default();
        let length = usize::try_from(length).unwrap_or_default();
        let head = (length > 0).then(|| Part::Bytes(self.head.slice(offset..offset + length)));
        let first = self.pieces.partition_point(|piece| piece.end <= range.start);
        let end = range.end;
        let mut from = first
            .checked_sub(1)
            .and_then(|index| self.pieces.get(index))
            .map_or(head_length, |previous| previous.end);
        let start = range.start;
        let fragments = self.pieces.iter().skip(first).map_while(move |piece| {
            let begin = std::mem::replace(&mut from, piece.end);
            if begin >= end {
                return None;
            }
            let offset = start.saturating_sub(begin);
            let length = end.min(piece.end) - begin - offset;
            let (index, offset) = (piece.fragment, piece.offset + offset);
            Some(if self.is_rendered(piece) {
                Part::Rendered { index, offset, length }
            } else {
                Part::Fragment { index, offset, length }
            })
        });
        head.into_iter().chain(fragments).filter(|part| part.length() > 0)
    }

    /// All of it.
    pub fn parts(&self) -> impl Iterator<Item = Part> + '_ {
        self.slice(0..self.length())
    }
}
