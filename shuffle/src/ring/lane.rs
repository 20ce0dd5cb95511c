//! A lane: a bounded ring with one sending and one receiving core.
//!
//! ```text
//!             given back            taken            published           written
//!   ──────────────┼───────────────────┼──────────────────┼──────────────────┼──────────►  messages so far
//!     free slots  │ the receiver's,   │ waiting          │ the sender's,    │  free slots
//!                 │ until it gives    │                  │ until it         │
//!                 │ them back         │                  │ publishes        │
//! ```
//!
//! The four figures only grow, and message `n` lies in slot `n` modulo the number of slots. Each side keeps its two
//! figures to itself and shows the older one to the other: the sender once a turn, the receiver once a drain. So a
//! turn of a thousand messages costs one release store, and what is written but not yet published is still the
//! sender's to change ([`Sender::last_unpublished`]). Of the other side's figure each keeps a copy, and looks again
//! only when the copy says that the lane is full, or empty: as long as both are busy no line but those of the
//! messages changes hands.
//!
//! An end that goes drops what is its own. What waits stays readable when the sender is gone; the last one to go
//! drops what then remains.
//!
//! A lane never blocks, allocates nothing after it was made, and wakes nobody: that is the
//! [`Doorbell`](super::doorbell::Doorbell)'s.
//!
//! # Why this file is unsafe
//!
//! A slot changes hands by a figure, which the compiler cannot follow. A lock or an option per slot would be safe,
//! and a second line to fetch for each message.

#![expect(unsafe_code, reason = "a slot belongs to whom the figures say; see above")]

use std::mem::MaybeUninit;

use memory::CacheLine;

use crate::sync::{Arc, AtomicBool, AtomicUsize, Mutant, Ordering, UnsafeCell, failed, ordering, planted};

/// Makes a lane of `slots` messages.
///
/// # Panics
///
/// If `slots` is not a power of two.
pub fn lane<T>(slots: usize) -> (Sender<T>, Receiver<T>) {
    assert!(slots.is_power_of_two(), "a lane of {slots} slots");
    let shared = Arc::new(Shared {
        published: CacheLine(AtomicUsize::new(0)),
        given_back: CacheLine(AtomicUsize::new(0)),
        sender_gone: AtomicBool::new(false),
        receiver_gone: AtomicBool::new(false),
        slots: (0..slots).map(|_| Slot(UnsafeCell::new(MaybeUninit::uninit()))).collect(),
    });
    (
        Sender { shared: shared.clone(), written: 0, published: 0, given_back_seen: 0 },
        Receiver { shared, taken: 0, given_back: 0, published_seen: 0 },
    )
}

/// What both ends hold.
#[derive(Debug)]
struct Shared<T> {
    /// Only the sender writes it.
    published: CacheLine<AtomicUsize>,
    /// Only the receiver writes it.
    given_back: CacheLine<AtomicUsize>,
    sender_gone: AtomicBool,
    receiver_gone: AtomicBool,
    slots: Box<[Slot<T>]>,
}

/// Room for one message, which begins on a cache line: one of 64 bytes then costs one line, not two, and two cores
/// at neighbouring slots do not disturb each other.
#[derive(Debug)]
#[repr(align(64))]
struct Slot<T>(UnsafeCell<MaybeUninit<T>>);

// SAFETY: 1. The figures give each slot to one end at a time (loom checks that), so no two threads are ever at one
// value. 2. Values go from thread to thread, which `T: Send` allows.
unsafe impl<T: Send> Sync for Shared<T> {}

impl<T> Shared<T> {
    fn slot(&self, number: usize) -> &UnsafeCell<MaybeUninit<T>> {
        &self.slots[number & (self.slots.len() - 1)].0
    }

    /// Moves message `number` out of its slot.
    ///
    /// # Safety
    ///
    /// The slot is the caller's, and holds a message that is never read again.
    unsafe fn take(&self, number: usize) -> T {
        // SAFETY: 1. Nobody else is at the slot, and it is aligned. 2. It holds a message, which becomes the
        // caller's. Both by the promise of the caller.
        self.slot(number).with_mut(|slot| unsafe { slot.cast::<T>().read() })
    }
}

/// The end that writes. Dropped, it takes back what it has not published.
#[derive(Debug)]
pub struct Sender<T> {
    shared: Arc<Shared<T>>,
    written: usize,
    published: usize,
    given_back_seen: usize,
}

impl<T> Sender<T> {
    /// Writes a message that nobody sees until [`publish`](Self::publish). If the lane is full, hands it back.
    #[inline]
    pub fn push(&mut self, message: T) -> Result<(), T> {
        if !self.has_room() {
            return Err(message);
        }
        // SAFETY: 1. There is room, so what lay in the slot was given back, and the receiver does not come here
        // before the slot is published. 2. It is aligned, and nothing in it needs to be dropped.
        self.shared.slot(self.written).with_mut(|slot| unsafe { slot.cast::<T>().write(message) });
        self.written += 1;
        if planted(Mutant::PublishEachPush) {
            self.publish();
        }
        Ok(())
    }

