//! Writes down the records that could not be read, a line of JSON each.
//!
//! Each subtask has a file of its own in the directory, made when there is something to write: `dead-letters-0-3.jsonl`
//! is the fourth file of subtask 0, so what earlier runs have found stays. Sans I/O: hands out one file operation at a
//! time.

use std::path::PathBuf;

use arrow_buffer::Buffer;
use runtime::seam::{FileAnswer, FileId, FileOperation, FileResult, OpenMode};

use super::error::ReadError;
use crate::bound::DEAD_LETTER_BYTES;

/// The dead letters of one subtask.
pub(crate) struct DeadLetters {
    directory: PathBuf,
    subtask: u32,
    stage: Stage,
    is_asking: bool,
    /// Lines that were not handed out yet, and those that are on their way.
    lines: Vec<u8>,
    on_their_way: Buffer,
    /// Where the next lines go.
    offset: u64,
    /// Whether all of it is on the disk.
    is_synced: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// There is no directory, or nobody knows.
    Nowhere,
    /// Looking for a name that nobody has.
    Naming,
    /// This name is tried.
    Creating(u32),
    Open(FileId),
    /// The lines are synced; the name is not.
    Closing(FileId),
    Closed,
}

impl DeadLetters {
    pub(crate) fn new(directory: PathBuf, subtask: u32) -> Self {
        Self {
            directory,
            subtask,
            stage: Stage::Nowhere,
            is_asking: false,
            lines: Vec::new(),
            on_their_way: Buffer::from(&[][..]),
            offset: 0,
            is_synced: true,
        }
    }

    /// Adds a line, which ends with a newline.
    pub(crate) fn push(&mut self, line: &str) {
        self.lines.extend_from_slice(line.as_bytes());
        self.is_synced = false;
    }

    /// Whether nothing should be added before something was written.
    pub(crate) fn is_full(&self) -> bool {
        self.lines.len() > DEAD_LETTER_BYTES
    }

    /// Whether all that was added is on the disk.
    pub(crate) fn is_done(&self) -> bool {
        self.is_synced && !self.is_asking
    }

    /// Lines that may not be on the disk.
    pub(crate) fn unwritten(&self) -> String {
        let bytes = [self.on_their_way.as_slice(), &self.lines].concat();
        String::from_utf8(bytes).expect("lines of JSON")
    }

    /// The next operation. `is_end`: there will be no more lines.
    pub(crate) fn ask(&mut self, is_end: bool) -> Option<FileOperation> {
        let is_due = self.is_full() || is_end && !self.is_synced;
        if self.is_asking || !is_due {
            return None;
        }
        self.is_asking = true;
        let directory = self.directory.clone();
        Some(match self.stage {
            Stage::Nowhere => FileOperation::CreateDirectory { directory },
            Stage::Naming => FileOperation::List { directory },
            Stage::Creating(number) => {
                let path = directory.join(self.name(number));
                FileOperation::Open { path, mode: OpenMode::Create }
            }
            Stage::Open(file) if !self.lines.is_empty() => {
                self.on_their_way = Buffer::from_vec(std::mem::take(&mut self.lines));
                FileOperation::Write { file, offset: self.offset, bytes: self.on_their_way.clone() }
            }
            Stage::Open(file) => FileOperation::Sync { file },
            Stage::Closing(file) => FileOperation::Close { file },
            Stage::Closed => FileOperation::SyncDirectory { directory },
        })
    }

    /// Takes the answer.
    pub(crate) fn answer(&mut self, result: FileResult) -> Result<(), ReadError> {
        self.is_asking = false;
        self.stage = match (self.stage, result) {
            // Somebody was faster.
            (Stage::Creating(_), Err(error)) if error.cause.kind() == std::io::ErrorKind::AlreadyExists => {
                Stage::Naming
            }
            (_, Err(error)) => return Err(error.into()),
            (Stage::Nowhere, Ok(_)) => Stage::Naming,
            (Stage::Naming, Ok(FileAnswer::Names(names))) => Stage::Creating(self.free_number(&names)),
            (Stage::Creating(_), Ok(FileAnswer::Opened(file))) => Stage::Open(file),
            (Stage::Open(file), Ok(_)) if !self.on_their_way.is_empty() => {
                self.offset += self.on_their_way.len() as u64;
                self.on_their_way = Buffer::from(&[][..]);
                Stage::Open(file)
            }
            (Stage::Open(file), Ok(_)) => Stage::Closing(file),
            (Stage::Closing(_), Ok(_)) => Stage::Closed,
            (Stage::Closed, Ok(_)) => {
                self.is_synced = true;
                Stage::Closed
            }
            (stage, Ok(answer)) => unreachable!("{answer:?} while it was {stage:?}"),
        };
        Ok(())
    }

    fn name(&self, number: u32) -> String {
        format!("dead-letters-{}-{number}.jsonl", self.subtask)
    }

    fn free_number(&self, names: &[String]) -> u32 {
        let before = format!("dead-letters-{}-", self.subtask);
        let number = |name: &String| name.strip_prefix(&before)?.strip_suffix(".jsonl")?.parse::<u32>().ok();
        names.iter().filter_map(number).max().map_or(0, |last| last + 1)
    }
}
