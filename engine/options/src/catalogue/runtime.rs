//! How the engine talks to the machine.

use super::{Group, Key};
use crate::{Optional, Whose};

group! {
    /// The engine looks at the machine when it starts and says what it chose.
    "Runtime"

    /// How files are read and written: `uring` asks the kernel through io_uring, `std` calls it from threads,
    /// and `auto` takes io_uring where the machine allows it.
    IO_BACKEND: IoBackend = "runtime.io-backend" {
        whose: Whose::Ours,
        bounds: (),
        default: IoBackend::Auto,
    }

    /// How many cores run subtasks, one pinned thread each. A control group's quota counts as much as the affinity mask;
    /// with more threads than the two allow, each of them is stopped for part of the time.
    CORES: Option<u32> = "runtime.cores" {
        whose: Whose::Ours,
        bounds: Optional { bounds: 1..=1024, unset: "as many as mask and quota allow", such_as: "4" },
        default: None,
    }

    /// What a core does while nothing flows: `busy` looks for work without end, for the lowest latency on cores that
    /// nobody else wants; `adaptive` sleeps when work is not likely to come soon, and costs nearly nothing then.
    IDLE: Idle = "runtime.idle" {
        whose: Whose::Ours,
        bounds: (),
        default: Idle::Adaptive,
    }

    /// How many threads run what waits: connectors, connections to other hosts, asynchronous user functions.
    IO_THREADS: u32 = "runtime.io-threads" {
        whose: Whose::Ours,
        bounds: 1..=64,
        default: 1,
    }
}

choice! {
    /// The ways to read and write files.
    pub enum IoBackend {
        /// io_uring where the machine allows it, threads where it does not.
        Auto = "auto",
        /// io_uring, or no start.
        Uring = "uring",
        /// Threads that make ordinary system calls.
        Std = "std",
    }
}

choice! {
    /// What a core does while nothing flows.
    pub enum Idle {
        /// It looks for work without end.
        Busy = "busy",
        /// It looks for a moment, then sleeps.
        Adaptive = "adaptive",
    }
}
