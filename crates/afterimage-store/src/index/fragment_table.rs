//! The fragments of a segment, packed: 6 to 8 bytes each for what cameras send.
//!
//! Belongs here: the code of one blob column. Not here: SQL. The format is described in
//! `docs/design/storage.md`, "Fragment table"; changing it needs a migration.
//! Invariant: `unpack(pack(x)) == x`; no blob makes `unpack` panic or use more memory than 64
//! bytes per byte of blob.

use crate::record::Entry;
use afterimage_base::WallTime;
use std::time::Duration;

const DEPENDENT: u64 = 1;
const DURATION_CHANGES: u64 = 1 << 1;
const PRODUCER_CHANGES: u64 = 1 << 2;
const RARE: u64 = 1 << 3;
const HEAD_BITS: u32 = 4;

const START_JUMPS: u64 = 1;
const OFFSET_JUMPS: u64 = 1 << 1;
const DAMAGED: u64 = 1 << 2;
const PRODUCER_SILENT: u64 = 1 << 3;

/// What the next entry is told relative to.
struct Before {
    offset: u64,
    end: i64,
    duration: u64,
    /// Milliseconds by which the server's and the producer's clock stand beside `start`.
    server: i64,
    producer: Option<i64>,
}

impl Before {
    fn first(start: WallTime, offset: u64) -> Self {
        Self { offset, end: start.as_micros(), duration: 0, server: 0, producer: None }
    }

    fn advance(&mut self, entry: &Entry) {
        let start_ms = crate::record::millis(entry.start);
        self.offset = entry.offset.saturating_add(entry.length);
        self.end = entry.end().as_micros();
        self.duration = micros(entry.duration);
        self.server = entry.server_ms.wrapping_sub(start_ms);
        self.producer = entry.producer_ms.map(|ms| ms.wrapping_sub(start_ms));
    }
}

/// Packs entries that follow each other in one file; `start` and `offset` are those of the first.
pub fn pack(entries: &[Entry]) -> Vec<u8> {
    let Some(first) = entries.first() else { return Vec::new() };
    let mut blob = Vec::with_capacity(entries.len() * 8);
    let mut before = Before::first(first.start, first.offset);
    for entry in entries {
        let start_ms = crate::record::millis(entry.start);
        let producer = entry.producer_ms.map(|ms| ms.wrapping_sub(start_ms));
        let server = entry.server_ms.wrapping_sub(start_ms);
        let duration = micros(entry.duration);
        let mut rare = 0;
        rare |= if entry.start.as_micros() == before.end { 0 } else { START_JUMPS };
        rare |= if entry.offset == before.offset { 0 } else { OFFSET_JUMPS };
        rare |= if entry.is_damaged { DAMAGED } else { 0 };
        rare |= if producer.is_none() && before.producer.is_some() { PRODUCER_SILENT } else { 0 };
        let producer_changes = producer.is_some() && producer != before.producer;
        let mut head = entry.length << HEAD_BITS;
        head |= if entry.is_independent { 0 } else { DEPENDENT };
        head |= if duration == before.duration { 0 } else { DURATION_CHANGES };
        head |= if producer_changes { PRODUCER_CHANGES } else { 0 };
        head |= if rare == 0 { 0 } else { RARE };
        put_unsigned(&mut blob, head);
        if rare != 0 {
            put_unsigned(&mut blob, rare);
        }
        if rare & START_JUMPS != 0 {
            put_signed(&mut blob, entry.start.as_micros().wrapping_sub(before.end));
        }
        if rare & OFFSET_JUMPS != 0 {
            put_unsigned(&mut blob, entry.offset.wrapping_sub(before.offset));
        }
        if head & DURATION_CHANGES != 0 {
            put_signed(&mut blob, duration.wrapping_sub(before.duration).cast_signed());
        }
        if head & PRODUCER_CHANGES != 0 {
            put_signed(&mut blob, producer.unwrap_or(0).wrapping_sub(before.producer.unwrap_or(0)));
        }
        put_signed(&mut blob, server.wrapping_sub(before.server));
        before.advance(entry);
    }
    blob
}

