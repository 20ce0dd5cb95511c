//! How a core sleeps and is woken.
//!
//! A thread that is parked is unparked; one that sleeps in its ring, because operations are under way there, is woken
//! through the task that waits for them. A wake leaves a token either way, so one that comes before the sleep ends it at
//! once: nothing is lost, and a wake of a core that is awake costs some atomic steps and no system call.

#![expect(clippy::disallowed_methods, reason = "this is where a core sleeps")]

use std::sync::OnceLock;
use std::thread::{self, Thread};
use std::time::Duration;

#[cfg(feature = "uring")]
use super::ring_sleep::RingSleep;
use crate::seam::Wake;

/// Wakes the core that has registered here.
#[derive(Debug, Default)]
pub(crate) struct CoreWake {
    thread: OnceLock<Thread>,
    #[cfg(feature = "uring")]
    ring: RingSleep,
}

impl CoreWake {
    /// The calling thread is the one to wake. What was posted before is found by its first look.
    pub(crate) fn register(&self) {
        self.thread.set(thread::current()).expect("a core has one thread");
    }

    /// Sleeps until somebody wakes this thread, or for so long. The thread is the one that has registered.
    pub(crate) fn sleep(&self, nanoseconds: Option<u64>) {
        debug_assert!(self.thread.get().is_some_and(|thread| thread.id() == thread::current().id()));
        match nanoseconds {
            Some(nanoseconds) => thread::park_timeout(Duration::from_nanos(nanoseconds)),
            None => thread::park(),
        }
    }

    /// The sleep in the ring.
    #[cfg(feature = "uring")]
    pub(crate) fn ring(&self) -> &RingSleep {
        &self.ring
    }
}

impl Wake for CoreWake {
    fn wake(&self) {
        if let Some(thread) = self.thread.get() {
            thread.unpark();
        }
        #[cfg(feature = "uring")]
        self.ring.wake();
    }
}

#[cfg(test)]
mod tests {
    #[cfg(feature = "uring")]
    use std::task::Waker;

    use super::*;

    #[test]
    fn a_wake_before_the_sleep_is_not_lost() {
        let wake = CoreWake::default();
        wake.wake(); // Nobody has registered: nobody sleeps.
        wake.register();
        wake.wake();
        wake.sleep(None);
    }

    #[cfg(feature = "uring")]
    #[test]
    fn a_sleep_in_the_ring_ends_with_a_wake_and_not_with_one_before_it() {
        let wake = CoreWake::default();
        wake.wake();
        wake.ring().begin();
        assert!(!wake.ring().poll(Waker::noop()), "what came before it is found by the look behind `begin`");
        wake.wake();
        assert!(wake.ring().poll(Waker::noop()));
        wake.ring().end();
    }
}
