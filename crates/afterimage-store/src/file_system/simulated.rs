//! A file system in memory that counts its operations, fails them on request, tears writes, and
//! loses at a crash whatever was not synced.
//!
//! Invariant: it is never kinder than a real disk. A failed sync drops the bytes it was for: as on
//! Linux their pages are clean from then on, so that a later sync succeeds and makes nothing durable.
//! No file system promises more of a descriptor whose sync failed, so nothing that is written
//! through it later survives a crash either. Names that were not synced may or may not be there.

use super::{Access, DirectoryEntry, FileSystem, LockError, Privacy, Space, StoreFile};
use std::any::Any;
use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

/// What happens at the chosen operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// This operation fails, later ones work.
    FailOnce,
    /// This operation and every later one of its sort fail.
    FailForGood,
    /// No room: this and every later write fail after a part, until [`SimulatedDisk::repair`].
    Full,
    /// A write takes only a part, then fails; other operations fail.
    Tear,
    /// The machine stops before the operation.
    CrashBefore,
    /// The machine stops after it.
    CrashAfter,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operation {
    CreateDirectory,
    SyncDirectory,
    Create,
    Open,
    List,
    Rename,
    Remove,
    Lock,
    Write,
    Read,
    Sync,
    Resize,
    Commit,
}

#[derive(Clone, Debug)]
enum Change {
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

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Name {
    Directory,
    File(usize),
}

#[derive(Debug, Default)]
struct World {
    nodes: Vec<Node>,
    names: BTreeMap<PathBuf, Name>,
    durable_names: BTreeMap<PathBuf, Name>,
    locks: HashMap<PathBuf, (u64, String)>,
    operations: u64,
    plan: Option<(u64, Fault)>,
    failing: Option<(Operation, io::ErrorKind)>,
    crashed: bool,
    was_full: bool,
    generation: u64,
    seed: u64,
}

/// The fake disk; clones share it.
#[derive(Clone, Debug, Default)]
pub struct SimulatedDisk {
    world: Arc<Mutex<World>>,
}

impl SimulatedDisk {
    /// An empty disk with a root directory; `seed` decides what a crash keeps.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let disk = Self::default();
        {
            let mut world = disk.lock_world();
            world.seed = seed;
            world.names.insert(PathBuf::from("/"), Name::Directory);
            world.durable_names.insert(PathBuf::from("/"), Name::Directory);
        }
        disk
    }

    /// How many operations were asked for so far.
    #[must_use]
    pub fn operations(&self) -> u64 {
        self.lock_world().operations
    }

    /// Lets the operation with this number (from [`Self::operations`]) meet a fault.
    pub fn plan(&self, operation: u64, fault: Fault) {
        self.lock_world().plan = Some((operation, fault));
    }

    /// Faults end: a full or failing disk works again.
    pub fn repair(&self) {
        let mut world = self.lock_world();
        world.plan = None;
        world.failing = None;
    }

    #[must_use]
    pub fn has_crashed(&self) -> bool {
        self.lock_world().crashed
    }

    /// Whether it was ever out of room.
    #[must_use]
    pub fn was_full(&self) -> bool {
        self.lock_world().was_full
    }

    /// The machine stops, if it has not, and comes up again with what survived.
    pub fn restart(&self) {
        let mut world = self.lock_world();
        world.restart();
    }

    /// Turns bytes around where they lie, as a failing disk does.
    pub fn corrupt(&self, path: &Path, offset: u64) -> bool {
        let mut world = self.lock_world();
        let Some(Name::File(node)) = world.names.get(path).copied() else { return false };
        let node = &mut world.nodes[node];
        let at = usize::try_from(offset).unwrap_or(usize::MAX);
        for bytes in [&mut node.seen, &mut node.durable] {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 0x55;
            }
        }
        true
    }

    /// Every file and its length, in order of path.
    #[must_use]
    pub fn files(&self) -> Vec<(PathBuf, u64)> {
        let world = self.lock_world();
        let file = |(path, name): (&PathBuf, &Name)| match name {
            Name::File(node) => Some((path.clone(), world.nodes[*node].seen.len() as u64)),
            Name::Directory => None,
        };
        world.names.iter().filter_map(file).collect()
    }

    fn lock_world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn enter(&self, operation: Operation) -> io::Result<(MutexGuard<'_, World>, Verdict)> {
        let mut world = self.lock_world();
        let verdict = world.judge(operation)?;
        Ok((world, verdict))
    }
}

