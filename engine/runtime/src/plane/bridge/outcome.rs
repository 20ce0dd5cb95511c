//! How the task behind a port ended, brought to its core.
//!
//! Keeps the outcome once it is known. Never takes silence for success: a task that is gone without a word was
//! dropped with its plane, and that is a failure.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;

use tokio::sync::oneshot::{self, Receiver, Sender};

use super::poke::{Ear, Poke};
use crate::error::Error;
use crate::threads::words;

/// What a task says at its end, or what its panic said.
pub(super) type Ended = Result<(), String>;

/// The core's end.
pub(super) struct Outcome {
    coming: Receiver<Ended>,
    known: Option<Ended>,
    ear: Ear,
}

/// A way for one outcome. It has an ear of its own: who looks for items must not take the end for seen.
pub(super) fn outcome(poke: Arc<dyn Poke>) -> (Sender<Ended>, Outcome) {
    let (say, coming) = oneshot::channel();
    (say, Outcome { coming, known: None, ear: Ear::new(poke) })
}

impl Outcome {
    /// What was said, once it was.
    pub(super) fn look(&mut self) -> Option<&Ended> {
        if self.known.is_none() {
            match self.ear.look(|context| Pin::new(&mut self.coming).poll(context)) {
                Poll::Ready(said) => self.known = Some(said.unwrap_or_else(|_| Err(stopped()))),
                Poll::Pending => {}
            }
        }
        self.known.as_ref()
    }
}

/// Runs what `make` makes and says how it ended. A panic goes on from here, to be counted by the plane.
pub(super) async fn run<F>(make: impl FnOnce() -> F + 'static, say: Sender<Ended>)
where
    F: Future<Output = Ended> + 'static,
{
    // The making is within, so that its panic is caught as well. Not a task of its own: it would outlive this one by a
    // turn, and a stop of the plane waits for this one.
    let mut running = pin!(async move { make().await });
    let caught = poll_fn(|context| {
        let polled = catch_unwind(AssertUnwindSafe(|| running.as_mut().poll(context)));
        polled.map_or_else(|panic| Poll::Ready(Err(panic)), |polled| polled.map(Ok))
    });
    // That the core's end is gone by now is no trouble: nobody wanted to know.
    match caught.await {
        Ok(ended) => drop(say.send(ended)),
        Err(panic) => {
            drop(say.send(Err(panicked(&words(panic.as_ref())))));
            resume_unwind(panic);
        }
    }
}

/// A panic among other failures.
pub(super) fn panicked(words: &str) -> String {
    format!("panicked: {words}")
}

/// What a port says that is cut off.
pub(super) fn stopped() -> String {
    Error::PlaneStopped.to_string()
}
