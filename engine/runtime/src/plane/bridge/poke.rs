//! How a core hears that something has come, once for many things.
//!
//! Keeps one flag for each channel of a port. Never queues a poke: it says where to look, not what is there.
//!
//! # Why no poke is lost
//!
//! tokio wakes a waker that was registered when a channel was found empty, or full, as soon as it is not; that
//! nothing falls between the finding and the registering is tokio's promise. What is added here is [`Bell`], the
//! waker, which passes on the first wake after a look and drops the others. It must not drop one whose cause the core
//! has not seen.
//!
//! A wake is `rung.swap(true)`, behind its cause (the item is in the channel). A look is `rung.swap(false)`, before
//! it searches the channel. All writes of the flag are swaps, so they have one order and each sees the one before it.
//!
//! * A wake behind the look in that order: it, or another wake between the two, found `false` and pokes. The core
//!   looks again.
//! * A wake before the look: the look's swap reads what that wake or a later swap wrote, acquires, and so the cause
//!   is there when it searches.
//!
//! A look that reads `false` without swapping can only be mistaken about a wake whose flag it does not see yet. The
//! first such wake found `false`, and pokes; and the look that follows the poke does see it, since a poke carries
//! over what was before it, as everything does that makes another thread run.

use std::sync::Arc;
use std::sync::atomic::{
    AtomicBool,
    Ordering::{AcqRel, Relaxed},
};
use std::task::{Context, Poll, Wake, Waker};

/// Makes a core look at a port. The reactor gives one with each port it opens.
///
/// Called from threads of the plane, and by a port on the core itself; it must not wait. What the caller did before is
/// to be visible to the look that follows.
pub trait Poke: Send + Sync {
    /// Something has come, there is room again, or it has ended.
    fn poke(&self);
}

/// The plane's end: a waker that pokes once between two looks.
struct Bell {
    rung: AtomicBool,
    poke: Arc<dyn Poke>,
}

impl Bell {
    fn ring(&self) {
        if !self.rung.swap(true, AcqRel) {
            self.poke.poke();
        }
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.ring();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.ring();
    }
}

/// The core's end.
pub(super) struct Ear {
    bell: Arc<Bell>,
    waker: Waker,
}

impl Ear {
    pub(super) fn new(poke: Arc<dyn Poke>) -> Self {
        let bell = Arc::new(Bell { rung: AtomicBool::new(false), poke });
        Self { waker: Waker::from(Arc::clone(&bell)), bell }
    }

    /// Searches a channel; if it says `Pending`, a poke comes when it would say something else.
    pub(super) fn look<T>(&self, search: impl FnOnce(&mut Context<'_>) -> Poll<T>) -> Poll<T> {
        // Most looks of a busy core find the flag down: a plain load spares them the swap.
        if self.bell.rung.load(Relaxed) {
            self.bell.rung.swap(false, AcqRel);
        }
        search(&mut Context::from_waker(&self.waker))
    }

    /// Makes the core look at its own port.
    pub(super) fn ring(&self) {
        self.bell.ring();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Poke for Count {
        fn poke(&self) {
            self.0.fetch_add(1, Relaxed);
        }
    }

    #[test]
    fn many_wakes_between_two_looks_are_one_poke() {
        let count = Arc::new(Count::default());
        let ear = Ear::new(Arc::clone(&count) as Arc<dyn Poke>);
        let look = || ear.look(|context| Poll::Ready(context.waker().clone()));
        for looks in 1..=3 {
            let Poll::Ready(waker) = look() else { unreachable!("the search is ready") };
            (0..5).for_each(|_| waker.wake_by_ref());
            ear.ring();
            assert_eq!(count.0.load(Relaxed), looks);
        }
    }

    #[test]
    fn a_wake_during_the_search_pokes_though_one_came_before() {
        let count = Arc::new(Count::default());
        let ear = Ear::new(Arc::clone(&count) as Arc<dyn Poke>);
        ear.ring();
        // What this look was called for it sees; what comes while it searches it may have missed.
        let _ready = ear.look(|context| {
            context.waker().wake_by_ref();
            Poll::Ready(())
        });
        assert_eq!(count.0.load(Relaxed), 2);
    }
}
