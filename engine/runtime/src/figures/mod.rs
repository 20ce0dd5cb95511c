//! What a worker tells about itself while it runs.
//!
//! ```text
//!   a core, between steps ──► gauges: numbers that one core writes ──► anybody, at any time
//!                        └──► histograms: the core's own            ──► copies, when a mail asks for them
//! ```
//!
//! A gauge costs its core a load and a store without an atomic step, and its readers nothing but the look. Figures
//! that belong together may be a step apart when they are read.

mod gauges;
mod latency;

pub use gauges::{CoreGauges, Count, Level, SubtaskGauges};
pub(crate) use latency::histogram as latency_histogram;
pub use latency::{Latencies, Latency};
