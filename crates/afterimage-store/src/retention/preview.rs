//! What other limits of a stream would delete, before anybody sets them.
//!
//! Belongs here: sums of a walk. Not here: the walk ([`super::walk`]), which is the one that
//! deletion takes.

use super::walk::{Choice, Gone, Limits};
use crate::index::Footprint;
use crate::live::LiveStream;
use crate::record::SegmentId;
use crate::store::{Shared, Store, guard};
use crate::stream::check_retention;
use crate::visibility::Visibility;
use crate::{StoreError, StreamId};
use afterimage_base::WallTime;
use std::collections::HashSet;
use std::time::Duration;

/// What the next pass of retention would delete of one stream under other limits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RetentionPreview {
    pub segments: u64,
    pub bytes: u64,
    /// From the start to the end of each of them, together.
    pub time: Duration,
    /// Of footage that would go too if no hold kept it.
    pub held_bytes: u64,
    /// Where the stream begins as it is.
    pub oldest_now: Option<WallTime>,
    /// Where it would begin.
    pub oldest_after: Option<WallTime>,
}

impl Store {
    /// What `retention` and `retain_bytes` would delete of the stream if they were set now.
    /// Footage that somebody is reading is counted, although it goes a little later.
    pub fn preview_retention(
        &self,
        stream: StreamId,
        retention: Duration,
        retain_bytes: Option<u64>,
    ) -> Result<RetentionPreview, StoreError> {
        check_retention(retention)?;
        let shared = &self.shared;
        let live = shared.live(stream)?;
        let _pass = self.retention_pass();
        shared.flush()?;
        let now = {
            let clock = &shared.options.clock;
            guard(&shared.retention_clock).believed(clock.now(), clock.elapsed())
        };
        let limits = Limits { retention, retain_bytes };
        let mut sums = Sums::default();
        let horizon = now.minus(retention);
        shared.choose_by_age(&live, &limits, now, &mut |choice| {
            sums.hold(&choice, |segment| segment.stop <= horizon);
            Ok(sums.take(&choice))
        })?;
        let earlier = std::mem::take(&mut sums.gone);
        shared.choose_by_bytes(&live, &limits, now, &earlier, &mut |choice| {
            let newest = choice.gone.iter().map(|segment| segment.start).max();
            sums.hold(&choice, |segment| newest.is_some_and(|newest| segment.start <= newest));
            Ok(sums.take(&choice))
        })?;
        sums.gone.ids.extend(earlier.ids);
        let visible = shared.visibility_within(&live, retention, self.now());
        let oldest_after = shared.oldest_visible(&live, &visible, &sums.gone.ids)?;
        let oldest_now = self.first_fragment(stream)?.map(|first| first.start);
        Ok(RetentionPreview { oldest_now, oldest_after, ..sums.preview })
    }
}

#[derive(Default)]
struct Sums {
    preview: RetentionPreview,
    gone: Gone,
    held: HashSet<SegmentId>,
}

impl Sums {
    fn take(&mut self, choice: &Choice<'_>) -> u64 {
        let mut bytes = 0;
        for segment in &choice.gone {
            bytes += segment.length;
            self.preview.segments += 1;
            self.preview.time += segment.stop.since(segment.start);
            self.gone.ids.insert(segment.id);
        }
        self.preview.bytes += bytes;
        self.gone.bytes += bytes;
        bytes
    }

    fn hold(&mut self, choice: &Choice<'_>, would_go: impl Fn(&Footprint) -> bool) {
        let held = choice.among.segments.iter().filter(|segment| choice.among.is_held(segment));
        for segment in held.filter(|segment| would_go(segment)) {
            if self.held.insert(segment.id) {
                self.preview.held_bytes += segment.length;
            }
        }
    }
}

impl Shared {
    /// The start of the first visible fragment that is not in one of these segments.
    fn oldest_visible(
        &self,
        live: &LiveStream,
        visible: &Visibility,
        gone: &HashSet<SegmentId>,
    ) -> Result<Option<WallTime>, StoreError> {
        let mut passed_over = WallTime::from_micros(i64::MIN);
        loop {
            let segments =
                self.index.footprints(live.key, passed_over, WallTime::MAX, super::walk::BATCH)?;
            let Some(last) = segments.last() else { return Ok(None) };
            passed_over = last.start;
            for left in segments.iter().filter(|segment| !gone.contains(&segment.id)) {
                let Some((stream, segment)) = self.segment(left.id)? else { continue };
                let shown = segment.records(stream);
                let mut shown = shown.filter(|record| visible.shows(record.start, record.end()));
                if let Some(first) = shown.next() {
                    return Ok(Some(first.start));
                }
            }
        }
    }
}
