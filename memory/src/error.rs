//! Trouble of this crate, as values.
//!
//! A bug is an assert and bad data is a value; what stands here is the rest: the machine has no memory, a
//! disk is full, a file came back other than it was written. Each kind says whether trying again can help.
//! A refused reservation is not among them: it is an ordinary answer ([`Option`]), since whoever asked is
//! expected to spill.

use std::io;
use std::path::PathBuf;

use options::Bytes;

/// What went wrong, for whoever can act on it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The kernel refused addresses for a pool.
    #[error(
        "cannot reserve {} of memory for segments: {cause}; lower taskmanager.memory.process.size or raise the limit of this process",
        Bytes::new(*.bytes as u64)
    )]
    MapRefused {
        /// How much was asked for.
        bytes: usize,
        /// The kernel's answer.
        cause: io::Error,
    },

    /// The disk of a spill file is full.
    #[error("no room to spill {} in {}: {why}; free space there or add a directory to io.tmp.dirs", Bytes::new(*.wanted), .directory.display())]
    DiskFull {
        /// Where the file lies.
        directory: PathBuf,
        /// The size of the write that did not fit.
        wanted: u64,
        /// The system's answer.
        why: String,
    },

    /// All spill files together have reached the bound that the user set.
    #[error("no room to spill {} within spill.size.max = {}; raise it, or give the job more managed memory", Bytes::new(*.wanted), Bytes::new(*.size_max))]
    SpillBound {
        /// The size of the block that did not fit.
        wanted: u64,
        /// The bound.
        size_max: u64,
    },

    /// A spill file could not be made, written or read.
    #[error("cannot {action} a spill file in {}: {cause}; io.tmp.dirs names the directories", .directory.display())]
    Disk {
        /// `create`, `write` or `read`.
        action: &'static str,
        /// Where the file lies, or should.
        directory: PathBuf,
        /// The system's answer.
        cause: io::Error,
    },

    /// A spill file holds other bytes than were written.
    #[error("a spill file in {} is damaged at byte {offset}: {what}; check the disk", .directory.display())]
    Damaged {
        /// Where the file lies.
        directory: PathBuf,
        /// Where the damaged block begins.
        offset: u64,
        /// What does not fit.
        what: String,
    },

    /// A row that no block of a spill file can hold.
    #[error("a row is longer than the {} that a spill file takes; split its longest value", Bytes::new(*.bytes_max))]
    RowTooWide {
        /// What a row may take at most.
        bytes_max: u64,
    },

    /// A pool must be able to hold one slab.
    #[error("{} of memory is less than a pool of segments needs, {}; give the network memory more, or use fewer cores", Bytes::new(*.bytes), Bytes::new(crate::bound::SLAB_BYTES as u64))]
    PoolTooSmall {
        /// What it was given.
        bytes: u64,
    },

    /// Columns of a type that this operation cannot take.
    #[error("{operation} cannot have a column of type {type_name}; cast the column first")]
    Unsupported {
        /// What was to be made.
        operation: &'static str,
        /// Its Arrow type.
        type_name: String,
    },
}

impl Error {
    /// Whether the same call may succeed later without anybody changing the job.
    pub fn retry_may_help(&self) -> bool {
        match self {
            Self::MapRefused { .. } | Self::DiskFull { .. } | Self::SpillBound { .. } => true,
            Self::Disk { cause, .. } => {
                matches!(cause.kind(), io::ErrorKind::Interrupted | io::ErrorKind::TimedOut)
            }
            Self::Damaged { .. }
            | Self::RowTooWide { .. }
            | Self::PoolTooSmall { .. }
            | Self::Unsupported { .. } => false,
        }
    }
}
