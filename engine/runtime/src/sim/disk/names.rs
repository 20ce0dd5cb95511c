//! The tree of names: what is shown, what is durable, and the changes between the two.
//!
//! What happens to one name happens in order: a crash may undo any change, but then also the later ones of the same
//! names. A rename is one change of two names, so no crash leaves a file with both or without any; the moves of
//! directories keep their order, so that none ends up within itself.
//!
//! There are no links, and a directory is never removed but by another that takes its name. Absolute and relative
//! paths mean the same: the root is where everybody works.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path};

use rustix::io::Errno;

use super::Loss;
use super::walk::{checked, steps, within};
use crate::random::Random;

pub(super) const ROOT: u64 = 0;

/// What has a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    File(u64),
    Directory(u64),
}

/// All directories.
#[derive(Debug)]
pub(super) struct Names {
    directories: BTreeMap<u64, Directory>,
    /// What syncs would make durable, oldest first.
    changes: Vec<Change>,
    next: u64,
}

#[derive(Debug, Default)]
struct Directory {
    shown: BTreeMap<String, Entry>,
    durable: BTreeMap<String, Entry>,
}

/// Done as a whole or not at all.
#[derive(Debug)]
struct Change {
    stamp: u64,
    places: Vec<Place>,
    moves_directory: bool,
}

#[derive(Debug)]
struct Place {
    directory: u64,
    name: String,
    becomes: Option<Entry>,
}

impl Names {
    pub(super) fn new() -> Self {
        Self {
            directories: BTreeMap::from([(ROOT, Directory::default())]),
            changes: Vec::new(),
            next: ROOT + 1,
        }
    }

    pub(super) fn file(&self, path: &Path) -> Result<u64, Errno> {
        let (above, name) = self.split(path, Errno::ISDIR)?;
        match self.entry(within(&above), name)? {
            Entry::File(file) => Ok(file),
            Entry::Directory(_) => Err(Errno::ISDIR),
        }
    }

    pub(super) fn directory(&self, path: &Path) -> Result<u64, Errno> {
        Ok(within(&self.walk(path)?))
    }

    pub(super) fn list(&self, path: &Path) -> Result<Vec<String>, Errno> {
        let directory = self.directory(path)?;
        Ok(self.directories[&directory].shown.keys().cloned().collect())
    }

    pub(super) fn create(&mut self, stamp: u64, path: &Path, file: u64) -> Result<(), Errno> {
        let (above, name) = self.split(path, Errno::EXIST)?;
        let directory = within(&above);
        match self.entry(directory, name) {
            Ok(_) => Err(Errno::EXIST),
            Err(_) => {
                let becomes = Some(Entry::File(file));
                self.change(stamp, vec![Place { directory, name: name.into(), becomes }], false);
                Ok(())
            }
        }
    }

    /// The file that has lost its name.
    pub(super) fn remove(&mut self, stamp: u64, path: &Path) -> Result<u64, Errno> {
        let file = self.file(path)?;
        let (above, name) = self.split(path, Errno::ISDIR)?;
        let place = Place { directory: within(&above), name: name.into(), becomes: None };
        self.change(stamp, vec![place], false);
        Ok(file)
    }

    /// What had the name before.
    pub(super) fn rename(&mut self, stamp: u64, from: &Path, to: &Path) -> Result<Option<Entry>, Errno> {
        let (from_above, from_name) = self.split(from, Errno::BUSY)?;
        let (to_above, to_name) = self.split(to, Errno::BUSY)?;
        let (from_directory, to_directory) = (within(&from_above), within(&to_above));
        let entry = self.entry(from_directory, from_name)?;
        if let Entry::Directory(moved) = entry
            && to_above.contains(&moved)
        {
            return Err(Errno::INVAL);
        }
        let replaced = self.entry(to_directory, to_name).ok();
        match (entry, replaced) {
            (_, Some(same)) if same == entry => return Ok(None),
            (Entry::File(_), Some(Entry::Directory(_))) => return Err(Errno::ISDIR),
            (Entry::Directory(_), Some(Entry::File(_))) => return Err(Errno::NOTDIR),
            (_, Some(Entry::Directory(old))) if !self.directories[&old].shown.is_empty() => {
                return Err(Errno::NOTEMPTY);
            }
            _ => {}
        }
        let places = vec![
            Place { directory: from_directory, name: from_name.into(), becomes: None },
            Place { directory: to_directory, name: to_name.into(), becomes: Some(entry) },
        ];
        self.change(stamp, places, matches!(entry, Entry::Directory(_)));
        Ok(replaced)
    }

    /// A directory and those above it; each is a change of its own.
    pub(super) fn create_directory(&mut self, stamp: u64, path: &Path) -> Result<(), Errno> {
        let mut above = vec![ROOT];
        let mut components = steps(path)?.peekable();
        while let Some(component) = components.next() {
            let made = match component {
                Component::Normal(name) => {
                    let name = checked(name.to_str())?;
                    let directory = within(&above);
                    match self.entry(directory, name) {
                        Ok(Entry::Directory(there)) => there,
                        Ok(Entry::File(_)) if components.peek().is_none() => return Err(Errno::EXIST),
                        Ok(Entry::File(_)) => return Err(Errno::NOTDIR),
                        Err(_) => self.add_directory(stamp, directory, name),
                    }
                }
                other => {
                    self.step(&mut above, other)?;
                    continue;
                }
            };
            above.push(made);
        }
        Ok(())
    }

