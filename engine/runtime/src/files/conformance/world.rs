//! One stage with words for what scenarios do on it.
//!
//! Keeps answers that nobody has waited for yet. Panics when a ticket is answered twice, or was never given out.

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::path::PathBuf;

use arrow_buffer::Buffer;

use super::Disk;
use crate::random::Random;
use crate::seam::{FileAnswer, FileId, FileOperation, FileResult, OpenMode, TaskId, Ticket};

/// A disk with an empty directory on it.
pub(crate) struct World {
    disk: Box<dyn Disk>,
    root: PathBuf,
    submitted: u64,
    in_flight: BTreeSet<Ticket>,
    answered: BTreeMap<Ticket, FileResult>,
}

impl World {
    pub(super) fn new(disk: Box<dyn Disk>, root: PathBuf) -> Self {
        Self { disk, root, submitted: 0, in_flight: BTreeSet::new(), answered: BTreeMap::new() }
    }

    pub(super) fn root(&self) -> PathBuf {
        self.root.clone()
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    pub(super) fn submit(&mut self, operation: FileOperation) -> Ticket {
        self.submitted += 1;
        let ticket = Ticket { task: TaskId { place: 3, generation: 1 }, number: self.submitted };
        self.in_flight.insert(ticket);
        self.disk.submit(ticket, operation);
        ticket
    }

    pub(super) fn wait(&mut self, ticket: Ticket) -> FileResult {
        loop {
            if let Some(result) = self.answered.remove(&ticket) {
                return result;
            }
            let (other, result) = self.disk.next();
            assert!(self.in_flight.remove(&other), "{other} was answered twice, or never asked");
            self.answered.insert(other, result);
        }
    }

    pub(super) fn ask(&mut self, operation: FileOperation) -> FileResult {
        let ticket = self.submit(operation);
        self.wait(ticket)
    }

    /// Asks for what must be refused for that reason, in an error that says of what it speaks.
    #[track_caller]
    pub(super) fn fail_with(&mut self, operation: FileOperation, kind: ErrorKind) {
        let (action, path) = (operation.action(), operation.path().map(ToOwned::to_owned));
        let error = self.ask(operation).expect_err("it must be refused");
        assert_eq!(error.cause.kind(), kind, "{error}");
        assert_eq!(error.action, action);
        assert_ne!(error.path, PathBuf::new(), "{error}");
        if let Some(path) = path {
            assert_eq!(error.path, path);
        }
    }

    #[track_caller]
    pub(super) fn done(&mut self, operation: FileOperation) {
        assert_eq!(self.ask(operation).unwrap(), FileAnswer::Done);
    }

    #[track_caller]
    fn opened(&mut self, path: PathBuf, mode: OpenMode) -> FileId {
        let FileAnswer::Opened(file) = self.ask(FileOperation::Open { path, mode }).unwrap() else {
            panic!("another answer")
        };
        file
    }

    #[track_caller]
    pub(super) fn create(&mut self, name: &str) -> FileId {
        self.opened(self.path(name), OpenMode::Create)
    }

    #[track_caller]
    pub(super) fn open(&mut self, name: &str) -> FileId {
        self.opened(self.path(name), OpenMode::Read)
    }

    #[track_caller]
    pub(super) fn temporary(&mut self) -> FileId {
        self.opened(self.root(), OpenMode::Temporary)
    }

    #[track_caller]
    pub(super) fn write(&mut self, file: FileId, offset: u64, bytes: &[u8]) {
        self.done(write(file, offset, bytes));
    }

    #[track_caller]
    pub(super) fn read(&mut self, file: FileId, offset: u64, length: usize) -> Vec<u8> {
        let ticket = self.submit(read(file, offset, length));
        self.bytes(ticket)
    }

    /// What a read has found.
    #[track_caller]
    pub(super) fn bytes(&mut self, ticket: Ticket) -> Vec<u8> {
        let FileAnswer::Bytes(bytes) = self.wait(ticket).unwrap() else { panic!("another answer") };
        bytes.to_vec()
    }

    #[track_caller]
    pub(super) fn length(&mut self, file: FileId) -> u64 {
        let answer = self.ask(FileOperation::Length { file }).unwrap();
        let FileAnswer::Length(length) = answer else { panic!("another answer") };
        length
    }

    #[track_caller]
    pub(super) fn modified(&mut self, file: FileId) -> i64 {
        let answer = self.ask(FileOperation::Modified { file }).unwrap();
        let FileAnswer::Modified(ms) = answer else { panic!("another answer") };
        ms
    }

    #[track_caller]
    pub(super) fn sync(&mut self, file: FileId) {
        self.done(FileOperation::Sync { file });
    }

    #[track_caller]
    pub(super) fn close(&mut self, file: FileId) {
        self.done(FileOperation::Close { file });
    }

    /// The names in a directory below the root.
    #[track_caller]
    pub(super) fn names(&mut self, directory: &str) -> Vec<String> {
        let directory = self.path(directory);
        let answer = self.ask(FileOperation::List { directory }).unwrap();
        let FileAnswer::Names(names) = answer else { panic!("another answer") };
        names
    }

    /// A closed file with these bytes.
    #[track_caller]
    pub(super) fn put(&mut self, name: &str, bytes: &[u8]) {
        let file = self.create(name);
        self.write(file, 0, bytes);
        self.close(file);
    }

    /// All bytes of a file that is closed again.
    #[track_caller]
    pub(super) fn contents(&mut self, name: &str) -> Vec<u8> {
        let file = self.open(name);
        let bytes = self.all(file);
        self.close(file);
        bytes
    }

    /// All bytes of a file. Its length must say the same.
    #[track_caller]
    pub(super) fn all(&mut self, file: FileId) -> Vec<u8> {
        let length = usize::try_from(self.length(file)).unwrap();
        let bytes = self.read(file, 0, length + 1);
        assert_eq!(bytes.len(), length);
        bytes
    }

    #[track_caller]
    pub(super) fn rename(&mut self, from: &str, to: &str) {
        self.done(FileOperation::Rename { from: self.path(from), to: self.path(to) });
    }

    #[track_caller]
    pub(super) fn remove(&mut self, name: &str) {
        self.done(FileOperation::Remove { path: self.path(name) });
    }

    #[track_caller]
    pub(super) fn create_directory(&mut self, name: &str) {
        self.done(FileOperation::CreateDirectory { directory: self.path(name) });
    }
}

pub(super) fn read(file: FileId, offset: u64, length: usize) -> FileOperation {
    FileOperation::Read { file, offset, length }
}

pub(super) fn write(file: FileId, offset: u64, bytes: &[u8]) -> FileOperation {
    FileOperation::Write { file, offset, bytes: Buffer::from(bytes.to_vec()) }
}

/// Bytes that look like nothing else.
pub(super) fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut random = Random::new(seed);
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        bytes.extend_from_slice(&random.bits().to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}

/// Fails without printing megabytes.
#[track_caller]
pub(super) fn assert_same(found: &[u8], expected: &[u8]) {
    if found == expected {
        return;
    }
    assert_eq!(found.len(), expected.len(), "length");
    let differs = found.iter().zip(expected).position(|(found, expected)| found != expected);
    panic!("the first byte that differs is at {differs:?}");
}
