//! A core that sleeps in its ring, as a task of its executor.
//!
//! A wake is a flag that the sleeper takes; the waker of its task is only called while somebody sleeps, for it takes a
//! lock and perhaps a system call. The waker stays when it was called: a turn of the executor that is lost behind a wake
//! is found by the next one.
//!
//! # Why no wake is lost
//!
//! ```text
//!   the core                                    who wakes it
//!   woken ← no, sleeps ← yes                    something ← there
//!   ─ fence ─                                   ─ fence ─
//!   anything there?  then it does not wait      sleeps?  then woken ← yes, and the task is called
//!   the waker is left, woken?  then it is up
//! ```
//!
//! One of the fences comes first, and the other side sees what was written before it: either what is there is seen by
//! the look that follows [`begin`](RingSleep::begin), or the sleep is seen. If it is, the waker that is left behind a
//! call finds the flag, and one that was left before is called: the lock has one order.
//!
//! All writes of `woken` are swaps, and so have one order too. A wake that saw an earlier sleep may come late and end this
//! one for nothing; one whose flag is taken down here came with its fence before this one's, and is found by the look.

use std::sync::{Arc, PoisonError};
use std::task::Waker;

use super::bell::Bell;
use crate::sync::{AtomicBool, Mutant, Mutex, OnceLock, Ordering, fence_unless, planted};

/// The sleep of one core.
#[derive(Debug, Default)]
pub struct RingSleep {
    sleeps: AtomicBool,
    woken: AtomicBool,
    task: Mutex<Option<Waker>>,
    /// Tells who wakes again.
    guardian: OnceLock<Arc<Bell>>,
}

impl RingSleep {
    /// This guardian is told when the core is in its ring.
    pub fn watch(&self, bell: Arc<Bell>) {
        self.guardian.set(bell).expect("a core has one guardian");
    }

    /// From now on wakes are for the ring. Whoever calls this looks once more for work before it waits.
    pub fn begin(&self) {
        let backwards = planted(Mutant::BeginBackwards);
        if !backwards {
            self.woken.swap(false, Ordering::Relaxed);
        }
        let slept = self.sleeps.swap(true, Ordering::Relaxed);
        fence_unless(Mutant::BeginUnfenced);
        if backwards {
            self.woken.swap(false, Ordering::Relaxed);
        }
        if !slept && let Some(bell) = self.guardian.get() {
            bell.ring();
        }
    }

    /// The core is awake.
    pub fn end(&self) {
        self.sleeps.store(false, Ordering::Relaxed);
    }

    /// Whether somebody has woken the core since it began; if not, `waker` is called when somebody does.
    pub fn poll(&self, waker: &Waker) -> bool {
        let early = planted(Mutant::WakerAfterwards).then(|| self.woken.load(Ordering::Acquire));
        let mut task = self.task.lock().unwrap_or_else(PoisonError::into_inner);
        // The executor counts its wakers in few bits: one is kept.
        if !task.as_ref().is_some_and(|known| known.will_wake(waker)) {
            *task = Some(waker.clone());
        }
        drop(task);
        early.unwrap_or_else(|| self.woken.load(Ordering::Acquire))
    }

    /// The task has ended: nobody wakes it any more.
    pub fn forget(&self) {
        self.end();
        *self.task.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Wakes it if it is in the ring, woken before or not. Says whether it is.
    pub fn wake_again(&self) -> bool {
        let sleeps = self.sleeps.load(Ordering::Relaxed);
        if sleeps {
            if !planted(Mutant::WokenAfterwards) {
                self.woken.swap(true, Ordering::Release);
            }
            if let Some(task) = &*self.task.lock().unwrap_or_else(PoisonError::into_inner) {
                task.wake_by_ref();
            }
            if planted(Mutant::WokenAfterwards) {
                self.woken.swap(true, Ordering::Release);
            }
        }
        sleeps
    }

    /// Wakes it if it is in the ring; if it is not yet, it finds there what was made visible before this.
    pub fn wake(&self) {
        fence_unless(Mutant::WakeUnfenced);
        self.wake_again();
    }
}
