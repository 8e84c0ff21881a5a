//! EBML elements (RFC 8794): ids, sizes, values.

use bytes::Bytes;

/// A size that is written in eight bytes whatever it is.
const WIDE_SIZE: u64 = 1 << 56;
/// "It ends where the next element of its level begins."
const UNKNOWN_SIZE: u64 = 0x01ff_ffff_ffff_ffff;

#[derive(Default)]
pub(super) struct Elements {
    bytes: Vec<u8>,
}

impl Elements {
    pub fn with_capacity(capacity: usize) -> Self {
        Self { bytes: Vec::with_capacity(capacity) }
    }

    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    pub fn finish(self) -> Bytes {
        Bytes::from(self.bytes)
    }

    /// An element with other elements in it.
    pub fn master(&mut self, id: u32, fill: impl FnOnce(&mut Self)) {
        let mut inside = Self::default();
        fill(&mut inside);
        self.binary(id, &inside.bytes);
    }

    /// The beginning of an element whose content follows: eight bytes of size.
    pub fn open(&mut self, id: u32, size: Option<u64>) {
        self.id(id);
        let size = size.map_or(UNKNOWN_SIZE, |size| WIDE_SIZE | size);
        self.bytes.extend_from_slice(&size.to_be_bytes());
    }

    pub fn binary(&mut self, id: u32, value: &[u8]) {
        self.id(id);
        self.size(value.len() as u64);
        self.bytes.extend_from_slice(value);
    }

    pub fn text(&mut self, id: u32, value: &str) {
        self.binary(id, value.as_bytes());
    }

    /// An unsigned integer in eight bytes, so that its length does not depend on its value.
    pub fn unsigned(&mut self, id: u32, value: u64) {
        self.binary(id, &value.to_be_bytes());
    }

    pub fn signed(&mut self, id: u32, value: i64) {
        self.binary(id, &value.to_be_bytes());
    }

    pub fn float(&mut self, id: u32, value: f64) {
        self.binary(id, &value.to_be_bytes());
    }

    pub fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Ids carry their own length in their leading zeros.
    fn id(&mut self, id: u32) {
        let bytes = id.to_be_bytes();
        let skipped = bytes.iter().take_while(|byte| **byte == 0).count();
        self.bytes.extend_from_slice(&bytes[skipped..]);
    }

    fn size(&mut self, size: u64) {
        // All ones means "unknown", so the largest value of each width is left out.
        let width = (1..8).find(|width| size < (1 << (7 * width)) - 1).unwrap_or(8);
        let marked = size | 1 << (7 * width);
        self.bytes.extend_from_slice(&marked.to_be_bytes()[8 - width..]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_the_widths_of_the_standard() {
        let mut elements = Elements::default();
        elements.binary(0xec, &[0; 3]);
        elements.binary(0xec, &[0; 127]);
        let bytes = elements.finish();
        assert_eq!(bytes[..2], [0xec, 0x83], "one byte");
        assert_eq!(bytes[5..8], [0xec, 0x40, 127], "127 in one byte would mean unknown");
        let mut elements = Elements::default();
        elements.open(0x1853_8067, None);
        assert_eq!(
            elements.finish()[..],
            [0x18, 0x53, 0x80, 0x67, 1, 255, 255, 255, 255, 255, 255, 255]
        );
    }
}
