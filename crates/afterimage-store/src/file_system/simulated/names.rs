//! The names of the simulated disk, by directory: what the machine sees and what a crash keeps.
//!
//! Invariant: asking about one directory costs nothing for the others, so that years of an archive
//! cost what hours do.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Name {
    Directory,
    /// Its node.
    File(usize),
}

/// The names in each directory that has any.
#[derive(Debug, Default)]
struct Listing(BTreeMap<PathBuf, BTreeMap<OsString, Name>>);

#[derive(Debug, Default)]
pub(super) struct Names {
    seen: Listing,
    durable: Listing,
    /// Where the two may differ.
    unsynced: BTreeSet<PathBuf>,
}

impl Names {
    pub fn get(&self, path: &Path) -> Option<Name> {
        self.seen.get(path)
    }

    pub fn put(&mut self, path: &Path, name: Name) {
        self.seen.put(path, name);
        self.unsynced.insert(path.to_owned());
    }

    pub fn remove(&mut self, path: &Path) -> Option<Name> {
        let name = self.seen.remove(path);
        self.unsynced.insert(path.to_owned());
        name
    }

    /// What is in the directory, by name.
    pub fn inside(&self, directory: &Path) -> impl Iterator<Item = (&OsString, Name)> {
        self.seen.0.get(directory).into_iter().flatten().map(|(name, kind)| (name, *kind))
    }

    /// Every file and its node, in order of path.
    pub fn files(&self) -> Vec<(PathBuf, usize)> {
        let inside = |(directory, names): (&PathBuf, &BTreeMap<OsString, Name>)| {
            let file = |(name, kind): (&OsString, &Name)| match kind {
                Name::File(node) => Some((directory.join(name), *node)),
                Name::Directory => None,
            };
            names.iter().filter_map(file).collect::<Vec<_>>()
        };
        let mut files: Vec<_> = self.seen.0.iter().flat_map(inside).collect();
        files.sort();
        files
    }

    /// A crash keeps the names in the directory as they are now.
    pub fn sync(&mut self, directory: &Path) {
        let is_inside = |path: &PathBuf| path.parent() == Some(directory);
        for path in self.unsynced.extract_if(.., is_inside) {
            match self.seen.get(&path) {
                Some(name) => self.durable.put(&path, name),
                None => self.durable.remove_tree(&path),
            }
        }
    }

    /// A crash: what was not synced is as it was or as it is, as `keeps_old` says of each.
    pub fn crash(&mut self, mut keeps_old: impl FnMut() -> bool) {
        // Parents before what is in them.
        for path in std::mem::take(&mut self.unsynced) {
            let (seen, durable) = (self.seen.get(&path), self.durable.get(&path));
            let survivor = if seen == durable || keeps_old() { durable } else { seen };
            let parent = path.parent().and_then(|parent| self.seen.get(parent));
            let survivor = survivor.filter(|_| parent == Some(Name::Directory));
            for listing in [&mut self.seen, &mut self.durable] {
                match survivor {
                    Some(name) => listing.put(&path, name),
                    None => listing.remove_tree(&path),
                }
            }
        }
    }
}

impl Listing {
    fn get(&self, path: &Path) -> Option<Name> {
        // The root is always there.
        let Some((directory, name)) = split(path) else { return Some(Name::Directory) };
        self.0.get(directory)?.get(name).copied()
    }

    fn put(&mut self, path: &Path, name: Name) {
        if let Some((directory, own)) = split(path) {
            let directory = self.0.entry(directory.to_owned()).or_default();
            directory.insert(own.to_owned(), name);
        }
    }

    fn remove(&mut self, path: &Path) -> Option<Name> {
        let (directory, own) = split(path)?;
        let names = self.0.get_mut(directory)?;
        let name = names.remove(own);
        if names.is_empty() {
            self.0.remove(directory);
        }
        name
    }

    /// The name and everything below it.
    fn remove_tree(&mut self, path: &Path) {
        self.remove(path);
        let below = self.0.range(path.to_owned()..);
        let below = below.map(|(directory, _)| directory);
        let below: Vec<PathBuf> =
            below.take_while(|directory| directory.starts_with(path)).cloned().collect();
        for directory in below {
            self.0.remove(&directory);
        }
    }
}

fn split(path: &Path) -> Option<(&Path, &OsStr)> {
    Some((path.parent()?, path.file_name()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crash_keeps_what_was_synced_and_takes_a_lost_directory_whole() {
        let mut names = Names::default();
        names.put(Path::new("/media"), Name::Directory);
        names.put(Path::new("/media/day"), Name::Directory);
        names.put(Path::new("/media/day/a"), Name::File(0));
        names.sync(Path::new("/media/day"));
        names.sync(Path::new("/"));
        names.crash(|| true);
        assert_eq!(names.get(Path::new("/media")), Some(Name::Directory), "its name was synced");
        assert_eq!(names.get(Path::new("/media/day")), None, "its own was not");
        assert_eq!(names.get(Path::new("/media/day/a")), None, "there is no way to it any more");
        names.put(Path::new("/media/day"), Name::Directory);
        assert_eq!(names.inside(Path::new("/media/day")).count(), 0, "a new one is empty");
    }

    #[test]
    fn what_was_not_synced_may_have_happened_all_the_same() {
        let mut names = Names::default();
        names.put(Path::new("/old"), Name::File(0));
        names.sync(Path::new("/"));
        names.remove(Path::new("/old"));
        names.put(Path::new("/new"), Name::File(1));
        names.crash(|| false);
        let files = names.files();
        assert_eq!(files, [(PathBuf::from("/new"), 1)], "both changes reached the disk by luck");
    }
}
