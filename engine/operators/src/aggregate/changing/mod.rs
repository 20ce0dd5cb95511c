//! Aggregates that change: of rows that may be taken back, with results that are taken back in turn.
//!
//! ```text
//!   batch ─► keys: slots ─► results of these slots ─► the rows ─► results again ─► +I, -U +U, -D where they differ
//!                                                      │
//!                                                      └─ distinct values: only rows that make a pair come or go
//! ```
//!
//! | concept | file | what it is |
//! |---|---|---|
//! | [`ChangingAggregate`] | `operator.rs` | the operator |
//! | `Ledger` | `ledger.rs`, `written.rs` | the keys and all that is known of each; how it is saved |
//! | `Standing` | `standing.rs` | how many rows a key has, and whether it was told of |
//! | `Figures` | `figures.rs` | all aggregates: of all rows, of distinct values |
//! | `OfDistinct` | `distinct.rs` | those of the distinct values of a column, by filter |
//! | `Pairs`, `Members` | `pairs.rs`, `members.rs` | which values each key has, and how often, where rows are taken back |
//! | `Touched`, `News` | `touched.rs`, `news.rs` | the keys that a batch is about, and what it has changed |
//! | `differing` | `differing.rs` | where two columns differ |
//! | `Ends` | `ends.rs` | when the windows of keys end |
//!
//! A batch is one change of each of its keys: what it adds and takes back at once is never told. Never keeps a row.

mod differing;
mod distinct;
mod ends;
mod figures;
mod ledger;
mod members;
mod news;
mod operator;
mod pairs;
mod standing;
#[cfg(test)]
mod tests;
mod touched;
mod written;

pub use operator::ChangingAggregate;
