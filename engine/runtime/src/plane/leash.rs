//! A task that ends when somebody elsewhere lets go of it.
//!
//! It is ended between two of its steps, by being dropped where it waits. Keeps the future while it runs. Never says
//! anything to it: a task that has to end in good order is told through its port.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::Poll;

use tokio::sync::oneshot::{self, Receiver, Sender, error::TryRecvError};

/// Holds a task on the plane. Drop it, from any thread, and the task is dropped soon.
#[derive(Debug)]
#[must_use = "dropped, it ends its task"]
pub struct Leash {
    _end: Sender<Infallible>,
}

/// The task's end of a leash.
#[derive(Debug)]
pub(super) struct Tether(Receiver<Infallible>);

pub(super) fn leash() -> (Leash, Tether) {
    let (end, tether) = oneshot::channel();
    (Leash { _end: end }, Tether(tether))
}

impl Tether {
    /// Runs what `make` makes, until it ends or the leash is dropped; nothing if that has happened already. `None` when
    /// it was dropped.
    pub(super) async fn hold<F: Future>(mut self, make: impl FnOnce() -> F) -> Option<F::Output> {
        if self.0.try_recv() == Err(TryRecvError::Closed) {
            return None;
        }
        let mut future = pin!(make());
        poll_fn(|context| match Pin::new(&mut self.0).poll(context) {
            Poll::Ready(_) => Poll::Ready(None),
            Poll::Pending => future.as_mut().poll(context).map(Some),
        })
        .await
    }

    /// Waits for the leash to be dropped.
    pub(super) fn poll_loose(&mut self, context: &mut std::task::Context<'_>) -> Poll<()> {
        Pin::new(&mut self.0).poll(context).map(|_| ())
    }
}
