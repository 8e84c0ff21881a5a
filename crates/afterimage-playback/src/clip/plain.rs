//! A clip as an ordinary MP4 file: one table of all samples in front, then the archive's bytes.
//!
//! Belongs here: the table, the edit lists, and which bytes of which fragment are in the file. Not
//! here: which frames are shown ([`super::window`]).
//! Invariant: no byte of media is changed or read; what the clip does not need of its last
//! fragment is left out.

use super::window::{Frame, media_at, needed};
use super::{ClipError, ClipFragment, Cut, Piece};
use crate::media_order::Extent;
use afterimage_base::{MediaTime, WallTime};
use afterimage_media::{Edit, InitSegment, SampleEntry, SampleTable};
use bytes::Bytes;

/// More samples make a head that takes seconds to read and megabytes to keep: over five hours of
/// 25 pictures a second without sound. Longer clips are fragmented files.
const SAMPLES_LIMIT: usize = 500_000;

pub(super) struct Plain {
    tables: Vec<SampleTable>,
    /// First presentation and end of each track, microseconds.
    shown: Vec<Option<(i64, i64, i64)>>,
    /// The last sample's duration of each track, in ticks.
    durations: Vec<i64>,
    pieces: Vec<Piece>,
    media_length: u64,
    samples: usize,
    first: Option<(Frame, i64)>,
    end: i64,
}

impl Plain {
    pub fn new(tracks: usize) -> Self {
        Self {
            tables: vec![SampleTable::default(); tracks],
            shown: vec![None; tracks],
            durations: vec![0; tracks],
            pieces: Vec::new(),
            media_length: 0,
            samples: 0,
            first: None,
            end: i64::MIN,
        }
    }

    /// The next fragment, whose media times are moved by `shift` microseconds.
    pub fn add(
        &mut self,
        init: &InitSegment,
        index: usize,
        fragment: &ClipFragment,
        table: &[Vec<SampleEntry>],
        shift: i64,
        cut: &Cut,
    ) -> Result<(), ClipError> {
        if let Some(frame) = cut.first_frame(init, index, fragment, table) {
            self.first = Some((frame, shift));
        }
        let limit =
            (cut.to <= fragment.end()).then(|| media_at(init, fragment, table, cut.to)).flatten();
        for (track, samples) in table.iter().enumerate() {
            let kept = &samples[..needed(init, track, samples, limit)];
            self.add_track(init, index, track, kept, shift)?;
        }
        let end = Extent::of(init, table).end;
        self.end = self.end.max(limit.map_or(end, |limit| limit.min(end)).saturating_add(shift));
        Ok(())
    }

    fn add_track(
        &mut self,
        init: &InitSegment,
        fragment: usize,
        track: usize,
        samples: &[SampleEntry],
        shift: i64,
    ) -> Result<(), ClipError> {
        let (Some(first), Some(last)) = (samples.first(), samples.last()) else { return Ok(()) };
        self.samples += samples.len();
        if self.samples > SAMPLES_LIMIT {
            return Err(ClipError::TooLong { limit: SAMPLES_LIMIT });
        }
        let timescale = init.tracks[track].timescale;
        let moved = MediaTime(shift).rescale(1_000_000, timescale).0;
        let table = &mut self.tables[track];
        table.begin_chunk(self.media_length);
        for sample in samples {
            let (decode, shown) = (sample.decode.0 + moved, sample.presentation.0 + moved);
            table.push(decode, shown, sample.is_sync, sample.size);
            let micros = |ticks: i64| MediaTime(ticks).rescale(timescale, 1_000_000).0;
            let (begin, end) = (micros(shown), micros(shown + sample.duration.0));
            let known = &mut self.shown[track];
            *known = Some(match *known {
                None => (shown, begin, end),
                Some((ticks, first, last)) => (ticks.min(shown), first.min(begin), last.max(end)),
            });
        }
        self.durations[track] = last.duration.0;
        let end = last.offset + u64::from(last.size);
        self.add_piece(fragment, first.offset, end - first.offset);
        Ok(())
    }

    fn add_piece(&mut self, fragment: usize, offset: u64, length: u64) {
        self.media_length += length;
        let end = self.media_length;
        match self.pieces.last_mut() {
            Some(piece) if piece.fragment == fragment && piece.next_offset == offset => {
                piece.end = end;
                piece.next_offset = offset + length;
            }
            _ => self.pieces.push(Piece {
                fragment,
                offset,
                next_offset: offset + length,
                end,
                shift: 0,
            }),
        }
    }

    /// The head, what follows it, and when its first frame was on screen.
    pub fn finish(
        mut self,
        init: &InitSegment,
    ) -> Result<(Bytes, Vec<Piece>, WallTime), ClipError> {
        let (frame, shift) = self.first.ok_or(ClipError::Empty)?;
        let begin = frame.micros.saturating_add(shift);
        let mut edits = Vec::with_capacity(self.tables.len());
        for (track, table) in self.tables.iter_mut().enumerate() {
            table.finish(self.durations[track]);
            let timescale = init.tracks[track].timescale;
            let ticks = |micros: i64| MediaTime(micros).rescale(1_000_000, timescale).0;
            edits.push(match (self.shown[track], table.first_decode()) {
                (Some((first_ticks, first, last)), Some(base)) => {
                    let until = last.min(self.end);
                    if first > begin {
                        vec![
                            Edit { duration: length(begin, first), media_time: None },
                            Edit {
                                duration: length(first, until),
                                media_time: Some(first_ticks - base),
                            },
                        ]
                    } else {
                        // Its own ticks for the frame: a rounded time could hide it.
                        let at = if track == frame.track {
                            frame.ticks + ticks(shift)
                        } else {
                            ticks(begin)
                        };
                        let duration = length(begin, until);
                        vec![Edit { duration, media_time: Some(at - base) }]
                    }
                }
                _ => Vec::new(),
            });
        }
        let duration = length(begin, self.end);
        let head = init.plain_head(&self.tables, &edits, duration, self.media_length);
        let behind_head = head.len() as u64;
        self.pieces.iter_mut().for_each(|piece| piece.end += behind_head);
        Ok((head, self.pieces, frame.at))
    }
}

fn length(from: i64, to: i64) -> u64 {
    u64::try_from(to.saturating_sub(from)).unwrap_or_default()
}
