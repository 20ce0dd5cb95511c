//! Trouble of this crate, as values.

use memory::Lease;
use options::Bytes;

use crate::frame::{FrameError, HandshakeError};

/// What went wrong, for whoever can act on it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Memory or a spill file.
    #[error(transparent)]
    Memory(#[from] memory::Error),

    /// A custom partitioner named a channel that does not exist.
    #[error(
        "partitioner {name} sends row {row} of a batch to channel {target}, but there are {channels}: it must answer a number below that"
    )]
    NoSuchTarget {
        /// The partitioner.
        name: String,
        /// Which of the batch's rows.
        row: usize,
        /// What it answered.
        target: u32,
        /// How many channels there are.
        channels: u32,
    },

    /// A custom partitioner did not answer for every row.
    #[error("partitioner {name} must name one channel for each of {rows} rows, and named {targets}")]
    TargetsMissing {
        /// The partitioner.
        name: String,
        /// Rows it was asked about.
        rows: usize,
        /// Answers it gave.
        targets: usize,
    },
    /// A frame that cannot be made or believed.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// Two workers that cannot agree.
    #[error(transparent)]
    Handshake(#[from] HandshakeError),
    /// The result of a blocking edge takes more memory than there is just now.
    #[error("no memory to {action} the result of a blocking edge; give the job more managed memory, or lower table.exec.spill-compression.block-size: {} refused by {lease}", Bytes::new(*.wanted))]
    NoMemory {
        /// `write`, `read` or `merge`.
        action: &'static str,
        /// How much was asked for.
        wanted: u64,
        /// Who refused, and what it stands at.
        lease: String,
    },
}

impl Error {
    pub(crate) fn no_memory(action: &'static str, wanted: u64, lease: &Lease) -> Self {
        Self::NoMemory { action, wanted, lease: lease.to_string() }
    }

    /// Whether the same call may succeed later without anybody changing the job.
    pub fn retry_may_help(&self) -> bool {
        match self {
            Self::Memory(cause) => cause.retry_may_help(),
            Self::NoSuchTarget { .. } | Self::TargetsMissing { .. } => false,
            Self::Frame(cause) => cause.retry_may_help(),
            Self::Handshake(cause) => cause.retry_may_help(),
            Self::NoMemory { .. } => true,
        }
    }
}
