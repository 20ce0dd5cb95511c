//! The host that any Linux grants: a pinned thread for each core, and a few more for files.
//!
//! Its loop is the shape of all hosts: a turn, and when there was nothing to do, a look or a sleep.

use super::door::Door;
use super::patience::Next;
use super::{Basis, CoreSetup};
use crate::reactor::{Idleness, Pace, Reactor};

/// Runs a reactor to its end, on the thread that calls.
pub(crate) fn run(setup: CoreSetup, mut reactor: Reactor) -> Reactor {
    let CoreSetup { core, basis, files, mut patience } = setup;
    let mut host = Door { basis, files };
    loop {
        match reactor.turn(&mut host) {
            Pace::Busy { began_ns } | Pace::Idle(Idleness { worked: true, began_ns, .. }) => {
                patience.worked(began_ns);
            }
            Pace::Idle(Idleness { until_ns, now_ns, .. }) => {
                let next = patience.next(now_ns, until_ns);
                look_or_sleep(&mut reactor, &host.basis, core, next, now_ns);
            }
            Pace::Stopped => return reactor,
        }
    }
}

/// Nothing is to be done: the core looks again, or sleeps.
pub(super) fn look_or_sleep(reactor: &mut Reactor, basis: &Basis, core: usize, next: Next, now_ns: u64) {
    match next {
        Next::Look => std::hint::spin_loop(),
        Next::Sleep(nanoseconds) => {
            if reactor.park() {
                basis.wakes[core].sleep(nanoseconds);
                reactor.count_sleep(now_ns, basis.clock.now_ns());
            }
            reactor.awake();
        }
    }
}
