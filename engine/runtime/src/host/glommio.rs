//! The host on io_uring: a pinned executor for each core, with direct I/O through its own ring.
//!
//! The executor is a guest here. The reactor has no tasks, so between two turns there is nothing for an executor to run
//! but file operations; while none is under way the core spins and parks just as on the other host, and the executor is
//! not asked at all. Only while operations are under way the loop gives way to them after each turn, and waits in the
//! ring when there is nothing else to do.
//!
//! Its known faults and how they are met:
//!
//! * it can go to sleep with tasks that are ready, its own timers among them: a thread outside wakes it every other
//!   millisecond for as long as operations are under way (the guardian);
//! * that can happen in its first turn, when nobody outside could know how to wake it: so its thread begins with a turn
//!   that says so, and one that does not is given up and replaced ([`start`]);
//! * it looks at its rings only when its preemption timer fires, as long as a task is ready: that of the loop's queue is
//!   200 µs ([`LATENCY`]);
//! * its wakes from other threads are slow while it is busy: those do not go through it, but for the sleep in the ring;
//! * its first sleep takes tens of milliseconds: it has one before the first turn of the reactor;
//! * it ends the process where rings are refused: it is made only behind the preflight.

use std::cell::Cell;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::task::Poll;
use std::time::Duration;

use glommio::timer::Timer;
use glommio::{GlommioError, Latency, LocalExecutor, LocalExecutorBuilder, Placement, PoolPlacement, Shares};

use super::CoreSetup;
use super::door::{Door, FileService};
use super::ring_sleep::RingSleep;
use super::std::look_or_sleep;
use crate::cores::Core;
use crate::error::Error;
use crate::files::DirectFiles;
use crate::reactor::{Idleness, Pace, Reactor};
use crate::seam::{FileOperation, FileResult, Host, Ticket, Wake};
use crate::threads::{self, Thread};

/// The longest sleep in the ring.
const SLEEP_MAX: Duration = Duration::from_millis(1);
/// How long file operations wait for a busy loop.
const LATENCY: Duration = Duration::from_micros(200);
/// Before this has passed, the executor does not lose its first turn.
const FIRST_TURN: Duration = Duration::from_millis(100);
/// When it has passed, the executor has.
const GIVEN_UP: Duration = Duration::from_secs(2);
/// How many executors are tried for a core.
const TRIES: usize = 3;
/// Memory that is registered with the ring, small because the limit of locked memory often is.
const RING_BYTES: usize = 1 << 20;
/// Entries of the ring.
const RING_ENTRIES: usize = 256;

/// What the thread of a core does once it is known to run.
pub(crate) type Body<T> = Box<dyn FnOnce(Option<&LocalExecutor>) -> T + Send>;

/// Starts a pinned thread with an executor that has had its first turn, and runs `body` there. Where no executor can be
/// had, `body` is told so.
///
/// # Errors
///
/// If there is no thread, or no pin.
pub(crate) fn start<T: Send + 'static>(core: Core, name: &str, body: Body<T>) -> Result<Thread<T>, Error> {
    for _ in 0..TRIES {
        let (begun, begins) = channel();
        let (bodies, hears) = channel::<Body<T>>();
        let thread = threads::spawn_on(core, name, move || {
            let executor = match executor(core) {
                Ok(executor) => {
                    executor.run(async { _ = begun.send(()) });
                    Some(executor)
                }
                Err(error) => {
                    tracing::warn!("CPU {core} runs on threads and not on io_uring: no executor: {error}");
                    let _ = begun.send(());
                    None
                }
            };
            match hears.recv() {
                Ok(body) => body(executor.as_ref()),
                // It was given up, and woke all the same: nobody joins this thread, so it ends without a word.
                Err(_) => std::panic::resume_unwind(Box::new(())),
            }
        })?;
        match begins.recv_timeout(GIVEN_UP) {
            Err(RecvTimeoutError::Timeout) => {
                tracing::warn!("an executor on CPU {core} has lost its first turn; another one is started");
            }
            // It runs, or it could not be pinned: then its join says so.
            Ok(()) | Err(RecvTimeoutError::Disconnected) => {
                let _ = bodies.send(body);
                return Ok(thread);
            }
        }
    }
    tracing::warn!("CPU {core} runs on threads and not on io_uring: no executor takes a first turn");
    threads::spawn_on(core, name, move || body(None))
}

