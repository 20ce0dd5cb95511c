//! Files and names together, and the space they take. Knows no time, no handle and no fault.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use arrow_buffer::Buffer;
use rustix::io::Errno;

use super::Loss;
use super::faults::DiskCounts;
use super::file::File;
use super::names::{Entry, Names};
use crate::random::Random;

/// The longest file. Files are dense here, so a stray offset would otherwise take the memory of the test.
const FILE_BYTES_MAX: usize = 1 << 30;

/// Everything on a disk.
#[derive(Debug)]
pub(super) struct Volume {
    names: Names,
    nodes: BTreeMap<u64, Node>,
    next: u64,
    /// Files that nobody sees, but a crash may bring back.
    hidden: BTreeSet<u64>,
    /// By all that are seen.
    used_bytes: u64,
    /// Counts what was done, so that a sync covers what was done before it began and not more.
    stamp: u64,
}

#[derive(Debug, Default)]
struct Node {
    file: File,
    named: bool,
    holders: u32,
    /// What the last that was said to have written to it has said the time was.
    modified_ns: u64,
}

impl Volume {
    pub(super) fn new() -> Self {
        Self {
            names: Names::new(),
            nodes: BTreeMap::new(),
            next: 0,
            hidden: BTreeSet::new(),
            used_bytes: 0,
            stamp: 0,
        }
    }

    pub(super) fn stamp(&self) -> u64 {
        self.stamp
    }

    pub(super) fn used_bytes(&self) -> u64 {
        self.used_bytes
    }

    /// A file by its name. Whoever opens one holds it.
    pub(super) fn open(&mut self, path: &Path) -> Result<u64, Errno> {
        let file = self.names.file(path)?;
        self.hold(file);
        Ok(file)
    }

    pub(super) fn create(&mut self, path: &Path) -> Result<u64, Errno> {
        let stamp = self.advance();
        self.names.create(stamp, path, self.next)?;
        Ok(self.add(true))
    }

    pub(super) fn create_temporary(&mut self, directory: &Path) -> Result<u64, Errno> {
        self.names.directory(directory)?;
        Ok(self.add(false))
    }

    pub(super) fn hold(&mut self, file: u64) {
        self.node(file).holders += 1;
    }

    pub(super) fn release(&mut self, file: u64) {
        self.node(file).holders -= 1;
        self.settle(file);
    }

    pub(super) fn file(&self, file: u64) -> &File {
        &self.nodes[&file].file
    }

    pub(super) fn modified_ns(&self, file: u64) -> u64 {
        self.nodes[&file].modified_ns
    }

    /// Somebody writes to it now.
    pub(super) fn touch(&mut self, file: u64, now_ns: u64) {
        self.node(file).modified_ns = now_ns;
    }

    /// How many of the bytes can be written into so much space.
    pub(super) fn fitting(&self, file: u64, offset: u64, bytes: &Buffer, capacity: u64) -> usize {
        let room = capacity.saturating_sub(self.used_bytes);
        let end_max = (self.file(file).length() as u64).saturating_add(room);
        usize::try_from(end_max.saturating_sub(offset)).map_or(bytes.len(), |room| room.min(bytes.len()))
    }

    pub(super) fn write(&mut self, file: u64, offset: u64, bytes: &Buffer) -> Result<(), Errno> {
        let fits = |offset: &usize| offset.checked_add(bytes.len()).is_some_and(|end| end <= FILE_BYTES_MAX);
        let offset = usize::try_from(offset).ok().filter(fits).ok_or(Errno::FBIG)?;
        let stamp = self.advance();
        let file = &mut self.node(file).file;
        let before = file.length();
        file.write(stamp, offset, bytes);
        let grown = file.length() - before;
        self.used_bytes += grown as u64;
        Ok(())
    }

    pub(super) fn flip(&mut self, file: u64, offset: usize, bit: u64) {
        self.node(file).file.flip(offset, bit);
    }

    pub(super) fn sync(&mut self, file: u64, before: u64) {
        self.node(file).file.sync(before);
    }

    pub(super) fn lose(&mut self, file: u64, before: u64) -> u64 {
        self.node(file).file.lose(before)
    }

