//! A fragment at another media time, for files that join what was recorded apart.
//!
//! Belongs here: where a fragment stands in media time, and moving it. Not here: which fragments
//! are joined. A moved fragment is no longer what was recorded: its hash does not match.

use super::Fmp4Error;
use super::boxes::Fields;
use super::fragment_header::PRFT_SIZE;
use crate::{InitSegment, Track};
use afterimage_base::MediaTime;

const WHAT: &str = "fragment";

/// The media time of a fragment's first picture in microseconds, from its `prft` box: a prefix of
/// [`super::FRAGMENT_HEADER_LIMIT`] bytes suffices.
///
/// # Errors
/// [`Fmp4Error::Damaged`] where no fragment of these tracks begins here.
pub fn media_start(init: &InitSegment, prefix: &[u8]) -> Result<u64, Fmp4Error> {
    let mut prft = Fields::new(WHAT, prefix.get(..PRFT_SIZE).unwrap_or_default());
    if prft.take(8)?.get(4..) != Some(b"prft") {
        return Err(prft.damaged("no prft box at its start"));
    }
    prft.version_and_flags()?;
    let track = prft.u32()? as usize;
    prft.take(8)?;
    let time = i64::try_from(prft.u64()?).map_err(|_| prft.damaged("prft is out of range"))?;
    let track = init.tracks.get(track.wrapping_sub(1));
    let track: &Track =
        track.ok_or_else(|| prft.damaged("prft names a track that is not there"))?;
    let micros = MediaTime(time).rescale(track.timescale, 1_000_000).0;
    Ok(u64::try_from(micros).unwrap_or_default())
}

/// Where the media times of a fragment end, of whichever track lasts longest: microseconds,
/// rounded up.
///
/// # Errors
/// [`Fmp4Error::Damaged`] where it is no fragment of these tracks, or its front is cut.
pub fn media_end(init: &InitSegment, front: &[u8]) -> Result<i64, Fmp4Error> {
    let (_, table) = super::read_sample_table(init, front)?;
    let ends = init.tracks.iter().zip(&table).flat_map(|(track, samples)| {
        samples.iter().map(|sample| {
            let shown = sample.presentation.0.saturating_add(sample.duration.0);
            MediaTime(shown).rescale(track.timescale, 1_000_000).0.saturating_add(1)
        })
    });
    Ok(ends.max().unwrap_or_default())
}

/// Moves all decode times of the fragment whose front `bytes` holds by `shift` microseconds.
///
/// # Errors
/// [`Fmp4Error::Damaged`] where it is no fragment of these tracks, or its front is cut.
pub fn retime_fragment(init: &InitSegment, bytes: &mut [u8], shift: i64) -> Result<(), Fmp4Error> {
    let cut = || Fields::new(WHAT, &[]).damaged("it is cut inside its front");
    let front = super::fragment_front_length(bytes)?.ok_or_else(cut)?;
    let front = usize::try_from(front - 8).ok().filter(|end| *end <= bytes.len());
    let mut patches = Vec::new();
    {
        let front = &bytes[..front.ok_or_else(cut)?];
        let at = |inside: &Fields<'_>| inside.rest().as_ptr().addr() - front.as_ptr().addr();
        let mut fields = Fields::new(WHAT, front);
        fields.take(PRFT_SIZE)?;
        fields.next_box()?;
        let mut moof = fields.next_box()?.ok_or_else(cut)?.payload;
        while let Some(found) = moof.next_box()? {
            if &found.kind != b"traf" {
                continue;
            }
            let mut tfhd = found.payload.require(b"tfhd")?;
            tfhd.version_and_flags()?;
            let track = init.tracks.get((tfhd.u32()? as usize).wrapping_sub(1));
            let track = track.ok_or_else(|| tfhd.damaged("a track that is not there"))?;
            let mut tfdt = found.payload.require(b"tfdt")?;
            let (version, _) = tfdt.version_and_flags()?;
            if version != 1 {
                return Err(tfdt.damaged("a tfdt box of version 0"));
            }
            let offset = at(&tfdt);
            let ticks = MediaTime(shift).rescale(1_000_000, track.timescale).0;
            patches.push((offset, tfdt.u64()?.saturating_add_signed(ticks)));
        }
    }
    for (offset, time) in patches {
        bytes[offset..offset + 8].copy_from_slice(&time.to_be_bytes());
    }
    Ok(())
}
