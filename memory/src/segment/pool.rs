//! A pool of segments: one for each core, used by that core alone.

use options::Bytes;

use super::Segment;
use super::home::{Home, Keeper};
use crate::bound::{SEGMENT_BYTES_MAX, SEGMENT_BYTES_MIN, SLAB_BYTES};
use crate::budget::Reservation;
use crate::error::Error;

/// Hands out segments of one size, and runs of neighbouring segments up to 2 MiB.
///
/// Taking and giving back on the home core costs a few nanoseconds and no atomic operation. A segment that
/// is dropped on another core waits in a lock-free stack until the home core looks ([`Pool::collect`], which
/// taking does by itself when the free list runs dry).
///
/// ```
/// # use memory::Pool;
/// let pool = Pool::open(8 << 20, 32 << 10)?;
/// let mut segment = pool.take().expect("a fresh pool has room");
/// segment.bytes_mut()[..5].copy_from_slice(b"hello");
/// drop(segment);
/// assert_eq!(pool.bytes_out(), 0);
/// # Ok::<(), memory::Error>(())
/// ```
#[derive(Debug)]
pub struct Pool {
    home: Keeper,
    slabs: u32,
}

impl Pool {
    /// A pool for the calling core of `capacity` bytes (rounded up to slabs of 2 MiB), in segments of
    /// `segment_bytes`. Memory is taken from the system slab by slab, when it is first needed.
    ///
    /// # Panics
    ///
    /// If `segment_bytes` is no power of two from 4 KiB to 2 MiB; the option that sets it is checked when it
    /// is read.
    pub fn open(capacity: usize, segment_bytes: usize) -> Result<Self, Error> {
        Self::build(capacity.div_ceil(SLAB_BYTES).max(1), segment_bytes, None)
    }

    /// A pool of as many whole slabs as were reserved from a budget, and at least one. The reservation ends when
    /// the last segment is home.
    ///
    /// # Panics
    ///
    /// As [`Pool::open`] does.
    pub fn open_within(budget: Reservation, segment_bytes: usize) -> Result<Self, Error> {
        let slabs =
            usize::try_from(budget.bytes()).expect("a reservation fits the address space") / SLAB_BYTES;
        if slabs == 0 {
            return Err(Error::PoolTooSmall { bytes: budget.bytes() });
        }
        Self::build(slabs, segment_bytes, Some(budget))
    }

    fn build(slabs: usize, segment_bytes: usize, budget: Option<Reservation>) -> Result<Self, Error> {
        assert!(segment_bytes.is_power_of_two());
        assert!((SEGMENT_BYTES_MIN..=SEGMENT_BYTES_MAX).contains(&segment_bytes));
        let slabs = u32::try_from(slabs).expect("a pool of less than 8 PiB");
        let home = Home::open(slabs, segment_bytes, budget)?;
        let pool = Self { home, slabs };
        tracing::debug!(
            capacity = %Bytes::new(pool.capacity() as u64),
            segment = %Bytes::new(segment_bytes as u64),
            "pool opened"
        );
        Ok(pool)
    }

    /// One segment, or `None` when all of the pool is out.
    #[inline]
    pub fn take(&self) -> Option<Segment> {
        self.home.take(1).map(Segment::new)
    }

    /// At least `count` neighbouring segments as one, rounded up to a power of two.
    ///
    /// `None` when no such run is free. Runs are at most a slab long: a longer one is never free.
    #[inline]
    pub fn take_run(&self, count: u32) -> Option<Segment> {
        let count = count.checked_next_power_of_two()?;
        if count > 1 && count as usize > SLAB_BYTES / self.segment_bytes() {
            return None;
        }
        self.home.take(count).map(Segment::new)
    }

    /// The shortest run of at least `bytes`.
    pub fn take_bytes(&self, bytes: usize) -> Option<Segment> {
        let count = bytes.div_ceil(self.segment_bytes()).max(1);
        self.take_run(u32::try_from(count).ok()?)
    }

    /// Takes back what other cores have returned. Once a turn of the core's loop is often enough.
    pub fn collect(&self) {
        self.home.take_returned();
    }

    /// Gets memory for `bytes` from the system now, so that no later take has to wait for it.
    pub fn warm(&self, bytes: usize) {
        self.home.warm(bytes);
    }

    /// The size of one segment.
    pub fn segment_bytes(&self) -> usize {
        self.home.segment_bytes()
    }

    /// The most that can be out at a time.
    pub fn capacity(&self) -> usize {
        self.slabs as usize * SLAB_BYTES
    }

    /// The bytes of segments in use. What other cores returned counts as used until it is collected.
    pub fn bytes_out(&self) -> u64 {
        self.home.bytes_out()
    }
}
