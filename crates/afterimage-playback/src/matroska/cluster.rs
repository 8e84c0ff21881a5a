//! A fragment as clusters of simple blocks.

use super::ebml::Elements;
use afterimage_base::MediaTime;
use afterimage_media::{Fmp4Error, InitSegment, SampleEntry, read_sample_table};
use bytes::Bytes;

const CLUSTER: u32 = 0x1f43_b675;
const TIMESTAMP: u32 = 0xe7;
const SIMPLE_BLOCK: u8 = 0xa3;
const KEY_FRAME: u8 = 0x80;

/// Id and size of the cluster, and its timestamp element.
const CLUSTER_OVERHEAD: u64 = 4 + 8 + 1 + 1 + 8;
/// Id, four bytes of size, track, time, flags.
const BLOCK_OVERHEAD: u64 = 1 + 4 + 1 + 2 + 1;
/// Blocks count their time from the cluster's in sixteen bits, milliseconds here.
const LONGEST_CLUSTER: i64 = 30_000;

struct Block {
    track: u8,
    /// Milliseconds.
    time: i64,
    is_sync: bool,
    offset: u64,
    size: u32,
}

/// How long [`clusters`] of a fragment with this table is; the time that it is moved by does not
/// matter.
pub(crate) fn clusters_length(init: &InitSegment, table: &[Vec<SampleEntry>]) -> u64 {
    arrange(init, table, 0).iter().map(|blocks| cluster_length(blocks)).sum()
}

/// The clusters of a whole fragment, moved by `shift` microseconds.
///
/// # Errors
/// [`Fmp4Error::Damaged`] where `fragment` is none of these tracks.
pub(crate) fn clusters(
    init: &InitSegment,
    fragment: &Bytes,
    shift: i64,
) -> Result<Bytes, Fmp4Error> {
    let (header, table) = read_sample_table(init, fragment)?;
    if header.length != fragment.len() as u64 {
        // What it claims would set what is allocated.
        return Err(Fmp4Error::Damaged {
            what: "fragment",
            detail: format!("it claims {} bytes and {} are there", header.length, fragment.len()),
        });
    }
    let clusters = arrange(init, &table, shift);
    let length: u64 = clusters.iter().map(|blocks| cluster_length(blocks)).sum();
    let mut out = Elements::with_capacity(usize::try_from(length).unwrap_or_default());
    for blocks in &clusters {
        let time = blocks.iter().map(|block| block.time).min().unwrap_or_default().max(0);
        out.open(CLUSTER, Some(cluster_length(blocks) - 12));
        out.unsigned(TIMESTAMP, time.unsigned_abs());
        for block in blocks {
            let content = u32::try_from(BLOCK_OVERHEAD - 5).unwrap_or_default() + block.size;
            out.raw(&[SIMPLE_BLOCK]);
            out.raw(&(content | 0x1000_0000).to_be_bytes());
            let relative = (block.time - time).clamp(i64::from(i16::MIN), i64::from(i16::MAX));
            out.raw(&[0x80 | block.track]);
            out.raw(&(relative as i16).to_be_bytes());
            out.raw(&[if block.is_sync { KEY_FRAME } else { 0 }]);
            let start = usize::try_from(block.offset).unwrap_or(usize::MAX);
            let data =
                start.checked_add(block.size as usize).and_then(|end| fragment.get(start..end));
            out.raw(data.ok_or_else(|| Fmp4Error::Damaged {
                what: "fragment",
                detail: "a sample runs past the end".to_owned(),
            })?);
        }
    }
    Ok(out.finish())
}

fn cluster_length(blocks: &[Block]) -> u64 {
    let media = blocks.iter().map(|block| BLOCK_OVERHEAD + u64::from(block.size));
    CLUSTER_OVERHEAD + media.sum::<u64>()
}

/// Blocks in decode order over all tracks, in as many clusters as their times need.
fn arrange(init: &InitSegment, table: &[Vec<SampleEntry>], shift: i64) -> Vec<Vec<Block>> {
    let mut blocks = Vec::new();
    for (track, (description, samples)) in (1_u8..).zip(init.tracks.iter().zip(table)) {
        let micros = |time: MediaTime| time.rescale(description.timescale, 1_000_000).0;
        for sample in samples {
            let shown = micros(sample.presentation).saturating_add(shift);
            let block = Block {
                track,
                time: MediaTime(shown).rescale(1_000_000, 1_000).0,
                is_sync: sample.is_sync,
                offset: sample.offset,
                size: sample.size,
            };
            blocks.push((micros(sample.decode), block));
        }
    }
    blocks.sort_by_key(|(decode, block)| (*decode, block.track));
    let mut clusters: Vec<(i64, Vec<Block>)> = Vec::new();
    for (decode, block) in blocks {
        // By decode time, so that the split does not depend on the shift.
        match clusters.last_mut() {
            Some((first, list)) if decode.saturating_sub(*first) < LONGEST_CLUSTER * 1_000 => {
                list.push(block);
            }
            _ => clusters.push((decode, vec![block])),
        }
    }
    clusters.into_iter().map(|(_, blocks)| blocks).collect()
}
