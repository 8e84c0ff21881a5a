//! Finding fragments, by time and by number: what the index knows and what it does not know yet,
//! as one.

use crate::gap::TOLERANCE;
use crate::live::LiveStream;
use crate::record::{Entry, FragmentRecord, Segment, SegmentId};
use crate::store::{Shared, Store};
use crate::{StoreError, StreamId};
use afterimage_base::WallTime;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Segments read at a time when walking by number.
const SEGMENTS_AT_ONCE: usize = 16;

/// How much of the archive is searched for the first fragment after an instant, per step.
const FIRST_STEP: Duration = Duration::from_secs(3_600);

impl Store {
    /// Fragments that touch `[from, to)`, by start. Those past retention are not there.
    pub fn fragments(
        &self,
        stream: StreamId,
        from: WallTime,
        to: WallTime,
    ) -> Result<Vec<FragmentRecord>, StoreError> {
        let live = self.shared.live(stream)?;
        let visible = self.shared.visibility(&live, self.now());
        let segments = self.shared.segments_between(&live, from, to)?;
        let records = segments.iter().flat_map(|segment| segment.records(stream));
        let mut records: Vec<FragmentRecord> = records
            .filter(|record| record.end() > from && record.start < to)
            .filter(|record| visible.shows(record.start, record.end()))
            .collect();
        records.sort_by_key(|record| record.start);
        Ok(records)
    }

    /// The fragment with this number, if it is there and visible.
    pub fn fragment(
        &self,
        stream: StreamId,
        number: u64,
    ) -> Result<Option<FragmentRecord>, StoreError> {
        let live = self.shared.live(stream)?;
        let Some(segment) = self.shared.segment_with(&live, number)? else { return Ok(None) };
        let visible = self.shared.visibility(&live, self.now());
        Ok(segment
            .records(stream)
            .find(|record| record.number == number)
            .filter(|record| visible.shows(record.start, record.end())))
    }

    /// Up to `limit` fragments with numbers above `number`, by number.
    pub fn fragments_after(
        &self,
        stream: StreamId,
        number: u64,
        limit: usize,
    ) -> Result<Vec<FragmentRecord>, StoreError> {
        let live = self.shared.live(stream)?;
        let visible = self.shared.visibility(&live, self.now());
        let mut records = Vec::new();
        let take = |segment: &Segment, records: &mut Vec<FragmentRecord>| {
            let wanted = segment
                .records(stream)
                .filter(|record| record.number > number)
                .filter(|record| visible.shows(record.start, record.end()));
            records.extend(wanted.take(limit.saturating_sub(records.len())));
        };
        let next = number.saturating_add(1);
        let mut after = SegmentId::new(live.key, next);
        if let Some(segment) = self.shared.segment_with(&live, next)? {
            take(&segment, &mut records);
            after = segment.id;
        }
        while records.len() < limit {
            let segments = self.shared.segments_after(&live, after, SEGMENTS_AT_ONCE)?;
            let Some(last) = segments.last() else { break };
            after = last.id;
            for segment in &segments {
                take(segment, &mut records);
            }
        }
        Ok(records)
    }

    /// The oldest visible fragment.
    pub fn first_fragment(&self, stream: StreamId) -> Result<Option<FragmentRecord>, StoreError> {
        Ok(self.fragments_after(stream, 0, 1)?.into_iter().next())
    }

    /// The newest fragment by number.
    pub fn last_fragment(&self, stream: StreamId) -> Result<Option<FragmentRecord>, StoreError> {
        let live = self.shared.live(stream)?;
        let visible = self.shared.visibility(&live, self.now());
        let mut next = live.state().next_number;
        while next > 1 {
            let Some(segment) = self.shared.segment_upto(&live, next - 1)? else { return Ok(None) };
            let shown = segment.records(stream).filter(|r| visible.shows(r.start, r.end()));
            if let Some(last) = shown.last() {
                return Ok(Some(last));
            }
            if segment.end() <= visible.from && !visible.has_holds() {
                return Ok(None);
            }
            next = segment.id.first_number();
        }
        Ok(None)
    }

    /// Where the newest footage of the stream ends: a new fragment must not begin before.
    pub fn last_end(&self, stream: StreamId) -> Result<Option<WallTime>, StoreError> {
        Ok(self.shared.live(stream)?.state().latest_end)
    }

