//! Two cores on one pool, a hundred thousand operations, and files that close under them.

use std::collections::BTreeMap;
use std::sync::mpsc::channel;

use arrow_buffer::Buffer;

use super::pool::{Bell, WATCHDOG, open_below};
use super::world::noise;
use crate::files::{FILE_HELPERS, FilePool, Files};
use crate::random::Random;
use crate::seam::{FileAnswer, FileId, FileOperation, FileResult, OpenMode, TaskId, Ticket};
use crate::threads::spawn;

const OPERATIONS: u64 = 50_000;

/// How many operations a core has under way at most, so that answers come between questions.
const IN_FLIGHT_MAX: usize = 200;

/// Each file is this many bytes of noise, which follows from its number in the test.
const FILE_BYTES: usize = 20_000;

#[test]
fn two_cores_get_each_answer_once_and_no_wrong_byte() {
    let root = tempfile::tempdir().unwrap();
    let pool = FilePool::start(FILE_HELPERS).unwrap();
    let (ended, all_ended) = channel();
    let cores: Vec<_> = (0..2_u32)
        .map(|core| {
            let (bell, rung) = Bell::hang();
            let (files, ended) = (pool.files(bell), ended.clone());
            let directory = root.path().to_owned();
            let body = move || {
                let mut stress = Stress::new(core, files, directory);
                while stress.goes_on() {
                    if !stress.reap() {
                        rung.recv_timeout(WATCHDOG).expect("an answer, or it hangs");
                    }
                }
                ended.send(core).unwrap();
            };
            spawn(&format!("core-{core}"), body).unwrap()
        })
        .collect();
    for _ in &cores {
        all_ended.recv_timeout(WATCHDOG).expect("both cores end");
    }
    cores.into_iter().for_each(|core| core.join().unwrap());
    pool.stop().unwrap();
    assert_eq!(open_below(root.path()), Vec::<String>::new());
}

/// What must come of an operation.
enum Expected {
    /// A new file with the noise of a seed to be written into it.
    Open(u64),
    Bytes(Vec<u8>),
    Length,
    Done,
    /// The file was closed before.
    Refused,
}

/// One core.
struct Stress {
    core: u32,
    files: Files,
    directory: std::path::PathBuf,
    random: Random,
    submitted: u64,
    expected: BTreeMap<Ticket, Expected>,
    /// Files being written, with their seeds; read once that is done.
    fresh: BTreeMap<Ticket, (FileId, u64)>,
    open: Vec<(FileId, Vec<u8>)>,
    closed: Vec<FileId>,
}

impl Stress {
    fn new(core: u32, files: Files, directory: std::path::PathBuf) -> Self {
        Self {
            core,
            files,
            directory,
            random: Random::new(u64::from(core)),
            submitted: 0,
            expected: BTreeMap::new(),
            fresh: BTreeMap::new(),
            open: Vec::new(),
            closed: Vec::new(),
        }
    }

    /// Asks as much as may be under way, and says whether anything is.
    fn goes_on(&mut self) -> bool {
        while self.submitted < OPERATIONS && self.expected.len() < IN_FLIGHT_MAX {
            self.ask_something();
        }
        assert_eq!(self.files.in_flight(), self.expected.len());
        !self.expected.is_empty()
    }

    fn submit(&mut self, operation: FileOperation, expected: Expected) -> Ticket {
        self.submitted += 1;
        let task = TaskId { place: self.core, generation: 0 };
        let ticket = Ticket { task, number: self.submitted };
        self.expected.insert(ticket, expected);
        self.files.submit(ticket, operation);
        ticket
    }

    fn ask_something(&mut self) {
        if self.open.is_empty() || self.random.chance(30) {
            let (path, mode) = (self.directory.clone(), OpenMode::Temporary);
            let seed = self.random.bits();
            self.submit(FileOperation::Open { path, mode }, Expected::Open(seed));
            return;
        }
        let at = usize::try_from(self.random.below(self.open.len() as u64)).unwrap();
        let file = self.open[at].0;
        match self.random.below(1000) {
            0..30 => {
                self.open.swap_remove(at);
                self.closed.push(file);
                self.submit(FileOperation::Close { file }, Expected::Done);
            }
            30..100 => {
                self.submit(FileOperation::Length { file }, Expected::Length);
            }
            100..150 if !self.closed.is_empty() => {
                let file = *self.random.pick(&self.closed);
                self.submit(FileOperation::Length { file }, Expected::Refused);
            }
            _ => {
                let offset = self.random.below(FILE_BYTES as u64 + 100);
                let length = usize::try_from(self.random.below(400)).unwrap();
                let clip = |place: usize| place.min(FILE_BYTES);
                let from = usize::try_from(offset).unwrap();
                let found = self.open[at].1[clip(from)..clip(from + length)].to_vec();
                self.submit(FileOperation::Read { file, offset, length }, Expected::Bytes(found));
            }
        }
    }

    /// Takes what has come, and says whether something had.
    fn reap(&mut self) -> bool {
        let mut answers = Vec::new();
        self.files.reap(&mut |ticket, result| answers.push((ticket, result)));
        let came = !answers.is_empty();
        answers.into_iter().for_each(|(ticket, result)| self.check(ticket, result));
        came
    }

    fn check(&mut self, ticket: Ticket, result: FileResult) {
        let expected = self.expected.remove(&ticket).expect("each ticket is answered once");
        if let Some((file, seed)) = self.fresh.remove(&ticket) {
            self.open.push((file, noise(seed, FILE_BYTES)));
        }
        match (result, expected) {
            (Ok(FileAnswer::Opened(file)), Expected::Open(seed)) => {
                let bytes = Buffer::from(noise(seed, FILE_BYTES));
                let written = self.submit(FileOperation::Write { file, offset: 0, bytes }, Expected::Done);
                self.fresh.insert(written, (file, seed));
            }
            (Ok(FileAnswer::Bytes(found)), Expected::Bytes(bytes)) => assert_eq!(*found, *bytes),
            (Ok(FileAnswer::Length(length)), Expected::Length) => assert_eq!(length, FILE_BYTES as u64),
            (Ok(FileAnswer::Done), Expected::Done) | (Err(_), Expected::Refused) => {}
            (result, _) => panic!("{ticket}: {result:?}"),
        }
    }
}