    /// Makes durable what happened to names of a directory before the stamp, with all that this rests on.
    pub(super) fn sync(&mut self, directory: u64, before: u64) {
        for change in self.take_covered(directory, before) {
            self.apply(&change, |directory| &mut directory.durable);
        }
    }

    /// Forgets to make it durable, and says how many changes that was about. They are shown until the next crash.
    pub(super) fn lose(&mut self, directory: u64, before: u64) -> u64 {
        self.take_covered(directory, before).len() as u64
    }

    /// The machine went down. Says how many changes are undone.
    pub(super) fn crash(&mut self, loss: Loss, random: &mut Random) -> u64 {
        let mut broken = BTreeSet::new();
        let mut lost = 0;
        for change in std::mem::take(&mut self.changes) {
            let falls = change.rests_on(&broken) || change.moves_directory && lost > 0;
            // The coin is thrown in any case, so that one loss does not shift the others.
            let lucky = loss == Loss::Some && random.chance(500);
            if lucky && !falls {
                self.apply(&change, |directory| &mut directory.durable);
            } else {
                lost += 1;
                broken.extend(change.keys());
            }
        }
        self.keep_reachable();
        for directory in self.directories.values_mut() {
            directory.shown.clone_from(&directory.durable);
        }
        lost
    }

    /// All files that have a name, or had one that a crash may give back.
    pub(super) fn files(&self) -> BTreeSet<u64> {
        let places = self.changes.iter().flat_map(|change| &change.places);
        let durable = self.directories.values().flat_map(|directory| directory.durable.values());
        let changed = places.filter_map(|place| place.becomes.as_ref()).filter_map(as_file);
        let mut files = self.shown_files();
        files.extend(durable.filter_map(as_file).chain(changed));
        files
    }

    /// All files that have a name.
    pub(super) fn shown_files(&self) -> BTreeSet<u64> {
        self.directories.values().flat_map(|directory| directory.shown.values()).filter_map(as_file).collect()
    }

    fn add_directory(&mut self, stamp: u64, directory: u64, name: &str) -> u64 {
        let made = self.next;
        self.next += 1;
        self.directories.insert(made, Directory::default());
        let place = Place { directory, name: name.into(), becomes: Some(Entry::Directory(made)) };
        self.change(stamp, vec![place], false);
        made
    }

    fn change(&mut self, stamp: u64, places: Vec<Place>, moves_directory: bool) {
        let change = Change { stamp, places, moves_directory };
        self.apply(&change, |directory| &mut directory.shown);
        self.changes.push(change);
    }

    fn apply(&mut self, change: &Change, side: fn(&mut Directory) -> &mut BTreeMap<String, Entry>) {
        for Place { directory, name, becomes } in &change.places {
            let names = side(self.directories.get_mut(directory).expect("directories stay until a crash"));
            match becomes {
                Some(entry) => names.insert(name.clone(), *entry),
                None => names.remove(name),
            };
        }
    }

    /// From the newest to the oldest: what touches the directory, and what any of that rests on.
    fn take_covered(&mut self, directory: u64, before: u64) -> Vec<Change> {
        let (mut needed, mut all) = (BTreeSet::new(), false);
        let (mut covered, mut left) = (Vec::new(), Vec::new());
        for change in std::mem::take(&mut self.changes).into_iter().rev() {
            let touches = change.places.iter().any(|place| place.directory == directory);
            if all || touches && change.stamp < before || change.rests_on(&needed) {
                all |= change.moves_directory;
                needed.extend(change.keys());
                covered.push(change);
            } else {
                left.push(change);
            }
        }
        covered.reverse();
        left.reverse();
        self.changes = left;
        covered
    }

    fn keep_reachable(&mut self) {
        let (mut reached, mut open) = (BTreeSet::new(), vec![ROOT]);
        while let Some(directory) = open.pop() {
            if reached.insert(directory) {
                open.extend(self.directories[&directory].durable.values().filter_map(|entry| match entry {
                    Entry::Directory(below) => Some(*below),
                    Entry::File(_) => None,
                }));
            }
        }
        self.directories.retain(|directory, _| reached.contains(directory));
    }

    pub(super) fn entry(&self, directory: u64, name: &str) -> Result<Entry, Errno> {
        self.directories[&directory].shown.get(name).copied().ok_or(Errno::NOENT)
    }
}

impl Change {
    fn keys(&self) -> impl Iterator<Item = (u64, String)> {
        self.places.iter().map(|place| (place.directory, place.name.clone()))
    }

    fn rests_on(&self, keys: &BTreeSet<(u64, String)>) -> bool {
        !keys.is_empty() && self.keys().any(|key| keys.contains(&key))
    }
}

fn as_file(entry: &Entry) -> Option<u64> {
    match entry {
        Entry::File(file) => Some(*file),
        Entry::Directory(_) => None,
    }
}
