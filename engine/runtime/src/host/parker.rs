//! How a thread sleeps and is woken.
//!
//! A wake leaves a token, so one that comes before the sleep ends it at once. Nothing is lost, and a wake of a thread
//! that is awake costs an atomic step and no system call.

use std::sync::OnceLock;
use std::thread::{self, Thread};
use std::time::Duration;

use crate::seam::Wake;

/// Wakes the thread that has registered here.
#[derive(Debug, Default)]
pub(crate) struct ThreadWake(OnceLock<Thread>);

impl ThreadWake {
    /// The calling thread is the one to wake. What was posted before is found by its first look.
    pub(crate) fn register(&self) {
        self.0.set(thread::current()).expect("a core has one thread");
    }

    /// Sleeps until somebody wakes this thread, or for so long. The thread is the one that has registered.
    pub(crate) fn sleep(&self, nanoseconds: Option<u64>) {
        debug_assert!(self.0.get().is_some_and(|thread| thread.id() == thread::current().id()));
        match nanoseconds {
            Some(nanoseconds) => thread::park_timeout(Duration::from_nanos(nanoseconds)),
            None => thread::park(),
        }
    }
}

impl Wake for ThreadWake {
    fn wake(&self) {
        if let Some(thread) = self.0.get() {
            thread.unpark();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wake_before_the_sleep_is_not_lost() {
        let wake = ThreadWake::default();
        wake.wake(); // Nobody has registered: nobody sleeps.
        wake.register();
        wake.wake();
        wake.sleep(None);
    }
}
