//! A segment that is read and written at the same time, in different places.
//!
//! An exchange ships the rows written so far and goes on filling the same segment. That is sound because
//! the two never meet: bytes that were lent are never written again. [`Filling`] is the writing side and
//! there is one of it; [`FillingShare`] is a reader's. Which bytes are committed is the column builder's
//! knowledge, hence the `unsafe` functions; nothing outside this crate can call them.

#![expect(unsafe_code, reason = "one segment, one writer and many readers, on disjoint bytes")]

use std::ops::Range;
use std::ptr::NonNull;
use std::slice;
use std::sync::Arc;

use arrow_buffer::Buffer;

use super::home::Run;
use super::{Segment, lend};

/// The one writer of a segment.
#[derive(Debug)]
pub(crate) struct Filling(Arc<Run>);

/// A reader's part in a segment that may still be filled elsewhere.
#[derive(Clone, Debug)]
pub(crate) struct FillingShare(Arc<Run>);

impl Filling {
    pub(crate) fn new(segment: Segment) -> Self {
        Self(Arc::new(segment.0))
    }

    pub(crate) fn len(&self) -> usize {
        self.0.bytes()
    }

    /// A part for a reader.
    pub(crate) fn share(&self) -> FillingShare {
        FillingShare(self.0.clone())
    }

    /// Bytes to be written.
    ///
    /// # Safety
    ///
    /// No byte of `range` is or will be lent while the slice lives.
    pub(crate) unsafe fn uncommitted(&mut self, range: Range<usize>) -> &mut [u8] {
        let start = address(&self.0, &range);
        // SAFETY: 1. `address` has checked the range against the run, whose bytes are valid and initialised.
        // 2. No other writer: there is one `Filling`, borrowed mutably. 3. No reader, by the contract.
        unsafe { slice::from_raw_parts_mut(start.as_ptr(), range.len()) }
    }

    /// Two ranges of bytes to be written, one behind the other. What lies between them may be lent.
    ///
    /// # Safety
    ///
    /// No byte of either range is or will be lent while the slices live.
    pub(crate) unsafe fn uncommitted_pair(
        &mut self,
        low: Range<usize>,
        high: Range<usize>,
    ) -> (&mut [u8], &mut [u8]) {
        assert!(low.end <= high.start);
        let (start, next) = (address(&self.0, &low), address(&self.0, &high));
        // SAFETY: as for `uncommitted`; each slice is made from an address for its own range.
        let low = unsafe { slice::from_raw_parts_mut(start.as_ptr(), low.len()) };
        // SAFETY: as above, and the two do not overlap.
        let high = unsafe { slice::from_raw_parts_mut(next.as_ptr(), high.len()) };
        (low, high)
    }
}

impl FillingShare {
    /// Whether both are parts of the same segment.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Committed bytes, read.
    ///
    /// # Safety
    ///
    /// All of `range` is committed: it will not be written any more.
    pub(crate) unsafe fn committed(&self, range: Range<usize>) -> &[u8] {
        let start = address(&self.0, &range);
        // SAFETY: valid and initialised (`address`), and without a writer, by the contract.
        unsafe { slice::from_raw_parts(start.as_ptr(), range.len()) }
    }

    /// Committed bytes, as an Arrow buffer.
    ///
    /// # Safety
    ///
    /// All of `range` is committed: it will not be written any more.
    pub(crate) unsafe fn buffer(&self, range: Range<usize>) -> Buffer {
        // SAFETY: not written any more, by the contract.
        unsafe { lend(&self.0, range) }
    }
}

/// Where `range` begins, after a look that it lies inside the run.
pub(super) fn address(run: &Run, range: &Range<usize>) -> NonNull<u8> {
    assert!(range.start <= range.end);
    assert!(range.end <= run.bytes());
    // SAFETY: the start lies inside the run or at its end, asserted above.
    unsafe { run.start().add(range.start) }
}
