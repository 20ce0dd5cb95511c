//! How a core hears that something has come, once for many things.
//!
//! Keeps one flag for each channel of a port. Never queues a poke: it says where to look, not what is there.
//!
//! tokio wakes a waker that was registered when a channel was found empty, or full, as soon as it is not; that
//! nothing falls between the finding and the registering is tokio's promise. What is added here is [`Bell`], the
//! waker, which passes on the first wake after a look and drops the others; that it drops none whose cause the core has
//! not seen is the promise of [`Rung`]. A wake comes behind its cause: the item is in the channel.

use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use crate::rung::Rung;
use crate::sync::{Mutant, planted};

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
    rung: Rung,
    poke: Arc<dyn Poke>,
}

impl Bell {
    fn ring(&self) {
        if self.rung.ring() {
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
pub struct Ear {
    bell: Arc<Bell>,
    waker: Waker,
}

impl Ear {
    /// Of a core that is poked in this way.
    pub fn new(poke: Arc<dyn Poke>) -> Self {
        let bell = Arc::new(Bell { rung: Rung::default(), poke });
        Self { waker: Waker::from(Arc::clone(&bell)), bell }
    }

    /// Searches a channel; if it says `Pending`, a poke comes when it would say something else.
    pub fn look<T>(&self, search: impl FnOnce(&mut Context<'_>) -> Poll<T>) -> Poll<T> {
        let search = || search(&mut Context::from_waker(&self.waker));
        if planted(Mutant::SearchBeforeHearing) {
            let found = search();
            self.bell.rung.hear();
            return found;
        }
        self.bell.rung.hear();
        search()
    }

    /// Makes the core look at its own port.
    pub fn ring(&self) {
        self.bell.ring();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

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
