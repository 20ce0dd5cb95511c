//! The two runtimes that a thread of the plane may have, as one.
//!
//! Both are a tokio current-thread runtime with a set of local tasks, so every library on tokio runs on either. That
//! of `tokio_uring` also has a ring. Keeps nothing but the runtime. Never ends the process over a ring that is
//! refused, as `tokio_uring::start` would.

use std::future::Future;
use std::io;

use tokio::runtime::{Builder, Runtime};
use tokio::task::LocalSet;

use crate::bound::PLANE_RING_ENTRIES;
use crate::preflight::Backend;

/// What a plane thread runs its tasks on. It cannot leave its thread.
pub(super) enum IoRuntime {
    /// On io_uring.
    #[cfg(feature = "uring")]
    Ring(tokio_uring::Runtime),
    /// On epoll. The tasks are dropped before the runtime whose sockets and timers they use.
    Plain {
        /// Tasks that cannot be sent.
        tasks: LocalSet,
        /// What drives them.
        runtime: Runtime,
    },
}

impl IoRuntime {
    /// What `backend` asks for, or plain tokio if the kernel refuses a ring now. The preflight had one, but that was
    /// a small one, and before others took from the limit on locked memory.
    pub(super) fn start(backend: Backend, thread: &str) -> io::Result<Self> {
        match backend {
            Backend::Uring => Self::on_a_ring(PLANE_RING_ENTRIES).or_else(|cause| {
                tracing::warn!("`{thread}` runs plain tokio, because it gets no ring: {cause}");
                Self::plain()
            }),
            Backend::Std => Self::plain(),
        }
    }

    #[cfg(feature = "uring")]
    fn on_a_ring(entries: u32) -> io::Result<Self> {
        tokio_uring::Runtime::new(tokio_uring::builder().entries(entries)).map(Self::Ring)
    }

    #[cfg(not(feature = "uring"))]
    fn on_a_ring(_entries: u32) -> io::Result<Self> {
        Err(io::Error::new(io::ErrorKind::Unsupported, "this build leaves io_uring out"))
    }

    fn plain() -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        Ok(Self::Plain { tasks: LocalSet::new(), runtime })
    }

    /// What came of it.
    pub(super) fn backend(&self) -> Backend {
        match self {
            #[cfg(feature = "uring")]
            Self::Ring(_) => Backend::Uring,
            Self::Plain { .. } => Backend::Std,
        }
    }

    /// Runs `future`, and beside it the local tasks, until `future` ends.
    pub(super) fn block_on<F: Future>(&self, future: F) -> F::Output {
        match self {
            #[cfg(feature = "uring")]
            Self::Ring(runtime) => runtime.block_on(future),
            Self::Plain { tasks, runtime } => tasks.block_on(runtime, future),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_that_is_refused_is_an_error() {
        // More entries than any kernel gives, and none at all in a build without rings.
        assert!(IoRuntime::on_a_ring(u32::MAX).is_err());
    }

    #[cfg(not(feature = "uring"))]
    #[test]
    fn without_a_ring_it_is_plain_tokio() {
        assert_eq!(IoRuntime::start(Backend::Uring, "test").unwrap().backend(), Backend::Std);
    }

    #[test]
    fn what_was_begun_goes_on_while_something_is_waited_for() {
        let runtime = IoRuntime::start(Backend::Std, "test").unwrap();
        let answer = runtime.block_on(async { tokio::task::spawn_local(async { 7 }).await });
        assert_eq!(answer.unwrap(), 7);
    }
}
