//! A worker: the cores of a process, and the jobs on them.
//!
//! ```text
//!   Worker::run(graph) ─► control thread: Master ─► orders ─► core 0: reactor on its host
//!        │                      ▲  │                        ► core 1: …
//!        ▼                      │  └─ outcome                 │
//!   JobHandle: wait, cancel     └───────── reports ◄──────────┘     I/O plane, file threads
//! ```
//!
//! Whatever happens in a job stays in it: a subtask that fails or panics ends its job, and the worker and its other jobs
//! go on. Dropping a worker stops it.

mod control;
mod core_thread;
mod handle;
mod latch;
mod spec;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};

use memory::{Reservation, SLAB_BYTES};
use shuffle::{Links, mesh};

use crate::clock::Clock;
use crate::error::Error;
use crate::figures::CoreGauges;
use crate::files::{FILE_HELPERS, FilePool};
#[cfg(feature = "uring")]
use crate::host::Guardian;
use crate::host::{Basis, CoreSetup, CoreWake};
use crate::job::{Event, ExecutionGraph, GraphError, JobBoard, JobId, Submission};
use crate::plane::Plane;
#[cfg(feature = "uring")]
use crate::preflight::Backend;
use crate::random::Random;
use crate::reactor::{CoreFigures, CoreMail, CorePost, Opening};
use crate::threads::Thread;

use core_thread::CoreThread;
pub use handle::JobHandle;
use latch::Latch;
pub use spec::WorkerSpec;

/// A running worker.
pub struct Worker {
    spec: WorkerSpec,
    clock: Clock,
    control: Option<Thread<()>>,
    events: Sender<Event>,
    posts: Vec<CorePost>,
    gauges: Vec<Arc<CoreGauges>>,
    cores: Vec<Thread<u64>>,
    plane: Option<Plane>,
    files: Option<FilePool>,
    #[cfg(feature = "uring")]
    guardian: Option<Guardian>,
    next_job: AtomicU64,
}

/// What the threads of cores have in common while they are started.
struct Fleet {
    wakes: Arc<[Arc<CoreWake>]>,
    ready: Sender<Result<(), memory::Error>>,
    gone: Arc<Latch>,
    random: Random,
}

/// What a worker leaves behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// Segments that did not come home, in bytes: somebody still holds batches, or there is a leak.
    pub segment_bytes_out: u64,
}

impl Worker {
    /// Starts the threads, and opens the pools on them.
    ///
    /// # Errors
    ///
    /// If the machine grants no thread, no pin or no memory.
    pub fn start(spec: WorkerSpec) -> Result<Self, Error> {
        let clock = Clock::start();
        let plane = Plane::start(spec.io_threads, spec.backend)?;
        let files = FilePool::start(FILE_HELPERS)?;
        let (events, heard) = channel();
        let wakes: Arc<[Arc<CoreWake>]> = spec.cores.iter().map(|_| Arc::default()).collect();
        let (ready, started) = channel();
        let mut worker = Self {
            clock,
            control: None,
            events: events.clone(),
            posts: Vec::new(),
            gauges: Vec::new(),
            cores: Vec::new(),
            plane: Some(plane),
            files: Some(files),
            #[cfg(feature = "uring")]
            guardian: None,
            next_job: AtomicU64::new(0),
            spec,
        };
        #[cfg(feature = "uring")]
        if worker.spec.backend == Backend::Uring {
            worker.guardian = Some(Guardian::start(wakes.clone())?);
        }
        let fleet =
            Fleet { wakes, ready, gone: Arc::new(Latch::default()), random: Random::new(entropy(clock)) };
        for (core, links) in mesh(worker.spec.cores.len()).into_iter().enumerate() {
            worker.start_core(core, links, &fleet)?;
        }
        drop(fleet);
        worker.await_start(&started)?;
        worker.control = Some(control::start(heard, worker.posts.clone(), clock)?);
        Ok(worker)
    }

    fn start_core(&mut self, core: usize, links: Links, fleet: &Fleet) -> Result<(), Error> {
        let wake = &fleet.wakes[core];
        let (post, inbox) = CorePost::open(wake.clone());
        let (gauges, reports) = (Arc::new(CoreGauges::default()), self.events.clone());
        let opening = Opening {
            core,
            first: 0,
            links,
            network: self.share_of_network()?,
            segment_bytes: self.spec.segment_bytes,
            managed: self.spec.managed.clone(),
            inbox,
            post: post.clone(),
            plane: self.plane.as_ref().map(Plane::handle),
            gauges: gauges.clone(),
            report: Box::new(move |core, report| {
                // A master that is gone has no job that could miss it.
                let _ = reports.send(Event::Report(core, report));
            }),
        };
        let random = fleet.random.branch(&format!("core {core}"));
        let files = self.files.as_ref().expect("there until the end").files(wake.clone());
        let thread = CoreThread {
            opening,
            setup: CoreSetup {
                core,
                basis: Basis { clock: self.clock, random, wakes: fleet.wakes.clone() },
                files,
                patience: self.spec.patience(),
            },
            backend: self.spec.backend,
            place: self.spec.cores[core],
            ready: fleet.ready.clone(),
            gone: fleet.gone.pass(),
            events: self.events.clone(),
        };
        self.cores.push(thread.start()?);
        self.posts.push(post);
        self.gauges.push(gauges);
        Ok(())
    }

