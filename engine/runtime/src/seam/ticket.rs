//! Names that outlive what they name: a late answer must not be taken for somebody else's.

use std::fmt;

/// A subtask on its core. A number is used again, but not with the same generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TaskId {
    /// Its place on the core.
    pub place: u32,
    /// Which of those that have had the place.
    pub generation: u32,
}

/// An operation under way: whose it is, and which of theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ticket {
    /// Who gets the answer. If it is gone by then, nobody does.
    pub task: TaskId,
    /// Counts up for each task.
    pub number: u64,
}

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.place, self.generation)
    }
}

impl fmt::Display for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.task, self.number)
    }
}
