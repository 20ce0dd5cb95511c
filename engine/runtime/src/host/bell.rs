//! How a core that goes into its ring is seen by the guardian, which sleeps while none is.
//!
//! The guardian says that it sleeps and then looks for cores; a core says that it is in its ring and then looks at the
//! guardian. Both have a fence in between ([`RingSleep::begin`](super::ring_sleep::RingSleep::begin) has the core's), so
//! at least one sees the other. The end is told in the same way.

#![cfg_attr(
    not(feature = "loom"),
    expect(clippy::disallowed_methods, reason = "the guardian sleeps while no core is in its ring")
)]

use std::time::Duration;

use crate::sync::{AtomicBool, Mutant, OnceLock, Ordering, Thread, fence_unless, thread};

/// What a lost turn costs at most.
const ROUND: Duration = Duration::from_millis(2);

/// Between the cores and their guardian.
#[derive(Debug, Default)]
pub struct Bell {
    sleeps: AtomicBool,
    ends: AtomicBool,
    thread: OnceLock<Thread>,
}

impl Bell {
    /// A core is in its ring from now on, and has made this visible with a fence. Costs a look while the guardian is up.
    pub fn ring(&self) {
        if self.sleeps.load(Ordering::Relaxed) {
            self.call();
        }
    }

    /// There is nothing more to watch.
    pub fn end(&self) {
        self.ends.store(true, Ordering::Relaxed);
        fence_unless(Mutant::EndUnfenced);
        self.call();
    }

    /// The guardian's thread, until it is told to end. `wake_all` wakes every core that is in its ring, and says whether
    /// there was any.
    pub fn watch(&self, wake_all: impl Fn() -> bool) {
        self.thread.set(thread::current()).expect("one thread watches");
        while !self.ends() {
            if wake_all() {
                thread::park_timeout(ROUND);
                continue;
            }
            self.sleeps.store(true, Ordering::Relaxed);
            fence_unless(Mutant::WatchUnfenced);
            if !wake_all() && !self.ends() {
                thread::park();
            }
            self.sleeps.store(false, Ordering::Relaxed);
        }
    }

    fn call(&self) {
        if let Some(thread) = self.thread.get() {
            thread.unpark();
        }
    }

    fn ends(&self) -> bool {
        self.ends.load(Ordering::Relaxed)
    }
}
