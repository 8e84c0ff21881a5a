//! What the index does not know yet: open segments, new gaps, the next number.
//!
//! Belongs here: the state of a stream between two index commits, in memory. Not here: files, SQL.
//! Invariants: everything in here about media is durable in its file already. From `created` to
//! `accounted_to` every instant is covered by a fragment or explained by a gap.

use crate::gap::{Gap, GapReason, TOLERANCE};
use crate::hold::Hold;
use crate::record::{Entry, Segment, SegmentId};
use crate::stream::{Stream, StreamId, StreamKey, StreamSettings};
use afterimage_base::WallTime;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A longer hole is a clock that was set; cut by a schedule it would be thousands of gaps.
const LONGEST_SPLIT: Duration = Duration::from_secs(31 * 86_400);

/// One stream while the archive is open.
#[derive(Debug)]
pub(crate) struct LiveStream {
    pub id: StreamId,
    pub key: StreamKey,
    state: Mutex<StreamState>,
}

impl LiveStream {
    pub fn new(id: StreamId, key: StreamKey, state: StreamState) -> Self {
        Self { id, key, state: Mutex::new(state) }
    }

    /// Held for a few instructions; never across I/O or SQL.
    pub fn state(&self) -> MutexGuard<'_, StreamState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn stream(&self) -> Stream {
        Stream { id: self.id, settings: self.state().settings.clone() }
    }
}

#[derive(Debug)]
pub(crate) struct StreamState {
    pub settings: StreamSettings,
    pub next_number: u64,
    pub last_hash: [u8; 32],
    /// The latest end of any fragment.
    pub latest_end: Option<WallTime>,
    pub expired_to: WallTime,
    pub accounted_to: WallTime,
    pub open_gap: Option<Gap>,
    /// The closed gap that ended last.
    pub last_gap: Option<Gap>,
    /// Closed gaps that the index does not have yet.
    new_gaps: Vec<Gap>,
    /// Segments that are open or that the index does not have as they are.
    pending: BTreeMap<SegmentId, Pending>,
    /// A segment that begins in the past is about to be made here: recovery must look there.
    pub backward_start: Option<WallTime>,
    /// The camera's clock on the newest fragment: it vouches for ours.
    pub witness: Option<WallTime>,
    pub holds: Vec<Hold>,
    /// Positions that consumers committed and the index does not have yet.
    commits: BTreeMap<String, u64>,
    pub has_writer: bool,
    pub is_deleted: bool,
    /// Fragments were appended since the archive was opened.
    has_appended: bool,
    /// The ledger changed since the last commit.
    pub is_urgent: bool,
    is_dirty: bool,
}

#[derive(Debug)]
struct Pending {
    segment: Arc<Segment>,
    is_dirty: bool,
}

/// What one commit writes of a stream.
#[derive(Debug)]
pub(crate) struct Batch {
    pub key: StreamKey,
    pub next_number: u64,
    pub last_hash: [u8; 32],
    pub scan_from: WallTime,
    pub segments: Vec<Arc<Segment>>,
    pub gaps: Vec<Gap>,
    pub open_gap: Option<Gap>,
    pub commits: BTreeMap<String, u64>,
    was_urgent: bool,
}

/// What recovery and the index say at the start.
#[derive(Debug)]
pub(crate) struct Position {
    pub next_number: u64,
    pub last_hash: [u8; 32],
    pub latest_end: Option<WallTime>,
    pub expired_to: WallTime,
    pub open_gap: Option<Gap>,
    pub last_gap: Option<Gap>,
    pub holds: Vec<Hold>,
}

impl StreamState {
    pub fn new(settings: StreamSettings, position: Position) -> Self {
        let gap_end = position.last_gap.as_ref().map(|gap| gap.to);
        let accounted_to =
            settings.created.max(position.latest_end.max(gap_end).unwrap_or(settings.created));
        Self {
            settings,
            next_number: position.next_number,
            last_hash: position.last_hash,
            latest_end: position.latest_end,
            expired_to: position.expired_to,
            accounted_to,
            open_gap: position.open_gap,
            last_gap: position.last_gap,
            new_gaps: Vec::new(),
            pending: BTreeMap::new(),
            backward_start: None,
            witness: None,
            holds: position.holds,
            commits: BTreeMap::new(),
            has_writer: false,
            is_deleted: false,
            has_appended: false,
            is_urgent: false,
            is_dirty: false,
        }
    }

    /// Segments that override what the index says of them.
    pub fn overlay(&self) -> BTreeMap<SegmentId, Arc<Segment>> {
        self.pending.iter().map(|(id, pending)| (*id, Arc::clone(&pending.segment))).collect()
    }

