//! How tasks come to the plane.
//!
//! Keeps nothing but the way there: handles do not hold the plane, which stops while they are about. Never waits.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use tokio::sync::mpsc::Sender;
use tokio::sync::mpsc::error::TrySendError;

use super::figures::{Counts, Place, PlaneFigures};
use super::leash::{Leash, leash};
use crate::error::Error;
use crate::preflight::Backend;

/// Gives tasks to a plane. Cheap to clone, and the same from every thread.
#[derive(Clone, Debug)]
pub struct PlaneHandle {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    mailboxes: Vec<Sender<Task>>,
    /// Counts the tasks that were given: the threads take turns.
    turn: AtomicUsize,
    counts: Arc<Counts>,
    backend: Backend,
}

impl PlaneHandle {
    pub(super) fn new(mailboxes: Vec<Sender<Task>>, counts: Arc<Counts>, backend: Backend) -> Self {
        Self { shared: Arc::new(Shared { mailboxes, turn: AtomicUsize::new(0), counts, backend }) }
    }

    /// Runs what `make` makes, on the thread whose turn it is, until it ends or the plane stops. Only `make` has to
    /// travel there; the future is made on its thread and may hold what cannot be sent.
    ///
    /// # Errors
    ///
    /// [`Error::PlaneStopped`], and [`Error::PlaneFull`], which passes. `make` is dropped uncalled then.
    pub fn spawn<F>(&self, make: impl FnOnce() -> F + Send + 'static) -> Result<(), Error>
    where
        F: Future<Output = ()> + 'static,
    {
        let shared = &*self.shared;
        let place = shared.counts.admit().ok_or(Error::PlaneFull)?;
        let turn = shared.turn.fetch_add(1, Relaxed);
        let task = Task { place, make: Box::new(move || Box::pin(make())) };
        shared.mailboxes[turn % shared.mailboxes.len()].try_send(task).map_err(|refused| match refused {
            TrySendError::Full(_) => Error::PlaneFull,
            TrySendError::Closed(_) => Error::PlaneStopped,
        })
    }

    /// The same for a task that ends, wherever it waits, when the leash is dropped.
    ///
    /// # Errors
    ///
    /// Those of [`spawn`](Self::spawn).
    pub fn spawn_leashed<F>(&self, make: impl FnOnce() -> F + Send + 'static) -> Result<Leash, Error>
    where
        F: Future<Output = ()> + 'static,
    {
        let (leash, tether) = leash();
        self.spawn(move || async move { _ = tether.hold(make).await })?;
        Ok(leash)
    }

    /// What the plane does right now.
    pub fn figures(&self) -> PlaneFigures {
        self.shared.counts.figures(self.shared.backend, self.shared.mailboxes.len())
    }
}

/// A task on its way to its thread.
pub(super) struct Task {
    place: Place,
    make: Box<dyn FnOnce() -> Pin<Box<dyn Future<Output = ()>>> + Send>,
}

impl Task {
    /// The whole task, the making included: a `make` that panics is a task that panics.
    pub(super) async fn run(self) {
        let Self { place, make } = self;
        place.count_begun();
        make().await;
    }
}

impl fmt::Debug for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Task").finish_non_exhaustive()
    }
}
