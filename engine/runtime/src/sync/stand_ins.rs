//! What loom does not have, or has with a flaw, made of what it has: cells that are written once, and threads that
//! sleep.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use loom::sync::atomic::{AtomicBool, Ordering};
use loom::sync::{Condvar, Mutex};

/// The standard cell, with the one step that others can see made loom's.
#[derive(Debug)]
pub(crate) struct OnceLock<T> {
    there: AtomicBool,
    value: std::sync::OnceLock<T>,
}

impl<T> Default for OnceLock<T> {
    fn default() -> Self {
        Self { there: AtomicBool::new(false), value: std::sync::OnceLock::new() }
    }
}

impl<T> OnceLock<T> {
    pub(crate) fn set(&self, value: T) -> Result<(), T> {
        self.value.set(value)?;
        self.there.store(true, Ordering::Release);
        Ok(())
    }

    pub(crate) fn get(&self) -> Option<&T> {
        if self.there.load(Ordering::Acquire) { self.value.get() } else { None }
    }
}

/// A thread that can be unparked. Loom's own forgets that it was when it waits for a lock before it parks.
#[derive(Clone, Debug, Default)]
pub struct Thread(Arc<Token>);

#[derive(Debug, Default)]
struct Token {
    unparked: Mutex<bool>,
    changed: Condvar,
}

loom::thread_local! {
    static CURRENT: Thread = Thread::default();
}

impl Thread {
    /// Ends its sleep, or its next one.
    pub fn unpark(&self) {
        *self.0.unparked.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.0.changed.notify_one();
    }
}

/// The calling thread.
pub fn current() -> Thread {
    CURRENT.with(Clone::clone)
}

/// Sleeps until somebody unparks this thread.
pub fn park() {
    let Thread(token) = current();
    let mut unparked = token.unparked.lock().unwrap_or_else(PoisonError::into_inner);
    while !*unparked {
        unparked = token.changed.wait(unparked).unwrap_or_else(PoisonError::into_inner);
    }
    *unparked = false;
}

/// No time passes in a model: this sleep ends at once, when others have had their turn.
pub(crate) fn park_timeout(_time: Duration) {
    loom::thread::yield_now();
}