/// The entries of a blob, or `None` where it is not one.
pub fn unpack(blob: &[u8], start: WallTime, offset: u64) -> Option<Vec<Entry>> {
    let mut rest = blob;
    let mut entries = Vec::with_capacity(blob.len() / 6);
    let mut before = Before::first(start, offset);
    while !rest.is_empty() {
        let head = take_unsigned(&mut rest)?;
        let rare = if head & RARE == 0 { 0 } else { take_unsigned(&mut rest)? };
        let mut start = before.end;
        if rare & START_JUMPS != 0 {
            start = start.wrapping_add(take_signed(&mut rest)?);
        }
        let mut offset = before.offset;
        if rare & OFFSET_JUMPS != 0 {
            offset = offset.wrapping_add(take_unsigned(&mut rest)?);
        }
        let mut duration = before.duration;
        if head & DURATION_CHANGES != 0 {
            duration = duration.wrapping_add(take_signed(&mut rest)?.cast_unsigned());
        }
        let mut producer = before.producer.filter(|_| rare & PRODUCER_SILENT == 0);
        if head & PRODUCER_CHANGES != 0 {
            producer = Some(before.producer.unwrap_or(0).wrapping_add(take_signed(&mut rest)?));
        }
        let server = before.server.wrapping_add(take_signed(&mut rest)?);
        let start = WallTime::from_micros(start);
        let start_ms = crate::record::millis(start);
        let entry = Entry {
            offset,
            length: head >> HEAD_BITS,
            start,
            duration: Duration::from_micros(duration),
            is_independent: head & DEPENDENT == 0,
            producer_ms: producer.map(|ms| ms.wrapping_add(start_ms)),
            server_ms: server.wrapping_add(start_ms),
            is_damaged: rare & DAMAGED != 0,
        };
        before.advance(&entry);
        entries.push(entry);
    }
    Some(entries)
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// LEB128.
pub(super) fn put_unsigned(blob: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        blob.push((value & 0x7F) as u8 | 0x80);
        value >>= 7;
    }
    blob.push((value & 0x7F) as u8);
}

/// Zigzag, then LEB128.
fn put_signed(blob: &mut Vec<u8>, value: i64) {
    put_unsigned(blob, ((value << 1) ^ (value >> 63)).cast_unsigned());
}

pub(super) fn take_unsigned(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (byte, tail) = rest.split_first()?;
        *rest = tail;
        value |= u64::from(byte & 0x7F) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

fn take_signed(rest: &mut &[u8]) -> Option<i64> {
    let value = take_unsigned(rest)?;
    Some((value >> 1).cast_signed() ^ -((value & 1).cast_signed()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn entry() -> impl Strategy<Value = Entry> {
        (
            0..1_u64 << 40,
            0..1_u64 << 32,
            -4_000_000_000_000_i64..4_000_000_000_000_000,
            0..4_000_000_000_u64,
            any::<(bool, bool)>(),
            proptest::option::of(-4_000_000_000_i64..4_000_000_000_000),
            -4_000_000_000_i64..4_000_000_000_000,
        )
            .prop_map(
                |(offset, length, start, duration, flags, producer_ms, server_ms)| Entry {
                    offset,
                    length,
                    start: WallTime::from_micros(start),
                    duration: Duration::from_micros(duration),
                    is_independent: flags.0,
                    producer_ms,
                    server_ms,
                    is_damaged: flags.1,
                },
            )
    }

    proptest! {
        #[test]
        fn what_is_packed_comes_back(entries in proptest::collection::vec(entry(), 0..20)) {
            let blob = pack(&entries);
            let (start, offset) =
                entries.first().map_or((WallTime::EPOCH, 0), |first| (first.start, first.offset));
            prop_assert_eq!(unpack(&blob, start, offset), Some(entries));
        }

        #[test]
        fn any_bytes_are_survived(blob in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = unpack(&blob, WallTime::EPOCH, 0);
        }
    }

    #[test]
    fn a_usual_fragment_costs_at_most_seven_bytes() {
        let mut entries = Vec::new();
        let (mut offset, mut start) = (900, WallTime::from_millis(1_700_000_000_000));
        for index in 0..150_u64 {
            // 4 Mbit/s, 2 s, a camera clock 40 ms ahead, 200 ms jitter of arrival.
            let jitter = (index.wrapping_mul(7919)) % 200;
            entries.push(Entry {
                offset,
                length: 900_000 + jitter * 1_000,
                start,
                duration: Duration::from_secs(2),
                is_independent: true,
                producer_ms: Some(crate::record::millis(start) + 40),
                server_ms: crate::record::millis(start)
                    + 60
                    + i64::try_from(jitter).expect("small"),
                is_damaged: false,
            });
            offset += 900_000 + jitter * 1_000;
            start = start.plus(Duration::from_secs(2));
        }
        let cost = pack(&entries).len() as f64 / 150.0;
        assert!(cost <= 7.0, "{cost} bytes a fragment leave no room in 130 MB a camera-year");
    }
}
