//! Segments: the pieces of memory that batches in flight are made of.
//!
//! ```text
//!   Pool (one for each core)         slab 2 MiB                       slab 2 MiB
//!   ┌───────────┐      ┌──────────┬──────────┬─────┬──────────┐ ┌──────────────── ─ ─
//!   │ free list │────► │ segment  │ segment  │  …  │ segment  │ │ a run of segments
//!   └───────────┘      └──────────┴──────────┴─────┴──────────┘ └──────────────── ─ ─
//!                        32 KiB, 4 KiB-aligned
//! ```
//!
//! A segment goes through at most three states, and only forwards:
//!
//! * [`Segment`]: owned and writable, like a box of bytes;
//! * [`Filling`](filling::Filling): parts of it are lent to readers, the rest is still written (inside this
//!   crate: the column builder keeps the two apart);
//! * [`Lent`]: read only, lent as Arrow buffers.
//!
//! When the last holder is dropped, on whatever core, the segment goes home.

#![expect(unsafe_code, reason = "a segment is a slice of a mapping that its pool keeps alive")]

mod filling;
mod free_list;
mod home;
mod poison;
mod pool;
mod region;
#[cfg_attr(
    not(feature = "loom"),
    expect(unreachable_pub, reason = "public to the models in `tests/loom.rs`")
)]
pub(crate) mod return_stack;

use std::ops::Range;
use std::slice;
use std::sync::Arc;

use arrow_buffer::Buffer;

pub(crate) use filling::{Filling, FillingShare};
pub use pool::Pool;

use home::Run;

/// A writable piece of a slab, owned. Goes home when it is dropped.
///
/// Fresh segments hold whatever the last owner left there.
#[derive(Debug)]
pub struct Segment(Run);

impl Segment {
    fn new(run: Run) -> Self {
        Self(run)
    }

    /// The length in bytes.
    #[expect(clippy::len_without_is_empty, reason = "a segment is never empty")]
    pub fn len(&self) -> usize {
        self.0.bytes()
    }

    /// What the segment holds.
    pub fn bytes(&self) -> &[u8] {
        // SAFETY: 1. The run is valid for its length, initialised (the kernel zeroes pages) and aligned.
        // 2. It is owned by `self`, and `&self` keeps writers out.
        unsafe { slice::from_raw_parts(self.0.start().as_ptr(), self.0.bytes()) }
    }

    /// What the segment holds, to be written.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: as for `bytes`; `&mut self` keeps everybody else out.
        unsafe { slice::from_raw_parts_mut(self.0.start().as_ptr(), self.0.bytes()) }
    }

    /// Ends the writing: from now on the segment can be lent to Arrow.
    pub fn lend(self) -> Lent {
        Lent(Arc::new(self.0))
    }
}

/// A segment that is read only, shared by those it is lent to.
#[derive(Clone, Debug)]
pub struct Lent(Arc<Run>);

impl Lent {
    /// The bytes of `range` as an Arrow buffer, without copying. The segment goes home after the last such
    /// buffer, and this handle, are dropped.
    ///
    /// # Panics
    ///
    /// If the range reaches beyond the segment.
    pub fn buffer(&self, range: Range<usize>) -> Buffer {
        // SAFETY: nobody writes any more: the only writable handle was consumed by `Segment::lend`.
        unsafe { lend(&self.0, range) }
    }
}

/// A part of a run as an Arrow buffer that keeps the run from going home.
///
/// # Safety
///
/// No byte of `range` is written until the buffer is dropped.
unsafe fn lend(run: &Arc<Run>, range: Range<usize>) -> Buffer {
    let start = filling::address(run, &range);
    // SAFETY: 1. `address` has checked that the range lies inside the run. 2. The owner that is handed over
    // keeps the run alive. 3. The bytes do not change, by the contract.
    unsafe { Buffer::from_custom_allocation(start, range.len(), run.clone()) }
}

#[cfg(test)]
mod tests;
