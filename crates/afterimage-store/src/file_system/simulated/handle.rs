//! An open file on the simulated disk.
//!
//! Invariants: a descriptor whose sync failed makes nothing durable any more. One from before a
//! crash does nothing at all.

use super::faults::{Operation, Verdict};
use super::nodes::Change;
use super::{SimulatedDisk, World};
use crate::file_system::{Access, StoreFile};
use std::io;
use std::sync::MutexGuard;
use std::sync::atomic::{AtomicBool, Ordering};

#[derive(Debug)]
pub(super) struct Handle {
    disk: SimulatedDisk,
    node: usize,
    generation: u64,
    access: Access,
    /// A sync of this descriptor failed once.
    is_spoiled: AtomicBool,
}

impl Handle {
    pub fn new(disk: &SimulatedDisk, node: usize, generation: u64, access: Access) -> Self {
        let is_spoiled = AtomicBool::new(false);
        Self { disk: disk.clone(), node, generation, access, is_spoiled }
    }

    fn enter(&self, operation: Operation) -> io::Result<(MutexGuard<'_, World>, Verdict)> {
        let (world, verdict) = self.disk.enter(operation)?;
        if world.generation != self.generation {
            return Err(io::Error::other("a descriptor from before the crash"));
        }
        let writes = matches!(operation, Operation::Write | Operation::Resize);
        if writes && self.access == Access::Read {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        Ok((world, verdict))
    }

    fn change(&self, world: &mut World, change: Change) {
        world.nodes.change(self.node, change, self.is_spoiled.load(Ordering::Relaxed));
    }
}

impl StoreFile for Handle {
    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let (mut world, verdict) = self.enter(Operation::Write)?;
        let offset = usize::try_from(offset).map_err(io::Error::other)?;
        let taken = match verdict {
            Verdict::Fail(_) => world.seed.below(bytes.len() + 1),
            _ => bytes.len(),
        };
        self.change(&mut world, Change::Write { offset, bytes: bytes[..taken].to_vec() });
        world.faults.finish(verdict)
    }

    fn read_onto(&self, buffer: &mut Vec<u8>, offset: u64) -> io::Result<bool> {
        let (mut world, verdict) = self.enter(Operation::Read)?;
        world.faults.finish(verdict)?;
        let data = world.nodes.bytes(self.node);
        let start = usize::try_from(offset).unwrap_or(usize::MAX).min(data.len());
        let length = (buffer.capacity() - buffer.len()).min(data.len() - start);
        buffer.extend_from_slice(&data[start..start + length]);
        Ok(length > 0)
    }

    fn sync_data(&self) -> io::Result<()> {
        let (mut world, verdict) = self.enter(Operation::Sync)?;
        let World { nodes, seed, .. } = &mut *world;
        // A failed sync drops what it was for: the kernel marks those pages clean.
        let is_failing = matches!(verdict, Verdict::Fail(_));
        if is_failing {
            self.is_spoiled.store(true, Ordering::Relaxed);
        }
        nodes.sync(self.node, |changes| if is_failing { seed.below(changes + 1) } else { changes });
        world.faults.finish(verdict)
    }

    fn set_length(&self, length: u64) -> io::Result<()> {
        let (mut world, verdict) = self.enter(Operation::Resize)?;
        if !matches!(verdict, Verdict::Fail(_)) {
            let length = usize::try_from(length).map_err(io::Error::other)?;
            self.change(&mut world, Change::Resize(length));
        }
        world.faults.finish(verdict)
    }

    fn length(&self) -> io::Result<u64> {
        Ok(self.disk.lock_world().nodes.bytes(self.node).len() as u64)
    }
}
