//! A file system in memory that counts its operations, fails them on request, tears writes, and
//! loses at a crash whatever was not synced.
//!
//! Belongs here: the operations. Not here: which of them fail ([`faults`]), what of the names and
//! the bytes survives ([`names`], [`nodes`]), what an open file is ([`handle`]).
//! Invariant: it is never kinder than a real disk. A failed sync drops the bytes it was for: as on
//! Linux their pages are clean from then on, so that a later sync succeeds and makes nothing durable.
//! No file system promises more of a descriptor whose sync failed, so nothing that is written
//! through it later survives a crash either. Names that were not synced may or may not be there.

mod faults;
mod handle;
mod names;
mod nodes;

pub use faults::Fault;

use self::faults::{Faults, Operation, Verdict};
use self::handle::Handle;
use self::names::{Name, Names};
use self::nodes::Nodes;
use super::{Access, DirectoryEntry, FileSystem, LockError, Privacy, Space, StoreFile};
use std::any::Any;
use std::collections::HashMap;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

#[derive(Debug, Default)]
struct World {
    nodes: Nodes,
    names: Names,
    locks: HashMap<PathBuf, (u64, String)>,
    faults: Faults,
    generation: u64,
    seed: Seed,
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
        disk.lock_world().seed = Seed(seed);
        disk
    }

    /// How many operations were asked for so far.
    #[must_use]
    pub fn operations(&self) -> u64 {
        self.lock_world().faults.operations
    }

    /// Lets the operation with this number (from [`Self::operations`]) meet a fault.
    pub fn plan(&self, operation: u64, fault: Fault) {
        self.lock_world().faults.plan = Some((operation, fault));
    }

    /// Faults end: a full or failing disk works again.
    pub fn repair(&self) {
        self.lock_world().faults.end();
    }

    #[must_use]
    pub fn has_crashed(&self) -> bool {
        self.lock_world().faults.has_crashed
    }

    /// Whether it was ever out of room.
    #[must_use]
    pub fn was_full(&self) -> bool {
        self.lock_world().faults.was_full
    }

    /// The machine stops, if it has not, and comes up again with what survived.
    pub fn restart(&self) {
        self.lock_world().restart();
    }

    /// Turns bytes around where they lie, as a failing disk does.
    pub fn corrupt(&self, path: &Path, offset: u64) -> bool {
        let mut world = self.lock_world();
        let Some(Name::File(node)) = world.names.get(path) else { return false };
        world.nodes.corrupt(node, usize::try_from(offset).unwrap_or(usize::MAX));
        true
    }

    /// Every file and its length, in order of path.
    #[must_use]
    pub fn files(&self) -> Vec<(PathBuf, u64)> {
        let world = self.lock_world();
        let length = |node| world.nodes.bytes(node).len() as u64;
        world.names.files().into_iter().map(|(path, node)| (path, length(node))).collect()
    }

    fn lock_world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn enter(&self, operation: Operation) -> io::Result<(MutexGuard<'_, World>, Verdict)> {
        let mut world = self.lock_world();
        let verdict = world.faults.judge(operation)?;
        Ok((world, verdict))
    }
}

/// splitmix64.
#[derive(Debug, Default)]
struct Seed(u64);

impl Seed {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
        usize::try_from(z % (limit.max(1) as u64)).unwrap_or(0)
    }
}

impl World {
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
        let Self { names, nodes, seed, .. } = self;
        names.crash(|| seed.below(2) == 0);
        nodes.crash(|limit| seed.below(limit));
        nodes.keep_only(&names.files().into_iter().map(|(_, node)| node).collect());
        self.locks.clear();
        self.faults.end();
        self.faults.has_crashed = false;
        self.generation += 1;
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
                None => world.names.put(path, Name::Directory),
            }
        }
        world.faults.finish(verdict)
    }

    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        let (mut world, verdict) = self.enter(Operation::SyncDirectory)?;
        world.is_directory(path)?;
        if !matches!(verdict, Verdict::Fail(_)) {
            world.names.sync(path);
        }
        world.faults.finish(verdict)
    }

    fn create_file(&self, path: &Path, _privacy: Privacy) -> io::Result<Box<dyn StoreFile>> {
        let (mut world, verdict) = self.enter(Operation::Create)?;
        if let Verdict::Fail(_) = verdict {
            world.faults.finish(verdict)?;
        }
        world.parent_exists(path)?;
        if world.names.get(path).is_some() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let node = world.nodes.make();
        world.names.put(path, Name::File(node));
        let generation = world.generation;
        world.faults.finish(verdict)?;
        drop(world);
        Ok(Box::new(Handle::new(self, node, generation, Access::Write)))
    }

    fn open_file(&self, path: &Path, access: Access) -> io::Result<Box<dyn StoreFile>> {
        let (mut world, verdict) = self.enter(Operation::Open)?;
        world.faults.finish(verdict)?;
        let node = match world.names.get(path) {
            Some(Name::File(node)) => node,
            Some(Name::Directory) => return Err(io::ErrorKind::IsADirectory.into()),
            None => return Err(io::ErrorKind::NotFound.into()),
        };
        let generation = world.generation;
        drop(world);
        Ok(Box::new(Handle::new(self, node, generation, access)))
    }

    fn list(&self, path: &Path) -> io::Result<Vec<DirectoryEntry>> {
        let (mut world, verdict) = self.enter(Operation::List)?;
        world.faults.finish(verdict)?;
        world.is_directory(path)?;
        let entry = |(name, kind): (&OsString, Name)| DirectoryEntry {
            name: name.to_string_lossy().into_owned(),
            is_directory: kind == Name::Directory,
        };
        Ok(world.names.inside(path).map(entry).collect())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let (mut world, verdict) = self.enter(Operation::Rename)?;
        if !matches!(verdict, Verdict::Fail(_)) {
            let name = world.names.remove(from).ok_or(io::ErrorKind::NotFound)?;
            world.names.put(to, name);
        }
        world.faults.finish(verdict)
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
        world.faults.finish(verdict)
    }

    fn remove_directory(&self, path: &Path) -> io::Result<()> {
        let (mut world, verdict) = self.enter(Operation::Remove)?;
        if !matches!(verdict, Verdict::Fail(_)) {
            world.is_directory(path)?;
            if world.names.inside(path).next().is_some() {
                return Err(io::ErrorKind::DirectoryNotEmpty.into());
            }
            world.names.remove(path);
        }
        world.faults.finish(verdict)
    }

    fn space(&self, _path: &Path) -> io::Result<Space> {
        let world = self.lock_world();
        let full = world.faults.is_full();
        Ok(Space { total: 1 << 40, available: if full { 0 } else { 1 << 39 } })
    }

    fn lock(&self, path: &Path, holder: &str) -> Result<Box<dyn Any + Send + Sync>, LockError> {
        let (mut world, verdict) = self.enter(Operation::Lock).map_err(LockError::Io)?;
        world.faults.finish(verdict).map_err(LockError::Io)?;
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
        world.faults.finish(verdict)
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
