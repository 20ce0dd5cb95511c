//! A world in which everything repeats: what a seed gave once, it gives again.
//!
//! ```text
//!                    ┌─ Simulation   one machine: cores that take turns, a master, time that jumps
//!   seed ─► Random ──┼─ Disk         what is durable, what a crash takes, what fails
//!                    └─ Wires        between machines: order within a connection, delays, cuts, clogs
//! ```
//!
//! A [`Simulation`] runs the same reactors and the same master as a worker does, with the same calls. [`Disk`] and
//! [`Wires`] are plain values without a clock or a thread: whoever drives them says what time it is, asks each for its
//! next instant, takes the earliest, and hands on what has become due then.

mod chance;
pub mod disk;
mod host;
mod options;
mod pace;
mod trace;
mod trouble;
mod turns;
pub mod wire;
mod world;

pub use chance::Delay;
pub use disk::{Disk, DiskCounts, DiskFaults, Loss};
pub use options::{Leftovers, SimOptions, Standstill};
pub use pace::Tempo;
pub use trace::{Step, Trace, What};
pub use wire::{WireCounts, WireFaults, Wires};
pub use world::Simulation;

/// What the time of day is when a simulated clock shows zero.
const WALL_BEGAN_MS: i64 = 1_700_000_000_000;
