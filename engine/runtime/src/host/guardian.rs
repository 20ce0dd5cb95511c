//! Wakes cores that sleep in their rings, again and again, for as long as they do.
//!
//! An executor on io_uring can go to sleep with a task that is ready, and then none of its own timers helps: they are
//! tasks too, and as lost as the other. A wake from another thread does help. So there is one thread for all cores of a
//! worker, which does nothing, and sleeps itself, while no core is in its ring.

use std::sync::Arc;

use super::CoreWake;
use super::bell::Bell;
use crate::error::Error;
use crate::threads::{self, Thread};

/// The thread. Dropping it ends it.
#[derive(Debug)]
pub(crate) struct Guardian {
    bell: Arc<Bell>,
    thread: Option<Thread<()>>,
}

impl Guardian {
    /// Watches these cores.
    pub(crate) fn start(wakes: Arc<[Arc<CoreWake>]>) -> Result<Self, Error> {
        let bell = Arc::new(Bell::default());
        wakes.iter().for_each(|wake| wake.ring().watch(bell.clone()));
        let own = bell.clone();
        let thread = threads::spawn("millstream-guard", move || own.watch(|| wake_all(&wakes)))?;
        Ok(Self { bell, thread: Some(thread) })
    }
}

impl Drop for Guardian {
    fn drop(&mut self) {
        self.bell.end();
        if let Some(thread) = self.thread.take()
            && let Err(error) = thread.join()
        {
            tracing::warn!("while the worker was stopped: {error}");
        }
    }
}

/// Whether there was any.
fn wake_all(wakes: &[Arc<CoreWake>]) -> bool {
    wakes.iter().filter(|wake| wake.ring().wake_again()).count() > 0
}

#[cfg(test)]
mod tests {
    #![expect(clippy::disallowed_methods, reason = "sleeps in the place of a core")]

    use std::task::{Wake as TaskWake, Waker};
    use std::thread;

    use super::*;

    struct Unpark(thread::Thread);

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
