//! The front of a fragment: `prft` and the `uuid` box with what the archive knows of it.
//!
//! Belongs here: both boxes, written and read. Not here: samples.
//! Invariant: everything that [`FragmentHeader`] holds lies at fixed offsets in the first
//! [`FRAGMENT_HEADER_LIMIT`] bytes.

use super::Fmp4Error;
use super::boxes::{BoxWriter, Fields};
use crate::{Fragment, FragmentIdentity};
use afterimage_base::WallTime;
use std::time::Duration;

/// A prefix of so many bytes always suffices for [`read_fragment_header`].
pub const FRAGMENT_HEADER_LIMIT: usize = 256;

/// 3b7a9a30-8e0f-4e5e-9d63-2f1c8f3a6c55
const FRAGMENT_USER_TYPE: [u8; 16] = [
    0x3b, 0x7a, 0x9a, 0x30, 0x8e, 0x0f, 0x4e, 0x5e, 0x9d, 0x63, 0x2f, 0x1c, 0x8f, 0x3a, 0x6c, 0x55,
];
pub(super) const PRFT_SIZE: usize = 32;
/// Up to the metadata: header, user type, version and flags, then the fixed fields.
const FIXED_SIZE: usize = 8 + 16 + 4 + 8 + 8 + 32 + 32 + 4 * 8;
/// With the (empty) list of metadata.
pub(super) const UUID_SIZE: usize = FIXED_SIZE + 2;
/// Where the hash lies, from the fragment's first byte.
pub(super) const HASH_AT: usize = PRFT_SIZE + 8 + 16 + 4 + 8 + 8 + 32;

const FLAG_INDEPENDENT: u32 = 1;
const FLAG_PRODUCER_TIMESTAMP: u32 = 2;

/// Real-time semantics with a consistent offset: ISO/IEC 14496-12:2022, section 8.16.5.
const PRFT_REAL_TIME: u32 = 24;
/// Seconds from 1900, where NTP counts from, to 1970.
const NTP_TO_UNIX: i64 = 2_208_988_800;

const WHAT: &str = "fragment";

/// What the archive knows of a fragment without looking at its samples.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FragmentHeader {
    pub identity: FragmentIdentity,
    /// BLAKE3 of the whole fragment, with the hash itself taken as zeros.
    pub hash: [u8; 32],
    pub start: WallTime,
    pub duration: Duration,
    pub is_independent: bool,
    pub producer_timestamp: Option<WallTime>,
    pub server_timestamp: WallTime,
    /// The whole fragment in bytes, from `prft` to the end of `mdat`.
    pub length: u64,
}

impl FragmentHeader {
    /// Where it ends on the timeline.
    #[must_use]
    pub fn end(&self) -> WallTime {
        self.start.plus(self.duration)
    }
}

/// Writes both boxes; the hash stays zero until the rest is there.
pub(super) fn write(
    out: &mut BoxWriter,
    fragment: &Fragment,
    identity: &FragmentIdentity,
    reference: (u32, u64),
    length: u64,
) {
    let (track_id, media_time) = reference;
    out.full_box(b"prft", 1, PRFT_REAL_TIME, |out| {
        out.u32(track_id);
        out.u64(ntp(fragment.start));
        out.u64(media_time);
    });
    let mut flags = 0;
    if fragment.is_independent {
        flags |= FLAG_INDEPENDENT;
    }
    if fragment.producer_timestamp.is_some() {
        flags |= FLAG_PRODUCER_TIMESTAMP;
    }
    out.boxed(b"uuid", |out| {
        out.put(&FRAGMENT_USER_TYPE);
        out.u32(flags);
        out.u64(length);
        out.u64(identity.number);
        out.put(&identity.previous_hash);
        out.zeros(32);
        out.i64(fragment.start.as_micros());
        out.u64(u64::try_from(fragment.duration.as_micros()).unwrap_or(u64::MAX));
        out.i64(fragment.producer_timestamp.map_or(0, WallTime::as_micros));
        out.i64(fragment.server_timestamp.as_micros());
        out.u16(0);
    });
}

/// NTP time; its seconds wrap in 2036 as NTP's do, the `uuid` box has the full time.
fn ntp(time: WallTime) -> u64 {
    let micros = time.as_micros();
    let seconds = micros.div_euclid(1_000_000).wrapping_add(NTP_TO_UNIX) as u32;
    let fraction = (u64::from(micros.rem_euclid(1_000_000) as u32) << 32) / 1_000_000;
    u64::from(seconds) << 32 | fraction
}

/// Reads the front of a fragment. `None`: `prefix` is shorter than the header.
///
/// Its fields are as written only if the hash is right too, which needs the whole fragment
/// ([`super::verify_fragment`]); `length` says how much that is.
///
/// # Errors
/// [`Fmp4Error::Damaged`] where no fragment begins here.
pub fn read_fragment_header(prefix: &[u8]) -> Result<Option<FragmentHeader>, Fmp4Error> {
    let head = &prefix[..prefix.len().min(PRFT_SIZE + FIXED_SIZE)];
    let mut fields = Fields::new(WHAT, head);
    // As far as it goes it must be ours, so that a cut is told from damage.
    if !starts_alike(head, PRFT_SIZE, b"prft") {
        return Err(fields.damaged("no prft box at its start"));
    }
    if let Some(uuid) = head.get(PRFT_SIZE..)
        && (uuid.len() >= 8 && &uuid[4..8] != b"uuid"
            || uuid.len() >= 24 && uuid[8..24] != FRAGMENT_USER_TYPE)
    {
        return Err(fields.damaged("no fragment box behind prft"));
    }
    if head.len() < PRFT_SIZE + FIXED_SIZE {
        return Ok(None);
    }
    fields.take(PRFT_SIZE)?;
    let uuid_size = u64::from(fields.u32()?);
    fields.take(20)?;
    let (version, flags) = fields.version_and_flags()?;
    if version != 0 {
        return Err(fields.damaged(format!("a newer program wrote it (version {version})")));
    }
    let length = fields.u64()?;
    let number = fields.u64()?;
    let (previous_hash, hash) = (fields.array()?, fields.array()?);
    let start = WallTime::from_micros(fields.i64()?);
    let duration = Duration::from_micros(fields.u64()?);
    let producer = WallTime::from_micros(fields.i64()?);
    let server_timestamp = WallTime::from_micros(fields.i64()?);
    let front = PRFT_SIZE as u64 + uuid_size;
    if uuid_size < UUID_SIZE as u64 || length < front + 16 || length > u64::from(u32::MAX) {
        return Err(fields.damaged(format!("it claims {length} bytes with a box of {uuid_size}")));
    }
    Ok(Some(FragmentHeader {
        identity: FragmentIdentity { number, previous_hash },
        hash,
        start,
        duration,
        is_independent: flags & FLAG_INDEPENDENT != 0,
        producer_timestamp: (flags & FLAG_PRODUCER_TIMESTAMP != 0).then_some(producer),
        server_timestamp,
        length,
    }))
}

/// Whether `head` begins like a box of this size and kind, as far as it goes.
fn starts_alike(head: &[u8], size: usize, kind: &[u8; 4]) -> bool {
    let mut expected = [0; 8];
    expected[..4].copy_from_slice(&(size as u32).to_be_bytes());
    expected[4..].copy_from_slice(kind);
    head.iter().zip(expected).all(|(byte, expected)| *byte == expected)
}
