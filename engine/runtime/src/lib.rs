//! Floor 2: the machine under the dataflow. The one crate that owns time, threads and the question what the
//! kernel allows.
//!
//! [`cores`] says where threads may run, [`machine`] how much memory there is, [`preflight`] decides once how they talk to the kernel, [`threads`] starts
//! them, [`Clock`] tells them the time.
//!
//! ```
//! use runtime::{Clock, Cores, IoBackend, Preflight, run_on};
//!
//! let report = Preflight::run(IoBackend::Auto)?;
//! println!("{report}"); // I/O backend: std, because io_uring_setup was refused with EPERM
//!
//! let (cores, clock) = (Cores::available()?, Clock::start());
//! let started_ns = run_on(cores.usable(), |_core| clock.now_ns())?;
//! assert_eq!(started_ns.len(), cores.usable().len());
//! # Ok::<(), runtime::Error>(())
//! ```
//!
//! Keeps nothing between calls: no global, no thread of its own, no open file.
//! Never looks at a row. Never reads a setting: what the user chose comes in as an argument.
//!
//! Not here yet: the loop of a core, its hosts (`glommio`, `std`, `sim`) and the I/O plane. Until they are, the
//! preflight's verdict is sound but nothing acts on it, and whoever wants a loop gives [`run_on`] its own.

#[cfg(not(target_os = "linux"))]
compile_error!("millstream-runtime needs Linux: it pins threads to CPUs and reads control groups");

// The machine, before anything runs.
mod control_group;
pub mod cores;
pub mod machine;
pub mod preflight;

// What runs, and by which time.
pub mod threads;

mod clock;
pub mod random;

// The door to the world.
pub mod seam;

// What runs on a core.
pub mod figures;
pub mod job;
mod reactor;
pub mod subtask;

// A world behind that door in which everything repeats.
pub mod sim;

// Who serves the door, and who brings it all together.
pub mod files;
mod host;
pub mod plane;
pub mod worker;

mod bound;
mod error;

pub use clock::Clock;
pub use cores::{Core, Cores};
pub use error::Error;
pub use preflight::{Backend, IoBackend, Preflight, Report};
pub use reactor::CoreFigures;
pub use threads::{Thread, run_on, spawn, spawn_on};
pub use worker::{JobHandle, Worker, WorkerSpec};