/// An executor for the calling thread, which is pinned to this core.
fn executor(core: Core) -> Result<LocalExecutor, GlommioError<()>> {
    LocalExecutorBuilder::new(Placement::Fixed(core.number()))
        .name("millstream")
        .io_memory(RING_BYTES)
        .ring_depth(RING_ENTRIES)
        .preempt_timer(FIRST_TURN)
        .spin_before_park(LATENCY)
        // One thread that may run anywhere: by default it would be pinned to the core itself.
        .blocking_thread_pool_placement(PoolPlacement::Unbound(1))
        .make()
}

/// Runs a reactor to its end, on the thread of the executor.
pub(crate) fn run(executor: &LocalExecutor, setup: CoreSetup, reactor: Reactor) -> Reactor {
    let own = setup.basis.wakes[setup.core].clone();
    executor.run(async move {
        own.ring().begin(); // The guardian sees to these turns as well.
        poll_fn(|cx| Poll::Ready(own.ring().poll(cx.waker()))).await;
        Timer::new(Duration::from_micros(1)).await; // The first sleep.
        let latency = Latency::Matters(LATENCY);
        let queue = glommio::executor().create_task_queue(Shares::default(), latency, "millstream");
        let driver = glommio::spawn_local_into(drive(setup, reactor), queue);
        driver.expect("the queue was just made").await
    })
}

impl FileService for DirectFiles {
    fn submit(&mut self, ticket: Ticket, operation: FileOperation) {
        DirectFiles::submit(self, ticket, operation);
    }

    fn reap(&mut self, each: &mut dyn FnMut(Ticket, FileResult)) -> usize {
        DirectFiles::reap(self, each)
    }

    fn is_busy(&self) -> bool {
        DirectFiles::is_busy(self)
    }
}

async fn drive(setup: CoreSetup, mut reactor: Reactor) -> Reactor {
    let CoreSetup { core, basis, files, mut patience } = setup;
    let own = basis.wakes[core].clone();
    let notify = own.clone();
    own.ring().end(); // The guardian has seen to the turns up to here.
    let mut host = Door { basis, files: DirectFiles::new(files, Rc::new(move || notify.wake())) };
    loop {
        let under_way = host.files.is_busy();
        if under_way {
            own.ring().begin(); // Before the turn: what comes behind its looks ends the wait.
        }
        let idle = match reactor.turn(&mut host) {
            Pace::Busy { began_ns } | Pace::Idle(Idleness { worked: true, began_ns, .. }) => {
                patience.worked(began_ns);
                None
            }
            Pace::Idle(idleness) => Some(idleness),
            Pace::Stopped => break,
        };
        match idle {
            Some(Idleness { until_ns, now_ns, .. }) if under_way && reactor.park() => {
                wait_in_ring(own.ring(), left(until_ns, now_ns)).await;
                reactor.count_sleep(now_ns, host.now_ns());
                reactor.awake();
            }
            _ if under_way => give_way(own.ring()).await,
            Some(Idleness { until_ns, now_ns, .. }) => {
                let next = patience.next(now_ns, until_ns);
                look_or_sleep(&mut reactor, &host.basis, core, next, now_ns);
            }
            None => {}
        }
        if under_way {
            own.ring().end();
        }
    }
    own.ring().begin();
    let mut finishing = pin!(host.files.finish());
    poll_fn(|cx| {
        own.ring().poll(cx.waker()); // What ends a file wakes this task, and so does the guardian.
        finishing.as_mut().poll(cx)
    })
    .await;
    own.ring().forget();
    reactor
}

/// Lets file operations go on, and comes back.
async fn give_way(sleep: &RingSleep) {
    let gone = Cell::new(false);
    poll_fn(|cx| {
        if gone.replace(true) {
            return Poll::Ready(());
        }
        sleep.poll(cx.waker()); // Should this turn be lost, the guardian knows whom to wake.
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Waits until something wakes this core, or for so long.
async fn wait_in_ring(sleep: &RingSleep, left: Duration) {
    let mut timer = Timer::new(left);
    poll_fn(|cx| {
        let due = Pin::new(&mut timer).poll(cx).is_ready();
        if sleep.poll(cx.waker()) || due { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

/// A wait has an end, whatever becomes of wakes.
fn left(until_ns: Option<u64>, now_ns: u64) -> Duration {
    let left = until_ns.map(|until_ns| Duration::from_nanos(until_ns.saturating_sub(now_ns)));
    left.map_or(SLEEP_MAX, |left| left.min(SLEEP_MAX))
}
