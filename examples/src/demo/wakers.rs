//! Who sleeps, so that the others can wake it.
//!
//! Thin: a host of `runtime` will park and wake its cores.

use std::sync::OnceLock;
use std::thread::{self, Thread};
use std::time::Duration;

/// The longest sleep. A sibling that ends wakes nobody, and the own buffer timeout does not either.
const NAP: Duration = Duration::from_millis(1);

/// The threads of all subtasks, by number.
#[derive(Debug)]
pub(crate) struct Wakers(Box<[OnceLock<Thread>]>);

impl Wakers {
    pub(crate) fn of(subtasks: usize) -> Self {
        Self((0..subtasks).map(|_| OnceLock::new()).collect())
    }

    /// The calling thread is that of this subtask.
    pub(crate) fn register(&self, subtask: usize) {
        self.0[subtask].set(thread::current()).expect("a subtask has one thread");
    }

    pub(crate) fn wake(&self, subtask: usize) {
        // Who sleeps has registered before.
        if let Some(thread) = self.0[subtask].get() {
            thread.unpark();
        }
    }

    /// Sleeps until somebody calls, or for a moment.
    #[expect(clippy::unused_self, reason = "only those sleep whom these can wake")]
    pub(crate) fn sleep(&self) {
        thread::park_timeout(NAP);
    }
}