/// How an admitted operation goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Go,
    /// It is done in part, or not at all, and fails so.
    Fail(io::ErrorKind),
    /// It is done, and then the machine stops.
    GoThenCrash,
}

impl World {
    fn random(&mut self, below: usize) -> usize {
        // splitmix64
        self.seed = self.seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.seed;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
        usize::try_from(z % (below.max(1) as u64)).unwrap_or(0)
    }

    fn judge(&mut self, operation: Operation) -> io::Result<Verdict> {
        if self.crashed {
            return Err(io::Error::other("the machine has stopped"));
        }
        let number = self.operations;
        self.operations += 1;
        if let Some((failing, kind)) = self.failing
            && (failing == operation
                || (kind == io::ErrorKind::StorageFull && operation == Operation::Create))
        {
            return Ok(Verdict::Fail(kind));
        }
        let Some((at, fault)) = self.plan else { return Ok(Verdict::Go) };
        if at != number {
            return Ok(Verdict::Go);
        }
        match fault {
            Fault::FailOnce | Fault::Tear => Ok(Verdict::Fail(io::ErrorKind::Other)),
            Fault::FailForGood => {
                self.failing = Some((operation, io::ErrorKind::Other));
                Ok(Verdict::Fail(io::ErrorKind::Other))
            }
            Fault::Full => {
                self.was_full = true;
                self.failing = Some((Operation::Write, io::ErrorKind::StorageFull));
                match operation {
                    Operation::Write | Operation::Create | Operation::CreateDirectory => {
                        Ok(Verdict::Fail(io::ErrorKind::StorageFull))
                    }
                    _ => Ok(Verdict::Go),
                }
            }
            Fault::CrashBefore => {
                self.crashed = true;
                Err(io::Error::other("the machine stops"))
            }
            Fault::CrashAfter => Ok(Verdict::GoThenCrash),
        }
    }

    fn finish(&mut self, verdict: Verdict) -> io::Result<()> {
        match verdict {
            Verdict::Go => Ok(()),
            Verdict::Fail(kind) => Err(io::Error::new(kind, "injected")),
            Verdict::GoThenCrash => {
                self.crashed = true;
                Ok(())
            }
        }
    }

