//! The thread of a core: opens its reactor, runs it on its host, and says when it falls.

use std::sync::mpsc::Sender;

use crate::cores::Core;
use crate::error::Error;
use crate::host::{self, CoreSetup};
use crate::job::Event;
use crate::preflight::Backend;
use crate::reactor::{Opening, Reactor};
use crate::threads::{Thread, spawn_on};

/// All that goes to the thread.
pub(super) struct CoreThread {
    pub(super) opening: Opening,
    pub(super) setup: CoreSetup,
    pub(super) backend: Backend,
    pub(super) place: Core,
    /// Hears whether the pool could be opened.
    pub(super) ready: Sender<Result<(), memory::Error>>,
    pub(super) events: Sender<Event>,
}

impl CoreThread {
    /// Starts it. What it answers in the end is how many bytes of segments are not home.
    pub(super) fn start(self) -> Result<Thread<u64>, Error> {
        let name = format!("millstream-core-{}", self.opening.core);
        let place = self.place;
        spawn_on(place, &name, move || self.run())
    }

    fn run(self) -> u64 {
        let Self { opening, setup, backend, place, ready, events } = self;
        let _falling = Falling { core: opening.core, events };
        setup.basis.wakes[opening.core].register();
        let reactor = match Reactor::open(opening, setup.basis.clock.now_ns()) {
            Ok(reactor) => reactor,
            Err(cause) => {
                let _ = ready.send(Err(cause));
                return 0;
            }
        };
        // Who started this thread waits for it.
        let _ = ready.send(Ok(()));
        drop(ready);
        run_on_host(backend, place, setup, reactor).bytes_out()
    }
}

/// On the host that the preflight has chosen. An executor that cannot be had after all is no reason not to run.
fn run_on_host(backend: Backend, place: Core, setup: CoreSetup, reactor: Reactor) -> Reactor {
    #[cfg(feature = "uring")]
    if backend == Backend::Uring {
        match host::executor(place) {
            Ok(executor) => return host::run_on_glommio(&executor, setup, reactor),
            Err(error) => {
                tracing::warn!("CPU {place} runs on threads and not on io_uring: no executor: {error}");
            }
        }
    }
    #[cfg(not(feature = "uring"))]
    assert_eq!(backend, Backend::Std, "CPU {place}: the preflight grants no ring to a build without them");
    host::run_on_std(setup, reactor)
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
