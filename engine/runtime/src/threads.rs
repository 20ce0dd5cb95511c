//! Threads: named, pinned to one CPU or to none, and joined by whoever started them.
//!
//! The only place that starts one. A thread that panics takes down nobody else: its joiner gets
//! [`Error::Panicked`] with what the panic said.
//!
//! Keeps nothing. Never restarts a thread, and never stops one: a body ends by itself.

#![expect(clippy::disallowed_methods, reason = "this is the owner of threads")]

use std::any::Any;
use std::thread::{self, Builder};

use crate::cores::{self, Core};
use crate::error::Error;

/// What a thread may hold in calls. Address space, of which only what is touched costs memory; queries that programs write
/// nest deeper than the two mebibytes that threads get otherwise.
const STACK_BYTES: usize = 16 << 20;

/// A running thread. Join it: dropped, it runs on unobserved.
#[derive(Debug)]
#[must_use = "a thread that is not joined fails unseen"]
pub struct Thread<T> {
    name: String,
    handle: thread::JoinHandle<Result<T, Error>>,
}

/// Starts `body` on a thread that is pinned to `core` first. A pin that the kernel refuses is told at the join, and
/// `body` has not run.
pub fn spawn_on<T: Send + 'static>(
    core: Core,
    name: &str,
    body: impl FnOnce() -> T + Send + 'static,
) -> Result<Thread<T>, Error> {
    start(name, move || pinned(core, body))
}

/// Starts `body` on a thread that may run wherever the process may, whoever starts it: a pin is not inherited.
pub fn spawn<T: Send + 'static>(
    name: &str,
    body: impl FnOnce() -> T + Send + 'static,
) -> Result<Thread<T>, Error> {
    start(name, move || {
        cores::unpin()?;
        Ok(body())
    })
}

/// Runs `body` on a thread that may hold so many bytes in calls, and waits for what it says: for what walks trees of any
/// depth.
pub fn deep<T: Send + 'static>(
    name: &str,
    stack_bytes: usize,
    body: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Error> {
    start_with(name, stack_bytes, move || Ok(body()))?.join()
}

impl<T> Thread<T> {
    /// Waits for the end of the thread.
    pub fn join(self) -> Result<T, Error> {
        outcome(self.name, self.handle.join())
    }
}

/// Runs `body` once on each core, all at the same time, and returns what each said, in the order of `cores`.
///
/// Always waits for all of them. The first failure in that order is the answer; so a `body` that waits for its
/// siblings must be able to end without them.
pub fn run_on<T: Send>(cores: &[Core], body: impl Fn(Core) -> T + Sync) -> Result<Vec<T>, Error> {
    let body = &body;
    thread::scope(|scope| {
        let started: Vec<_> = cores
            .iter()
            .map(|&core| {
                let name = format!("core-{core}");
                let handle = Builder::new()
                    .name(name.clone())
                    .stack_size(STACK_BYTES)
                    .spawn_scoped(scope, move || pinned(core, || body(core)));
                (name, handle)
            })
            .collect();
        // First all results, then the first error: the scope would panic over a panic that nobody has joined.
        let ended: Vec<_> = started
            .into_iter()
            .map(|(name, handle)| match handle {
                Ok(handle) => outcome(name, handle.join()),
                Err(cause) => Err(Error::Start { name, cause }),
            })
            .collect();
        ended.into_iter().collect()
    })
}

fn start<T: Send + 'static>(
    name: &str,
    body: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<Thread<T>, Error> {
    start_with(name, STACK_BYTES, body)
}

fn start_with<T: Send + 'static>(
    name: &str,
    stack_bytes: usize,
    body: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<Thread<T>, Error> {
    let name = name.to_owned();
    match Builder::new().name(name.clone()).stack_size(stack_bytes).spawn(body) {
        Ok(handle) => Ok(Thread { name, handle }),
        Err(cause) => Err(Error::Start { name, cause }),
    }
}

fn pinned<T>(core: Core, body: impl FnOnce() -> T) -> Result<T, Error> {
    core.pin()?;
    Ok(body())
}

fn outcome<T>(name: String, joined: thread::Result<Result<T, Error>>) -> Result<T, Error> {
    joined.unwrap_or_else(|panic| Err(Error::Panicked { name, message: words(panic.as_ref()) }))
}

/// What `panic!` said: a literal arrives as `&str`, a formatted text as `String`, anything else has no words.
pub(crate) fn words(panic: &(dyn Any + Send)) -> String {
    let literal = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    literal.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "(no words)".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cores::Cores;

    fn cores() -> Vec<Core> {
        Cores::available().unwrap().all().to_vec()
    }

    #[test]
    fn results_come_in_core_order() {
        let mut cores = cores();
        cores.reverse();
        assert_eq!(run_on(&cores, |core| core).unwrap(), cores);
    }

    #[test]
    fn body_may_borrow_from_its_caller() {
        let words = ["from", "the", "caller"];
        let said = run_on(&cores()[..1], |_| words.join(" ")).unwrap();
        assert_eq!(said, ["from the caller"]);
    }

    #[test]
    fn no_cores_no_results() {
        assert_eq!(run_on(&[], |core| core).unwrap(), []);
    }

    #[test]
    fn thread_carries_its_name() {
        let core = cores()[0];
        let name = || thread::current().name().map(str::to_owned);
        assert_eq!(
            spawn_on(core, "mill-wheel", name).unwrap().join().unwrap(),
            Some("mill-wheel".to_owned())
        );
        assert_eq!(run_on(&[core], |_| name()).unwrap(), [Some(format!("core-{core}"))]);
    }

    #[test]
    fn a_pin_is_not_inherited() {
        use rustix::thread::sched_getaffinity;

        let everywhere = sched_getaffinity(Some(rustix::process::getpid())).unwrap();
        let seen = spawn_on(cores()[0], "pinned", || {
            spawn("free", || sched_getaffinity(None).unwrap()).unwrap().join().unwrap()
        });
        assert_eq!(seen.unwrap().join().unwrap(), everywhere);
    }

    #[test]
    fn panic_becomes_an_error_with_its_words() {
        #[track_caller]
        fn check(body: fn(), expected: &str) {
            let error = spawn_on(cores()[0], "mill-wheel", body).unwrap().join().unwrap_err();
            assert_eq!(error.to_string(), format!("thread `mill-wheel` panicked: {expected}"));
        }
        check(|| panic!("stone broke"), "stone broke");
        check(|| panic!("stone {} broke", std::hint::black_box(7)), "stone 7 broke");
        check(|| std::panic::panic_any(7), "(no words)");
    }

    #[test]
    fn one_panic_leaves_the_siblings_their_time() {
        use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

        // Twice the same core is allowed: both threads share it.
        let core = cores()[0];
        let turns = AtomicUsize::new(0);
        let error = run_on(&[core, core], |_| {
            assert!(turns.fetch_add(1, Relaxed) > 0, "first one falls");
        });
        assert!(matches!(error, Err(Error::Panicked { message, .. }) if message == "first one falls"));
        assert_eq!(turns.into_inner(), 2);
    }
}
