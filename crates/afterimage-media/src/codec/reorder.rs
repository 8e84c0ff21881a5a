//! How far pictures are reordered, from the sequence parameter set.
//!
//! Belongs here: the walk through an SPS to `max_num_reorder_frames` (ISO/IEC 14496-10, annex E)
//! or `sps_max_num_reorder_pics` (23008-2, section 7.3.2.2). Not here: what is made of it
//! ([`crate::fragmenter`]).

use super::bits::{Bits, unescape};
use crate::{Codec, Track};

/// More than any level allows.
const MAX_DEPTH: u32 = 16;

/// How many pictures may come before one that is shown earlier; `None` where the configuration
/// does not say.
pub(crate) fn reorder_depth(track: &Track) -> Option<usize> {
    let depth = match track.codec {
        Codec::H264 => h264(&track.decoder_config),
        Codec::H265 => h265(&track.decoder_config),
        Codec::Aac | Codec::Opus => Some(0),
    };
    depth.filter(|depth| *depth <= MAX_DEPTH).map(|depth| depth as usize)
}

fn h264(config: &[u8]) -> Option<u32> {
    let count = config.get(5)? & 0x1f;
    let length = usize::from(u16::from_be_bytes([*config.get(6)?, *config.get(7)?]));
    if count == 0 {
        return None;
    }
    let sps = unescape(config.get(8..8 + length)?);
    let profile = *sps.get(1)?;
    let constraints = *sps.get(2)?;
    // Baseline has no B slices; constraint_set3 on these profiles means intra only.
    if profile == 66
        || (matches!(profile, 44 | 86 | 100 | 110 | 122 | 244) && constraints & 0x10 != 0)
    {
        return Some(0);
    }
    let mut bits = Bits::new(sps.get(4..)?);
    bits.unsigned()?;
    if matches!(profile, 100 | 110 | 122 | 244 | 44 | 83 | 86 | 118 | 128 | 138 | 139 | 134 | 135) {
        let chroma = bits.unsigned()?;
        if chroma == 3 {
            bits.skip(1)?;
        }
        bits.unsigned()?;
        bits.unsigned()?;
        bits.skip(1)?;
        if bits.flag()? {
            for list in 0..if chroma == 3 { 12 } else { 8 } {
                if bits.flag()? {
                    scaling_list(&mut bits, if list < 6 { 16 } else { 64 })?;
                }
            }
        }
    }
    bits.unsigned()?;
    match bits.unsigned()? {
        0 => {
            bits.unsigned()?;
        }
        1 => {
            bits.skip(1)?;
            bits.signed()?;
            bits.signed()?;
            let count = bits.unsigned()?;
            if count > 255 {
                return None;
            }
            for _ in 0..count {
                bits.signed()?;
            }
        }
        // Output order is decoding order.
        2 => return Some(0),
        _ => return None,
    }
    bits.unsigned()?;
    bits.skip(1)?;
    bits.unsigned()?;
    bits.unsigned()?;
    if !bits.flag()? {
        bits.skip(1)?;
    }
    bits.skip(1)?;
    if bits.flag()? {
        for _ in 0..4 {
            bits.unsigned()?;
        }
    }
    if !bits.flag()? {
        return None;
    }
    h264_vui(&mut bits)
}

fn h264_vui(bits: &mut Bits<'_>) -> Option<u32> {
    if bits.flag()? && bits.take(8)? == 255 {
        bits.skip(32)?;
    }
    if bits.flag()? {
        bits.skip(1)?;
    }
    if bits.flag()? {
        bits.skip(4)?;
        if bits.flag()? {
            bits.skip(24)?;
        }
    }
    if bits.flag()? {
        bits.unsigned()?;
        bits.unsigned()?;
    }
    if bits.flag()? {
        bits.skip(65)?;
    }
    let nal_hrd = bits.flag()?;
    if nal_hrd {
        hrd(bits)?;
    }
    let vcl_hrd = bits.flag()?;
    if vcl_hrd {
        hrd(bits)?;
    }
    if nal_hrd || vcl_hrd {
        bits.skip(1)?;
    }
    bits.skip(1)?;
    if !bits.flag()? {
        return None;
    }
    bits.skip(1)?;
    for _ in 0..4 {
        bits.unsigned()?;
    }
    bits.unsigned()
}

