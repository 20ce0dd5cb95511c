//! The host on io_uring: a pinned executor for each core, with direct I/O through its own ring.
//!
//! The executor is a guest here. The reactor has no tasks, so between two turns there is nothing for an executor to run
//! but file operations; while none is under way the core spins and parks just as on the other host, and the executor is
//! not asked at all. Only while operations are under way the loop gives way to them after each turn, and waits in the
//! ring when there is nothing else to do.
//!
//! Its known faults and how they are met:
//!
//! * it can go to sleep with tasks that are ready: a timer of a millisecond ([`GUARD`]) is armed for as long as the loop
//!   gives way, so that a lost turn costs no more; the first turn has none, and the time in which it could be lost is a
//!   tenth of a second;
//! * it looks at its rings only when its preemption timer fires, as long as a task is ready: that of the loop's queue is
//!   200 µs ([`LATENCY`]);
//! * its wakes from other threads are slow while it is busy: those do not go through it, but for the sleep in the ring;
//! * its first sleep takes tens of milliseconds: it has one before the first turn;
//! * it ends the process where rings are refused: it is made only behind the preflight.

use std::cell::Cell;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use arrow_buffer::Buffer;
use glommio::timer::{Timer, TimerActionRepeat};
use glommio::{Latency, LocalExecutor, LocalExecutorBuilder, Placement, PoolPlacement, Shares};

use super::std::look_or_sleep;
use super::{Basis, CoreSetup};
use crate::cores::Core;
use crate::files::DirectFiles;
use crate::reactor::{Pace, Reactor};
use crate::seam::{Completion, ConnectionId, FileOperation, Host, Refused, Ticket, Wake};

/// What a lost turn of the executor costs at most.
const GUARD: Duration = Duration::from_millis(1);
/// How long file operations wait for a busy loop.
const LATENCY: Duration = Duration::from_micros(200);
/// How long the first turn may take before the executor could lose it.
const FIRST_TURN: Duration = Duration::from_millis(100);
/// Memory that is registered with the ring, small because the limit of locked memory often is.
const RING_BYTES: usize = 1 << 20;
/// Entries of the ring.
const RING_ENTRIES: usize = 256;

/// An executor for the calling thread, which is pinned to this core.
pub(crate) fn executor(core: Core) -> Result<LocalExecutor, glommio::GlommioError<()>> {
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
    executor.run(async move {
        Timer::new(Duration::from_micros(1)).await; // The first sleep.
        let queue =
            glommio::executor().create_task_queue(Shares::default(), Latency::Matters(LATENCY), "millstream");
        let guard = TimerActionRepeat::repeat(|| async { Some(GUARD) });
        let driver =
            glommio::spawn_local_into(drive(setup, reactor), queue).expect("the queue was just made");
        let reactor = driver.await;
        guard.destroy();
        reactor
    })
}

/// The world of a core on its executor.
struct RingHost {
    basis: Basis,
    files: DirectFiles,
}

impl Host for RingHost {
    fn now_ns(&self) -> u64 {
        self.basis.clock.now_ns()
    }

    fn wall_ms(&self) -> i64 {
        crate::clock::wall_ms()
    }

    fn random(&mut self) -> u64 {
        self.basis.random.bits()
    }

    fn submit(&mut self, ticket: Ticket, operation: FileOperation) {
        self.files.submit(ticket, operation);
    }

    fn send(&mut self, _connection: ConnectionId, _bytes: Buffer) -> Result<(), Refused> {
        Err(Refused::Closed) // No connection was ever opened.
    }

    fn reap(&mut self, each: &mut dyn FnMut(Completion)) {
        if self.files.in_flight() > 0 {
            self.files.reap(&mut |ticket, result| each(Completion::File(ticket, result)));
        }
    }

    fn wake(&mut self, core: usize) {
        self.basis.wake(core);
    }
}

async fn drive(setup: CoreSetup, mut reactor: Reactor) -> Reactor {
    let CoreSetup { core, basis, files, mut patience } = setup;
    let own = basis.wakes[core].clone();
    let notify = own.clone();
    let mut host = RingHost { basis, files: DirectFiles::new(files, Rc::new(move || notify.wake())) };
    loop {
        let under_way = host.files.in_flight() > 0;
        if under_way {
            own.ring().begin(); // Before the turn: what comes behind its looks ends the wait.
        }
        let pace = reactor.turn(&mut host);
        let (until_ns, worked) = match pace {
            Pace::Busy => (None, true),
            Pace::Idle { until_ns, worked } => (until_ns, worked),
            Pace::Stopped => break,
        };
        if worked {
            patience.worked(host.now_ns());
        }
        if under_way {
            if worked || !reactor.park() {
                give_way().await;
            } else {
                wait_in_ring(own.ring(), left(until_ns, host.now_ns())).await;
                reactor.awake();
            }
            own.ring().end();
        } else if !worked {
            look_or_sleep(&mut reactor, &host.basis, core, &mut patience, until_ns);
        }
    }
    own.ring().begin();
    host.files.finish().await;
    reactor
}

/// Lets file operations go on, and comes back.
async fn give_way() {
    let gone = Cell::new(false);
    poll_fn(|cx| {
        if gone.replace(true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Waits until something wakes this core, or for so long.
async fn wait_in_ring(sleep: &super::RingSleep, left: Duration) {
    let mut timer = Timer::new(left);
    poll_fn(|cx| {
        let due = Pin::new(&mut timer).poll(cx).is_ready();
        if sleep.poll(cx.waker()) || due { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

/// A wait is never longer than the guard: a wake that the executor has lost costs no more.
fn left(until_ns: Option<u64>, now_ns: u64) -> Duration {
    let left = until_ns.map(|until_ns| Duration::from_nanos(until_ns.saturating_sub(now_ns)));
    left.map_or(GUARD, |left| left.min(GUARD))
}
