//! How the engine talks to the machine.

use super::{Group, Key};
use crate::Whose;

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
