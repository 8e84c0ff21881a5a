//! `ftyp` + `moov` back to tracks.
//!
//! Belongs here: the fields of a movie header that a reader of our files needs. Not here: the
//! sample tables, which are empty.

use super::boxes::Fields;
use super::init_write::{MAX_TRACKS, track_id};
use super::{Fmp4Error, sample_entry};
use crate::{InitSegment, Track};
use bytes::Bytes;

const WHAT: &str = "init section";

impl InitSegment {
    /// Reads what [`InitSegment::new`] writes. Bytes behind the `moov` are left out.
    ///
    /// # Errors
    /// [`Fmp4Error::Damaged`] where it is something else.
    pub fn parse(mut bytes: Bytes) -> Result<Self, Fmp4Error> {
        let mut fields = Fields::new(WHAT, &bytes);
        let missing = || Fields::new(WHAT, &[]).damaged("it does not begin with ftyp and moov");
        let ftyp = fields.next_box()?.ok_or_else(missing)?;
        let moov = fields.next_box()?.ok_or_else(missing)?;
        if &ftyp.kind != b"ftyp" || &moov.kind != b"moov" {
            return Err(missing());
        }
        let length = ftyp.size + moov.size;
        let tracks = tracks(moov.payload)?;
        bytes.truncate(length);
        Ok(Self { tracks, bytes })
    }
}

fn tracks(mut moov: Fields<'_>) -> Result<Vec<Track>, Fmp4Error> {
    let mut tracks = Vec::new();
    while let Some(found) = moov.next_box()? {
        if &found.kind != b"trak" {
            continue;
        }
        if tracks.len() == MAX_TRACKS {
            return Err(moov.damaged(format!("more than {MAX_TRACKS} tracks")));
        }
        let track = track(found.payload, tracks.len())?;
        sample_entry::check(&track).map_err(|error| moov.damaged(error.to_string()))?;
        tracks.push(track);
    }
    if tracks.is_empty() {
        return Err(moov.damaged("no tracks"));
    }
    Ok(tracks)
}

fn track(trak: Fields<'_>, index: usize) -> Result<Track, Fmp4Error> {
    let mut tkhd = trak.require(b"tkhd")?;
    let (version, _) = tkhd.version_and_flags()?;
    tkhd.take(if version == 1 { 16 } else { 8 })?;
    if tkhd.u32()? != track_id(index) {
        return Err(trak.damaged("tracks are not numbered from 1"));
    }
    let mdia = trak.require(b"mdia")?;
    let mut mdhd = mdia.require(b"mdhd")?;
    let (version, _) = mdhd.version_and_flags()?;
    mdhd.take(if version == 1 { 16 } else { 8 })?;
    let timescale = mdhd.u32()?;
    let stsd = mdia.require(b"minf")?.require(b"stbl")?.require(b"stsd")?;
    let (codec, kind, decoder_config) = sample_entry::read(stsd)?;
    Ok(Track { codec, kind, timescale, decoder_config })
}