    pub fn pending_segment(&self, id: SegmentId) -> Option<Arc<Segment>> {
        self.pending.get(&id).map(|pending| Arc::clone(&pending.segment))
    }

    pub fn new_gaps(&self) -> &[Gap] {
        &self.new_gaps
    }

    /// Takes a durable fragment in.
    pub fn append(&mut self, id: SegmentId, variant: u32, entry: Entry, hash: [u8; 32]) {
        let pending = self.pending.entry(id).or_insert_with(|| Pending {
            segment: Arc::new(Segment { id, variant, is_open: true, entries: Vec::new() }),
            is_dirty: true,
        });
        Arc::make_mut(&mut pending.segment).entries.push(entry);
        pending.is_dirty = true;
        self.is_dirty = true;
        self.next_number += 1;
        self.last_hash = hash;
        self.backward_start = None;
        self.witness = entry.producer_ms.map(WallTime::from_millis);
        self.account_fragment(entry.start, entry.end());
        self.latest_end = self.latest_end.max(Some(entry.end()));
    }

    /// Takes in a segment that recovery found, of whose fragments the index has the first `known`.
    pub fn adopt(&mut self, segment: Segment, known: usize, hash_after: [u8; 32]) {
        // A hole before what is found was explained in memory only, and that is gone.
        self.has_appended = self.latest_end.is_some();
        for entry in segment.entries.iter().skip(known) {
            self.account_fragment(entry.start, entry.end());
            self.latest_end = self.latest_end.max(Some(entry.end()));
        }
        self.has_appended = false;
        if segment.next_number() >= self.next_number && segment.entries.len() > known {
            self.next_number = segment.next_number();
            self.last_hash = hash_after;
        }
        self.put_segment(segment);
    }

    /// Nothing more is written to the segment.
    pub fn end_segment(&mut self, id: SegmentId) {
        if let Some(pending) = self.pending.get_mut(&id) {
            Arc::make_mut(&mut pending.segment).is_open = false;
            pending.is_dirty = true;
            self.is_dirty = true;
        }
    }

    /// Nothing more is written to any segment.
    pub fn end_all_segments(&mut self) {
        let open = self.pending.iter().filter(|(_, pending)| pending.segment.is_open);
        let open: Vec<SegmentId> = open.map(|(id, _)| *id).collect();
        for id in open {
            self.end_segment(id);
        }
    }

    /// Replaces what is known of a segment.
    pub fn put_segment(&mut self, segment: Segment) {
        let id = segment.id;
        self.pending.insert(id, Pending { segment: Arc::new(segment), is_dirty: true });
        self.is_dirty = true;
    }

    fn account_fragment(&mut self, start: WallTime, end: WallTime) {
        if let Some(open) = self.open_gap.take() {
            self.is_urgent = true;
            self.push_gap(Gap { to: start, ..open });
        }
        if start > self.accounted_to.plus(TOLERANCE) {
            for hole in self.explain_hole(self.accounted_to, start) {
                self.push_gap(hole);
            }
        }
        self.has_appended = true;
        self.accounted_to = self.accounted_to.max(end);
    }

    /// Why nothing is there before a fragment, of which nobody said a word.
    fn explain_hole(&self, from: WallTime, to: WallTime) -> Vec<Gap> {
        let gap = |from, to, reason| Gap { from, to, reason, detail: String::new() };
        match &self.last_gap {
            // Nothing was recorded since: it lasted until now. An excuse lasts no longer than told.
            Some(last) if last.to == from && last.reason.is_missing() => {
                return vec![Gap { from, to, ..last.clone() }];
            }
            _ => {}
        }
        let reason = if self.has_appended { GapReason::TimestampJump } else { GapReason::Starting };
        let schedule = self.settings.schedule.as_ref();
        let Some(schedule) = schedule.filter(|_| to.since(from) <= LONGEST_SPLIT) else {
            return vec![gap(from, to, reason)];
        };
        let parts = schedule.split(from, to).into_iter().map(|(from, to, is_on)| {
            gap(from, to, if is_on { reason } else { GapReason::NotScheduled })
        });
        parts.collect()
    }

