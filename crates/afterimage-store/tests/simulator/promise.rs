//! What the archive promised of one stream, kept beside it and compared with it.

use afterimage_base::WallTime;
use afterimage_store::{FragmentRecord, GapReason, SegmentId, Store, StreamId};
use std::collections::BTreeMap;
use std::time::Duration;

/// More than head and index of a segment take.
const SEGMENT_OVERHEAD: u64 = 2_048;

pub struct HeldRange {
    pub id: i64,
    pub from: WallTime,
    pub to: WallTime,
    pub expires: Option<WallTime>,
}

pub struct Promise {
    pub id: StreamId,
    pub name: &'static str,
    pub created: WallTime,
    pub retention: Duration,
    pub retain_bytes: Option<u64>,
    /// Acknowledged and, as far as we know, still there.
    pub kept: BTreeMap<u64, FragmentRecord>,
    pub last_number: u64,
    pub holds: Vec<HeldRange>,
}

/// A segment that went although it was not past its age.
pub struct Sacrifice {
    /// The part of its retention that it had lived.
    pub share: f64,
}

impl Promise {
    /// The most bytes that what is kept can take.
    pub fn bytes(&self) -> u64 {
        let media: u64 = self.kept.values().map(|record| record.length).sum();
        media + self.segments().len() as u64 * SEGMENT_OVERHEAD
    }

    fn segments(&self) -> BTreeMap<SegmentId, WallTime> {
        let mut ends = BTreeMap::new();
        for record in self.kept.values() {
            let end = ends.entry(record.segment).or_insert(record.end());
            *end = record.end().max(*end);
        }
        ends
    }

    fn is_held(&self, record: &FragmentRecord, now: WallTime) -> bool {
        self.holds.iter().any(|hold| {
            hold.expires.is_none_or(|expires| expires > now)
                && record.start < hold.to
                && record.end() > hold.from
        })
    }

    /// The largest share of its retention that anything which no hold keeps at `believed` has lived
    /// at `known`.
    pub fn oldest_share(&self, believed: WallTime, known: WallTime) -> Option<f64> {
        // A segment goes whole, so one with any held fragment stays.
        let mut oldest: BTreeMap<SegmentId, (WallTime, bool)> = BTreeMap::new();
        for record in self.kept.values() {
            let part = oldest.entry(record.segment).or_insert((record.end(), false));
            part.0 = part.0.max(record.end());
            part.1 |= self.is_held(record, believed);
        }
        let free = oldest.values().filter(|(_, is_held)| !is_held);
        free.map(|(end, _)| self.share(*end, known)).reduce(f64::max)
    }

    fn share(&self, end: WallTime, now: WallTime) -> f64 {
        now.since(end).as_secs_f64() / self.retention.as_secs_f64()
    }

    /// Compares with the archive up to `to`: what is missing must be past its age at `now`, true
    /// time, and never held. Answers what went for another reason, with its share of life at `known`.
    pub fn compare(
        &mut self,
        store: &Store,
        to: WallTime,
        now: WallTime,
        known: WallTime,
    ) -> Vec<Sacrifice> {
        let found = store.fragments(self.id, WallTime::EPOCH, to).expect("the stream is there");
        let found: BTreeMap<u64, FragmentRecord> =
            found.into_iter().map(|record| (record.number, record)).collect();
        let horizon = now.minus(self.retention);
        let missing: Vec<FragmentRecord> = self
            .kept
            .values()
            .filter(|record| record.start < to && found.get(&record.number) != Some(record))
            .copied()
            .collect();
        let mut sacrificed: BTreeMap<SegmentId, WallTime> = BTreeMap::new();
        for record in missing {
            assert!(
                !self.is_held(&record, now),
                "{}: held fragment {} of {} is lost at {now}",
                self.name,
                record.number,
                record.start
            );
            if record.end() > horizon {
                let end = sacrificed.entry(record.segment).or_insert(record.end());
                *end = record.end().max(*end);
            }
            self.kept.remove(&record.number);
        }
        for (number, record) in &found {
            assert!(*number <= self.last_number + 1, "{}: {number} was never given", self.name);
            assert_eq!(record.stream, self.id, "{}: its own", self.name);
        }
        // A number decides the order within its stream.
        let starts: Vec<WallTime> = found.values().map(|record| record.start).collect();
        assert!(starts.is_sorted(), "{}: numbers and times go the same way", self.name);
        sacrificed.values().map(|end| Sacrifice { share: self.share(*end, known) }).collect()
    }

    /// Every instant since the stream was made is recorded or explained, once.
    pub fn check_timeline(&self, store: &Store, now: WallTime) {
        let timeline =
            store.timeline(self.id, self.created, now, now).expect("the stream is there");
        let ranges = timeline.ranges.iter().map(|range| (range.from, range.to));
        let gaps = timeline.gaps.iter().map(|gap| (gap.from, gap.to));
        let mut parts: Vec<(WallTime, WallTime)> = ranges.chain(gaps).collect();
        parts.sort();
        let unknown = timeline.gaps.iter().find(|gap| gap.reason == GapReason::Unknown);
        assert_eq!(unknown, None, "{}: every gap has a reason", self.name);
        let tolerance = afterimage_store::TOLERANCE;
        let mut covered = Duration::ZERO;
        let mut covered_to = self.created;
        for (from, to) in &parts {
            assert!(
                from.since(covered_to) <= tolerance,
                "{}: {covered_to} to {from} is neither recorded nor explained",
                self.name
            );
            assert!(
                covered_to.since(*from) <= tolerance,
                "{}: {from} to {covered_to} is told twice",
                self.name
            );
            covered += to.since(*from);
            covered_to = *to;
        }
        let elapsed = now.since(self.created);
        let rest = elapsed.max(covered) - elapsed.min(covered);
        assert!(
            rest <= tolerance * (u32::try_from(parts.len()).expect("few") + 1),
            "{}: recorded and gaps make {covered:?} of {elapsed:?}",
            self.name
        );
    }

    /// What is kept has the bytes that were appended.
    pub fn check_bytes(&self, store: &Store, record: &FragmentRecord) {
        let bytes = store.read_fragment_bytes(record).expect("what is listed is whole");
        let header = afterimage_media::verify_fragment(&bytes).expect("and right");
        assert_eq!(
            (header.start, header.identity.number),
            (record.start, record.number),
            "{}: the one that was appended",
            self.name
        );
    }
}
