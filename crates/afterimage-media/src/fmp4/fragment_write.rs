//! A fragment as bytes: `prft`, `uuid`, `moof`, `mdat`.
//!
//! Belongs here: the movie fragment box. Not here: which samples are in it.
//! Invariant: sample data is copied once, into one buffer of the exact size.

use super::boxes::BoxWriter;
use super::fragment_header::{self, HASH_AT, PRFT_SIZE, UUID_SIZE};
use super::init_write::track_id;
use crate::{Fragment, FragmentIdentity, FragmentSample};
use bytes::Bytes;

/// `sample_depends_on` = 2, a sync sample; and 1 with `sample_is_non_sync_sample`
/// (ISO/IEC 14496-12, section 8.8.3.1).
const SYNC_FLAGS: u32 = 0x0200_0000;
const NON_SYNC_FLAGS: u32 = 0x0101_0000;

pub(super) const TFHD_DEFAULT_DURATION: u32 = 0x08;
pub(super) const TFHD_DEFAULT_FLAGS: u32 = 0x20;
pub(super) const TFHD_BASE_IS_MOOF: u32 = 0x02_0000;
pub(super) const TRUN_DATA_OFFSET: u32 = 0x01;
pub(super) const TRUN_FIRST_FLAGS: u32 = 0x04;
pub(super) const TRUN_DURATION: u32 = 0x100;
pub(super) const TRUN_SIZE: u32 = 0x200;
pub(super) const TRUN_FLAGS: u32 = 0x400;
pub(super) const TRUN_COMPOSITION: u32 = 0x800;
pub(super) const NON_SYNC_BIT: u32 = 0x0001_0000;

/// A numbered fragment as it lies in a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncodedFragment {
    pub bytes: Bytes,
    pub hash: [u8; 32],
}

impl Fragment {
    /// Its bytes, for one write. Costs one copy of the samples and one pass of BLAKE3.
    #[must_use]
    pub fn encode(&self, identity: &FragmentIdentity) -> EncodedFragment {
        let runs = runs(self.samples.iter().map(Vec::as_slice));
        let front = PRFT_SIZE + UUID_SIZE;
        let length = front + moof_size(&runs) + 8 + data_size(&runs);
        let mut out = BoxWriter::with_capacity(length);
        fragment_header::write(&mut out, self, identity, self.reference(), length as u64);
        debug_assert_eq!(out.bytes.len(), front, "the header has one size");
        movie_fragment(&mut out, identity.number as u32, &runs);
        debug_assert_eq!(out.bytes.len(), length, "the size was known before");
        let hash = *blake3::hash(&out.bytes).as_bytes();
        out.bytes[HASH_AT..HASH_AT + 32].copy_from_slice(&hash);
        EncodedFragment { bytes: Bytes::from(out.bytes), hash }
    }

    /// The track that [`Fragment::start`] belongs to and the first time shown of it.
    fn reference(&self) -> (u32, u64) {
        let video = self.init.tracks.iter().position(crate::Track::is_video);
        let filled = |index: &usize| self.samples.get(*index).is_some_and(|list| !list.is_empty());
        let index = video
            .filter(filled)
            .or_else(|| (0..self.samples.len()).find(filled))
            .unwrap_or_default();
        let samples = self.samples.get(index).map_or(&[][..], Vec::as_slice);
        let first = samples.iter().map(|sample| sample.presentation.0).min().unwrap_or_default();
        (track_id(index), u64::try_from(first).unwrap_or_default())
    }
}

/// `moof` + `mdat` of one sample, for live view.
pub(crate) fn encode_chunk(sequence: u32, track: usize, sample: &FragmentSample) -> Bytes {
    let runs = [Run::new(track, std::slice::from_ref(sample))];
    let mut out = BoxWriter::with_capacity(moof_size(&runs) + 8 + data_size(&runs));
    movie_fragment(&mut out, sequence, &runs);
    Bytes::from(out.bytes)
}

/// The samples of one track and the shortest form that holds them.
struct Run<'a> {
    track: usize,
    samples: &'a [FragmentSample],
    /// All last this long, where they do.
    same_duration: Option<u32>,
    sync: SyncPattern,
    has_composition: bool,
    data_size: usize,
}

#[derive(Clone, Copy, PartialEq)]
enum SyncPattern {
    All,
    None,
    OnlyFirst,
    Mixed,
}

fn runs<'a>(tracks: impl Iterator<Item = &'a [FragmentSample]>) -> Vec<Run<'a>> {
    let filled = tracks.enumerate().filter(|(_, samples)| !samples.is_empty());
    filled.map(|(track, samples)| Run::new(track, samples)).collect()
}

