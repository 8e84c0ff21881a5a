//! Tracks as `ftyp` + `moov`: the init section.
//!
//! Belongs here: the movie header of a fragmented file, whose sample tables are all empty. Not
//! here: the codec's own part ([`super::sample_entry`]).

use super::{Fmp4Error, boxes::BoxWriter, sample_entry};
use crate::{InitSegment, Track, TrackKind};
use afterimage_base::MediaTime;
use bytes::Bytes;
use std::time::Duration;

/// More tracks than any camera has; bounds what a reader allocates.
pub(super) const MAX_TRACKS: usize = 16;

const UNITY_MATRIX: [u32; 9] = [0x0001_0000, 0, 0, 0, 0x0001_0000, 0, 0, 0, 0x4000_0000];
/// Packed ISO 639-2/T code `und`.
const LANGUAGE_UNDETERMINED: u16 = 0x55c4;

impl InitSegment {
    /// Describes the tracks, numbered from 1 in their order. The `decoder_config` of each is
    /// taken over byte for byte.
    ///
    /// # Errors
    /// [`Fmp4Error::Tracks`] where a track can't be described: none at all, a timescale out of range,
    /// a decoder configuration that is not one.
    pub fn new(tracks: Vec<Track>) -> Result<Self, Fmp4Error> {
        if tracks.is_empty() || tracks.len() > MAX_TRACKS {
            let count = tracks.len();
            return Err(Fmp4Error::Tracks(format!(
                "{count} tracks; 1 to {MAX_TRACKS} can be kept"
            )));
        }
        for track in &tracks {
            sample_entry::check(track)?;
        }
        let bytes = movie(&tracks, None);
        Ok(Self { tracks, bytes })
    }

    /// The same section for a file that begins at `media_micros` of the session and lasts
    /// `duration`: an edit list makes players count from there.
    #[must_use]
    pub fn starting_at(&self, media_micros: u64, duration: Duration) -> Bytes {
        movie(&self.tracks, Some(Excerpt { media_micros, duration }))
    }
}

/// A part of a session, as the movie header of its file describes it.
#[derive(Clone, Copy)]
struct Excerpt {
    media_micros: u64,
    duration: Duration,
}

fn movie(tracks: &[Track], excerpt: Option<Excerpt>) -> Bytes {
    let mut out = BoxWriter::with_capacity(1024);
    out.boxed(b"ftyp", |out| {
        out.put(b"iso6");
        out.u32(0);
        for brand in [b"iso6", b"cmfc", b"mp41"] {
            out.put(brand);
        }
    });
    out.boxed(b"moov", |out| {
        movie_header(out, tracks.len());
        for (index, track) in tracks.iter().enumerate() {
            out.boxed(b"trak", |out| track_box(out, index, track, excerpt));
        }
        out.boxed(b"mvex", |out| {
            if let Some(excerpt) = excerpt {
                let millis = u64::try_from(excerpt.duration.as_millis()).unwrap_or(u64::MAX);
                out.full_box(b"mehd", 1, 0, |out| out.u64(millis));
            }
            for index in 0..tracks.len() {
                out.full_box(b"trex", 0, 0, |out| {
                    out.u32(track_id(index));
                    out.u32(1);
                    out.zeros(12);
                });
            }
        });
    });
    Bytes::from(out.bytes)
}

pub(super) fn track_id(index: usize) -> u32 {
    u32::try_from(index + 1).expect("there are at most MAX_TRACKS tracks")
}

fn movie_header(out: &mut BoxWriter, tracks: usize) {
    out.full_box(b"mvhd", 0, 0, |out| {
        out.zeros(8);
        out.u32(1000);
        out.u32(0);
        out.u32(0x0001_0000);
        out.u16(0x0100);
        out.zeros(10);
        UNITY_MATRIX.iter().for_each(|&cell| out.u32(cell));
        out.zeros(24);
        out.u32(track_id(tracks));
    });
}

fn track_box(out: &mut BoxWriter, index: usize, track: &Track, excerpt: Option<Excerpt>) {
    // Flags: enabled and in the movie.
    out.full_box(b"tkhd", 0, 3, |out| {
        out.zeros(8);
        out.u32(track_id(index));
        out.zeros(16);
        out.u16(0);
        // Alternate group: 1 for audio, as players choose one of them.
        out.u16(if track.is_video() { 0 } else { 1 });
        out.u16(if track.is_video() { 0 } else { 0x0100 });
        out.u16(0);
        UNITY_MATRIX.iter().for_each(|&cell| out.u32(cell));
        let (width, height) = match &track.kind {
            TrackKind::Video(video) => (video.width << 16, video.height << 16),
            TrackKind::Audio(_) => (0, 0),
        };
        out.u32(width);
        out.u32(height);
    });
    if let Some(Excerpt { media_micros, .. }) = excerpt.filter(|excerpt| excerpt.media_micros > 0) {
        let micros = MediaTime(i64::try_from(media_micros).unwrap_or(i64::MAX));
        let media_time = micros.rescale(1_000_000, track.timescale);
        out.boxed(b"edts", |out| {
            // One edit of unknown length (0: all fragments that follow), at normal speed.
            out.full_box(b"elst", 1, 0, |out| {
                out.u32(1);
                out.u64(0);
                out.i64(media_time.0);
                out.u32(0x0001_0000);
            });
        });
    }
    out.boxed(b"mdia", |out| {
        out.full_box(b"mdhd", 0, 0, |out| {
            out.zeros(8);
            out.u32(track.timescale);
            out.u32(0);
            out.u16(LANGUAGE_UNDETERMINED);
            out.u16(0);
        });
        out.full_box(b"hdlr", 0, 0, |out| {
            out.u32(0);
            out.put(if track.is_video() { b"vide" } else { b"soun" });
            out.zeros(12);
            out.put(if track.is_video() { b"Video\0" } else { b"Audio\0" });
        });
        out.boxed(b"minf", |out| {
            if track.is_video() {
                out.full_box(b"vmhd", 0, 1, |out| out.zeros(8));
            } else {
                out.full_box(b"smhd", 0, 0, |out| out.zeros(4));
            }
            out.boxed(b"dinf", |out| {
                out.full_box(b"dref", 0, 0, |out| {
                    out.u32(1);
                    // Flag 1: the media is in this file.
                    out.full_box(b"url ", 0, 1, |_| {});
                });
            });
            out.boxed(b"stbl", |out| {
                out.full_box(b"stsd", 0, 0, |out| {
                    out.u32(1);
                    sample_entry::write(out, track);
                });
                out.full_box(b"stts", 0, 0, |out| out.u32(0));
                out.full_box(b"stsc", 0, 0, |out| out.u32(0));
                out.full_box(b"stsz", 0, 0, |out| out.zeros(8));
                out.full_box(b"stco", 0, 0, |out| out.u32(0));
            });
        });
    });
}
