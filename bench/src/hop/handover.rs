//! What a sink has at its end, for the thread that waits for the job.
//!
//! A subtask shares nothing while it runs: it fills a value of its own and leaves it here once.

use std::sync::{Arc, Mutex, PoisonError};

use super::failure::Failure;

/// A place for one value. A copy is the same place.
#[derive(Debug)]
pub(super) struct Handover<T>(Arc<Mutex<Option<T>>>);

impl<T> Handover<T> {
    pub(super) fn new() -> Self {
        Self(Arc::default())
    }

    /// Leaves it.
    pub(super) fn leave(&self, value: T) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
    }

    /// Takes what was left.
    pub(super) fn take(&self) -> Result<T, Failure> {
        let left = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        left.ok_or_else(|| Failure::Answer("the job has finished, and its sink has not".to_owned()))
    }
}

impl<T> Clone for Handover<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}
