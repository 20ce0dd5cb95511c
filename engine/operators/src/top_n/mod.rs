//! The first rows of each key, in some order: `ROW_NUMBER() OVER (PARTITION BY … ORDER BY …) <= n`.
//!
//! | concept | file | what it is |
//! |---|---|---|
//! | [`TopNSpec`], [`KeyedTopN`] | `spec.rs`, `operator.rs` | which rows, and the operator |
//! | ranking | `ranking.rs` | the rows of each key in their order, and what a new one changes |
//! | changes | `changes.rs` | what is to be sent, with kinds and ranks |
//!
//! In a stream every row that gets among the first is news at once, and pushes others back or out:
//!
//! ```text
//!   n = 2, the least first          7           3             5             9
//!   with ranks                      +I 7 1      -U 7 1        -U 7 2        nothing
//!                                               +U 3 1        +U 5 2
//!                                               +I 7 2
//!   without                         +I 7        +I 3          -D 7  +I 5    nothing
//! ```
//!
//! In a batch, and with windows, only what is final leaves.

mod changes;
mod operator;
mod ranking;
mod spec;

pub use operator::KeyedTopN;
pub use spec::TopNSpec;

#[cfg(test)]
mod tests;
