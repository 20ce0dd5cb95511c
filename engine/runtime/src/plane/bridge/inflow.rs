//! Items from the plane to a core: what an asynchronous source brings.
//!
//! Keeps what the core has not taken, and holds the task on a leash: it ends with the port. Never drops an item while
//! the core's end is there, nor lets the source run further ahead than the port is long.

use std::future::Future;
use std::sync::Arc;
use std::task::Poll;

use tokio::sync::mpsc::{self, Receiver, Sender};

use super::check_capacity;
use super::outcome::{self, Outcome, outcome};
use super::poke::{Ear, Poke};
use crate::error::Error;
use crate::plane::{Leash, PlaneHandle};

/// The core's end. Dropped, it ends the task on the plane where that waits.
pub struct Inflow<T> {
    items: Receiver<T>,
    outcome: Outcome,
    ear: Ear,
    _leash: Leash,
}

/// What a core found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken<T> {
    /// The next one. More may be there: until [`Taken::Empty`] no poke comes.
    Item(T),
    /// Nothing now. There will be a poke.
    Empty,
    /// Nothing more: every item has been taken, and so the task on the plane ended, its error or panic in words.
    Ended(Result<(), String>),
}

impl<T: Send + 'static> Inflow<T> {
    /// Runs what `run` makes on the plane. At most `capacity` items wait for the core.
    ///
    /// # Errors
    ///
    /// Those of [`PlaneHandle::spawn`].
    ///
    /// # Panics
    ///
    /// If `capacity` is zero, or absurd.
    pub fn open<F>(
        handle: &PlaneHandle,
        poke: Arc<dyn Poke>,
        capacity: usize,
        run: impl FnOnce(InflowSender<T>) -> F + Send + 'static,
    ) -> Result<Self, Error>
    where
        F: Future<Output = Result<(), String>> + 'static,
    {
        check_capacity(capacity);
        let (sender, mut items) = mpsc::channel(capacity);
        let (say, outcome) = outcome(Arc::clone(&poke));
        let ear = Ear::new(poke);
        // So that the first item pokes. Nobody can have sent it yet.
        let _empty = ear.look(|context| items.poll_recv(context));
        let leash = handle.spawn_leashed(|| outcome::run(|| run(InflowSender(sender)), say))?;
        Ok(Self { items, outcome, ear, _leash: leash })
    }

    /// The next item, if there is one.
    pub fn take(&mut self) -> Taken<T> {
        match self.ear.look(|context| self.items.poll_recv(context)) {
            Poll::Ready(Some(item)) => Taken::Item(item),
            Poll::Pending => Taken::Empty,
            Poll::Ready(None) => match self.outcome.look() {
                Some(ended) => Taken::Ended(ended.clone()),
                None => Taken::Empty,
            },
        }
    }
}

/// The plane's end.
#[derive(Debug)]
pub struct InflowSender<T>(Sender<T>);

impl<T> InflowSender<T> {
    /// Sends one item, and waits for room while the core is behind.
    ///
    /// # Errors
    ///
    /// If the core's end is gone; the item comes back, and the task is about to be dropped.
    pub async fn send(&self, item: T) -> Result<(), T> {
        self.0.send(item).await.map_err(|refused| refused.0)
    }
}