    /// Whether one more message can be written.
    #[inline]
    pub fn has_room(&mut self) -> bool {
        if self.written - self.given_back_seen < self.shared.slots.len() {
            return true;
        }
        // Acquire: the receiver's reads of these slots are over before they are written again.
        self.given_back_seen =
            self.shared.given_back.load(ordering(Ordering::Acquire, Mutant::ReuseUnordered));
        self.written - self.given_back_seen < self.shared.slots.len()
    }

    /// The message written last, as long as it is not published: it can still be added to.
    #[inline]
    pub fn last_unpublished(&mut self) -> Option<&mut T> {
        if self.written == self.published {
            return None;
        }
        let slot = self.shared.slot(self.written - 1).with_mut(|slot| slot.cast::<T>());
        // SAFETY: 1. What is written and not published is the sender's, is aligned and holds a message. 2. The
        // reference borrows the sender, so nothing is written or published while it lives.
        Some(unsafe { &mut *slot })
    }

    /// Shows the receiver what was written since the last time, and says whether there was anything.
    #[inline]
    pub fn publish(&mut self) -> bool {
        let fresh = self.written > self.published;
        if fresh {
            self.published = self.written;
            // Release: what was written to the messages is seen by whoever sees the figure.
            let order = ordering(Ordering::Release, Mutant::PublishUnordered);
            self.shared.published.store(self.published, order);
        }
        fresh
    }

    /// Whether nobody will take anything any more.
    pub fn is_receiver_gone(&self) -> bool {
        // Nothing is read on the strength of this answer, so it needs no order.
        self.shared.receiver_gone.load(Ordering::Relaxed)
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        if failed() {
            return;
        }
        while self.written > self.published && !planted(Mutant::UnpublishedForgotten) {
            self.written -= 1;
            // SAFETY: it was written and not published, and is no longer among those written.
            drop(unsafe { self.shared.take(self.written) });
        }
        // Release: who sees this sees everything published.
        self.shared.sender_gone.store(true, ordering(Ordering::Release, Mutant::LeaveUnordered));
    }
}

/// The end that reads. Dropped, it takes what waits with it.
#[derive(Debug)]
pub struct Receiver<T> {
    shared: Arc<Shared<T>>,
    taken: usize,
    given_back: usize,
    published_seen: usize,
}

impl<T> Receiver<T> {
    /// The next message, if one is published. Its slot stays occupied until [`give_back`](Self::give_back).
    #[inline]
    pub fn pop(&mut self) -> Option<T> {
        if self.taken == self.published_seen {
            // Acquire: what the sender wrote before it published is seen.
            self.published_seen =
                self.shared.published.load(ordering(Ordering::Acquire, Mutant::TakeUnordered));
            if self.taken == self.published_seen {
                return None;
            }
        }
        self.taken += 1;
        // SAFETY: it is published, was not taken before, and the sender does not come here before it is given back.
        Some(unsafe { self.shared.take(self.taken - 1) })
    }

    /// Lets the sender use the slots of everything taken so far.
    #[inline]
    pub fn give_back(&mut self) {
        if self.taken > self.given_back {
            self.given_back = self.taken;
            // Release: the reads of these slots are over before the sender sees the figure.
            let order = ordering(Ordering::Release, Mutant::GiveBackUnordered);
            self.shared.given_back.store(self.given_back, order);
        }
    }

    /// Whether nothing waits. What is published at the same time may be missed, so before a core sleeps on this
    /// answer it announces that ([`Doorbell::park`](super::doorbell::Doorbell::park)).
    pub fn is_empty(&self) -> bool {
        self.taken == self.shared.published.load(Ordering::Relaxed)
    }

    /// Whether the sender is gone. What waits then is its last.
    pub fn is_sender_gone(&self) -> bool {
        // Acquire: after a yes, `pop` sees everything that was published.
        self.shared.sender_gone.load(ordering(Ordering::Acquire, Mutant::LeftUnordered))
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        if failed() {
            return;
        }
        while self.pop().is_some() {}
        if !planted(Mutant::TakenTwice) {
            self.give_back();
        }
        self.shared.receiver_gone.store(true, Ordering::Relaxed);
    }
}

impl<T> Drop for Shared<T> {
    /// Both ends are gone: what was published behind the receiver's back is dropped here.
    fn drop(&mut self) {
        if failed() {
            return;
        }
        let waiting = self.given_back.load(Ordering::Relaxed)..self.published.load(Ordering::Relaxed);
        for number in waiting.filter(|_| !planted(Mutant::RemainderForgotten)) {
            // SAFETY: nobody else is left, and a leaving receiver gives back all it has taken: these were not.
            drop(unsafe { self.take(number) });
        }
    }
}
