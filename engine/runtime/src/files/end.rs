//! One core's end of the pool: what it has asked, what it has open.
//!
//! A file belongs to the core that has opened it. When the end is dropped its files close, those under way as soon as
//! what is under way is over; nobody gets those answers.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};

use super::perform::Outcome;
use super::pool::{Answers, Job, Queue};
use super::table::{OpenFile, Table, nameless, not_open};
use crate::seam::{FileAnswer, FileError, FileOperation, FileResult, Ticket, Wake};

/// The files of one core.
#[derive(Debug)]
pub struct Files {
    queue: Arc<Queue>,
    answers: Arc<Answers>,
    answered: Receiver<(Owner, Result<Outcome, FileError>)>,
    table: Table,
    /// Submitted by the core, and not handed out.
    in_flight: usize,
}

/// Who is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    /// The core.
    Caller(Ticket),
    /// A part of a larger operation, by its number.
    #[cfg(feature = "uring")]
    Part(u64),
    /// Nobody.
    #[cfg(feature = "uring")]
    Nobody,
}

impl Files {
    pub(super) fn new(queue: Arc<Queue>, wake: Arc<dyn Wake>) -> Self {
        let (sender, answered) = channel();
        let answers = Arc::new(Answers { sender, wake });
        Self { queue, answers, answered, table: Table::default(), in_flight: 0 }
    }

    /// Begins an operation. Waits for nothing but the queue's lock, under which nobody works.
    pub fn submit(&mut self, ticket: Ticket, operation: FileOperation) {
        self.in_flight += 1;
        self.begin(Owner::Caller(ticket), operation);
    }

    /// Hands out what is answered, and says how many that were.
    pub fn reap(&mut self, each: &mut dyn FnMut(Ticket, FileResult)) -> usize {
        let mut handed = 0;
        while let Some((owner, result)) = self.next() {
            match owner {
                Owner::Caller(ticket) => each(ticket, result),
                #[cfg(feature = "uring")]
                Owner::Part(_) | Owner::Nobody => unreachable!("only direct files have parts"),
            }
            handed += 1;
        }
        self.in_flight -= handed;
        handed
    }

    /// How many operations were submitted and not handed out.
    pub fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// Begins an operation on the file that it names.
    pub(super) fn begin(&mut self, owner: Owner, operation: FileOperation) {
        let Some(id) = operation.file() else {
            return self.begin_on(owner, operation, None);
        };
        let closes = matches!(operation, FileOperation::Close { .. });
        let file = if closes { self.table.remove(id) } else { self.table.get(id).cloned() };
        match file {
            Some(file) => self.begin_on(owner, operation, Some(file)),
            None => {
                let error = FileError { action: operation.action(), path: nameless(id), cause: not_open() };
                self.answers.give(owner, Err(error));
            }
        }
    }

    /// Begins an operation on a file that may be closed already.
    pub(super) fn begin_on(&self, owner: Owner, operation: FileOperation, file: Option<Arc<OpenFile>>) {
        let answers = self.answers.clone();
        if let Err(job) = self.queue.push(Job { owner, operation, file, answers }) {
            let named = job.file.as_deref().map(|file| &*file.path).or(job.operation.path());
            let error = FileError {
                action: job.operation.action(),
                path: named.map(Into::into).unwrap_or_default(),
                cause: io::Error::other("the file pool has stopped"),
            };
            self.answers.give(owner, Err(error));
        }
    }

    /// The next answer, if one has come. Who has opened a file gets a number for it.
    pub(super) fn next(&mut self) -> Option<(Owner, FileResult)> {
        // Never disconnected: the other end is in `answers`.
        let (owner, result) = self.answered.try_recv().ok()?;
        let result = result.map(|outcome| match outcome {
            Outcome::Answer(answer) => answer,
            Outcome::Opened(file) => {
                let id = self.queue.next_file();
                self.table.insert(id, Arc::new(file));
                FileAnswer::Opened(id)
            }
        });
        Some((owner, result))
    }

    /// The file behind a number.
    #[cfg(feature = "uring")]
    pub(super) fn opened(&self, id: crate::seam::FileId) -> Option<Arc<OpenFile>> {
        self.table.get(id).cloned()
    }

    /// Takes the number away and keeps the file.
    #[cfg(feature = "uring")]
    pub(super) fn forget(&mut self, id: crate::seam::FileId) -> Option<Arc<OpenFile>> {
        self.table.remove(id)
    }
}