    pub(super) fn rename(&mut self, from: &Path, to: &Path) -> Result<(), Errno> {
        let stamp = self.advance();
        if let Some(Entry::File(file)) = self.names.rename(stamp, from, to)? {
            self.unname(file);
        }
        Ok(())
    }

    pub(super) fn remove(&mut self, path: &Path) -> Result<(), Errno> {
        let stamp = self.advance();
        let file = self.names.remove(stamp, path)?;
        self.unname(file);
        Ok(())
    }

    pub(super) fn list(&self, directory: &Path) -> Result<Vec<String>, Errno> {
        self.names.list(directory)
    }

    pub(super) fn create_directory(&mut self, directory: &Path) -> Result<(), Errno> {
        let stamp = self.advance();
        self.names.create_directory(stamp, directory)
    }

    pub(super) fn sync_directory(&mut self, directory: &Path, before: u64) -> Result<(), Errno> {
        let directory = self.names.directory(directory)?;
        self.names.sync(directory, before);
        self.forget_hidden();
        Ok(())
    }

    pub(super) fn lose_directory(&mut self, directory: &Path, before: u64) -> Result<u64, Errno> {
        let directory = self.names.directory(directory)?;
        let lost = self.names.lose(directory, before);
        self.forget_hidden();
        Ok(lost)
    }

    /// The machine, or what ran on it, went down: nothing is open any more.
    pub(super) fn crash(&mut self, loss: Loss, random: &mut Random, counts: &mut DiskCounts) {
        if loss != Loss::Nothing {
            counts.lost_names += self.names.crash(loss, random);
            for node in self.nodes.values_mut() {
                node.file.crash(loss, random, counts);
            }
        }
        let (shown, kept) = (self.names.shown_files(), self.names.files());
        self.nodes.retain(|file, _| kept.contains(file));
        for (file, node) in &mut self.nodes {
            (node.named, node.holders) = (shown.contains(file), 0);
        }
        let seen = self.nodes.values().filter(|node| node.named);
        self.used_bytes = seen.map(|node| node.file.length() as u64).sum();
        self.hidden = &kept - &shown;
    }

    fn add(&mut self, named: bool) -> u64 {
        let file = self.next;
        self.next += 1;
        self.nodes.insert(file, Node { named, holders: 1, ..Node::default() });
        file
    }

    fn unname(&mut self, file: u64) {
        self.node(file).named = false;
        self.settle(file);
    }

    /// A file that has neither a name nor a holder takes no space.
    fn settle(&mut self, file: u64) {
        let node = &self.nodes[&file];
        if !node.named && node.holders == 0 {
            self.used_bytes -= node.file.length() as u64;
            self.hidden.insert(file);
            self.forget_hidden();
        }
    }

    /// Those that no crash can bring back.
    fn forget_hidden(&mut self) {
        if !self.hidden.is_empty() {
            let kept = self.names.files();
            let gone = self.hidden.extract_if(.., |file| !kept.contains(file));
            for file in gone {
                self.nodes.remove(&file);
            }
        }
    }

    fn advance(&mut self) -> u64 {
        self.stamp += 1;
        self.stamp - 1
    }

    fn node(&mut self, file: u64) -> &mut Node {
        self.nodes.get_mut(&file).expect("files stay as long as somebody holds or names them")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_no_crash_can_bring_back_is_forgotten() {
        let (mut volume, mut random) = (Volume::new(), Random::new(1));
        let (path, root) = (Path::new("/a"), Path::new("/"));
        for crash in [false, true] {
            let file = volume.create(path).unwrap();
            volume.sync_directory(root, u64::MAX).unwrap();
            volume.remove(path).unwrap();
            if crash {
                volume.crash(Loss::Nothing, &mut random, &mut DiskCounts::default());
            } else {
                volume.release(file);
            }
            assert_eq!(volume.nodes.len(), 1);
            volume.sync_directory(root, u64::MAX).unwrap();
            assert_eq!(volume.nodes.len(), 0);
        }
        let temporary = volume.create_temporary(root).unwrap();
        volume.release(temporary);
        assert_eq!(volume.nodes.len(), 0);
    }
}
