//! The pure choice: which segments go so that limits hold.
//!
//! Belongs here: order and limits. Not here: SQL, files, clocks.
//! The order across streams is fair: of all oldest segments the one goes that has lived the
//! largest part of its stream's retention, so every stream keeps the same share of what it was
//! promised. Ties go by age.
//! Invariant: what is held, open or in use is passed over, never chosen.

use crate::hold::Hold;
use crate::index::Footprint;
use afterimage_base::WallTime;
use std::time::Duration;

/// One stream's oldest segments and what limits them.
#[derive(Clone, Debug)]
pub struct Footage {
    pub retention: Duration,
    pub holds: Vec<Hold>,
    /// By start, oldest first.
    pub segments: Vec<Footprint>,
}

impl Footage {
    fn may_go(&self, segment: &Footprint) -> bool {
        !segment.is_open && !self.is_held(segment)
    }

    pub fn is_held(&self, segment: &Footprint) -> bool {
        self.holds.iter().any(|hold| hold.touches(segment.start, segment.stop))
    }

    /// What is past its age at `now`.
    pub fn expired(&self, now: WallTime) -> Vec<Footprint> {
        let horizon = now.minus(self.retention);
        let old = self.segments.iter().filter(|segment| segment.stop <= horizon);
        old.filter(|segment| self.may_go(segment)).copied().collect()
    }

    /// The oldest segments whose bytes make up at least `excess`.
    pub fn oldest(&self, excess: u64) -> Vec<Footprint> {
        let mut freed = 0_u64;
        let free = self.segments.iter().filter(|segment| self.may_go(segment));
        free.take_while(|segment| {
            let is_needed = freed < excess;
            freed = freed.saturating_add(segment.length);
            is_needed
        })
        .copied()
        .collect()
    }
}

/// The segments of all streams that go first, with the stream's position in `streams`, until their
/// bytes make up at least `excess`.
pub fn fairest(streams: &[Footage], now: WallTime, excess: u64) -> Vec<(usize, Footprint)> {
    let mut candidates: Vec<(f64, usize, Footprint)> = Vec::new();
    for (position, footage) in streams.iter().enumerate() {
        let free = footage.segments.iter().filter(|segment| footage.may_go(segment));
        candidates.extend(free.map(|segment| {
            let age = now.since(segment.stop).as_secs_f64();
            (age / footage.retention.as_secs_f64().max(1.0), position, *segment)
        }));
    }
    candidates.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.2.start.cmp(&b.2.start)));
    let mut freed = 0_u64;
    candidates
        .into_iter()
        .take_while(|(_, _, segment)| {
            let is_needed = freed < excess;
            freed = freed.saturating_add(segment.length);
            is_needed
        })
        .map(|(_, position, segment)| (position, segment))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::SegmentId;

    fn at(hours: u64) -> WallTime {
        WallTime::EPOCH.plus(Duration::from_secs(hours * 3_600))
    }

    fn footage(retention_hours: u64, count: u64) -> Footage {
        let segment = |hour: u64| Footprint {
            id: SegmentId(hour.cast_signed()),
            start: at(hour),
            stop: at(hour + 1),
            length: 100,
            variant: 0,
            is_open: hour + 1 == count,
        };
        Footage {
            retention: Duration::from_secs(retention_hours * 3_600),
            holds: Vec::new(),
            segments: (0..count).map(segment).collect(),
        }
    }

    fn hold(from: u64, to: u64) -> Hold {
        Hold {
            id: 1,
            from: at(from),
            to: at(to),
            reason: "theft".into(),
            owner: "ops".into(),
            expires: None,
            created: at(0),
        }
    }

    #[test]
    fn age_takes_what_is_wholly_past_and_not_held() {
        let mut footage = footage(5, 10);
        footage.holds.push(hold(1, 2));
        let gone: Vec<i64> = footage.expired(at(9)).iter().map(|s| s.id.0).collect();
        assert_eq!(gone, [0, 2, 3], "1 is held, 4 ends after the horizon of hour 4");
    }

    #[test]
    fn bytes_take_the_oldest_and_never_the_open_one() {
        let footage = footage(1_000, 4);
        assert_eq!(footage.oldest(150).len(), 2, "two of 100 make 150");
        assert_eq!(footage.oldest(10_000).len(), 3, "the fourth is being written");
        assert_eq!(footage.oldest(0), [], "nothing too much, nothing goes");
    }

    #[test]
    fn room_is_taken_from_whoever_has_had_most_of_its_time() {
        let streams = [footage(100, 10), footage(10, 10)];
        let gone = fairest(&streams, at(10), 300);
        assert!(
            gone.iter().all(|(position, _)| *position == 1),
            "its segments lived 90 % of their time, the others 9 %"
        );
        assert_eq!(gone.len(), 3, "and no more than needed");
    }
}
