//! Models of what crosses threads in `memory`, explored in every order that the memory model allows (up to
//! three preemptions), and for each a mistake planted on purpose that the exploration must find.
//!
//! `cargo test -p millstream-memory --features loom --test loom`

#![cfg(feature = "loom")]
#![expect(unsafe_code, reason = "loom's cells are entered like `UnsafeCell`s, so that it can report races")]

use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread;
use memory::Lease;
use memory::model::{Mutant, ReturnStack, Returned, plant};

#[path = "loom/mutants.rs"]
mod mutants;

use mutants::holds_unless;

/// A return stack, and a number in each segment.
struct Slab {
    returns: ReturnStack,
    segments: Vec<UnsafeCell<u32>>,
}

// SAFETY: the stack hands each cell to one thread at a time. That is what the models check.
unsafe impl Sync for Slab {}

impl Slab {
    fn with(segments: u32) -> Arc<Self> {
        let returns = ReturnStack::new(segments);
        Arc::new(Self { returns, segments: (0..segments).map(|_| UnsafeCell::new(0)).collect() })
    }

    /// Writes to the first segment of a run, as its owner, and gives the run back.
    fn use_and_return(&self, first: u32, count: u32) -> Returned {
        // SAFETY: the calling thread owns the run until it pushes it.
        self.segments[first as usize].with_mut(|number| unsafe { number.write(first + 1) });
        self.returns.push(first, count)
    }

    /// Reuses a segment and says what it found there.
    fn reuse(&self, first: u32) -> u32 {
        // SAFETY: the caller has taken the segment back.
        self.segments[first as usize].with_mut(|number| unsafe { number.replace(0) })
    }
}

/// A run of two and a single, written by other cores and returned, are reused by the home core: what was written
/// is seen, and nothing comes home twice or never.
fn segments_come_home() {
    let slab = Slab::with(3);
    let others = [(0, 2), (2, 1)].map(|(first, count)| {
        let slab = slab.clone();
        thread::spawn(move || assert_eq!(slab.use_and_return(first, count), Returned::Waiting))
    });
    let mut home = Vec::new();
    while home.len() < 2 {
        // The yield is what lets the others in: loom reorders a load with the write of another thread only when
        // that thread has not just loaded the same place itself.
        thread::yield_now();
        slab.returns.drain(|first, count| {
            assert_eq!(slab.reuse(first), first + 1);
            home.push((first, count));
        });
    }
    others.into_iter().for_each(|other| other.join().unwrap());
    home.sort_unstable();
    assert_eq!(home, [(0, 2), (2, 1)]);
}

#[test]
fn a_returned_segment_is_published() {
    holds_unless(&[Mutant::PushUnpublished], segments_come_home);
}

#[test]
fn a_returned_segment_is_seen() {
    holds_unless(&[Mutant::DrainUnseen], segments_come_home);
}

/// The pool closes while a run of two and a single are out: exactly one of the three frees the slabs, it is the
/// last, and it has seen what the others wrote.
fn the_last_one_frees() {
    let slab = Slab::with(3);
    let freed = Arc::new(AtomicUsize::new(0));
    let others = [(0, 2), (2, 1)].map(|(first, count)| {
        let (slab, freed) = (slab.clone(), freed.clone());
        thread::spawn(move || free_if_last(&slab.use_and_return(first, count), &slab, &freed))
    });
    thread::yield_now();
    free_if_last(&slab.returns.close(3), &slab, &freed);
    others.into_iter().for_each(|other| other.join().unwrap());
    assert_eq!(freed.load(Ordering::Relaxed), 1);
}

fn free_if_last(returned: &Returned, slab: &Slab, freed: &AtomicUsize) {
    if *returned == Returned::Last {
        // Freeing is a write to everything.
        assert_eq!([slab.reuse(0), slab.reuse(2)], [1, 3]);
        freed.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn a_closed_pool_is_freed_once() {
    holds_unless(&[Mutant::DebtOverwritten], the_last_one_frees);
}

#[test]
fn who_frees_has_seen_everything() {
    holds_unless(&[Mutant::PayUnpublished], the_last_one_frees);
}

/// Two threads reserve and release below one root: the limit holds at every moment, and in the end every figure
/// is zero, or the guarantee.
fn budgets_add_up() {
    let root = Lease::root("root", 10);
    let lease = root.child("lease", 4, 20).unwrap();
    let other = {
        let (root, lease) = (root.clone(), lease.clone());
        thread::spawn(move || {
            let first = lease.reserve(5);
            let second = lease.reserve(3);
            assert!(root.figures().used <= 10);
            drop(first);
            drop(second);
        })
    };
    let mine = lease.reserve(6);
    assert!(root.figures().used <= 10);
    drop(mine);
    other.join().unwrap();
    assert_eq!(lease.figures().used, 0);
    assert_eq!(root.figures().used, 4);
    drop(lease);
    assert_eq!(root.figures().used, 0);
}

#[test]
fn a_reservation_is_one_step() {
    holds_unless(&[Mutant::ReserveInTwoSteps], budgets_add_up);
}

#[test]
fn a_parent_is_charged_first() {
    holds_unless(&[Mutant::ChargeAfterwards], budgets_add_up);
}
