//! The way home of a segment that was dropped on another core.
//!
//! ```text
//!   any core:  push(3)  push(9)                      the home core, once a turn:
//!   head ──► 9 ──► 3 ──► EMPTY          drain:  head ⇄ EMPTY, then walk 9, 3
//! ```
//!
//! A Treiber stack of runs (the number of the first segment, and how many) whose links lie in a side table, so
//! a return costs one compare-and-swap and no allocation. Only the home core takes, and it takes everything at
//! once: there is no pop, hence no ABA. A number is in the stack at most once, because a run has one owner.
//!
//! When the pool is gone and segments are still out, the stack is *closed*: those who return later pay the
//! debt down instead of pushing, and whoever pays the last of it frees the slabs.
//!
//! One known blemish: a `push` that was not the last may still be returning while the last one frees the stack
//! it was called on. It touches nothing any more, but it holds `&self`, which the strictest reading of Rust's
//! aliasing rules does not allow (the standard library's `Arc` had the same until lately).

use crate::cache_line::CacheLine;
use crate::sync::{AtomicI64, AtomicU32, Mutant, Ordering, ordering, planted};

/// No segment: the end of the chain.
const EMPTY: u32 = u32::MAX;
/// The pool is gone; what comes home now only reduces the debt.
const CLOSED: u32 = u32::MAX - 1;

/// Where returned segments wait for their home core.
#[derive(Debug)]
pub struct ReturnStack {
    /// The run returned last. Every core writes here.
    head: CacheLine<AtomicU32>,
    /// By the number of the first segment. Written by the one who pushes it, before it can be seen.
    nodes: Box<[Node]>,
    /// After closing: segments still out. Before: minus the returns that ran ahead of the closing count.
    debt: AtomicI64,
}

/// A run in the stack.
#[derive(Debug)]
struct Node {
    below: AtomicU32,
    count: AtomicU32,
}

/// What became of a returned run.
#[derive(Debug, PartialEq, Eq)]
pub enum Returned {
    /// It waits for its home core, or others are still out.
    Waiting,
    /// It was the last one out of a closed pool: the caller frees the slabs.
    Last,
}

impl ReturnStack {
    /// A stack for the segments `0..segments`.
    pub fn new(segments: u32) -> Self {
        assert!(segments < CLOSED);
        Self {
            head: CacheLine(AtomicU32::new(EMPTY)),
            nodes: (0..segments)
                .map(|_| Node { below: AtomicU32::new(EMPTY), count: AtomicU32::new(0) })
                .collect(),
            debt: AtomicI64::new(0),
        }
    }

    /// For how many segments there is room.
    pub fn capacity(&self) -> usize {
        self.nodes.len()
    }

    /// Hands a run back, from any core: `count` segments from `first` on. What the caller wrote to them is
    /// visible to the next owner.
    pub fn push(&self, first: u32, count: u32) -> Returned {
        let node = &self.nodes[first as usize];
        let mut head = self.head.load(Ordering::Relaxed);
        loop {
            if head == CLOSED {
                return self.pay(i64::from(count));
            }
            node.below.store(head, Ordering::Relaxed);
            node.count.store(count, Ordering::Relaxed);
            // Release: publishes the node and the caller's last writes. The pushes below stay published too,
            // since every push is a read-modify-write and so continues their release sequence.
            match self.head.compare_exchange_weak(
                head,
                first,
                ordering(Ordering::Release, Mutant::PushUnpublished),
                Ordering::Relaxed,
            ) {
                Ok(_) => return Returned::Waiting,
                Err(seen) => head = seen,
            }
        }
    }

    /// Takes all that waits, newest first, as (first, count). Only the home core may call it.
    pub fn drain(&self, take: impl FnMut(u32, u32)) {
        // A plain look first: usually nothing waits, and then no cache line changes hands.
        let head = self.head.load(Ordering::Relaxed);
        if head == EMPTY || head == CLOSED {
            return;
        }
        self.walk(self.head.swap(EMPTY, ordering(Ordering::Acquire, Mutant::DrainUnseen)), take);
    }

    /// Ends the life of the pool while `out` segments are unreturned (those that wait here count as out).
    ///
    /// `Returned::Last` says that nothing is out, so that the caller frees the slabs.
    pub fn close(&self, out: i64) -> Returned {
        let mut waiting = 0;
        let head = self.head.swap(CLOSED, Ordering::AcqRel);
        assert!(head != CLOSED, "a pool is closed once");
        self.walk(head, |_, count| waiting += i64::from(count));
        let debt = out - waiting;
        if planted(Mutant::DebtOverwritten) {
            self.debt.store(debt, Ordering::Release);
            return if debt == 0 { Returned::Last } else { Returned::Waiting };
        }
        let before = self.debt.fetch_add(debt, Ordering::AcqRel);
        if before + debt == 0 { Returned::Last } else { Returned::Waiting }
    }

    /// Pays back after closing. The debt may be below zero for a moment: a return can come between the swap
    /// and the count of `close`. It reaches zero exactly once, by a payment or by the count.
    ///
    /// Release, so that the one who frees has seen everybody's last writes; acquire, to be that one.
    fn pay(&self, segments: i64) -> Returned {
        let before = self.debt.fetch_sub(segments, ordering(Ordering::AcqRel, Mutant::PayUnpublished));
        if before == segments { Returned::Last } else { Returned::Waiting }
    }

    fn walk(&self, mut at: u32, mut take: impl FnMut(u32, u32)) {
        while at != EMPTY {
            let node = &self.nodes[at as usize];
            // Read before `take`: afterwards the run may be handed out and pushed again.
            let below = node.below.load(Ordering::Relaxed);
            take(at, node.count.load(Ordering::Relaxed));
            at = below;
        }
    }
}
