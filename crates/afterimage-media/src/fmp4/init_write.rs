//! Tracks as `ftyp` + `moov`: the init section, and the same header for clips.
//!
//! Belongs here: the movie header. Not here: the codec's own part ([`super::sample_entry`]), the
//! tables of samples ([`super::sample_table`]), which are empty in a fragmented file.

use super::clip_head::CLIP_TIMESCALE;
use super::{Edit, Fmp4Error, SampleTable, boxes::BoxWriter, sample_entry};
use crate::{InitSegment, Track, TrackKind};
use bytes::Bytes;

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
        let mut out = BoxWriter::with_capacity(1024);
        movie(&mut out, &tracks, &MovieForm::Segment);
        Ok(Self { tracks, bytes: Bytes::from(out.bytes) })
    }
}

/// What a movie header is the head of.
pub(super) enum MovieForm<'a> {
    /// A segment of the archive: its end is not known.
    Segment,
    /// A clip of fragments.
    Fragmented { edits: &'a [Vec<Edit>], duration: u64 },
    /// A clip whose samples are all in its tables; the media begins at `media_at` of the file.
    Plain {
        tables: &'a [SampleTable],
        edits: &'a [Vec<Edit>],
        duration: u64,
        media_at: u64,
        is_large: bool,
    },
}

impl MovieForm<'_> {
    fn edits(&self, track: usize) -> &[Edit] {
        match self {
            Self::Segment => &[],
            Self::Fragmented { edits, .. } | Self::Plain { edits, .. } => {
                edits.get(track).map_or(&[], Vec::as_slice)
            }
        }
    }

    fn timescale(&self) -> u32 {
        if matches!(self, Self::Segment) { 1000 } else { CLIP_TIMESCALE }
    }

    /// Of what lies in the tables of the header; fragments are not counted.
    fn duration(&self) -> u64 {
        if let Self::Plain { duration, .. } = self { *duration } else { 0 }
    }

    fn shown(&self, track: usize) -> u64 {
        match self {
            Self::Plain { .. } => self.edits(track).iter().map(|edit| edit.duration).sum(),
            _ => 0,
        }
    }
}

/// `ftyp` and `moov`.
pub(super) fn movie(out: &mut BoxWriter, tracks: &[Track], form: &MovieForm<'_>) {
    let brands: &[&[u8; 4]] = match form {
        MovieForm::Plain { .. } => &[b"isom", b"iso2", b"mp41"],
        _ => &[b"iso6", b"cmfc", b"mp41"],
    };
    out.boxed(b"ftyp", |out| {
        out.put(brands[0]);
        out.u32(0);
        brands.iter().for_each(|brand| out.put(*brand));
    });
    out.boxed(b"moov", |out| {
        movie_header(out, tracks.len(), form);
        for (index, track) in tracks.iter().enumerate() {
            out.boxed(b"trak", |out| track_box(out, index, track, form));
        }
        if matches!(form, MovieForm::Plain { .. }) {
            return;
        }
        out.boxed(b"mvex", |out| {
            if let MovieForm::Fragmented { duration, .. } = form {
                out.full_box(b"mehd", 1, 0, |out| out.u64(*duration));
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
}

pub(super) fn track_id(index: usize) -> u32 {
    u32::try_from(index + 1).expect("there are at most MAX_TRACKS tracks")
}

/// Version 1 of a header box has room for a long duration.
fn version_for(duration: u64) -> u8 {
    u8::from(duration > u64::from(u32::MAX))
}

/// Creation and modification time: none.
fn no_dates(out: &mut BoxWriter, version: u8) {
    out.zeros(if version == 1 { 16 } else { 8 });
}

fn put_duration(out: &mut BoxWriter, version: u8, duration: u64) {
    match u32::try_from(duration) {
        Ok(short) if version == 0 => out.u32(short),
        _ => out.u64(duration),
    }
}

fn movie_header(out: &mut BoxWriter, tracks: usize, form: &MovieForm<'_>) {
    let duration = form.duration();
    let version = version_for(duration);
    out.full_box(b"mvhd", version, 0, |out| {
        no_dates(out, version);
        out.u32(form.timescale());
        put_duration(out, version, duration);
        out.u32(0x0001_0000);
        out.u16(0x0100);
        out.zeros(10);
        UNITY_MATRIX.iter().for_each(|&cell| out.u32(cell));
        out.zeros(24);
        out.u32(track_id(tracks));
    });
}

fn track_box(out: &mut BoxWriter, index: usize, track: &Track, form: &MovieForm<'_>) {
    let shown = form.shown(index);
    let version = version_for(shown);
    // Flags: enabled and in the movie.
    out.full_box(b"tkhd", version, 3, |out| {
        no_dates(out, version);
        out.u32(track_id(index));
        out.zeros(4);
        put_duration(out, version, shown);
        out.zeros(8);
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
    let edits = form.edits(index);
    if !edits.is_empty() {
        out.boxed(b"edts", |out| {
            out.full_box(b"elst", 1, 0, |out| {
                out.u32(u32::try_from(edits.len()).expect("a clip has two edits at most"));
                for edit in edits {
                    out.u64(edit.duration);
                    out.i64(edit.media_time.unwrap_or(-1));
                    // At normal speed.
                    out.u32(0x0001_0000);
                }
            });
        });
    }
    let table = match form {
        MovieForm::Plain { tables, .. } => tables.get(index),
        _ => None,
    };
    out.boxed(b"mdia", |out| {
        let duration = table.map_or(0, SampleTable::duration);
        let version = version_for(duration);
        out.full_box(b"mdhd", version, 0, |out| {
            no_dates(out, version);
            out.u32(track.timescale);
            put_duration(out, version, duration);
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
                match (table, form) {
                    (Some(table), MovieForm::Plain { media_at, is_large, .. }) => {
                        table.write(out, *media_at, *is_large);
                    }
                    _ => empty_table(out),
                }
            });
        });
    });
}

/// The samples are in the fragments.
fn empty_table(out: &mut BoxWriter) {
    out.full_box(b"stts", 0, 0, |out| out.u32(0));
    out.full_box(b"stsc", 0, 0, |out| out.u32(0));
    out.full_box(b"stsz", 0, 0, |out| out.zeros(8));
    out.full_box(b"stco", 0, 0, |out| out.u32(0));
}
