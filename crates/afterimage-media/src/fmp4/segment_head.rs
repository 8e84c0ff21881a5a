//! The head of a segment file: the init section and whose segment it is.
//!
//! Belongs here: the `uuid` box right behind `moov`, and reading both from the front of a file.
//! Not here: file names, the index.

use super::Fmp4Error;
use super::boxes::{BoxWriter, Fields};
use crate::InitSegment;
use afterimage_base::{StreamName, WallTime};
use bytes::Bytes;

/// No head is longer; a prefix of so many bytes always suffices for [`SegmentHead::read`].
pub const SEGMENT_HEAD_LIMIT: usize = 1024 * 1024;

/// 8c5e0f5b-3c39-4d1c-9a5b-6f2a1d8e7b10
const SEGMENT_USER_TYPE: [u8; 16] = [
    0x8c, 0x5e, 0x0f, 0x5b, 0x3c, 0x39, 0x4d, 0x1c, 0x9a, 0x5b, 0x6f, 0x2a, 0x1d, 0x8e, 0x7b, 0x10,
];
const WHAT: &str = "segment head";

/// Whose segment a file is, so that an index can be rebuilt from files alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentIdentity {
    /// The data directory that it was written for.
    pub archive: [u8; 16],
    pub stream: [u8; 16],
    /// The stream's name when the segment was begun.
    pub stream_name: StreamName,
    /// When the segment was begun, by our clock.
    pub created: WallTime,
}

/// What stands at the front of every segment file.
#[derive(Debug, PartialEq, Eq)]
pub struct SegmentHead {
    pub init: InitSegment,
    pub identity: SegmentIdentity,
    /// Where the first fragment begins.
    pub length: u64,
}

impl SegmentIdentity {
    /// The `uuid` box.
    #[must_use]
    pub fn encode(&self) -> Bytes {
        let mut out = BoxWriter::with_capacity(128);
        self.write(&mut out);
        Bytes::from(out.bytes)
    }

    fn write(&self, out: &mut BoxWriter) {
        out.boxed(b"uuid", |out| {
            out.put(&SEGMENT_USER_TYPE);
            out.u32(0);
            out.put(&self.archive);
            out.put(&self.stream);
            out.i64(self.created.as_micros());
            let name = self.stream_name.as_str().as_bytes();
            out.u16(u16::try_from(name.len()).expect("a stream name has at most 256 characters"));
            out.put(name);
        });
    }

    fn read(mut fields: Fields<'_>) -> Result<Self, Fmp4Error> {
        if fields.array()? != SEGMENT_USER_TYPE {
            return Err(fields.damaged("the box behind moov does not say whose segment it is"));
        }
        let (version, _) = fields.version_and_flags()?;
        if version != 0 {
            return Err(fields.damaged(format!("a newer program wrote it (version {version})")));
        }
        let (archive, stream) = (fields.array()?, fields.array()?);
        let created = WallTime::from_micros(fields.i64()?);
        let length = usize::from(fields.u16()?);
        let stream_name = std::str::from_utf8(fields.take(length)?)
            .ok()
            .and_then(|name| name.parse().ok())
            .ok_or_else(|| fields.damaged("the stream's name is not a name"))?;
        Ok(Self { archive, stream, stream_name, created })
    }
}

impl SegmentHead {
    /// The bytes at the front of a new segment file.
    #[must_use]
    pub fn encode(init: &InitSegment, identity: &SegmentIdentity) -> Bytes {
        let mut out = BoxWriter::with_capacity(init.bytes.len() + 128);
        out.put(&init.bytes);
        identity.write(&mut out);
        Bytes::from(out.bytes)
    }

    /// Reads the front of a segment file; `None` where `prefix` ends before the head does.
    ///
    /// # Errors
    /// [`Fmp4Error::Damaged`] where the bytes are not a segment of ours.
    pub fn read(prefix: &[u8]) -> Result<Option<Self>, Fmp4Error> {
        let mut length = 0_usize;
        for kind in [b"ftyp", b"moov", b"uuid"] {
            let Some(header) = prefix.get(length..length + 8) else { return Ok(None) };
            let mut fields = Fields::new(WHAT, header);
            let size = fields.u32()? as usize;
            if fields.rest() != kind || !(8..=SEGMENT_HEAD_LIMIT - length).contains(&size) {
                let expected = kind.escape_ascii();
                return Err(fields.damaged(format!("no {expected} box at byte {length}")));
            }
            length += size;
        }
        let Some(head) = prefix.get(..length) else { return Ok(None) };
        let init = InitSegment::parse(Bytes::copy_from_slice(head))?;
        let mut rest = Fields::new(WHAT, &head[init.bytes.len()..]);
        let uuid = rest.next_box()?.ok_or_else(|| rest.damaged("no uuid box"))?;
        let identity = SegmentIdentity::read(uuid.payload)?;
        // The init section keeps its own bytes alone, not the whole prefix.
        let init = InitSegment { bytes: Bytes::copy_from_slice(&init.bytes), ..init };
        Ok(Some(Self { init, identity, length: length as u64 }))
    }
}
