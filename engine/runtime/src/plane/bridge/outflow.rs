//! Items from a core to the plane: what an asynchronous sink takes, and what a connection sends.
//!
//! Keeps what the task on the plane has not taken. Never cuts it short: dropped or finished, the port lets the task see
//! the end behind the last item, and end by itself.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use tokio::sync::mpsc::error::{SendError, TrySendError};
use tokio::sync::mpsc::{self, OwnedPermit, Receiver, Sender};

use super::check_capacity;
use super::outcome::{self, Outcome, outcome};
use super::poke::{Ear, Poke};
use crate::error::Error;
use crate::plane::PlaneHandle;

/// The core's end. Dropped, it is finished, and how the task ended is not heard.
pub struct Outflow<T> {
    way: Way<T>,
    outcome: Outcome,
    ear: Ear,
}

/// How the next item leaves.
enum Way<T> {
    Open(Sender<T>),
    /// An item was refused. This ends with room for one, and pokes.
    Full(Room<T>),
    /// The task takes no more.
    Closed,
    /// The core gives no more.
    Finished,
}

/// Waits for room, or for the channel to be closed.
type Room<T> = Pin<Box<dyn Future<Output = Result<OwnedPermit<T>, SendError<()>>> + Send>>;

impl<T: Send + 'static> Outflow<T> {
    /// Runs what `run` makes on the plane. At most `capacity` items wait for it.
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
        run: impl FnOnce(OutflowReceiver<T>) -> F + Send + 'static,
    ) -> Result<Self, Error>
    where
        F: Future<Output = Result<(), String>> + 'static,
    {
        check_capacity(capacity);
        let (sender, items) = mpsc::channel(capacity);
        let (say, mut outcome) = outcome(Arc::clone(&poke));
        // So that the end pokes, even if nobody asks for it before.
        outcome.look();
        handle.spawn(|| outcome::run(|| run(OutflowReceiver(items)), say))?;
        Ok(Self { way: Way::Open(sender), outcome, ear: Ear::new(poke) })
    }

    /// Gives one item to the plane. One that is refused comes back, and there is a poke when it is worth another try:
    /// there is room, or the task has ended ([`ended`](Self::ended)) and nothing will be taken any more.
    ///
    /// # Errors
    ///
    /// The item, while as many wait as may.
    ///
    /// # Panics
    ///
    /// After [`finish`](Self::finish).
    pub fn offer(&mut self, item: T) -> Result<(), T> {
        let way = std::mem::replace(&mut self.way, Way::Closed);
        let mut room = match way {
            Way::Open(sender) => match sender.try_send(item) {
                Ok(()) => {
                    self.way = Way::Open(sender);
                    return Ok(());
                }
                Err(TrySendError::Full(refused)) => return self.wait(sender, refused),
                Err(TrySendError::Closed(refused)) => return Err(refused),
            },
            Way::Full(room) => room,
            Way::Closed => return Err(item),
            Way::Finished => panic!("an item is offered behind the end"),
        };
        match self.ear.look(|context| room.as_mut().poll(context)) {
            Poll::Ready(Ok(permit)) => {
                self.way = Way::Open(permit.send(item));
                Ok(())
            }
            Poll::Ready(Err(_closed)) => Err(item),
            Poll::Pending => {
                self.way = Way::Full(room);
                Err(item)
            }
        }
    }

    /// Queues for room. It may have come just now; then the item goes after all.
    fn wait(&mut self, sender: Sender<T>, item: T) -> Result<(), T> {
        self.way = Way::Full(Box::pin(sender.reserve_owned()));
        self.offer(item)
    }

    /// Says that no more items come. What was taken from the core is still the task's to finish.
    pub fn finish(&mut self) {
        self.way = Way::Finished;
    }

    /// How the task on the plane ended, once it has; its error or panic in words.
    pub fn ended(&mut self) -> Option<&Result<(), String>> {
        self.outcome.look()
    }
}

/// The plane's end.
#[derive(Debug)]
pub struct OutflowReceiver<T>(Receiver<T>);

impl<T> OutflowReceiver<T> {
    /// Waits for the next item; `None` is the end.
    pub async fn next(&mut self) -> Option<T> {
        self.0.recv().await
    }
}
