//! What a pool and its segments share: the slabs, the free list of the home core, the way back for others.
//!
//! # Why this file is unsafe
//!
//! A segment must find its home when it is dropped, wherever that is, without paying for a reference count:
//! two atomic operations would cost more than the rest of taking and giving back together. So segments hold
//! a plain pointer to the home, and the home lives until the pool and every segment are gone. The proof is a
//! count (`out` below, [`ReturnStack::close`] after the pool is gone) that loom checks, and the free list is
//! ordinary memory that only the home thread enters, which is checked by a thread's number at each drop.

#![expect(unsafe_code, reason = "segments point to their home without a reference count; see above")]

use std::cell::{Cell, UnsafeCell};
use std::ops::Deref;
use std::panic::RefUnwindSafe;
use std::ptr::NonNull;

use super::free_list::FreeList;
use super::poison;
use super::region::Region;
use super::return_stack::{ReturnStack, Returned};
use crate::bound::SLAB_BYTES;
use crate::budget::Reservation;
use crate::cache_line::CacheLine;
use crate::error::Error;
use crate::sync::{AtomicU64, Ordering};

/// The shared part of a pool. Always behind a pointer, never moved.
#[derive(Debug)]
pub(super) struct Home {
    owner: ThreadNumber,
    base: NonNull<u8>,
    segment_bytes: usize,
    segments_per_slab: u32,
    returns: ReturnStack,
    /// Segments handed out and not yet back in the free list: written by the owner alone, read by anybody.
    out: CacheLine<AtomicU64>,
    local: CacheLine<UnsafeCell<Local>>,
}

/// What only the owner thread may touch.
#[derive(Debug)]
struct Local {
    region: Region,
    free: FreeList,
    closed: bool,
    /// The budget behind the slabs; given back with the memory.
    _budget: Option<Reservation>,
}

// SAFETY: 1. `local` is entered only by the thread whose number is `owner`: `Keeper` never leaves it, and `Run`
// asks. Or by the one caller that learnt that nothing is out any more and drops the whole. 2. All other fields
// are read-only or atomic. 3. `base` points into the mapping, which `local.region` keeps for the life of `Home`.
unsafe impl Sync for Home {}
// SAFETY: as above; `Region`, `FreeList` and `Reservation` may be dropped on any thread.
unsafe impl Send for Home {}

impl Home {
    /// Reserves `slabs` slabs for the calling thread.
    pub(super) fn open(
        slabs: u32,
        segment_bytes: usize,
        budget: Option<Reservation>,
    ) -> Result<Keeper, Error> {
        let mut region = Region::reserve(slabs)?;
        let segments_per_slab =
            u32::try_from(SLAB_BYTES / segment_bytes).expect("a slab has at most 512 segments");
        let segments = slabs.checked_mul(segments_per_slab).expect("a pool of fewer than 2^32 segments");
        let base = region.base();
        let local = Local { region, free: FreeList::new(), closed: false, _budget: budget };
        let home = Self {
            owner: ThreadNumber::current(),
            base,
            segment_bytes,
            segments_per_slab,
            returns: ReturnStack::new(segments),
            out: CacheLine(AtomicU64::new(0)),
            local: CacheLine(UnsafeCell::new(local)),
        };
        Ok(Keeper(NonNull::from(Box::leak(Box::new(home)))))
    }

    pub(super) fn segment_bytes(&self) -> usize {
        self.segment_bytes
    }

    /// Bytes of segments in use, as of the owner's last look at the return stack.
    pub(super) fn bytes_out(&self) -> u64 {
        self.out.load(Ordering::Relaxed) * self.segment_bytes as u64
    }

    /// The first byte of segment `first`.
    #[inline]
    fn address(&self, first: u32) -> NonNull<u8> {
        // SAFETY: 1. Numbers come from the free list, so they lie below the reserved capacity, and the
        // mapping reaches to its end. 2. The mapping is one allocation and shorter than `isize::MAX`.
        unsafe { self.base.add(first as usize * self.segment_bytes) }
    }

    fn grow(&self, local: &mut Local) {
        let first = local.region.populate() * self.segments_per_slab;
        poison::set(self.address(first), SLAB_BYTES);
        local.free.grow(first, self.segments_per_slab);
    }

    fn collect(&self, local: &mut Local) {
        self.returns.drain(|first, count| self.take_back(local, first, count));
    }

    #[inline]
    fn take_back(&self, local: &mut Local, first: u32, count: u32) {
        poison::set(self.address(first), count as usize * self.segment_bytes);
        if count == 1 {
            local.free.give(first)
        } else {
            local.free.give_run(first, count)
        }
        self.account(|out| out - u64::from(count));
    }

    #[inline]
    fn account(&self, change: impl FnOnce(u64) -> u64) {
        // A load and a store: there is one writer, and the figure needs no order with anything else.
        self.out.store(change(self.out.load(Ordering::Relaxed)), Ordering::Relaxed);
    }

    /// # Safety
    ///
    /// `home` came from [`Home::open`] and nobody uses it any more.
    unsafe fn free(home: NonNull<Self>) {
        // SAFETY: by the contract above, `home` is the leaked box of `open`, and the caller's alone.
        let home = unsafe { Box::from_raw(home.as_ptr()) };
        poison::clear(home.base, home.returns.capacity() * home.segment_bytes);
    }

