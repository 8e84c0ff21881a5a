//! The box grammar: a writer that fills sizes in, a reader that never runs past its end.
//!
//! Belongs here: sizes, kinds, big-endian fields (ISO/IEC 14496-12, section 4). Not here: what
//! any box means.

use super::Fmp4Error;

/// A growing buffer of boxes.
pub(super) struct BoxWriter {
    pub bytes: Vec<u8>,
}

impl BoxWriter {
    pub fn with_capacity(capacity: usize) -> Self {
        Self { bytes: Vec::with_capacity(capacity) }
    }

    /// A box of `kind` around what `fill` writes.
    pub fn boxed(&mut self, kind: &[u8; 4], fill: impl FnOnce(&mut Self)) {
        let start = self.bytes.len();
        self.u32(0);
        self.put(kind);
        fill(self);
        let size = u32::try_from(self.bytes.len() - start)
            .expect("boxes are bounded: the fragmenter cuts far below 4 GiB");
        self.bytes[start..start + 4].copy_from_slice(&size.to_be_bytes());
    }

    /// A box that begins with a version and flags.
    pub fn full_box(
        &mut self,
        kind: &[u8; 4],
        version: u8,
        flags: u32,
        fill: impl FnOnce(&mut Self),
    ) {
        self.boxed(kind, |out| {
            out.u32(u32::from(version) << 24 | flags);
            fill(out);
        });
    }

    pub fn put(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    pub fn zeros(&mut self, count: usize) {
        self.bytes.resize(self.bytes.len() + count, 0);
    }

    pub fn u8(&mut self, value: u8) {
        self.bytes.push(value);
    }

    pub fn u16(&mut self, value: u16) {
        self.put(&value.to_be_bytes());
    }

    pub fn u32(&mut self, value: u32) {
        self.put(&value.to_be_bytes());
    }

    pub fn u64(&mut self, value: u64) {
        self.put(&value.to_be_bytes());
    }

    pub fn i64(&mut self, value: i64) {
        self.put(&value.to_be_bytes());
    }
}

/// Fields of one box, read front to back; `what` names the whole in errors.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a> {
    what: &'static str,
    rest: &'a [u8],
}

/// One box found by [`Fields::next_box`].
pub(super) struct FoundBox<'a> {
    pub kind: [u8; 4],
    /// With its header.
    pub size: usize,
    pub payload: Fields<'a>,
}

impl<'a> Fields<'a> {
    pub fn new(what: &'static str, rest: &'a [u8]) -> Self {
        Self { what, rest }
    }

    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub fn damaged(&self, detail: impl Into<String>) -> Fmp4Error {
        Fmp4Error::Damaged { what: self.what, detail: detail.into() }
    }

    pub fn take(&mut self, count: usize) -> Result<&'a [u8], Fmp4Error> {
        match self.rest.split_at_checked(count) {
            Some((taken, rest)) => {
                self.rest = rest;
                Ok(taken)
            }
            None => Err(self.damaged("a field runs past the end of its box")),
        }
    }

    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], Fmp4Error> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    pub fn u8(&mut self) -> Result<u8, Fmp4Error> {
        Ok(self.array::<1>()?[0])
    }

    pub fn u16(&mut self) -> Result<u16, Fmp4Error> {
        self.array().map(u16::from_be_bytes)
    }

    pub fn u32(&mut self) -> Result<u32, Fmp4Error> {
        self.array().map(u32::from_be_bytes)
    }

    pub fn u64(&mut self) -> Result<u64, Fmp4Error> {
        self.array().map(u64::from_be_bytes)
    }

    pub fn i64(&mut self) -> Result<i64, Fmp4Error> {
        self.array().map(i64::from_be_bytes)
    }

    /// Version and flags.
    pub fn version_and_flags(&mut self) -> Result<(u8, u32), Fmp4Error> {
        let word = self.u32()?;
        Ok(((word >> 24) as u8, word & 0x00ff_ffff))
    }

    /// The next box, or `None` at the end.
    pub fn next_box(&mut self) -> Result<Option<FoundBox<'a>>, Fmp4Error> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let mut header = *self;
        let size = header.u32()? as usize;
        let kind = header.array::<4>()?;
        if size < 8 || size > self.rest.len() {
            return Err(self.damaged(format!(
                "the {} box claims {size} bytes and {} are there",
                kind.escape_ascii(),
                self.rest.len()
            )));
        }
        let payload = Fields::new(self.what, &self.take(size)?[8..]);
        Ok(Some(FoundBox { kind, size, payload }))
    }

    /// The payload of the first box of `kind` among these.
    pub fn find(mut self, kind: &[u8; 4]) -> Result<Option<Fields<'a>>, Fmp4Error> {
        while let Some(found) = self.next_box()? {
            if &found.kind == kind {
                return Ok(Some(found.payload));
            }
        }
        Ok(None)
    }

    /// As [`Fields::find`], and its absence is damage.
    pub fn require(self, kind: &[u8; 4]) -> Result<Fields<'a>, Fmp4Error> {
        let missing = self.damaged(format!("the {} box is missing", kind.escape_ascii()));
        self.find(kind)?.ok_or(missing)
    }
}
