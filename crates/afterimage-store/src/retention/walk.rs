//! Walks one stream by its own limits: the choice that deletion carries out and a preview tells.
//!
//! Belongs here: going over the index batch by batch. Not here: which of a batch goes
//! ([`super::choice`]), what becomes of it ([`super::enforce`], [`super::preview`]).
//! Invariant: deletion and preview walk the same way, so a preview tells what is deleted.

use super::choice::Footage;
use crate::StoreError;
use crate::index::Footprint;
use crate::live::{LiveStream, StreamState};
use crate::record::SegmentId;
use crate::store::Shared;
use afterimage_base::WallTime;
use std::collections::HashSet;
use std::time::Duration;

/// Segments deleted in one commit.
pub(super) const BATCH: usize = 1_024;

/// What limits a stream by itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub retention: Duration,
    pub retain_bytes: Option<u64>,
}

/// One batch of a walk.
pub(super) struct Choice<'a> {
    /// What was chosen from, by start.
    pub among: &'a Footage,
    pub gone: Vec<Footprint>,
}

/// Segments that the index still has and that are gone for this walk.
#[derive(Debug, Default)]
pub(super) struct Gone {
    pub ids: HashSet<SegmentId>,
    pub bytes: u64,
}

/// Takes what was chosen; answers the bytes that went.
pub(super) type Take<'a> = &'a mut dyn FnMut(Choice<'_>) -> Result<u64, StoreError>;

impl StreamState {
    pub fn limits(&self) -> Limits {
        Limits { retention: self.settings.retention, retain_bytes: self.settings.retain_bytes }
    }
}

impl Shared {
    /// What is past its age at `now`.
    pub(super) fn choose_by_age(
        &self,
        live: &LiveStream,
        limits: &Limits,
        now: WallTime,
        take: Take<'_>,
    ) -> Result<(), StoreError> {
        let horizon = now.minus(limits.retention);
        let mut passed_over = WallTime::from_micros(i64::MIN);
        loop {
            let segments = self.index.footprints(live.key, passed_over, horizon, BATCH)?;
            let Some(last) = segments.last() else { return Ok(()) };
            passed_over = last.start;
            let footage = self.footage(live, limits.retention, now, segments);
            let gone = footage.expired(now);
            take(Choice { among: &footage, gone })?;
        }
    }

    /// The oldest beyond the stream's limit of bytes; answers the bytes over it that can't go.
    pub(super) fn choose_by_bytes(
        &self,
        live: &LiveStream,
        limits: &Limits,
        now: WallTime,
        earlier: &Gone,
        take: Take<'_>,
    ) -> Result<u64, StoreError> {
        let Some(limit) = limits.retain_bytes else { return Ok(0) };
        let bytes = self.index.stream_bytes(live.key)?.saturating_sub(earlier.bytes);
        let mut excess = bytes.saturating_sub(limit);
        let mut passed_over = WallTime::from_micros(i64::MIN);
        while excess > 0 {
            let mut segments =
                self.index.footprints(live.key, passed_over, WallTime::MAX, BATCH)?;
            let Some(last) = segments.last() else { break };
            passed_over = last.start;
            segments.retain(|segment| !earlier.ids.contains(&segment.id));
            let footage = self.footage(live, limits.retention, now, segments);
            let gone = footage.oldest(excess);
            excess = excess.saturating_sub(take(Choice { among: &footage, gone })?);
        }
        Ok(excess)
    }

    pub(super) fn footage(
        &self,
        live: &LiveStream,
        retention: Duration,
        now: WallTime,
        mut segments: Vec<Footprint>,
    ) -> Footage {
        let state = live.state();
        let overlay = state.overlay();
        for segment in &mut segments {
            // What the index does not know as it is stays for now.
            segment.is_open |= overlay.contains_key(&segment.id);
        }
        Footage {
            retention,
            holds: state.holds.iter().filter(|hold| hold.is_active(now)).cloned().collect(),
            segments,
        }
    }
}
