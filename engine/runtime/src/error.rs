//! Trouble with the machine: what the kernel refused, or a thread that died.
//!
//! Each text stands alone on one line, the cause at its end, because it is read in a log by someone who has no
//! other line.

use std::io;

use rustix::io::Errno;

use crate::bound;
use crate::cores::Core;
use crate::preflight::Refusal;

/// What the runtime may refuse.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The kernel does not say where this process may run.
    #[error("the CPUs this process may use cannot be read: {0}")]
    Affinity(Errno),
    /// A file of the kernel that is not there, or has another form.
    #[error("the memory of this machine cannot be read from {file}")]
    Memory {
        /// Which one.
        file: &'static str,
    },
    /// The CPU is offline, or outside what the process may use.
    #[error("thread cannot be pinned to CPU {core}: {cause}")]
    Pin {
        /// Where the thread was to run.
        core: Core,
        /// What the kernel said.
        cause: Errno,
    },
    /// Too many threads, or no memory for a stack.
    #[error("thread `{name}` cannot be started: {cause}")]
    Start {
        /// The thread's name.
        name: String,
        /// What the kernel said.
        cause: io::Error,
    },
    /// A bug in what the thread ran. It took down its thread and not the process.
    #[error("thread `{name}` panicked: {message}")]
    Panicked {
        /// The thread's name.
        name: String,
        /// What the panic said.
        message: String,
    },
    /// No descriptors left for a runtime.
    #[error("thread `{name}` cannot set up its runtime: {cause}")]
    PlaneRuntime {
        /// The thread's name.
        name: String,
        /// What the kernel said.
        cause: io::Error,
    },
    /// Somebody spawns without end. Passes when tasks end.
    #[error("the I/O plane has {} tasks and takes no more", bound::PLANE_TASKS_MAX)]
    PlaneFull,
    /// The worker is about to end.
    #[error("the I/O plane has stopped")]
    PlaneStopped,
    /// A core without segments could receive nothing.
    #[error(
        "the network memory does not give each of {cores} cores 2mb for segments ({lease}); raise taskmanager.memory.network.min, or lower runtime.cores"
    )]
    NetworkMemory {
        /// What there is.
        lease: String,
        /// How many want some.
        cores: usize,
    },
    /// The pool of a core.
    #[error("the segments of a core cannot be had: {0}")]
    Pool(memory::Error),
    /// Settings that this machine cannot meet.
    #[error(transparent)]
    Unmet(options::Error),
    /// The user asked for io_uring by name and cannot have it.
    #[error("`runtime.io-backend = uring`, but {0}, or set `runtime.io-backend = auto`")]
    UringRefused(Refusal),
}