fn hrd(bits: &mut Bits<'_>) -> Option<()> {
    let count = bits.unsigned()?;
    if count > 31 {
        return None;
    }
    bits.skip(8)?;
    for _ in 0..=count {
        bits.unsigned()?;
        bits.unsigned()?;
        bits.skip(1)?;
    }
    bits.skip(20)
}

fn scaling_list(bits: &mut Bits<'_>, size: usize) -> Option<()> {
    let (mut last, mut next) = (8_i32, 8_i32);
    for _ in 0..size {
        if next != 0 {
            next = (last + bits.signed()?.rem_euclid(256)) % 256;
        }
        if next != 0 {
            last = next;
        }
    }
    Some(())
}

fn h265(config: &[u8]) -> Option<u32> {
    let arrays = *config.get(22)?;
    let mut rest = config.get(23..)?;
    for _ in 0..arrays {
        let [kind, high, low, tail @ ..] = rest else { return None };
        rest = tail;
        for _ in 0..u16::from_be_bytes([*high, *low]) {
            let [high, low, tail @ ..] = rest else { return None };
            let (nal, tail) =
                tail.split_at_checked(usize::from(u16::from_be_bytes([*high, *low])))?;
            if kind & 0x3f == 33 {
                return h265_sps(&unescape(nal));
            }
            rest = tail;
        }
    }
    None
}

fn h265_sps(sps: &[u8]) -> Option<u32> {
    let mut bits = Bits::new(sps.get(2..)?);
    bits.skip(4)?;
    let sub_layers = bits.take(3)?;
    bits.skip(1)?;
    // profile_tier_level
    bits.skip(96)?;
    let mut present = Vec::new();
    for _ in 0..sub_layers {
        present.push((bits.flag()?, bits.flag()?));
    }
    if sub_layers > 0 {
        bits.skip(2 * (8 - sub_layers as usize))?;
    }
    for (profile, level) in present {
        bits.skip(if profile { 88 } else { 0 } + if level { 8 } else { 0 })?;
    }
    bits.unsigned()?;
    if bits.unsigned()? == 3 {
        bits.skip(1)?;
    }
    bits.unsigned()?;
    bits.unsigned()?;
    if bits.flag()? {
        for _ in 0..4 {
            bits.unsigned()?;
        }
    }
    for _ in 0..3 {
        bits.unsigned()?;
    }
    let all_layers = bits.flag()?;
    let mut depth = 0;
    for _ in 0..if all_layers { sub_layers + 1 } else { 1 } {
        bits.unsigned()?;
        depth = bits.unsigned()?;
        bits.unsigned()?;
    }
    Some(depth)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        let digit = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex");
        (0..hex.len()).step_by(2).map(digit).collect()
    }

    #[test]
    fn encoders_say_how_deep_they_reorder() {
        let x264_b_pyramid = "0164000cffe1001a6764000cacd941419f9f011000000300100000030320f142996001000468ef8fcbfdf8f800";
        assert_eq!(h264(&bytes(x264_b_pyramid)), Some(2), "x264 with three B-frames");
        let x264_without = "0164000cffe100186764000cacb40a0cfcf808800000030080000019078a155001000468ef0fcbfdf8f800";
        assert_eq!(h264(&bytes(x264_without)), Some(0), "x264 without B-frames");
        let baseline =
            "0142c00cffe100176742c00cda05067e7c0440000003004000000c83c50aa801000468ce0fc8";
        assert_eq!(h264(&bytes(baseline)), Some(0), "baseline has none");
        let x265 = "0101600000009000000000003cf000fcfdf8f800000f03a00001001840010c01ffff01600000030090000003000003003c959409a10001002b42010101600000030090000003000003003ca00a080c1f3e595952930bc05a020000030002000003003210a2000100064401c073c189";
        assert_eq!(h265(&bytes(x265)), Some(2), "as ffprobe says of it");
    }

    #[test]
    fn what_is_cut_says_nothing() {
        let whole = bytes(
            "0164000cffe1001a6764000cacd941419f9f011000000300100000030320f142996001000468ef8fcbfdf8f800",
        );
        for length in 0..whole.len() {
            let depth = h264(&whole[..length]);
            assert!(depth.is_none_or(|depth| depth == 2), "{length} bytes are no other depth");
            assert_eq!(h265(&whole[..length]), None, "nor H.265");
        }
    }
}
