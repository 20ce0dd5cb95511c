//! The thread of a core: opens its reactor, runs it on its host, and says when it falls.

use std::sync::mpsc::Sender;

use crate::cores::Core;
use crate::error::Error;
use crate::host::{self, CoreSetup};
use crate::job::Event;
use crate::preflight::Backend;
use crate::reactor::{Opening, Reactor};
use crate::threads::{Thread, spawn_on};

use super::latch::Pass;

/// All that goes to the thread.
pub(super) struct CoreThread {
    pub(super) opening: Opening,
    pub(super) setup: CoreSetup,
    pub(super) backend: Backend,
    pub(super) place: Core,
    /// Hears whether the pool could be opened.
    pub(super) ready: Sender<Result<(), memory::Error>>,
    pub(super) events: Sender<Event>,
    /// Opens when no core has anything left that others have sent it.
    pub(super) gone: Pass,
}

impl CoreThread {
    /// Starts it on the host that the preflight has chosen. What it answers in the end is how many bytes of segments are
    /// not home.
    pub(super) fn start(self) -> Result<Thread<u64>, Error> {
        let name = format!("millstream-core-{}", self.opening.core);
        let place = self.place;
        #[cfg(feature = "uring")]
        if self.backend == Backend::Uring {
            let body = move |executor: Option<&_>| match executor {
                Some(executor) => self.run(|setup, reactor| host::run_on_glommio(executor, setup, reactor)),
                None => self.run(host::run_on_std),
            };
            return host::start_on_glommio(place, &name, Box::new(body));
        }
        assert_eq!(self.backend, Backend::Std, "the preflight grants no ring to a build without them");
        spawn_on(place, &name, move || self.run(host::run_on_std))
    }

    fn run(self, on_host: impl FnOnce(CoreSetup, Reactor) -> Reactor) -> u64 {
        let Self { opening, setup, ready, events, gone, .. } = self;
        let _falling = Falling { core: opening.core, events };
        setup.basis.wakes[opening.core].register();
        match Reactor::open(opening, setup.basis.clock.now_ns()) {
            Ok(reactor) => {
                // Who started this thread waits for it.
                let _ = ready.send(Ok(()));
                drop(ready);
                // What lies in a lane goes home when both of its ends are gone, so nobody counts before all are.
                let pool = on_host(setup, reactor).into_pool();
                gone.arrive();
                pool.collect();
                pool.bytes_out()
            }
            Err(cause) => {
                let _ = ready.send(Err(cause));
                0
            }
        }
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
