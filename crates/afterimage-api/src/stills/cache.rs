//! Pictures that were made, the least used going first. In memory alone: each can be made again.

use super::desk::{Still, StillKey};
use std::collections::{BTreeMap, HashMap};

const LIMIT_BYTES: usize = 64 << 20;

#[derive(Debug, Default)]
pub(super) struct StillCache {
    pictures: HashMap<StillKey, (u64, Still)>,
    /// By when they were last used.
    uses: BTreeMap<u64, StillKey>,
    bytes: usize,
    clock: u64,
}

impl StillCache {
    pub fn get(&mut self, key: &StillKey) -> Option<Still> {
        self.clock += 1;
        let (used, still) = self.pictures.get_mut(key)?;
        let key = self.uses.remove(used)?;
        *used = self.clock;
        self.uses.insert(self.clock, key);
        Some(still.clone())
    }

    pub fn has(&self, key: &StillKey) -> bool {
        self.pictures.contains_key(key)
    }

    pub fn put(&mut self, key: StillKey, still: Still) {
        self.clock += 1;
        self.bytes += still.bytes.len();
        self.uses.insert(self.clock, key.clone());
        if let Some((used, replaced)) = self.pictures.insert(key, (self.clock, still)) {
            self.uses.remove(&used);
            self.bytes -= replaced.bytes.len();
        }
        while self.bytes > LIMIT_BYTES
            && let Some((_, oldest)) = self.uses.pop_first()
        {
            if let Some((_, dropped)) = self.pictures.remove(&oldest) {
                self.bytes -= dropped.bytes.len();
            }
        }
    }
}
