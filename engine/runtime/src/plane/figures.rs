//! What a plane tells about itself.
//!
//! Keeps counts that any thread may read at any time; they are exact, but not all of the same moment. Never holds a
//! lock.

use std::sync::Arc;
use std::sync::atomic::{
    AtomicU64, AtomicUsize,
    Ordering::{AcqRel, Acquire, Relaxed, Release},
};

use crate::bound::PLANE_TASKS_MAX;
use crate::preflight::Backend;

/// A plane at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlaneFigures {
    /// How it talks to the kernel: [`Backend::Uring`] only if each of its threads has a ring.
    pub backend: Backend,
    /// Its threads.
    pub threads: usize,
    /// Tasks that run, or wait for their thread to begin them.
    pub tasks_running: usize,
    /// Tasks that were ever begun.
    pub tasks_begun: u64,
    /// Those of them that panicked.
    pub tasks_panicked: u64,
}

/// Where the threads of a plane count.
#[derive(Debug, Default)]
pub(super) struct Counts {
    running: AtomicUsize,
    begun: AtomicU64,
    panicked: AtomicU64,
}

impl Counts {
    /// A place for one more task, unless there are too many.
    pub(super) fn admit(self: &Arc<Self>) -> Option<Place> {
        let one_more = |running| (running < PLANE_TASKS_MAX).then_some(running + 1);
        self.running.fetch_update(AcqRel, Acquire, one_more).ok()?;
        Some(Place(Arc::clone(self)))
    }

    pub(super) fn count_panic(&self) {
        self.panicked.fetch_add(1, Relaxed);
    }

    pub(super) fn figures(&self, backend: Backend, threads: usize) -> PlaneFigures {
        PlaneFigures {
            backend,
            threads,
            tasks_running: self.running.load(Acquire),
            tasks_begun: self.begun.load(Relaxed),
            tasks_panicked: self.panicked.load(Relaxed),
        }
    }
}

/// One task among those that run. Dropped with the task, whichever way it ends.
#[derive(Debug)]
pub(super) struct Place(Arc<Counts>);

impl Place {
    pub(super) fn count_begun(&self) {
        self.0.begun.fetch_add(1, Relaxed);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // Whoever sees the place free also sees what the task has done.
        self.0.running.fetch_sub(1, Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_only_so_many_places() {
        let counts = Arc::new(Counts::default());
        let mut places: Vec<_> = std::iter::from_fn(|| counts.admit()).collect();
        assert_eq!(places.len(), PLANE_TASKS_MAX);
        places.pop();
        let last = counts.admit();
        assert!(last.is_some() && counts.admit().is_none());
        drop((places, last));
        assert_eq!(counts.figures(Backend::Std, 1).tasks_running, 0);
    }
}