    fn is_directory(&self, path: &Path) -> io::Result<()> {
        match self.names.get(path) {
            Some(Name::Directory) => Ok(()),
            Some(Name::File(_)) => Err(io::ErrorKind::NotADirectory.into()),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn parent_exists(&self, path: &Path) -> io::Result<()> {
        self.is_directory(path.parent().unwrap_or(Path::new("/")))
    }

    fn restart(&mut self) {
        let mut paths: Vec<PathBuf> =
            self.names.keys().chain(self.durable_names.keys()).cloned().collect();
        paths.sort();
        paths.dedup();
        let mut kept = BTreeMap::new();
        for path in paths {
            let (seen, durable) = (self.names.get(&path), self.durable_names.get(&path));
            let (seen, durable) = (seen.copied(), durable.copied());
            let survivor = if seen == durable || self.random(2) == 0 { durable } else { seen };
            let under = path.parent().is_none_or(|parent| kept.contains_key(parent));
            if let Some(name) = survivor.filter(|_| under) {
                kept.insert(path, name);
            }
        }
        for index in 0..self.nodes.len() {
            let changes = std::mem::take(&mut self.nodes[index].unsynced);
            let mut bytes = std::mem::take(&mut self.nodes[index].durable);
            let whole = self.random(changes.len() + 1);
            for change in &changes[..whole] {
                change.apply(&mut bytes);
            }
            if let Some(Change::Write { offset, bytes: written }) = changes.get(whole) {
                let part = self.random(written.len() + 1);
                let mut torn = written[..part].to_vec();
                // Blocks land in any order: the length may be there before the bytes are.
                if self.random(3) == 0 {
                    torn.resize(written.len(), 0);
                }
                Change::Write { offset: *offset, bytes: torn }.apply(&mut bytes);
            }
            self.nodes[index].seen.clone_from(&bytes);
            self.nodes[index].durable = bytes;
        }
        self.names.clone_from(&kept);
        self.durable_names = kept;
        self.locks.clear();
        self.plan = None;
        self.failing = None;
        self.crashed = false;
        self.generation += 1;
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

impl FileSystem for SimulatedDisk {
    fn create_directory(&self, path: &Path) -> io::Result<()> {
        let (mut world, verdict) = self.enter(Operation::CreateDirectory)?;
        if !matches!(verdict, Verdict::Fail(_)) {
            world.parent_exists(path)?;
            match world.names.get(path) {
                Some(Name::File(_)) => return Err(io::ErrorKind::AlreadyExists.into()),
                Some(Name::Directory) => {}
                None => {
                    world.names.insert(path.to_owned(), Name::Directory);
                }
            }
        }
        world.finish(verdict)
    }

    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        let (mut world, verdict) = self.enter(Operation::SyncDirectory)?;
        world.is_directory(path)?;
        if !matches!(verdict, Verdict::Fail(_)) {
            let inside = |name: &PathBuf| name.parent() == Some(path);
            world.durable_names.retain(|name, _| !inside(name));
            let now: Vec<_> = world
                .names
                .iter()
                .filter(|(name, _)| inside(name))
                .map(|(name, kind)| (name.clone(), *kind))
                .collect();
            world.durable_names.extend(now);
        }
        world.finish(verdict)
    }

    fn create_file(&self, path: &Path, _privacy: Privacy) -> io::Result<Box<dyn StoreFile>> {
        let (mut world, verdict) = self.enter(Operation::Create)?;
        if let Verdict::Fail(_) = verdict {
            world.finish(verdict)?;
        }
        world.parent_exists(path)?;
        if world.names.contains_key(path) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let node = world.nodes.len();
        world.nodes.push(Node::default());
        world.names.insert(path.to_owned(), Name::File(node));
        let generation = world.generation;
        world.finish(verdict)?;
        drop(world);
        Ok(Box::new(Handle::new(self, node, generation, Access::Write)))
    }

    fn open_file(&self, path: &Path, access: Access) -> io::Result<Box<dyn StoreFile>> {
        let (mut world, verdict) = self.enter(Operation::Open)?;
        world.finish(verdict)?;
        let node = match world.names.get(path) {
            Some(Name::File(node)) => *node,
            Some(Name::Directory) => return Err(io::ErrorKind::IsADirectory.into()),
            None => return Err(io::ErrorKind::NotFound.into()),
        };
        let generation = world.generation;
        drop(world);
        Ok(Box::new(Handle::new(self, node, generation, access)))
    }

    fn list(&self, path: &Path) -> io::Result<Vec<DirectoryEntry>> {
        let (mut world, verdict) = self.enter(Operation::List)?;
        world.finish(verdict)?;
        world.is_directory(path)?;
        let inside = world.names.iter().filter(|(name, _)| name.parent() == Some(path));
        let entry = |(name, kind): (&PathBuf, &Name)| DirectoryEntry {
            name: name.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            is_directory: *kind == Name::Directory,
        };
        Ok(inside.map(entry).collect())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let (mut world, verdict) = self.enter(Operation::Rename)?;
        if !matches!(verdict, Verdict::Fail(_)) {
            let name = world.names.remove(from).ok_or(io::ErrorKind::NotFound)?;
            world.names.insert(to.to_owned(), name);
        }
        world.finish(verdict)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        let (mut world, verdict) = self.enter(Operation::Remove)?;
        if !matches!(verdict, Verdict::Fail(_)) {
            match world.names.get(path) {
                Some(Name::File(_)) => world.names.remove(path),
                Some(Name::Directory) => return Err(io::ErrorKind::IsADirectory.into()),
                None => return Err(io::ErrorKind::NotFound.into()),
            };
        }
        world.finish(verdict)
    }

    fn remove_directory(&self, path: &Path) -> io::Result<()> {
        let (mut world, verdict) = self.enter(Operation::Remove)?;
        if !matches!(verdict, Verdict::Fail(_)) {
            world.is_directory(path)?;
            if world.names.keys().any(|name| name.parent() == Some(path)) {
                return Err(io::ErrorKind::DirectoryNotEmpty.into());
            }
            world.names.remove(path);
        }
        world.finish(verdict)
    }

    fn space(&self, _path: &Path) -> io::Result<Space> {
        let world = self.lock_world();
        let full = matches!(world.failing, Some((_, io::ErrorKind::StorageFull)));
        Ok(Space { total: 1 << 40, available: if full { 0 } else { 1 << 39 } })
    }

    fn lock(&self, path: &Path, holder: &str) -> Result<Box<dyn Any + Send + Sync>, LockError> {
        let (mut world, verdict) = self.enter(Operation::Lock).map_err(LockError::Io)?;
        world.finish(verdict).map_err(LockError::Io)?;
        if let Some((_, holder)) = world.locks.get(path) {
            return Err(LockError::Held(holder.clone()));
        }
        let generation = world.generation;
        world.locks.insert(path.to_owned(), (generation, holder.to_owned()));
        drop(world);
        Ok(Box::new(Held { disk: self.clone(), path: path.to_owned(), generation }))
    }

    fn before_index_commit(&self) -> io::Result<()> {
        let (mut world, verdict) = self.enter(Operation::Commit)?;
        world.finish(verdict)
    }

    fn after_index_commit(&self) -> io::Result<()> {
        if self.has_crashed() { Err(io::Error::other("the machine has stopped")) } else { Ok(()) }
    }
}

#[derive(Debug)]
struct Held {
    disk: SimulatedDisk,
    path: PathBuf,
    generation: u64,
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut world = self.disk.lock_world();
        if world.locks.get(&self.path).is_some_and(|(held, _)| *held == self.generation) {
            world.locks.remove(&self.path);
        }
    }
}

#[derive(Debug)]
struct Handle {
    disk: SimulatedDisk,
    node: usize,
    generation: u64,
    access: Access,
    /// A sync of this descriptor failed once.
    is_spoiled: AtomicBool,
}

impl Handle {
    fn new(disk: &SimulatedDisk, node: usize, generation: u64, access: Access) -> Self {
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
        let node = &mut world.nodes[self.node];
        change.apply(&mut node.seen);
        if !self.is_spoiled.load(Ordering::Relaxed) {
            node.unsynced.push(change);
        }
    }
}

impl StoreFile for Handle {
    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let (mut world, verdict) = self.enter(Operation::Write)?;
        let offset = usize::try_from(offset).map_err(io::Error::other)?;
        let taken = match verdict {
            Verdict::Fail(_) => world.random(bytes.len() + 1),
            _ => bytes.len(),
        };
        self.change(&mut world, Change::Write { offset, bytes: bytes[..taken].to_vec() });
        world.finish(verdict)
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let (mut world, verdict) = self.enter(Operation::Read)?;
        world.finish(verdict)?;
        let data = &world.nodes[self.node].seen;
        let start = usize::try_from(offset).unwrap_or(usize::MAX).min(data.len());
        let length = buffer.len().min(data.len() - start);
        buffer[..length].copy_from_slice(&data[start..start + length]);
        Ok(length)
    }

    fn sync_data(&self) -> io::Result<()> {
        let (mut world, verdict) = self.enter(Operation::Sync)?;
        let changes = std::mem::take(&mut world.nodes[self.node].unsynced);
        // A failed sync drops what it was for: the kernel marks those pages clean.
        let kept = match verdict {
            Verdict::Fail(_) => {
                self.is_spoiled.store(true, Ordering::Relaxed);
                world.random(changes.len() + 1)
            }
            _ => changes.len(),
        };
        let node = &mut world.nodes[self.node];
        for change in &changes[..kept] {
            change.apply(&mut node.durable);
        }
        world.finish(verdict)
    }

    fn set_length(&self, length: u64) -> io::Result<()> {
        let (mut world, verdict) = self.enter(Operation::Resize)?;
        if !matches!(verdict, Verdict::Fail(_)) {
            let length = usize::try_from(length).map_err(io::Error::other)?;
            self.change(&mut world, Change::Resize(length));
        }
        world.finish(verdict)
    }

    fn length(&self) -> io::Result<u64> {
        Ok(self.disk.lock_world().nodes[self.node].seen.len() as u64)
    }
}
