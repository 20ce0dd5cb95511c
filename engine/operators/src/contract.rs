//! What an operator is, and what its chain promises it.
//!
//! ```text
//!            batch ─┐                 ┌─ Next   done with it, give me more
//!             time ─┼─► an operator ──┼─ Again  there is more to send: call `more` before anything else
//!              end ─┘                 └─ Wait   as Again, but not before I am poked, woken or answered
//! ```
//!
//! An operator is a synchronous state machine. It reads no clock, opens no file, starts no thread and takes no lock; all
//! of that it asks of its [`Cx`]. Between two calls it stands still: that is when it is saved.
//!
//! What the chain keeps to:
//!
//! * nothing new comes while an operator has answered [`Flow::Again`] or [`Flow::Wait`]: what is meant for it waits;
//! * time never goes back, and a batch that comes behind a watermark may still have rows before it: those are late;
//! * [`Operator::end`] comes once for each port, behind everything else of that port, and the last one ends it: what it
//!   sends behind its answer `Next` goes nowhere;
//! * [`Operator::save`] comes only while nothing is pending, [`Operator::load`] before everything else.
//!
//! What an operator keeps to: rows of the same key, or without one, leave in the order in which they came; what it was
//! given it has sent or remembered when it answers `Next`; it never sends more than a batch beyond [`Cx::may_go_on`].

use memory::Batch;
use runtime::seam::{FileResult, Ticket};
use runtime::subtask::Failure;
use shuffle::Watermark;
use state::{Restore, Snapshot};

use crate::Cx;

/// Whether an operator is done with what it was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "who is not done must be called again"]
pub enum Flow {
    /// Give me more.
    Next,
    /// Call [`Operator::more`] before you give me anything.
    Again,
    /// The same, but there is nothing to do before something happens that I have asked for: a file's answer, a poke, a
    /// time.
    Wait,
}

/// One step of what happens to rows.
pub trait Operator {
    /// Rows have come. All of them are taken.
    ///
    /// # Errors
    ///
    /// What the job cannot go on with: here as in all other methods.
    fn batch(&mut self, port: usize, batch: Batch, cx: &mut Cx<'_>) -> Result<Flow, Failure>;

    /// Event time has reached `now` on every port. Whoever does not hold rows back that this is about passes it on.
    fn time(&mut self, now: Watermark, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        cx.time(now)?;
        Ok(Flow::Next)
    }

    /// This port brings nothing more.
    fn end(&mut self, _port: usize, _cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        Ok(Flow::Next)
    }

    /// Goes on with what [`Flow::Again`] or [`Flow::Wait`] has left open.
    fn more(&mut self, _cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        unreachable!("an operator that has left nothing open")
    }

    /// The time that it has asked for with [`Cx::wake_at_ns`] has come, or it was poked.
    fn wake(&mut self, _cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        Ok(Flow::Next)
    }

    /// Writes down what a successor needs.
    fn save(&mut self, _to: &mut Snapshot) -> Result<(), Failure> {
        Ok(())
    }

    /// Takes over what predecessors have written down.
    fn load(&mut self, _from: &Restore) -> Result<(), Failure> {
        Ok(())
    }
}

/// Where rows come from: the head of a chain without input.
pub trait Source {
    /// Brings some rows, as long as [`Cx::may_go_on`]. When it has ended, the chain says that time is over and ends.
    ///
    /// # Errors
    ///
    /// What the job cannot go on with: here as in all other methods.
    fn poll(&mut self, cx: &mut Cx<'_>) -> Result<Poll, Failure>;

    /// A file operation that it has begun is over.
    fn file(&mut self, ticket: Ticket, _result: FileResult, _cx: &mut Cx<'_>) -> Result<(), Failure> {
        unreachable!("{ticket:?} of a source that has asked for no file")
    }

    /// Writes down where it is.
    fn save(&mut self, _to: &mut Snapshot) -> Result<(), Failure> {
        Ok(())
    }

    /// Goes on from where predecessors were.
    fn load(&mut self, _from: &Restore) -> Result<(), Failure> {
        Ok(())
    }
}

/// How far a source is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Poll {
    /// There is more at once.
    More,
    /// There may be more when a file has answered, it is poked, or the time has come that it has asked for.
    Wait,
    /// There will be no more.
    End,
}

/// Where rows leave: the end of a chain. It may wait for files, as sources do.
pub trait Sink {
    /// Rows have come. All of them are taken; [`Flow::Wait`] says that no more should come for now.
    ///
    /// # Errors
    ///
    /// What the job cannot go on with: here as in all other methods.
    fn batch(&mut self, batch: Batch, cx: &mut Cx<'_>) -> Result<Flow, Failure>;

    /// Event time has reached `now`.
    fn time(&mut self, _now: Watermark, _cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        Ok(Flow::Next)
    }

    /// Nothing more comes. When it answers [`Flow::Next`], all that was taken is where it belongs.
    fn end(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure>;

    /// Goes on with what [`Flow::Again`] or [`Flow::Wait`] has left open.
    fn more(&mut self, _cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        unreachable!("a sink that has left nothing open")
    }

    /// The time that it has asked for with [`Cx::wake_at_ns`] has come, or it was poked.
    fn wake(&mut self, _cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        Ok(Flow::Next)
    }

    /// A file operation that it has begun is over.
    fn file(&mut self, ticket: Ticket, _result: FileResult, _cx: &mut Cx<'_>) -> Result<(), Failure> {
        unreachable!("{ticket:?} of a sink that has asked for no file")
    }

    /// Writes down what a successor needs.
    fn save(&mut self, _to: &mut Snapshot) -> Result<(), Failure> {
        Ok(())
    }

    /// Takes over what predecessors have written down.
    fn load(&mut self, _from: &Restore) -> Result<(), Failure> {
        Ok(())
    }
}
