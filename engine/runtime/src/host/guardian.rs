//! Wakes cores that sleep in their rings, again and again, for as long as they do.
//!
//! An executor on io_uring can go to sleep with a task that is ready, and then none of its own timers helps: they are
//! tasks too, and as lost as the other. A wake from another thread does help. So there is one thread for all cores of a
//! worker, which does nothing, and sleeps itself, while no core is in its ring.

#![expect(clippy::disallowed_methods, reason = "this thread sleeps while no core is in its ring")]

use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, Thread as Handle};
use std::time::Duration;

use super::CoreWake;
use crate::error::Error;
use crate::threads::{self, Thread};

/// What a lost turn costs at most.
const ROUND: Duration = Duration::from_millis(2);

/// The thread. Dropping it ends it.
#[derive(Debug)]
pub(crate) struct Guardian {
    bell: Arc<Bell>,
    thread: Option<Thread<()>>,
}

/// How a core tells the guardian that it is in its ring.
#[derive(Debug, Default)]
pub(crate) struct Bell {
    sleeps: AtomicBool,
    ends: AtomicBool,
    thread: OnceLock<Handle>,
}

impl Guardian {
    /// Watches these cores.
    pub(crate) fn start(wakes: Arc<[Arc<CoreWake>]>) -> Result<Self, Error> {
        let bell = Arc::new(Bell::default());
        wakes.iter().for_each(|wake| wake.ring().watch(bell.clone()));
        let own = bell.clone();
        let thread = threads::spawn("millstream-guard", move || own.watch(&wakes))?;
        Ok(Self { bell, thread: Some(thread) })
    }
}

impl Drop for Guardian {
    fn drop(&mut self) {
        self.bell.ends.store(true, Ordering::SeqCst);
        self.bell.call();
        if let Some(thread) = self.thread.take()
            && let Err(error) = thread.join()
        {
            tracing::warn!("while the worker was stopped: {error}");
        }
    }
}

impl Bell {
    /// A core is in its ring from now on. Costs a look while the guardian is up.
    pub(crate) fn ring(&self) {
        if self.sleeps.load(Ordering::SeqCst) {
            self.call();
        }
    }

    fn call(&self) {
        if let Some(thread) = self.thread.get() {
            thread.unpark();
        }
    }

    fn watch(&self, wakes: &[Arc<CoreWake>]) {
        self.thread.set(thread::current()).expect("one thread watches");
        while !self.ends.load(Ordering::SeqCst) {
            if wake_all(wakes) {
                thread::park_timeout(ROUND);
                continue;
            }
            // One total order: a core that goes into its ring sees this sleep, or is seen by the look behind it.
            self.sleeps.store(true, Ordering::SeqCst);
            if !wake_all(wakes) && !self.ends.load(Ordering::SeqCst) {
                thread::park();
            }
            self.sleeps.store(false, Ordering::SeqCst);
        }
    }
}

/// Whether there was any.
fn wake_all(wakes: &[Arc<CoreWake>]) -> bool {
    wakes.iter().filter(|wake| wake.ring().wake_again()).count() > 0
}

#[cfg(test)]
mod tests {
    use std::task::{Wake as TaskWake, Waker};

    use super::*;

    struct Unpark(Handle);

    impl TaskWake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    #[test]
    fn a_core_in_its_ring_is_woken_again_and_again() {
        let wakes: Arc<[Arc<CoreWake>]> = (0..2).map(|_| Arc::default()).collect();
        let _guardian = Guardian::start(wakes.clone()).unwrap();
        let waker = Waker::from(Arc::new(Unpark(thread::current())));
        for _ in 0..3 {
            let ring = wakes[1].ring();
            ring.begin();
            while !ring.poll(&waker) {
                thread::park(); // For ever, if the guardian lost sight of it.
            }
            ring.end();
        }
    }
}
