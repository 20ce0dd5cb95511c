//! The thread of a core: opens its reactor, runs it on its host, and says when it falls.

use std::sync::mpsc::Sender;

use crate::cores::Core;
use crate::error::Error;
use crate::files::Files;
use crate::host::{Basis, Patience, run_on_std};
use crate::job::Event;
use crate::preflight::Backend;
use crate::reactor::{Opening, Reactor};
use crate::threads::{Thread, spawn_on};

use super::latch::Pass;

/// All that goes to the thread.
pub(super) struct CoreThread {
    pub(super) opening: Opening,
    pub(super) basis: Basis,
    pub(super) files: Files,
    pub(super) patience: Patience,
    pub(super) backend: Backend,
    pub(super) place: Core,
    /// Hears whether the pool could be opened.
    pub(super) ready: Sender<Result<(), memory::Error>>,
    pub(super) events: Sender<Event>,
    /// Opens when no core has anything left that others have sent it.
    pub(super) gone: Pass,
}

impl CoreThread {
    /// Starts it. What it answers in the end is how many bytes of segments are not home.
    pub(super) fn start(self) -> Result<Thread<u64>, Error> {
        let name = format!("millstream-core-{}", self.opening.core);
        let place = self.place;
        spawn_on(place, &name, move || self.run())
    }

    fn run(self) -> u64 {
        let Self { opening, basis, files, patience, backend, place, ready, events, gone } = self;
        let core = opening.core;
        let _falling = Falling { core, events };
        basis.wakes[core].register();
        let reactor = match Reactor::open(opening, basis.clock.now_ns()) {
            Ok(reactor) => reactor,
            Err(cause) => {
                let _ = ready.send(Err(cause));
                return 0;
            }
        };
        // Who started this thread waits for it.
        let _ = ready.send(Ok(()));
        drop(ready);
        let reactor = match backend {
            #[cfg(feature = "uring")]
            Backend::Uring => crate::host::run_on_glommio(core, place, reactor, basis, files, patience),
            #[cfg(not(feature = "uring"))]
            Backend::Uring => {
                unreachable!("the preflight grants no ring to a build without them, on {place}")
            }
            Backend::Std => run_on_std(core, reactor, basis, files, patience),
        };
        // What lies in a lane goes home when both of its ends are gone, so nobody counts before all are.
        let pool = reactor.into_pool();
        gone.arrive();
        pool.collect();
        pool.bytes_out()
    }
}

/// Tells the master when the thread unwinds: a bug, after which the cores cannot go on together.
struct Falling {
    core: usize,
    events: Sender<Event>,
}

impl Drop for Falling {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let words = "its thread panicked, see standard error".to_owned();
            let _ = self.events.send(Event::CoreLost(self.core, words));
        }
    }
}
