//! Functions of rows by key, with states and timers: what every other keyed operator of rows is made of.
//!
//! | operator | file | what |
//! |---|---|---|
//! | [`Process`] | `process.rs` | one input |
//! | [`Fold`] | `fold.rs` | rows become one thing: reduce, aggregate |
//! | [`CoProcess`] | `co_process.rs` | two inputs that share the states of their keys |
//! | [`OneByOne`] | `one_by_one.rs` | an operator for each key, where input is sorted |
//!
//! The keys of a batch are brought to hand before its first row, so that no row waits. Rows of one key are served in the
//! order in which they came; a timer fires behind all rows that came before the watermark that makes it due.

mod body;
mod co_process;
mod context;
mod fold;
mod one_by_one;
mod place;
mod process;
#[cfg(test)]
mod tests;

pub(crate) use body::Body;
pub use co_process::{CoProcess, KeyedCoProcess, co_output};
pub use context::{KeyedCx, TimeDomain, Timer};
pub use fold::{Accumulate, Fold, Folding, Reduce};
pub use one_by_one::OneByOne;
pub(crate) use place::Place;
pub use process::{KeyedProcess, Process};
