//! Fragments back to samples, and the check that they are what was written.
//!
//! Belongs here: `moof` + `mdat`. Not here: what lies before them ([`super::fragment_header`]).

use super::Fmp4Error;
use super::boxes::Fields;
use super::fragment_header::{self, FragmentHeader, HASH_AT, PRFT_SIZE};
use super::fragment_write as write;
use crate::{FragmentSample, InitSegment};
use afterimage_base::MediaTime;
use bytes::Bytes;

const WHAT: &str = "fragment";

/// Checks a whole fragment: its structure and its hash.
///
/// # Errors
/// [`Fmp4Error::Damaged`] or [`Fmp4Error::Hash`] if any bit differs from what was written.
pub fn verify_fragment(bytes: &[u8]) -> Result<FragmentHeader, Fmp4Error> {
    let (header, _) = parts(bytes)?;
    let mut hasher = blake3::Hasher::new();
    hasher.update(&bytes[..HASH_AT]).update(&[0; 32]).update(&bytes[HASH_AT + 32..]);
    if hasher.finalize().as_bytes() == &header.hash {
        Ok(header)
    } else {
        Err(Fmp4Error::Hash { number: header.identity.number })
    }
}

/// Where one sample lies in a fragment, and its times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SampleEntry {
    pub decode: MediaTime,
    pub presentation: MediaTime,
    pub duration: MediaTime,
    pub is_sync: bool,
    /// From the fragment's first byte.
    pub offset: u64,
    pub size: u32,
}

/// The samples of a fragment, by track; their data is shared with `bytes`, not copied.
///
/// Does not check the hash ([`verify_fragment`] does).
///
/// # Errors
/// [`Fmp4Error::Damaged`] where it is no fragment of these tracks.
pub fn read_fragment(
    init: &InitSegment,
    bytes: &Bytes,
) -> Result<(FragmentHeader, Vec<Vec<FragmentSample>>), Fmp4Error> {
    let (header, layout) = parts(bytes)?;
    let table = layout.table(init, header.length)?;
    let sample = |entry: SampleEntry| {
        // The table's offsets are within `header.length`, which is the length of `bytes`.
        let start = entry.offset as usize;
        FragmentSample {
            decode: entry.decode,
            presentation: entry.presentation,
            duration: entry.duration,
            is_sync: entry.is_sync,
            data: bytes.slice(start..start + entry.size as usize),
        }
    };
    let samples =
        table.into_iter().map(|entries| entries.into_iter().map(sample).collect()).collect();
    Ok((header, samples))
}

/// How many bytes of a fragment lie before its sample data. `None`: `prefix` is too short to say
/// ([`super::FRAGMENT_HEADER_LIMIT`] bytes suffice while fragments carry no metadata).
///
/// # Errors
/// [`Fmp4Error::Damaged`] where no fragment begins here.
pub fn fragment_front_length(prefix: &[u8]) -> Result<Option<u64>, Fmp4Error> {
    let Some(header) = fragment_header::read_fragment_header(prefix)? else { return Ok(None) };
    let mut fields = Fields::new(WHAT, &prefix[PRFT_SIZE..]);
    let moof_at = PRFT_SIZE as u64 + u64::from(fields.u32()?);
    let at = usize::try_from(moof_at).unwrap_or(usize::MAX);
    let Some(moof) = prefix.get(at..).and_then(|rest| rest.get(..8)) else { return Ok(None) };
    let mut fields = Fields::new(WHAT, moof);
    let front = moof_at + u64::from(fields.u32()?) + 8;
    if fields.rest() != b"moof" || front > header.length {
        return Err(fields.damaged("no moof box behind the fragment box"));
    }
    Ok(Some(front))
}

/// The table of a fragment's samples, by track, from its front alone: as many bytes as
/// [`fragment_front_length`] says, or more.
///
/// # Errors
/// [`Fmp4Error::Damaged`] where it is no fragment of these tracks, or cut.
pub fn read_sample_table(
    init: &InitSegment,
    front: &[u8],
) -> Result<(FragmentHeader, Vec<Vec<SampleEntry>>), Fmp4Error> {
    let cut = || Fields::new(WHAT, &[]).damaged("it is cut inside its front");
    let header = fragment_header::read_fragment_header(front)?.ok_or_else(cut)?;
    let length = fragment_front_length(front)?.ok_or_else(cut)?;
    let boxes = usize::try_from(length - 8).ok().and_then(|end| front.get(PRFT_SIZE..end));
    let mut fields = Fields::new(WHAT, boxes.ok_or_else(cut)?);
    let uuid = fields.next_box()?.ok_or_else(cut)?;
    let moof = fields.next_box()?.ok_or_else(cut)?;
    let moof_at = PRFT_SIZE + uuid.size;
    let layout = Layout { moof: moof.payload, moof_at, data_at: moof_at + moof.size + 8 };
    let table = layout.table(init, header.length)?;
    Ok((header, table))
}

/// Where the parts of a fragment lie in it.
struct Layout<'a> {
    moof: Fields<'a>,
    moof_at: usize,
    data_at: usize,
}

