//! The I/O plane: a few threads beside the cores, on which everything asynchronous runs.
//!
//! ```text
//!   core 0 ──┐  bridge: ports,      ┌─ millstream-io-0: tasks in turn ─┬─ tokio on io_uring
//!   core 1 ──┼─ bounded both ways ──┤                                  │  or, where that is refused,
//!   core 2 ──┘                      └─ millstream-io-1: tasks in turn ─┴─ plain tokio
//! ```
//!
//! A core never waits, and a library that speaks to the network always does; so such a library lives here, and the
//! two talk through the ports of [`bridge`]. A thread here is not pinned: it works in short bursts, wherever the
//! kernel has time for it.
//!
//! A task that panics takes down nobody else: it is counted, logged with its words, and everything else goes on. A
//! task that computes for long holds up all others of its thread, sends included, since what is begun on io_uring
//! reaches the kernel when the thread sleeps.
//!
//! Keeps its threads until it is stopped or dropped. Never starts a task again, and never falls back in silence.

pub mod bridge;

mod figures;
mod handle;
mod io_runtime;
mod leash;
mod thread;

#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use figures::PlaneFigures;
pub use handle::PlaneHandle;
pub use leash::Leash;

use crate::error::Error;
use crate::preflight::Backend;
use figures::Counts;
use thread::IoThread;

/// The threads for I/O of a worker.
#[derive(Debug)]
pub struct Plane {
    threads: Vec<IoThread>,
    handle: PlaneHandle,
}

impl Plane {
    /// Starts `threads` threads, named `millstream-io-0` and so on. With [`Backend::Uring`] each gets a ring; one to
    /// which the kernel refuses it runs plain tokio and says so in the log.
    ///
    /// # Errors
    ///
    /// If a thread cannot be started, or cannot have even the plain runtime. The others end by themselves then.
    ///
    /// # Panics
    ///
    /// If there is to be no thread.
    pub fn start(threads: usize, backend: Backend) -> Result<Self, Error> {
        assert!(threads > 0, "a plane without threads would never run anything");
        let counts = Arc::new(Counts::default());
        // All begin before the first is waited for: setting up a ring takes the kernel a while.
        let starting: Vec<_> =
            (0..threads).map(|index| IoThread::begin(index, backend, Arc::clone(&counts))).collect();
        let mut started = Vec::with_capacity(threads);
        let mut mailboxes = Vec::with_capacity(threads);
        let mut in_force = backend;
        for starting in starting {
            let (thread, mailbox, backend) = starting?.ready()?;
            started.push(thread);
            mailboxes.push(mailbox);
            if backend == Backend::Std {
                in_force = Backend::Std;
            }
        }
        Ok(Self { threads: started, handle: PlaneHandle::new(mailboxes, counts, in_force) })
    }

    /// What gives tasks to this plane, from any thread.
    pub fn handle(&self) -> PlaneHandle {
        self.handle.clone()
    }

    /// Ends all tasks by dropping them where they wait, then the threads. What the tasks own is dropped while the
    /// runtime still runs, listeners among it: a ring that was closed over an accept has hung in the past. Only what
    /// tasks have spawned themselves, the futures of [`bridge::Requests`] for example, may go with the runtime.
    ///
    /// It waits for a task to reach its next `await`, and for a blocking call that one has begun (the look-up of a
    /// host's name); for nothing else. So it must not be called by a task of this plane.
    ///
    /// # Errors
    ///
    /// If one of the threads has died of a bug of the plane. All have ended nevertheless.
    pub fn stop(mut self) -> Result<(), Error> {
        self.end()
    }

    fn end(&mut self) -> Result<(), Error> {
        // First all are told, then all are waited for.
        let ending: Vec<_> = self.threads.drain(..).map(IoThread::end).collect();
        let ended: Vec<_> = ending.into_iter().map(|thread| thread.join()).collect();
        ended.into_iter().collect()
    }
}

impl Drop for Plane {
    fn drop(&mut self) {
        if let Err(error) = self.end() {
            tracing::error!("{error}");
        }
    }
}