    /// # Safety
    ///
    /// This is the owner thread, and `enter` calls nothing that comes back here. (It calls only this file, the
    /// free list, the region and the return stack, and none of them calls out.)
    #[inline]
    unsafe fn with_local<T>(&self, enter: impl FnOnce(&mut Local) -> T) -> T {
        // SAFETY: by the contract nobody else holds the reference, on another thread or on this one.
        enter(unsafe { &mut *self.local.get() })
    }
}

/// The pool's hold on its home. Dropping it closes the home.
///
/// Not `Send`: it stays on the thread that opened the home, so it need not ask where it is.
#[derive(Debug)]
pub(super) struct Keeper(NonNull<Home>);

impl Keeper {
    /// Takes a run of `count` segments, a power of two, growing by a slab when none is free.
    #[inline]
    pub(super) fn take(&self, count: u32) -> Option<Run> {
        let first = self.with_local(|local| {
            let free = if count == 1 { local.free.take() } else { local.free.take_run(count) };
            free.or_else(|| self.take_slowly(local, count))
        })?;
        self.account(|out| out + u64::from(count));
        let start = self.address(first);
        poison::clear(start, count as usize * self.segment_bytes);
        Some(Run { home: self.0, start, first, count })
    }

    #[cold]
    fn take_slowly(&self, local: &mut Local, count: u32) -> Option<u32> {
        self.collect(local);
        loop {
            // Singles too are looked for among the runs here: that empties the magazine into the maps at most once.
            if let Some(first) = local.free.take_run(count) {
                return Some(first);
            }
            if !local.region.can_grow() {
                return None;
            }
            self.grow(local);
        }
    }

    /// Takes back what other cores returned.
    pub(super) fn take_returned(&self) {
        self.with_local(|local| self.collect(local));
    }

    /// Populates slabs for `bytes` more, or what the capacity leaves.
    pub(super) fn warm(&self, bytes: usize) {
        self.with_local(|local| {
            let mut slabs = bytes.div_ceil(SLAB_BYTES);
            while slabs > 0 && local.region.can_grow() {
                self.grow(local);
                slabs -= 1;
            }
        });
    }

    #[inline]
    fn with_local<T>(&self, enter: impl FnOnce(&mut Local) -> T) -> T {
        debug_assert!(self.owner.is_current());
        // SAFETY: 1. A keeper is not `Send`, so this is the thread that opened the home. 2. The closures above
        // call nothing but what the contract names.
        unsafe { Home::with_local(self, enter) }
    }
}

impl Deref for Keeper {
    type Target = Home;

    #[inline]
    fn deref(&self) -> &Home {
        // SAFETY: the home lives at least as long as its keeper.
        unsafe { self.0.as_ref() }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.with_local(|local| local.closed = true);
        let out = i64::try_from(self.out.load(Ordering::Relaxed)).expect("fewer segments than 2^32");
        if self.returns.close(out) == Returned::Last {
            // SAFETY: the home is closed and no run is out: nobody else has the pointer.
            unsafe { Home::free(self.0) }
        }
    }
}

/// One run of segments, owned. Dropping it, on any thread, gives it back.
#[derive(Debug)]
pub(super) struct Run {
    home: NonNull<Home>,
    start: NonNull<u8>,
    first: u32,
    count: u32,
}

// SAFETY: 1. The bytes are owned by this run alone, like those of a box. 2. What it does with its home it
// may do from any thread: dropping decides between the free list and the return stack.
unsafe impl Send for Run {}
// SAFETY: a shared run gives out its address and its length, both constant.
unsafe impl Sync for Run {}

// Arrow asks this of the owner of a buffer. A panic while a run is dropped leaves at worst a run that never
// comes home.
impl RefUnwindSafe for Run {}

impl Run {
    #[inline]
    pub(super) fn start(&self) -> NonNull<u8> {
        self.start
    }

    #[inline]
    pub(super) fn bytes(&self) -> usize {
        self.count as usize * self.home().segment_bytes
    }

    #[inline]
    fn home(&self) -> &Home {
        // SAFETY: the home lives at least until its last run is back, and this one is not yet.
        unsafe { self.home.as_ref() }
    }

    /// Gives the run to the free list, if this is its home core and the pool is still there.
    #[inline]
    fn go_home(&self) -> bool {
        let home = self.home();
        if !home.owner.is_current() {
            return false;
        }
        let back = |local: &mut Local| {
            let open = !local.closed;
            if open {
                home.take_back(local, self.first, self.count);
            }
            open
        };
        // SAFETY: 1. This is the owner thread, as just asked. 2. `take_back` calls only the free list.
        unsafe { home.with_local(back) }
    }
}

impl Drop for Run {
    #[inline]
    fn drop(&mut self) {
        if !self.go_home() && self.home().returns.push(self.first, self.count) == Returned::Last {
            // SAFETY: the home is closed and this was the last run out: nobody else has the pointer.
            unsafe { Home::free(self.home) }
        }
    }
}

/// A number that no other thread of this process has or had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct ThreadNumber(u64);

std::thread_local! {
    /// Zero until somebody asks.
    static NUMBER: Cell<u64> = const { Cell::new(0) };
}

impl ThreadNumber {
    fn current() -> Self {
        static NEXT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(1);
        if NUMBER.get() == 0 {
            NUMBER.set(NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
        }
        Self(NUMBER.get())
    }

    /// Whether this is the thread with that number. (One that has none yet is not.)
    #[inline]
    fn is_current(self) -> bool {
        NUMBER.get() == self.0
    }
}
