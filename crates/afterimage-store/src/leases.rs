//! Which segments are being read, so that retention leaves them alone.
//!
//! Invariant: a segment is never leased and condemned at once.

use crate::record::SegmentId;
use crate::store::guard;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};

#[derive(Clone, Debug, Default)]
pub(crate) struct Leases(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    readers: HashMap<SegmentId, usize>,
    condemned: HashSet<SegmentId>,
}

/// Keeps a segment until it is dropped.
#[derive(Debug)]
pub(crate) struct Lease {
    leases: Leases,
    id: SegmentId,
}

impl Leases {
    /// `None`: the segment is being deleted.
    pub fn take(&self, id: SegmentId) -> Option<Lease> {
        let mut state = guard(&self.0);
        if state.condemned.contains(&id) {
            return None;
        }
        *state.readers.entry(id).or_default() += 1;
        Some(Lease { leases: self.clone(), id })
    }

    /// False: somebody reads it.
    pub fn condemn(&self, id: SegmentId) -> bool {
        let mut state = guard(&self.0);
        let is_free = !state.readers.contains_key(&id);
        if is_free {
            state.condemned.insert(id);
        }
        is_free
    }

    /// It is deleted, or it stays after all.
    pub fn acquit(&self, id: SegmentId) {
        guard(&self.0).condemned.remove(&id);
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let mut state = guard(&self.leases.0);
        if let Some(readers) = state.readers.get_mut(&self.id) {
            *readers -= 1;
            if *readers == 0 {
                state.readers.remove(&self.id);
            }
        }
    }
}
