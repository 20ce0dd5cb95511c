//! What a core runs: state machines that never wait.
//!
//! A [`Subtask`] is an operator, or a chain of operators that call each other, with one share of the keys. The reactor
//! calls [`Subtask::step`] whenever there may be something to do; a step takes what has come, sends what follows from
//! it, and returns within its budget. It reads no clock, opens no file, starts no thread and takes no lock: all of
//! that it asks of its [`StepCx`].
//!
//! ```text
//!   step ─┬─ Worked        there is more to do              called again, when its turn has come
//!         ├─ Idle          all done for now                 called when something comes, or at its time
//!         ├─ Blocked(why)  could go on, if it were allowed   called when it is
//!         └─ Done          wants no more, will send no more  never called again; its outputs end
//! ```
//!
//! Between two steps a subtask stands still, so that is when it is saved, cancelled, or looked at.

mod failure;
mod maker;
mod ports;
mod step;

use shuffle::Barrier;

use crate::seam::{FileResult, Ticket};

pub use failure::Failure;
pub use maker::{Maker, Place, Seat};
pub(crate) use ports::{Out, Ports};
pub(crate) use step::{Budget, CoreParts, Standing};
pub use step::{StepCx, TimerId};

/// One share of an operator's, or a chain's, work.
pub trait Subtask {
    /// Does some of what there is to do. Called on the subtask's own core always, behind all mails, and never while an
    /// output is full.
    ///
    /// # Errors
    ///
    /// What the job cannot go on with. The subtask is not called again.
    fn step(&mut self, cx: &mut StepCx<'_>) -> Result<Progress, Failure>;

    /// Something that this subtask has asked for, or that its job wants of it. Called before the next step, full outputs
    /// or not: what it sends, if anything, should be little.
    ///
    /// # Errors
    ///
    /// As with [`Subtask::step`].
    fn mail(&mut self, mail: Mail, _cx: &mut StepCx<'_>) -> Result<(), Failure> {
        Err(Failure::bug(format!("{mail:?} came to a subtask that has asked for nothing")))
    }
}

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// There is more to do.
    Worked,
    /// There is nothing to do until something comes.
    Idle {
        /// Or until this time of the runtime's clock.
        wake_at_ns: Option<u64>,
    },
    /// There is something to do, and it must wait. A full output need not be told: the reactor sees it.
    Blocked(Why),
    /// All is done: the outputs end behind what was sent, and input that still comes is dropped.
    Done,
}

impl Progress {
    /// Nothing to do until something comes.
    pub const IDLE: Self = Self::Idle { wake_at_ns: None };
}

/// What a subtask waits for that it has not in its own hands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// An output is full: its receivers are behind.
    Output,
    /// Memory of this many bytes was refused. It is asked again after a while.
    Memory(u64),
    /// A file operation.
    File(Ticket),
    /// Code on the I/O plane that has as many requests as it takes, or a buffer of it that is full.
    Plane,
}

/// What comes to a subtask beside its input.
#[derive(Debug)]
pub enum Mail {
    /// A timer that it has set is due.
    Timer(TimerId),
    /// A file operation is over.
    File(Ticket, FileResult),
    /// To a source: somebody wants something of it.
    Trigger(Demand),
}

/// What the sources of a job are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Demand {
    /// To begin this checkpoint.
    Checkpoint(Barrier),
    /// To end here: nothing else is read, and what was read comes to its end.
    End,
}
