//! Where bytes live.
//!
//! The ground floor of Millstream: nothing here knows of subtasks, channels or jobs.
//!
//! | concept | file | what it is |
//! |---|---|---|
//! | [`Pool`], [`Segment`], [`Lent`] | `segment/` | memory in pieces of 32 KiB, each with a home core |
//! | [`Lease`], [`Reservation`], [`MemoryPlan`] | `budget/` | who may use how much |
//! | [`Batch`], [`Selection`], [`RowKind`], [`Envelope`] | `batch/` | what travels |
//! | [`hash_key`], [`KeyGroups`], [`KeyCodec`] | `key/` | the one hash of a key, its group, its comparable bytes |
//! | [`ColumnBuilder`], [`View`], [`Layout`], [`Rows`] | `column/` | columns built in a segment, read while they grow |
//! | [`Letters`], [`Part`], [`Texts`] | `letters.rs` | texts that are parts of letters which were looked at once |
//! | [`Excerpts`] | `excerpts.rs` | texts that are parts of another column's, and lie where these do |
//! | [`SpillDirectories`], [`SpillWriter`], [`SpillReader`] | `spill/` | batches that do not fit, on disk and back |
//! | [`Payoff`] | `spill/payoff.rs` | whether compressing pays; shared with what sends batches to other hosts |
//! | [`CacheLine`] | `cache_line.rs` | a value that no neighbour disturbs |
//! | [`Error`] | `error.rs` | trouble, and whether trying again can help |
//!
//! What holds here, and is tested:
//!
//! * a segment is freed on its home core, whoever drops it, and a buffer over it keeps it away from home;
//! * a batch is never changed after it was made, and bytes that a [`View`] covers are never written again;
//! * a key has one hash, in every batch layout and in every version;
//! * memory is reserved before it is used, and a refusal is an answer;
//! * every maximum stands in `bound.rs`, with its reason.
//!
//! What never happens here: no clock is read, no thread started, no lock taken on the path of a batch.

#![cfg_attr(
    test,
    allow(clippy::cast_possible_truncation, reason = "tests cast small numbers they have chosen")
)]

mod batch;
mod bound;
mod budget;
mod cache_line;
mod column;
mod error;
mod excerpts;
mod key;
mod letters;
#[cfg(test)]
mod random;
mod segment;
mod spill;
#[cfg_attr(
    not(feature = "loom"),
    expect(unreachable_pub, reason = "public to the models in `tests/loom.rs`")
)]
mod sync;

pub use batch::{Batch, Envelope, RowKind, RowKinds, Selection};
pub use bound::{KEY_GROUPS_MAX, SEGMENT_BYTES_MAX, SEGMENT_BYTES_MIN, SLAB_BYTES};
pub use budget::{Figures, Lease, MemoryPlan, Reservation};
pub use cache_line::CacheLine;
pub use column::{ColumnBuilder, Layout, NoRoom, RowWriter, Rows, View};
pub use error::Error;
pub use excerpts::Excerpts;
pub use key::{KeptKey, KeyCodec, KeyGroups, KeyRows, can_be_key, hash_key};
pub use letters::{Letters, Part, Texts};
pub use segment::{Lent, Pool, Segment};
pub use spill::{
    Disk, DiskFile, Payoff, ReadMemory, SpillDirectories, SpillFile, SpillFormat, SpillReader, SpillWriter,
    StdDisk, own_chosen, own_rows,
};

/// The cross-thread structures, for the model checker.
#[cfg(feature = "loom")]
pub mod model {
    pub use crate::segment::return_stack::{ReturnStack, Returned};
    pub use crate::sync::{Mutant, plant};
}
