//! The first rows of each key, in some order: `ROW_NUMBER() OVER (PARTITION BY … ORDER BY …) <= n`.
//!
//! | concept | file | what it is |
//! |---|---|---|
//! | [`TopNSpec`], [`KeyedTopN`] | `spec.rs`, `operator.rs` | which rows, and the operator |
//! | arrival | `arrival.rs` | a batch that comes to the rankings |
//! | ranking | `ranking.rs` | the rows of each key in their order, and what happens when one comes or goes |
//! | front | `front.rs` | the first rows of one key |
//! | known | `known.rs` | the rows of an input that changes, by what they say |
//! | changes | `changes.rs` | what is to be sent, with kinds and ranks |
//! | what is saved | `written.rs` | the rows of each key in their order |
//!
//! In a stream a row that gets among the first is news, and pushes others back or out. Of a batch is told what it has come to:
//! here each row is a batch of its own.
//!
//! ```text
//!   n = 2, the least first          7           3             5             9
//!   with ranks                      +I 7 1      -U 7 1        -U 7 2        nothing
//!                                               +U 3 1        +U 5 2
//!                                               +I 7 2
//!   without                         +I 7        +I 3          -D 7  +I 5    nothing
//! ```
//!
//! The one row of a key changes, if `n` is 1, with a rank or without one: `-U 7`, `+U 3`. Whoever knows rows by their key, and
//! their rank, does without what begins with `-U`.
//!
//! Where rows are taken back, the next one behind the first ones moves up:
//!
//! ```text
//!   n = 2, 3 5 7 are there     -D 3
//!   with ranks                 -U 3 1   +U 5 1   -U 5 2   +U 7 2
//!   without                    -D 3     +I 7
//! ```
//!
//! In a batch, and with windows, only what is final leaves.

mod arrival;
mod changes;
mod front;
mod known;
mod operator;
mod ranking;
mod spec;
mod written;

pub use operator::KeyedTopN;
pub use spec::TopNSpec;

#[cfg(test)]
mod tests;
