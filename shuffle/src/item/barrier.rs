//! The line between what a checkpoint contains and what it does not.

/// Travels with the rows. What a subtask has done before its barrier is in the checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Barrier {
    /// The checkpoint's number. Numbers only grow.
    pub checkpoint: u64,
    /// When the coordinator began it, in milliseconds since 1970.
    pub started_at_ms: i64,
    /// What is being made.
    pub purpose: Purpose,
    /// What a receiver with several channels does until all of them have brought it.
    pub alignment: Alignment,
}

/// What a barrier is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To recover from a failure.
    Checkpoint,
    /// To go on elsewhere; the user asked for it.
    Savepoint,
    /// The same, and the job stops behind it.
    StopWithSavepoint,
}

/// How a receiver brings the barriers of its channels together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alignment {
    /// Nobody waits: rows behind the barrier of one channel are taken before the barrier of another has come, and
    /// after a recovery they may count twice.
    AtLeastOnce,
    /// A channel that has brought its barrier waits for the others.
    Aligned,
    /// The barrier overtakes rows; those it has overtaken are saved with the checkpoint.
    Unaligned,
}
