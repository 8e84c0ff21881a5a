//! The bytes of files on the simulated disk: what the machine sees and what a crash keeps.
//!
//! Invariant: a crash costs what changed since the last one, not what there is.

use std::collections::{BTreeSet, HashSet};

#[derive(Clone, Debug)]
pub(super) enum Change {
    Write { offset: usize, bytes: Vec<u8> },
    Resize(usize),
}

#[derive(Clone, Debug, Default)]
struct Node {
    /// What the machine sees.
    seen: Vec<u8>,
    /// What survives a crash for sure.
    durable: Vec<u8>,
    /// What may survive, in order.
    unsynced: Vec<Change>,
}

#[derive(Debug, Default)]
pub(super) struct Nodes {
    all: Vec<Node>,
    /// Changed since the last crash.
    changed: BTreeSet<usize>,
}

impl Nodes {
    pub fn make(&mut self) -> usize {
        self.all.push(Node::default());
        self.all.len() - 1
    }

    pub fn bytes(&self, node: usize) -> &[u8] {
        &self.all[node].seen
    }

    /// A change that a sync makes durable, unless it came through a spoiled descriptor.
    pub fn change(&mut self, node: usize, change: Change, is_spoiled: bool) {
        self.changed.insert(node);
        let node = &mut self.all[node];
        change.apply(&mut node.seen);
        if !is_spoiled {
            node.unsynced.push(change);
        }
    }

    /// A sync; `keeps` says how many of so many changes it makes durable, the others are dropped.
    pub fn sync(&mut self, node: usize, keeps: impl FnOnce(usize) -> usize) {
        let node = &mut self.all[node];
        let changes = std::mem::take(&mut node.unsynced);
        let kept = keeps(changes.len());
        for change in &changes[..kept] {
            change.apply(&mut node.durable);
        }
    }

    /// Turns a byte around where it lies.
    pub fn corrupt(&mut self, node: usize, at: usize) {
        let node = &mut self.all[node];
        for bytes in [&mut node.seen, &mut node.durable] {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 0x55;
            }
        }
    }

    /// A crash: of what was not synced a part is there, as `random` says (a number below another).
    pub fn crash(&mut self, mut random: impl FnMut(usize) -> usize) {
        for index in std::mem::take(&mut self.changed) {
            let node = &mut self.all[index];
            let changes = std::mem::take(&mut node.unsynced);
            let mut bytes = std::mem::take(&mut node.durable);
            let whole = random(changes.len() + 1);
            for change in &changes[..whole] {
                change.apply(&mut bytes);
            }
            if let Some(Change::Write { offset, bytes: written }) = changes.get(whole) {
                let part = random(written.len() + 1);
                let mut torn = written[..part].to_vec();
                // Blocks land in any order: the length may be there before the bytes are.
                if random(3) == 0 {
                    torn.resize(written.len(), 0);
                }
                Change::Write { offset: *offset, bytes: torn }.apply(&mut bytes);
            }
            node.seen.clone_from(&bytes);
            node.durable = bytes;
        }
    }

    /// Frees the bytes of all others; nobody has them open.
    pub fn keep_only(&mut self, named: &HashSet<usize>) {
        let nameless = self.all.iter_mut().enumerate().filter(|(node, _)| !named.contains(node));
        for (_, node) in nameless {
            *node = Node::default();
        }
    }
}

impl Change {
    fn apply(&self, data: &mut Vec<u8>) {
        match self {
            Self::Write { offset, bytes } => {
                let end = offset + bytes.len();
                if data.len() < end {
                    data.resize(end, 0);
                }
                data[*offset..end].copy_from_slice(bytes);
            }
            Self::Resize(length) => data.resize(*length, 0),
        }
    }
}
