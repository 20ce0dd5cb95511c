//! Event time: which time a row has, and how far time has come.
//!
//! ```text
//!   batch of split 3 ─► stamp: $time ─► sent on ─► split 3 has come to 12:07 ─┐
//!                                                  split 4 has come to 12:05 ─┴─► watermark 12:05
//!                                                  split 5 is idle: nobody waits for it
//! ```
//!
//! A source does this for each of its splits ([`Times`] in its place in the chain), where rows of a split are still in
//! order; an operator ([`AssignTimes`]) does it in the middle of a stream.

mod alignment;
mod assign;
mod clock;
mod other_clock;
mod strategy;
#[cfg(test)]
mod tests;
mod times;

pub use alignment::{AlignmentGroup, AlignmentGroups};
pub use assign::AssignTimes;
pub use clock::{ClockTimes, NowColumn};
pub use other_clock::{OtherClock, Reading};
pub use strategy::{Stamp, Stamped, WatermarkStrategy};
pub use times::Times;
