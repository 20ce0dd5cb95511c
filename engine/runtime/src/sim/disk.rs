//! The disk of one simulated machine.
//!
//! ```text
//!   submit ─► pending, by the instant they are due ─► complete_due ─► fault? ─► Volume ─┬─ Names  tree, changes
//!               │ holds its file from here on            the effect happens here        └─ File   bytes, writes
//!               └─ abandoned by a crash: done, half done, or not
//! ```
//!
//! An operation takes effect when it completes, so two that overlap may do so in either order: whoever needs an order
//! waits for the answer. It holds its file from its submission: closing the file meanwhile takes the number away at
//! once and harms nothing that is under way. A sync covers what was complete when it was submitted, and no more.
//!
//! Errors are those of Linux, but for three things: a directory cannot be opened, a name must be UTF-8, and absolute
//! and relative paths mean the same. An unknown file is `EBADF`.
//!
//! Keeps everything in memory, twice. Never reads a clock, never calls back but in [`Disk::complete_due`], and never
//! gives a [`FileId`] out twice, crash or not. The same seed and the same calls give the same answers.

mod damage;
mod faults;
mod file;
mod names;
mod volume;
mod walk;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::io::Errno;

use super::WALL_BEGAN_MS;
use crate::random::Random;
use crate::seam::{FileAnswer, FileError, FileId, FileOperation, FileResult, OpenMode, Ticket};

pub use faults::{DiskCounts, DiskFaults};

use volume::Volume;

/// What a crash takes of that which was not synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// Nothing: the process was killed, and the cache of the machine lives on. What was not synced still is not.
    Nothing,
    /// All of it: the power failed.
    All,
    /// Any of it, whole or torn at a sector: the power failed while the machine was writing.
    Some,
}

/// A disk, and what is under way on it. `K` is the caller's name for an operation.
#[derive(Debug)]
pub struct Disk<K = Ticket> {
    volume: Volume,
    open: BTreeMap<FileId, Handle>,
    opened: u64,
    /// By the instant they are due, and then in the order of submission.
    pending: BTreeMap<(u64, u64), Pending<K>>,
    submitted: u64,
    /// What is done now bears this time.
    now_ns: u64,
    faults: DiskFaults,
    counts: DiskCounts,
    chances: Chances,
}

/// A stream for each purpose, so that a kind of fault that is turned on shifts nothing else.
#[derive(Debug)]
struct Chances {
    delay: Random,
    error: Random,
    damage: Random,
    flip: Random,
    crash: Random,
}

#[derive(Debug)]
struct Pending<K> {
    key: K,
    operation: FileOperation,
    /// The file it is about, if that was open.
    handle: Option<Handle>,
    /// What had been done on the disk by then: a sync covers that.
    stamp: u64,
}

#[derive(Clone, Debug)]
struct Handle {
    file: u64,
    path: Arc<Path>,
    writable: bool,
}

impl<K: Copy> Disk<K> {
    /// An empty disk: nothing but its root.
    pub fn new(random: Random, faults: DiskFaults) -> Self {
        let chances = Chances {
            delay: random.branch("delay"),
            error: random.branch("error"),
            damage: random.branch("damage"),
            flip: random.branch("flip"),
            crash: random.branch("crash"),
        };
        Self {
            volume: Volume::new(),
            open: BTreeMap::new(),
            opened: 0,
            pending: BTreeMap::new(),
            submitted: 0,
            now_ns: 0,
            faults,
            counts: DiskCounts::default(),
            chances,
        }
    }

    /// Begins an operation. It is over at the instant that is returned, when [`Self::complete_due`] answers under
    /// the key.
    pub fn submit(&mut self, now_ns: u64, key: K, operation: FileOperation) -> u64 {
        let due_ns = now_ns.saturating_add(self.delay());
        let handle = self.take_hold(&operation);
        let pending = Pending { key, operation, handle, stamp: self.volume.stamp() };
        self.pending.insert((due_ns, self.submitted), pending);
        self.submitted += 1;
        due_ns
    }

    /// When the next operation is over, if one is under way.
    pub fn next_due_ns(&self) -> Option<u64> {
        self.pending.first_key_value().map(|((due_ns, _), _)| *due_ns)
    }

    /// Does what is due, in its order, and hands out the answers.
    pub fn complete_due(&mut self, now_ns: u64, each: &mut dyn FnMut(K, FileResult)) {
        while self.next_due_ns().is_some_and(|due_ns| due_ns <= now_ns) {
            let ((due_ns, _), pending) = self.pending.pop_first().expect("one is due");
            self.now_ns = self.now_ns.max(due_ns);
            let result = self.answer(&pending).map_err(|cause| pending.error(cause));
            if let Some(handle) = &pending.handle {
                self.volume.release(handle.file);
            }
            each(pending.key, result);
        }
    }

    /// The machine goes down, or what runs on it. Operations under way may have been done or not, writes also in
    /// part, and nobody is told; no file is open any more; temporary files are gone.
    pub fn crash(&mut self, loss: Loss) {
        for pending in std::mem::take(&mut self.pending).into_values() {
            self.abandon(&pending);
        }
        self.open.clear();
        self.volume.crash(loss, &mut self.chances.crash, &mut self.counts);
    }

    /// From now on nothing fails and everything fits. What was lost stays lost.
    pub fn heal(&mut self) {
        self.faults = DiskFaults::none();
    }

    /// How often something went wrong.
    pub fn counts(&self) -> DiskCounts {
        self.counts
    }

