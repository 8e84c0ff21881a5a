//! Just enough of H.264 and H.265 to tell a picture from bytes beside one.
//!
//! Belongs here: walking four-byte lengths and looking at NAL unit types. Not here: parameter
//! sets (retina reads them). Sources: ITU-T H.264 table 7-1, H.265 table 7-1.

use afterimage_media::Codec;

/// Whether an access unit holds at least one coded slice. Some cameras send access units of
/// parameter sets or supplemental information alone; those are no samples.
#[must_use]
pub fn holds_picture(codec: Codec, unit: &[u8]) -> bool {
    types(codec, unit).any(|kind| match codec {
        Codec::H264 => (1..=5).contains(&kind),
        Codec::H265 => kind < 32,
        Codec::Aac | Codec::Opus => false,
    })
}

/// The NAL unit types of an access unit, up to the first length that does not fit.
fn types(codec: Codec, mut unit: &[u8]) -> impl Iterator<Item = u8> {
    std::iter::from_fn(move || {
        let (length, rest) = unit.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let nal = rest.get(..length)?;
        unit = &rest[length..];
        let first = *nal.first()?;
        Some(if codec == Codec::H265 { (first >> 1) & 0x3f } else { first & 0x1f })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(nals: &[&[u8]]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for nal in nals {
            bytes.extend_from_slice(&u32::try_from(nal.len()).expect("short").to_be_bytes());
            bytes.extend_from_slice(nal);
        }
        bytes
    }

    #[test]
    fn a_picture_is_a_unit_with_a_slice() {
        assert!(holds_picture(Codec::H264, &unit(&[&[0x09, 0xf0], &[0x65, 1]])), "an IDR slice");
        assert!(!holds_picture(Codec::H264, &unit(&[&[0x09, 0xf0], &[0x06]])), "delimiter and SEI");
        assert!(holds_picture(Codec::H265, &unit(&[&[0x26, 1, 2]])), "an IDR_W_RADL slice");
        assert!(!holds_picture(Codec::H265, &unit(&[&[0x4e, 1]])), "a prefix SEI alone");
    }

    #[test]
    fn lengths_that_lie_end_the_walk() {
        let mut lying = unit(&[&[0x06]]);
        lying.extend_from_slice(&[0xff, 0xff, 0xff, 0xff, 0x65]);
        assert!(!holds_picture(Codec::H264, &lying), "what lies beyond the unit is not read");
        assert!(!holds_picture(Codec::H264, &[0, 0]), "nor is half a length");
        assert!(!holds_picture(Codec::H264, &[0, 0, 0, 0]), "an empty NAL unit has no type");
    }
}
