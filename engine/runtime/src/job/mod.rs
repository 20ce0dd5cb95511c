//! Jobs: what is to run, where each part of it runs, how far it is.
//!
//! ```text
//!   ExecutionGraph ─► Topology ─► orders to cores ─► reports of cores ─► states
//!     plain data       placed       Deploy Start        Deployed            Job, Subtask
//!                                   Close               Finished Failed
//!                                                       Closed
//! ```
//!
//! The master is a state machine like a subtask: it is given events, and answers with orders. Who carries them, and
//! on which thread it stands, is the worker's business; in the simulated world they may be late.

mod board;
mod graph;
mod master;
mod state;
mod topology;

use std::fmt;

pub use board::{JobBoard, Outcome};
pub use graph::{EdgeSpec, ExecutionGraph, GraphError, Placement, Restart, Vertex};
pub(crate) use master::{Deploy, Event, Master, Order, Report, Submission};
pub use state::{JobState, SubtaskState};
pub(crate) use topology::{Slots, TaskPlan, Topology};

/// A job of a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JobId(pub u64);

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "job {}", self.0)
    }
}

/// One start of a job: what is late from an earlier one concerns nobody any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Attempt {
    pub(crate) job: JobId,
    pub(crate) number: u32,
}
