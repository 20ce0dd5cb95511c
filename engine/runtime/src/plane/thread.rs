//! One thread of the plane: begins the tasks of its mailbox, and sees each of them end.
//!
//! Keeps the tasks that run. Never polls one itself: tokio does, and turns a panic into a value.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::mpsc as handover;
use std::task::Poll;

use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::task::{JoinError, JoinSet};

use super::figures::Counts;
use super::handle::Task;
use super::io_runtime::IoRuntime;
use super::leash::{Leash, Tether, leash};
use crate::bound::PLANE_TASKS_MAX;
use crate::error::Error;
use crate::preflight::Backend;
use crate::threads::{self, Thread, words};

/// A thread of the plane, as the plane holds it.
#[derive(Debug)]
pub(super) struct IoThread {
    leash: Leash,
    thread: Thread<()>,
}

/// A thread that sets up its runtime.
pub(super) struct Starting {
    name: String,
    thread: IoThread,
    mailbox: Sender<Task>,
    ready: handover::Receiver<std::io::Result<Backend>>,
}

impl IoThread {
    pub(super) fn begin(index: usize, backend: Backend, counts: Arc<Counts>) -> Result<Starting, Error> {
        let name = format!("millstream-io-{index}");
        let (mailbox, tasks) = mpsc::channel(PLANE_TASKS_MAX);
        let (leash, tether) = leash();
        let (say, ready) = handover::sync_channel(1);
        let work = Work { mailbox: tasks, tether, counts, running: JoinSet::new() };
        let thread_name = name.clone();
        let thread = threads::spawn(&name, move || match IoRuntime::start(backend, &thread_name) {
            Ok(runtime) => {
                // Nobody listens if another thread could not start; then the leash is gone as well.
                let _ = say.send(Ok(runtime.backend()));
                runtime.block_on(work.run());
            }
            Err(cause) => {
                let _ = say.send(Err(cause));
            }
        })?;
        Ok(Starting { name, thread: Self { leash, thread }, mailbox, ready })
    }

    /// Tells the thread to end.
    pub(super) fn end(self) -> Thread<()> {
        drop(self.leash);
        self.thread
    }
}

impl Starting {
    /// Waits for the runtime, and says which it is.
    pub(super) fn ready(self) -> Result<(IoThread, Sender<Task>, Backend), Error> {
        match self.ready.recv() {
            Ok(Ok(backend)) => Ok((self.thread, self.mailbox, backend)),
            Ok(Err(cause)) => Err(Error::PlaneRuntime { name: self.name, cause }),
            // It has died before it could say anything; what it said while dying is the error.
            Err(_) => self.thread.end().join().and(Err(Error::PlaneStopped)),
        }
    }
}

/// What the thread has to do.
struct Work {
    mailbox: Receiver<Task>,
    tether: Tether,
    counts: Arc<Counts>,
    running: JoinSet<()>,
}

enum Event {
    Stop,
    Ended(Result<(), JoinError>),
    Begin(Task),
}

impl Work {
    async fn run(mut self) {
        loop {
            match self.next().await {
                Event::Begin(task) => {
                    self.running.spawn_local(task.run());
                }
                Event::Ended(ended) => self.note(ended),
                Event::Stop => break,
            }
        }
        // From here on whoever spawns is refused; what was not begun is dropped with the mailbox.
        self.mailbox.close();
        self.running.abort_all();
        while let Some(ended) = self.running.join_next().await {
            self.note(ended);
        }
    }

    /// The stop goes first, since tasks may come without end; then who has ended, since that frees something.
    async fn next(&mut self) -> Event {
        poll_fn(|context| {
            if self.tether.poll_loose(context).is_ready() {
                return Poll::Ready(Event::Stop);
            }
            if let Poll::Ready(Some(ended)) = self.running.poll_join_next(context) {
                return Poll::Ready(Event::Ended(ended));
            }
            self.mailbox.poll_recv(context).map(|task| task.map_or(Event::Stop, Event::Begin))
        })
        .await
    }

    fn note(&self, ended: Result<(), JoinError>) {
        let Err(Ok(panic)) = ended.map_err(JoinError::try_into_panic) else { return };
        self.counts.count_panic();
        tracing::error!("a task of the I/O plane panicked: {}", words(panic.as_ref()));
    }
}
