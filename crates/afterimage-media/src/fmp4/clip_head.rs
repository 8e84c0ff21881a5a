//! What stands before the media of a clip: a movie header with edit lists.
//!
//! Belongs here: the heads of files that are made of fragments. Not here: segments' own heads
//! ([`super::segment_head`]), which samples a clip shows.

use super::SampleTable;
use super::boxes::BoxWriter;
use super::init_write::{MovieForm, movie};
use crate::InitSegment;
use bytes::Bytes;

/// Ticks a second of a clip's movie header.
pub(super) const CLIP_TIMESCALE: u32 = 1_000_000;

/// A part of what a player shows of a track (`elst`, ISO/IEC 14496-12, section 8.6.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edit {
    /// Microseconds; zero in a fragmented file: all that follows.
    pub duration: u64,
    /// Where in the track it begins, in ticks of the track; `None`: nothing is shown.
    pub media_time: Option<i64>,
}

impl InitSegment {
    /// The head of a fragmented clip of `duration` microseconds: one list of edits a track.
    #[must_use]
    pub fn fragmented_head(&self, edits: &[Vec<Edit>], duration: u64) -> Bytes {
        let form = MovieForm::Fragmented { edits, duration };
        let mut out = BoxWriter::with_capacity(1024);
        movie(&mut out, &self.tracks, &form);
        Bytes::from(out.bytes)
    }

    /// The head of an ordinary MP4 file of `duration` microseconds, up to and with the header of
    /// `mdat`, whose `media_length` bytes follow: one table and one list of edits a track.
    #[must_use]
    pub fn plain_head(
        &self,
        tables: &[SampleTable],
        edits: &[Vec<Edit>],
        duration: u64,
        media_length: u64,
    ) -> Bytes {
        // Offsets in the tables count from the file's first byte and don't change its length.
        let unplaced = self.plain(tables, edits, duration, media_length, 0);
        let placed = self.plain(tables, edits, duration, media_length, unplaced.bytes.len() as u64);
        Bytes::from(placed.bytes)
    }

    fn plain(
        &self,
        tables: &[SampleTable],
        edits: &[Vec<Edit>],
        duration: u64,
        media_length: u64,
        media_at: u64,
    ) -> BoxWriter {
        // Room for the head itself, so that its length does not decide its form.
        let is_large = media_length > u64::from(u32::MAX) / 2;
        let form = MovieForm::Plain { tables, edits, duration, media_at, is_large };
        let mut out = BoxWriter::with_capacity(4096);
        movie(&mut out, &self.tracks, &form);
        if is_large {
            out.u32(1);
            out.put(b"mdat");
            out.u64(media_length + 16);
        } else {
            out.u32(u32::try_from(media_length + 8).expect("below half of 32 bits"));
            out.put(b"mdat");
        }
        out
    }
}
