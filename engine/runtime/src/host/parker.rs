//! How a core sleeps and is woken.
//!
//! A thread that is parked is unparked; one that sleeps in its ring, because operations are under way there, is woken
//! through the task that waits for them. A wake leaves a token either way, so one that comes before the sleep ends it at
//! once: nothing is lost, and a wake of a core that is awake costs some atomic steps and no system call.

#![expect(clippy::disallowed_methods, reason = "this is where a core sleeps")]

use std::sync::OnceLock;
#[cfg(feature = "uring")]
use std::sync::atomic::{AtomicBool, Ordering};
#[cfg(feature = "uring")]
use std::sync::{Arc, Mutex, PoisonError};
#[cfg(feature = "uring")]
use std::task::Waker;
use std::thread::{self, Thread};
use std::time::Duration;

#[cfg(feature = "uring")]
use super::guardian::Bell;
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

/// A core that sleeps in its ring. A wake is a flag that the sleeper takes; the waker of its task is only called while
/// somebody sleeps, for it takes a lock and perhaps a system call. The waker stays when it was called: a turn of the
/// executor that is lost behind a wake is found by the next one.
#[cfg(feature = "uring")]
#[derive(Debug, Default)]
pub(crate) struct RingSleep {
    sleeps: AtomicBool,
    woken: AtomicBool,
    task: Mutex<Option<Waker>>,
    /// Tells who wakes again.
    guardian: OnceLock<Arc<Bell>>,
}

#[cfg(feature = "uring")]
impl RingSleep {
    /// This guardian is told when the core is in its ring.
    pub(super) fn watch(&self, bell: Arc<Bell>) {
        self.guardian.set(bell).expect("a core has one guardian");
    }

    /// From now on wakes are for the ring. Whoever calls this looks once more for work before it waits.
    pub(crate) fn begin(&self) {
        self.woken.store(false, Ordering::SeqCst);
        if !self.sleeps.swap(true, Ordering::SeqCst)
            && let Some(bell) = self.guardian.get()
        {
            bell.ring();
        }
    }

    /// The core is awake.
    pub(crate) fn end(&self) {
        self.sleeps.store(false, Ordering::SeqCst);
    }

    /// Whether somebody has woken the core since it began; if not, `waker` is called when somebody does.
    pub(crate) fn poll(&self, waker: &Waker) -> bool {
        let mut task = self.task.lock().unwrap_or_else(PoisonError::into_inner);
        // The executor counts its wakers in few bits: one is kept.
        if !task.as_ref().is_some_and(|known| known.will_wake(waker)) {
            *task = Some(waker.clone());
        }
        drop(task);
        self.woken.load(Ordering::SeqCst)
    }

    /// The task has ended: nobody wakes it any more.
    pub(crate) fn forget(&self) {
        self.end();
        *self.task.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Wakes it if it is in the ring, woken before or not. Says whether it is.
    pub(super) fn wake_again(&self) -> bool {
        let sleeps = self.sleeps.load(Ordering::SeqCst);
        if sleeps {
            self.woken.store(true, Ordering::SeqCst);
            if let Some(task) = &*self.task.lock().unwrap_or_else(PoisonError::into_inner) {
                task.wake_by_ref();
            }
        }
        sleeps
    }

    /// One total order of these steps and those of `begin` and `poll`: either this sees the sleep, or what was made
    /// visible before the wake is seen by the look that follows `begin`.
    fn wake(&self) {
        std::sync::atomic::fence(Ordering::SeqCst);
        self.wake_again();
    }
}

#[cfg(test)]
mod tests {
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