    /// Writes a closed gap into the ledger.
    pub fn push_gap(&mut self, gap: Gap) {
        if gap.to <= gap.from {
            return;
        }
        self.is_dirty = true;
        self.is_urgent = true;
        self.accounted_to = self.accounted_to.max(gap.to);
        match &mut self.last_gap {
            Some(last) if gap.continues(last) && gap.from >= last.from => {
                last.to = last.to.max(gap.to);
            }
            Some(last) if last.to > gap.to => {}
            last => *last = Some(gap.clone()),
        }
        match self.new_gaps.last_mut() {
            Some(last) if gap.continues(last) && gap.from >= last.from => {
                last.to = last.to.max(gap.to);
            }
            _ => self.new_gaps.push(gap),
        }
    }

    /// Writes a gap into the ledger that says nothing of the present.
    pub fn push_side_gap(&mut self, gap: Gap) {
        self.is_dirty = true;
        self.is_urgent = true;
        self.new_gaps.push(gap);
    }

    /// Something begins that explains why nothing is recorded; what was open ends there.
    ///
    /// It begins no earlier than what is accounted for ends: what is recorded is not missing.
    pub fn start_gap(&mut self, gap: Gap) {
        let from = gap.from.max(self.accounted_to);
        let gap = Gap { from, to: from, ..gap };
        if let Some(open) = self.open_gap.take() {
            if open.reason == gap.reason && open.detail == gap.detail {
                self.open_gap = Some(open);
                return;
            }
            self.push_gap(Gap { to: gap.from, ..open });
        } else if gap.from > self.accounted_to.plus(TOLERANCE) {
            // What was under way when it began never became a fragment.
            let from = self.accounted_to;
            self.open_gap = Some(Gap { from, to: from, ..gap });
            self.is_dirty = true;
            self.is_urgent = true;
            return;
        }
        self.open_gap = Some(gap);
        self.is_dirty = true;
        self.is_urgent = true;
    }

    /// The open gap ends.
    pub fn end_gap(&mut self, to: WallTime) {
        if let Some(open) = self.open_gap.take() {
            self.push_gap(Gap { to, ..open });
            self.is_dirty = true;
            self.is_urgent = true;
        }
    }

    /// A consumer is done with everything up to `number`.
    pub fn commit_consumer(&mut self, name: &str, number: u64) {
        let committed = self.commits.entry(name.to_owned()).or_default();
        *committed = number.max(*committed);
        self.is_dirty = true;
        self.is_urgent = true;
    }

    /// The position of a consumer that the index does not have yet.
    pub fn consumer_commit(&self, name: &str) -> Option<u64> {
        self.commits.get(name).copied()
    }

    /// A consumer begins anew or is gone.
    pub fn forget_consumer_commit(&mut self, name: &str) {
        self.commits.remove(name);
    }

    /// What the next commit has to write; `None` where the index knows all.
    pub fn batch(&self, key: StreamKey) -> Option<Batch> {
        if !self.is_dirty || self.is_deleted {
            return None;
        }
        let dirty = self.pending.values().filter(|pending| pending.is_dirty);
        let open = self.pending.values().filter(|pending| pending.segment.is_open);
        let unknown = open.map(|pending| pending.segment.start()).chain(self.backward_start);
        let newest = self.latest_end.unwrap_or(self.settings.created);
        Some(Batch {
            key,
            next_number: self.next_number,
            last_hash: self.last_hash,
            scan_from: unknown.fold(newest, Ord::min),
            segments: dirty.map(|pending| Arc::clone(&pending.segment)).collect(),
            gaps: self.new_gaps.clone(),
            open_gap: self.open_gap.clone(),
            commits: self.commits.clone(),
            was_urgent: self.is_urgent,
        })
    }

    /// The batch is durable in the index.
    pub fn committed(&mut self, batch: &Batch) {
        for written in &batch.segments {
            if let Some(pending) = self.pending.get_mut(&written.id)
                && pending.segment == *written
            {
                pending.is_dirty = false;
                if !written.is_open {
                    self.pending.remove(&written.id);
                }
            }
        }
        // Gaps only grow at the end: what was written is a prefix, its last perhaps longer by now.
        let grown = self.new_gaps.get(batch.gaps.len().wrapping_sub(1)) != batch.gaps.last();
        let written = if grown { batch.gaps.len() - 1 } else { batch.gaps.len() };
        self.new_gaps.drain(..written);
        self.commits.retain(|name, number| batch.commits.get(name) != Some(number));
        let nothing_left = !self.pending.values().any(|pending| pending.is_dirty)
            && self.new_gaps.is_empty()
            && self.commits.is_empty()
            && self.open_gap == batch.open_gap
            && self.next_number == batch.next_number;
        if nothing_left {
            self.is_dirty = false;
            if batch.was_urgent {
                self.is_urgent = false;
            }
        }
    }
}
