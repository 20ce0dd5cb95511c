//! Reads under way whose bytes are wanted in the order in which they were asked for: answers come in any.

use std::collections::VecDeque;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use arrow_buffer::Buffer;
use runtime::seam::{FileAnswer, FileResult, Ticket};

use super::error::ReadError;

/// Reads of one file.
#[derive(Debug, Default)]
pub(crate) struct Reads(VecDeque<Read>);

#[derive(Debug)]
struct Read {
    ticket: Ticket,
    bytes: u64,
    /// What has come.
    answer: Option<Buffer>,
}

impl Reads {
    /// This range was asked for.
    pub(crate) fn begin(&mut self, ticket: Ticket, range: &Range<u64>) {
        self.0.push_back(Read { ticket, bytes: range.end - range.start, answer: None });
    }

    /// Whether nothing is under way, and all that has come was taken.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the bytes of the first of them have come.
    pub(crate) fn is_ready(&self) -> bool {
        self.0.front().is_some_and(|read| read.answer.is_some())
    }

    /// One of them is over.
    pub(crate) fn answer(
        &mut self,
        ticket: Ticket,
        result: FileResult,
        path: &Arc<Path>,
    ) -> Result<(), ReadError> {
        let read = self.0.iter_mut().find(|read| read.ticket == ticket).expect("a read that was begun");
        match result? {
            // Less than was asked for: somebody has cut the file.
            FileAnswer::Bytes(bytes) if (bytes.len() as u64) < read.bytes => {
                Err(ReadError::Shrunk(path.clone()))
            }
            FileAnswer::Bytes(bytes) => {
                read.answer = Some(bytes);
                Ok(())
            }
            other => unreachable!("{other:?} to a read"),
        }
    }

    /// The bytes of the first of them, once they have come.
    pub(crate) fn next(&mut self) -> Option<Buffer> {
        if self.is_ready() { self.0.pop_front()?.answer } else { None }
    }
}