impl Layout<'_> {
    fn table(&self, init: &InitSegment, length: u64) -> Result<Vec<Vec<SampleEntry>>, Fmp4Error> {
        let mut table = vec![Vec::new(); init.tracks.len()];
        let mut moof = self.moof;
        while let Some(found) = moof.next_box()? {
            if &found.kind == b"traf" {
                read_track(found.payload, self, length, &mut table)?;
            }
        }
        Ok(table)
    }
}

fn parts(bytes: &[u8]) -> Result<(FragmentHeader, Layout<'_>), Fmp4Error> {
    let mut fields = Fields::new(WHAT, bytes);
    let header = fragment_header::read_fragment_header(bytes)?
        .ok_or_else(|| fields.damaged("it is cut inside its header"))?;
    if header.length != bytes.len() as u64 {
        let (claimed, there) = (header.length, bytes.len());
        return Err(fields.damaged(format!("it claims {claimed} bytes and {there} are there")));
    }
    fields.take(PRFT_SIZE)?;
    let uuid = fields.next_box()?;
    let moof_at = PRFT_SIZE + uuid.map_or(0, |uuid| uuid.size);
    let moof = fields.next_box()?.filter(|found| &found.kind == b"moof");
    let mdat = fields.next_box()?.filter(|found| &found.kind == b"mdat");
    let (Some(moof), Some(_), []) = (moof, mdat, fields.rest()) else {
        return Err(fields.damaged("it is not prft, uuid, moof, mdat and nothing else"));
    };
    let layout = Layout { moof: moof.payload, moof_at, data_at: moof_at + moof.size + 8 };
    Ok((header, layout))
}

fn read_track(
    traf: Fields<'_>,
    layout: &Layout<'_>,
    length: u64,
    table: &mut [Vec<SampleEntry>],
) -> Result<(), Fmp4Error> {
    let mut tfhd = traf.require(b"tfhd")?;
    let (_, flags) = tfhd.version_and_flags()?;
    let track = (tfhd.u32()? as usize).wrapping_sub(1);
    let known = write::TFHD_BASE_IS_MOOF | write::TFHD_DEFAULT_DURATION | write::TFHD_DEFAULT_FLAGS;
    if flags & !known != 0 || flags & write::TFHD_BASE_IS_MOOF == 0 {
        return Err(traf.damaged(format!("tfhd flags {flags:#x}")));
    }
    let default_duration = if flags & write::TFHD_DEFAULT_DURATION != 0 { tfhd.u32()? } else { 0 };
    let default_flags = if flags & write::TFHD_DEFAULT_FLAGS != 0 { tfhd.u32()? } else { 0 };
    let mut tfdt = traf.require(b"tfdt")?;
    let (version, _) = tfdt.version_and_flags()?;
    let decode = if version == 1 { tfdt.u64()? } else { u64::from(tfdt.u32()?) };
    let mut decode = i64::try_from(decode).map_err(|_| traf.damaged("tfdt is out of range"))?;
    let list = table
        .get_mut(track)
        .filter(|list| list.is_empty())
        .ok_or_else(|| traf.damaged("a track that the init section lacks, or one twice"))?;

    let mut trun = traf.require(b"trun")?;
    let (_, flags) = trun.version_and_flags()?;
    let count = trun.u32()? as usize;
    // Without a size for each sample the count alone would set what is allocated.
    if flags & write::TRUN_SIZE == 0 || flags & write::TRUN_DATA_OFFSET == 0 {
        return Err(traf.damaged("trun without sizes or offset"));
    }
    let mut at = layout.moof_at as u64 + u64::from(trun.u32()?);
    if at < layout.data_at as u64 {
        return Err(traf.damaged("samples outside mdat"));
    }
    let mut first_flags =
        if flags & write::TRUN_FIRST_FLAGS != 0 { Some(trun.u32()?) } else { None };
    let fields = (flags >> 8 & 0xf).count_ones() as usize;
    if count > trun.rest().len() / (fields * 4) {
        return Err(traf.damaged(format!("trun claims {count} samples")));
    }
    list.reserve_exact(count);
    for _ in 0..count {
        let duration =
            if flags & write::TRUN_DURATION != 0 { trun.u32()? } else { default_duration };
        let size = trun.u32()?;
        let own = if flags & write::TRUN_FLAGS != 0 { Some(trun.u32()?) } else { None };
        let sample_flags = first_flags.take().or(own).unwrap_or(default_flags);
        let composition =
            if flags & write::TRUN_COMPOSITION != 0 { trun.u32()?.cast_signed() } else { 0 };
        let end = at + u64::from(size);
        if end > length {
            return Err(traf.damaged("a sample runs past the end"));
        }
        let next = decode.checked_add(i64::from(duration));
        list.push(SampleEntry {
            decode: MediaTime(decode),
            presentation: MediaTime(decode.saturating_add(i64::from(composition))),
            duration: MediaTime(i64::from(duration)),
            is_sync: sample_flags & write::NON_SYNC_BIT == 0,
            offset: at,
            size,
        });
        at = end;
        decode = next.ok_or_else(|| traf.damaged("decode times are out of range"))?;
    }
    Ok(())
}