impl<'a> Run<'a> {
    fn new(track: usize, samples: &'a [FragmentSample]) -> Self {
        let first = duration(&samples[0]);
        let same = samples.iter().all(|sample| duration(sample) == first);
        let later = &samples[1..];
        let sync = match (samples[0].is_sync, later.iter().filter(|later| later.is_sync).count()) {
            (true, count) if count == later.len() => SyncPattern::All,
            (true, 0) => SyncPattern::OnlyFirst,
            (false, 0) => SyncPattern::None,
            _ => SyncPattern::Mixed,
        };
        Self {
            track,
            samples,
            same_duration: same.then_some(first),
            sync,
            has_composition: samples.iter().any(|sample| sample.presentation != sample.decode),
            data_size: samples.iter().map(|sample| sample.data.len()).sum(),
        }
    }

    fn trun_flags(&self) -> u32 {
        let mut flags = TRUN_DATA_OFFSET | TRUN_SIZE;
        if self.same_duration.is_none() {
            flags |= TRUN_DURATION;
        }
        match self.sync {
            SyncPattern::OnlyFirst => flags |= TRUN_FIRST_FLAGS,
            SyncPattern::Mixed => flags |= TRUN_FLAGS,
            SyncPattern::All | SyncPattern::None => {}
        }
        if self.has_composition {
            flags |= TRUN_COMPOSITION;
        }
        flags
    }

    fn traf_size(&self) -> usize {
        let tfhd = 20 + if self.same_duration.is_some() { 4 } else { 0 };
        let first_flags = if self.sync == SyncPattern::OnlyFirst { 4 } else { 0 };
        let fields = (self.trun_flags() >> 8).count_ones() as usize;
        8 + tfhd + 20 + 20 + first_flags + self.samples.len() * fields * 4
    }
}

fn moof_size(runs: &[Run<'_>]) -> usize {
    8 + 16 + runs.iter().map(Run::traf_size).sum::<usize>()
}

fn data_size(runs: &[Run<'_>]) -> usize {
    runs.iter().map(|run| run.data_size).sum()
}

fn movie_fragment(out: &mut BoxWriter, sequence: u32, runs: &[Run<'_>]) {
    // Offsets count from the first byte of `moof`; the data begins behind the header of `mdat`.
    let mut offset = moof_size(runs) + 8;
    out.boxed(b"moof", |out| {
        out.full_box(b"mfhd", 0, 0, |out| out.u32(sequence));
        for run in runs {
            out.boxed(b"traf", |out| track_fragment(out, run, offset));
            offset += run.data_size;
        }
    });
    out.boxed(b"mdat", |out| {
        for sample in runs.iter().flat_map(|run| run.samples) {
            out.put(&sample.data);
        }
    });
}

fn track_fragment(out: &mut BoxWriter, run: &Run<'_>, offset: usize) {
    let mut flags = TFHD_BASE_IS_MOOF | TFHD_DEFAULT_FLAGS;
    if run.same_duration.is_some() {
        flags |= TFHD_DEFAULT_DURATION;
    }
    out.full_box(b"tfhd", 0, flags, |out| {
        out.u32(track_id(run.track));
        if let Some(duration) = run.same_duration {
            out.u32(duration);
        }
        out.u32(if run.sync == SyncPattern::All { SYNC_FLAGS } else { NON_SYNC_FLAGS });
    });
    out.full_box(b"tfdt", 1, 0, |out| {
        out.u64(u64::try_from(run.samples[0].decode.0).unwrap_or_default());
    });
    // Version 1: composition offsets are signed.
    let flags = run.trun_flags();
    out.full_box(b"trun", 1, flags, |out| {
        out.u32(u32::try_from(run.samples.len()).expect("the fragmenter bounds the count"));
        out.u32(i32::try_from(offset).expect("the fragmenter cuts far below 2 GiB") as u32);
        if run.sync == SyncPattern::OnlyFirst {
            out.u32(SYNC_FLAGS);
        }
        for sample in run.samples {
            if flags & TRUN_DURATION != 0 {
                out.u32(duration(sample));
            }
            out.u32(u32::try_from(sample.data.len()).expect("the fragmenter bounds a sample"));
            if flags & TRUN_FLAGS != 0 {
                out.u32(if sample.is_sync { SYNC_FLAGS } else { NON_SYNC_FLAGS });
            }
            if flags & TRUN_COMPOSITION != 0 {
                out.u32(composition(sample) as u32);
            }
        }
    });
}

fn duration(sample: &FragmentSample) -> u32 {
    u32::try_from(sample.duration.0.max(0)).unwrap_or(u32::MAX)
}

fn composition(sample: &FragmentSample) -> i32 {
    let offset = sample.presentation.0.saturating_sub(sample.decode.0);
    i32::try_from(offset).unwrap_or(if offset < 0 { i32::MIN } else { i32::MAX })
}