    /// Begins a job. It runs until it has ended, is cancelled, or the worker stops.
    ///
    /// # Errors
    ///
    /// If the graph cannot run; what the subtasks themselves refuse is told by the outcome.
    pub fn run(&self, graph: ExecutionGraph) -> Result<JobHandle, GraphError> {
        graph.check(self.posts.len())?;
        let job = JobId(self.next_job.fetch_add(1, Ordering::Relaxed));
        let graph = Arc::new(graph);
        let board = Arc::new(JobBoard::of(&graph));
        let (ended, outcome) = channel();
        let ended = Box::new(move |outcome| {
            // Who does not wait for it does not want it.
            let _ = ended.send(outcome);
        });
        let submission = Submission { job, graph, board: board.clone(), ended };
        self.events.send(Event::Submit(submission)).map_err(|_| GraphError::Stopped)?;
        Ok(JobHandle::new(job, board, outcome, self.events.clone()))
    }

    /// How many cores run subtasks.
    pub fn cores(&self) -> usize {
        self.posts.len()
    }

    /// The clock of the worker: that of its subtasks and latency marks.
    pub fn clock(&self) -> Clock {
        self.clock
    }

    /// What each core has done so far.
    pub fn core_gauges(&self) -> impl Iterator<Item = &CoreGauges> {
        self.gauges.iter().map(|gauges| &**gauges)
    }

    /// What each core tells when it is asked: histograms. A core answers between two steps.
    pub fn figures(&self) -> Vec<CoreFigures> {
        let (reply, told) = channel();
        let asked = self.posts.iter().filter(|post| post.post(CoreMail::Figures(reply.clone()))).count();
        drop(reply);
        let mut figures: Vec<CoreFigures> = told.iter().take(asked).collect();
        figures.sort_by_key(|figures| figures.core);
        figures
    }

    /// Stops everything: jobs that still run are suspended.
    ///
    /// # Errors
    ///
    /// If a thread has panicked: the first one that did.
    pub fn stop(mut self) -> Result<Stopped, Error> {
        self.end()
    }

    fn share_of_network(&self) -> Result<Reservation, Error> {
        let slab = SLAB_BYTES as u64;
        let bytes = self.spec.network.figures().limit / self.spec.cores.len() as u64 / slab * slab;
        let share = self.spec.network.reserve(bytes).filter(|share| share.bytes() > 0);
        share.ok_or_else(|| Error::NetworkMemory {
            lease: self.spec.network.to_string(),
            cores: self.spec.cores.len(),
        })
    }

    /// Waits until every core has a pool, or says which one has none.
    fn await_start(&mut self, started: &Receiver<Result<(), memory::Error>>) -> Result<(), Error> {
        for _ in 0..self.cores.len() {
            match started.recv() {
                Ok(Ok(())) => {}
                Ok(Err(cause)) => return Err(Error::Pool(cause)),
                // A thread that could not be pinned says so when it is joined.
                Err(_) => return self.end().map(|_| ()),
            }
        }
        Ok(())
    }

    /// Jobs first, then the cores under them, then what the cores have used.
    fn end(&mut self) -> Result<Stopped, Error> {
        let _ = self.events.send(Event::Stop);
        let mut first = Ok(());
        if let Some(control) = self.control.take() {
            first = first.and(control.join());
        }
        self.posts.drain(..).for_each(|post| _ = post.post(CoreMail::Stop));
        let mut segment_bytes_out = 0;
        for core in self.cores.drain(..) {
            match core.join() {
                Ok(bytes) => segment_bytes_out += bytes,
                Err(error) => first = first.and(Err(error)),
            }
        }
        if let Some(plane) = self.plane.take() {
            first = first.and(plane.stop());
        }
        drop(self.files.take());
        #[cfg(feature = "uring")]
        drop(self.guardian.take());
        first.map(|()| Stopped { segment_bytes_out })
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        if !self.cores.is_empty()
            && let Err(error) = self.end()
        {
            tracing::warn!("while the worker was stopped: {error}");
        }
    }
}

impl std::fmt::Debug for Worker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Worker").field("spec", &self.spec).finish_non_exhaustive()
    }
}

/// A seed that differs from run to run: the time of day and where memory lies. Nothing here is a secret.
fn entropy(clock: Clock) -> u64 {
    let place = std::ptr::from_ref(&clock).addr() as u64;
    crate::clock::wall_ms().unsigned_abs().rotate_left(20) ^ place ^ clock.now_ns()
}
