//! Floor 2: what runs a dataflow, and the machine under it. The one crate that owns time, threads, files, sockets and the
//! question what the kernel allows.
//!
//! ```text
//!   Worker ─► Master ─► orders ─► Reactor: the loop of a core ─► Subtask::step
//!                                    │ Host
//!                    ┌───────────────┼─────────────────┐
//!                   std           glommio             sim
//! ```
//!
//! Read in this order:
//!
//! | concept | where | what it is |
//! |---|---|---|
//! | the loop | `reactor/mod.rs` | what a core does, all of the time: one function that fits a screen |
//! | [`Subtask`](subtask::Subtask), [`StepCx`](subtask::StepCx) | `subtask/` | what a core runs: state machines that never wait |
//! | [`Host`](seam::Host) | `seam/` | the one door to the world: time, chance, files, connections, waking |
//! | hosts | `host/` | who stands behind it on a machine: threads, or executors on io_uring |
//! | [`Simulation`](sim::Simulation) | `sim/` | and in a world in which everything repeats |
//! | [`ExecutionGraph`](job::ExecutionGraph), [`JobState`](job::JobState) | `job/` | what is to run, and how far it is |
//! | [`Worker`], [`JobHandle`] | `worker/` | all of it together |
//! | [`Plane`](plane::Plane), [`bridge`](plane::bridge) | `plane/` | where code runs that waits, and the way there and back |
//! | [`FilePool`](files::FilePool) | `files/` | who waits for files in the place of cores |
//! | [`SubtaskGauges`](figures::SubtaskGauges) | `figures/` | what all of this tells about itself |
//! | [`Cores`], [`Preflight`] | `cores/`, `preflight/` | what the machine has and allows |
//! | [`hiccups`] | `hiccups.rs` | what it does to a thread all by itself |
//!
//! A job of one subtask that counts to three:
//!
//! ```
//! use options::Settings;
//! use runtime::job::{ExecutionGraph, JobState, Vertex};
//! use runtime::subtask::{Failure, Progress, Seat, StepCx, Subtask};
//! use runtime::{Worker, WorkerSpec};
//!
//! struct Count(u32);
//!
//! impl Subtask for Count {
//!     fn step(&mut self, _cx: &mut StepCx<'_>) -> Result<Progress, Failure> {
//!         self.0 += 1;
//!         Ok(if self.0 == 3 { Progress::Done } else { Progress::Worked })
//!     }
//! }
//!
//! let mut settings = Settings::new();
//! settings.define("taskmanager.memory.process.size=256mb").expect("a size");
//! let worker = Worker::start(WorkerSpec::on_this_machine(&settings)?)?;
//!
//! let mut graph = ExecutionGraph::new("count");
//! graph.vertex(Vertex::new("count", |_: &Seat| -> Result<Box<dyn Subtask>, Failure> { Ok(Box::new(Count(0))) }));
//! let job = worker.run(graph).expect("a graph that can run");
//! assert_eq!(job.wait().state, JobState::Finished);
//! assert_eq!(worker.stop()?.segment_bytes_out, 0);
//! # Ok::<(), runtime::Error>(())
//! ```
//!
//! What holds here, and is tested in every world:
//!
//! * a subtask is stepped by its own core only, behind all of its mails, and never while an output is full;
//! * nothing is sent to a subtask that is not there, and no two attempts of a job run at the same time;
//! * a subtask that fails or panics ends its job, with its name and its words, and nothing else;
//! * when a job is over, nothing of it is left: no timer, file, segment, lease or connection;
//! * the same seed gives the same events.
//!
//! Never looks at a row. Reads settings in one place, [`WorkerSpec::of`].

#[cfg(not(target_os = "linux"))]
compile_error!("millstream-runtime needs Linux: it pins threads to CPUs and reads control groups");

// The machine, before anything runs.
mod control_group;
pub mod cores;
pub mod hiccups;
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
#[cfg_attr(
    not(feature = "loom"),
    expect(unreachable_pub, reason = "public to the models in `tests/loom.rs`")
)]
mod rung;
#[cfg_attr(
    not(feature = "loom"),
    expect(unreachable_pub, reason = "public to the models in `tests/loom.rs`")
)]
mod sync;

pub use clock::Clock;
pub use cores::{Core, Cores};
pub use error::Error;
pub use preflight::{Backend, IoBackend, Preflight, Report};
pub use reactor::CoreFigures;
pub use threads::{Thread, run_on, spawn, spawn_on};
pub use worker::{JobHandle, Worker, WorkerSpec};

/// What crosses cores, for the model checker.
#[cfg(feature = "loom")]
pub mod model {
    pub use crate::host::bell::Bell;
    pub use crate::host::ring_sleep::RingSleep;
    pub use crate::plane::bridge::poke::Ear;
    pub use crate::rung::Rung;
    pub use crate::sync::stand_ins::{Thread, current, park};
    pub use crate::sync::{Mutant, plant};
}