    /// The first fragment that ends after `at`, by time.
    pub fn first_fragment_from(
        &self,
        stream: StreamId,
        at: WallTime,
    ) -> Result<Option<FragmentRecord>, StoreError> {
        let live = self.shared.live(stream)?;
        let latest_end = live.state().latest_end;
        let Some(latest_end) = latest_end else { return Ok(None) };
        let visible = self.shared.visibility(&live, self.now());
        let mut from = if visible.has_holds() { at } else { at.max(visible.from) };
        let mut step = FIRST_STEP;
        while from < latest_end {
            let to = from.plus(step);
            let first = self.fragments(stream, from, to)?.into_iter().find(|r| r.end() > at);
            if first.is_some() {
                return Ok(first);
            }
            from = to;
            // Gaps may last years: look farther each time.
            step = step.saturating_mul(4);
        }
        Ok(None)
    }
}

impl Shared {
    /// Segments that touch `[from, to)`, by start.
    pub fn segments_between(
        &self,
        live: &LiveStream,
        from: WallTime,
        to: WallTime,
    ) -> Result<Vec<Arc<Segment>>, StoreError> {
        // The overlay first: what is committed meanwhile is then seen twice, never not at all.
        let overlay = live.state().overlay();
        let indexed = self.index.segments_between(live.key, from, to)?;
        let touches = |segment: &&Arc<Segment>| segment.start() < to && segment.end() > from;
        let mut segments: Vec<Arc<Segment>> = indexed
            .into_iter()
            .filter(|segment| !overlay.contains_key(&segment.id))
            .map(Arc::new)
            .collect();
        segments.extend(overlay.values().filter(touches).cloned());
        segments.sort_by_key(|segment| segment.start());
        Ok(segments)
    }

    /// The segment that holds `number`.
    pub fn segment_with(
        &self,
        live: &LiveStream,
        number: u64,
    ) -> Result<Option<Arc<Segment>>, StoreError> {
        let found = self.segment_upto(live, number)?;
        Ok(found.filter(|segment| number < segment.next_number()))
    }

    /// The last segment that begins at `number` or before.
    fn segment_upto(
        &self,
        live: &LiveStream,
        number: u64,
    ) -> Result<Option<Arc<Segment>>, StoreError> {
        let upto = SegmentId::new(live.key, number);
        let overlay = live.state().overlay();
        let pending = overlay.range(..=upto).next_back().map(|(_, segment)| Arc::clone(segment));
        let indexed = self.index.segment_with(live.key, number)?.map(Arc::new);
        Ok(match (pending, indexed) {
            (Some(pending), Some(indexed)) if indexed.id > pending.id => Some(indexed),
            (Some(pending), _) => Some(pending),
            (None, indexed) => indexed,
        })
    }

    pub fn segments_after(
        &self,
        live: &LiveStream,
        after: SegmentId,
        limit: usize,
    ) -> Result<Vec<Arc<Segment>>, StoreError> {
        let overlay = live.state().overlay();
        let indexed = self.index.segments_after(after, limit)?;
        // Beyond the last indexed one only if there are no more of those.
        let end = (indexed.len() == limit).then(|| indexed.last().map(|last| last.id)).flatten();
        let mut segments: BTreeMap<SegmentId, Arc<Segment>> =
            indexed.into_iter().map(|segment| (segment.id, Arc::new(segment))).collect();
        let newer = overlay.into_iter().filter(|(id, _)| *id > after);
        segments.extend(newer.filter(|(id, _)| end.is_none_or(|end| *id <= end)));
        Ok(segments.into_values().collect())
    }

    /// The end of the last fragment that touches `[from, to)`, damaged ones too.
    pub fn last_end_between(
        &self,
        live: &LiveStream,
        from: WallTime,
        to: WallTime,
    ) -> Result<Option<WallTime>, StoreError> {
        let segments = self.segments_between(live, from, to.max(from.plus(TOLERANCE)))?;
        let entries = segments.iter().flat_map(|segment| &segment.entries);
        Ok(entries.filter(|entry| entry.end() > from && entry.start < to).map(Entry::end).max())
    }
}