    /// The files that are open, with the paths they were opened by; a temporary one by that of its directory.
    pub fn open_files(&self) -> impl Iterator<Item = (FileId, &Path)> {
        self.open.iter().map(|(file, handle)| (*file, &*handle.path))
    }

    /// Bytes of all files that have a name or are in use.
    pub fn used_bytes(&self) -> u64 {
        self.volume.used_bytes()
    }

    /// All draws are made every time, so that a rate that changes shifts no other.
    fn delay(&mut self) -> u64 {
        let (chance, faults) = (&mut self.chances.delay, &self.faults);
        let (usual_ns, stalled) = (faults.delay.draw(chance), chance.chance(faults.stalls_per_thousand));
        let stall_ns = faults.stall.draw(chance);
        self.counts.stalls += u64::from(stalled);
        if stalled { usual_ns.saturating_add(stall_ns) } else { usual_ns }
    }

    /// A close takes the number away, and its hold on the file with it.
    fn take_hold(&mut self, operation: &FileOperation) -> Option<Handle> {
        let file = operation.file()?;
        if let FileOperation::Close { .. } = operation {
            return self.open.remove(&file);
        }
        let handle = self.open.get(&file)?.clone();
        self.volume.hold(handle.file);
        Some(handle)
    }

    fn answer(&mut self, pending: &Pending<K>) -> Result<FileAnswer, Errno> {
        let failed = self.chances.error.chance(self.faults.errors_per_thousand(&pending.operation));
        let allowed = pending.allowed();
        if failed && allowed.is_ok() {
            self.counts.count_error(&pending.operation);
            self.fail(pending);
            return Err(Errno::IO);
        }
        allowed?;
        match (&pending.operation, &pending.handle) {
            (FileOperation::Write { offset, bytes, .. }, Some(Handle { file, .. })) => {
                let fitting = self.volume.fitting(*file, *offset, bytes, self.faults.capacity_bytes);
                if fitting < bytes.len() {
                    self.counts.full += 1;
                    let done = bytes.slice_with_length(0, fitting);
                    self.volume.write(*file, *offset, &done)?;
                    return Err(Errno::NOSPC);
                }
            }
            (FileOperation::Read { offset, length, .. }, Some(Handle { file, .. })) => {
                self.flip(*file, *offset, *length);
            }
            _ => {}
        }
        self.perform(pending)
    }

    /// Does it, as a disk without faults.
    fn perform(&mut self, pending: &Pending<K>) -> Result<FileAnswer, Errno> {
        let handle = || pending.handle.as_ref().ok_or(Errno::BADF);
        let volume = &mut self.volume;
        match &pending.operation {
            FileOperation::Open { path, mode } => return self.open(path, *mode),
            FileOperation::Read { offset, length, .. } => {
                let file = volume.file(handle()?.file);
                return Ok(FileAnswer::Bytes(file.read(file.clamp(*offset, *length))));
            }
            FileOperation::Length { .. } => {
                return Ok(FileAnswer::Length(volume.file(handle()?.file).length() as u64));
            }
            FileOperation::Modified { .. } => {
                let ms = volume.modified_ns(handle()?.file) / 1_000_000;
                let ms = i64::try_from(ms).expect("a run of some years");
                return Ok(FileAnswer::Modified(WALL_BEGAN_MS + ms));
            }
            FileOperation::List { directory } => return Ok(FileAnswer::Names(volume.list(directory)?)),
            FileOperation::Write { offset, bytes, .. } => {
                let file = handle()?.file;
                volume.write(file, *offset, bytes)?;
                volume.touch(file, self.now_ns);
            }
            FileOperation::Sync { .. } => volume.sync(handle()?.file, pending.stamp),
            FileOperation::Close { .. } => {}
            FileOperation::Rename { from, to } => volume.rename(from, to)?,
            FileOperation::Remove { path } => volume.remove(path)?,
            FileOperation::CreateDirectory { directory } => volume.create_directory(directory)?,
            FileOperation::SyncDirectory { directory } => volume.sync_directory(directory, pending.stamp)?,
        }
        Ok(FileAnswer::Done)
    }

    fn open(&mut self, path: &Path, mode: OpenMode) -> Result<FileAnswer, Errno> {
        let file = match mode {
            OpenMode::Read => self.volume.open(path)?,
            OpenMode::Create => self.volume.create(path)?,
            OpenMode::Temporary => self.volume.create_temporary(path)?,
        };
        if mode != OpenMode::Read {
            self.volume.touch(file, self.now_ns);
        }
        let id = FileId(self.opened);
        self.opened += 1;
        self.open.insert(id, Handle { file, path: path.into(), writable: mode != OpenMode::Read });
        Ok(FileAnswer::Opened(id))
    }
}

impl<K> Pending<K> {
    /// Before any device is asked: the file must be open, and for writing if it is to be written.
    fn allowed(&self) -> Result<(), Errno> {
        match (&self.handle, &self.operation) {
            (None, operation) if operation.file().is_some() => Err(Errno::BADF),
            (Some(Handle { writable: false, .. }), FileOperation::Write { .. }) => Err(Errno::BADF),
            _ => Ok(()),
        }
    }

    fn error(&self, cause: Errno) -> FileError {
        let named = self.handle.as_ref().map(|handle| &*handle.path).or(self.operation.path());
        let unknown = || {
            let number = self.operation.file().map_or(0, |file| file.0);
            PathBuf::from(format!("file {number}"))
        };
        let path = named.map_or_else(unknown, Path::to_path_buf);
        FileError { action: self.operation.action(), path, cause: cause.into() }
    }
}
