//! What the ports promise, over each runtime that this machine grants. The test is the core.

mod endurance;
mod inflow;
mod outflow;
mod requests;

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::task::Poll;

use tokio::sync::Semaphore;

use super::*;
use crate::plane::Plane;
use crate::plane::tests::{Tombstone, over_each_backend};
use crate::preflight::Backend;

/// Pokes that are waited for, and counted.
struct Pokes(Sender<()>);

impl Poke for Pokes {
    fn poke(&self) {
        // The test is over when nobody hears any more.
        let _ = self.0.send(());
    }
}

fn pokes() -> (Arc<dyn Poke>, Receiver<()>) {
    let (say, heard) = channel();
    (Arc::new(Pokes(say)), heard)
}

/// Waits on the plane until the test allows one step more.
async fn step(steps: &Semaphore) {
    steps.acquire().await.unwrap().forget();
}

/// One look at a future: whether it has ended.
async fn has_ended<F: Future>(mut future: Pin<&mut F>) -> bool {
    poll_fn(|context| Poll::Ready(future.as_mut().poll(context).is_ready())).await
}

/// Looks after each poke until something is found.
fn wait_for<T>(heard: &Receiver<()>, mut look: impl FnMut() -> Option<T>) -> T {
    loop {
        if let Some(found) = look() {
            return found;
        }
        heard.recv().unwrap();
    }
}

#[test]
fn ports_can_be_sent_to_their_core() {
    fn sent<T: Send>() {}
    sent::<Requests<u64, String>>();
    sent::<Inflow<String>>();
    sent::<Outflow<String>>();
}

#[test]
#[should_panic(expected = "a port for 0 items: it takes 1 to")]
fn a_port_for_nothing_is_a_bug() {
    check_capacity(0);
}
