//! A world in which everything repeats: what a seed gave once, it gives again.
//!
//! ```text
//!                    ┌─ Disk    one for each machine: what is durable, what a crash takes, what fails
//!   seed ─► Random ──┤
//!                    └─ Wires   one for all: order within a connection, delays, cuts, clogs
//! ```
//!
//! The parts are plain values without a clock or a thread. Whoever drives them says what time it is, asks each for
//! its next instant, takes the earliest, and hands on what has become due then.

mod chance;
pub mod disk;
pub mod wire;

pub use chance::Delay;
pub use disk::{Disk, DiskCounts, DiskFaults, Loss};
pub use wire::{WireCounts, WireFaults, Wires};
