//! Aggregates of columns, by key.
//!
//! | concept | file | what it is |
//! |---|---|---|
//! | [`Aggregation`], [`Aggregate`], [`Function`] | `aggregation.rs`, `function.rs` | of which rows, of what: plain data |
//! | `Accumulator` | `accumulator.rs` | a function's state of every group, in columns indexed by slot |
//! | its kinds | `count.rs`, `sum.rs`, `choice.rs`, `choice_of_text.rs`, `variance.rs` | the loops |
//! | | `kept.rs`, `gathered.rs`, `sequence.rs`, `forms.rs`, `nested.rs` | those that keep all values |
//! | `Frames` | `slide.rs` | the same loops over frames that move along rows |
//! | `Tally`, `Groups` | `tally.rs`, `groups.rs` | all functions of an operator; the same with their keys |
//! | [`RollingAggregate`] | `rolling.rs` | of all rows so far, behind each row or in the end |
//! | [`LocalAggregate`], [`GlobalAggregate`] | `local.rs`, `global.rs` | the same in two phases, around an exchange |
//! | [`LocalDistinct`] | `local_distinct/` | the first of them where values are told apart |
//! | `Rounds`, `Leaving`, `Singles` | `rounds.rs`, `leaving.rs`, `singles.rs` | when the first of them sends; how; rows that it only passes on |
//! | `Apart`, `Marks` | `apart.rs`, `marks.rs` | whose values are told apart for which aggregates; which each key has had |
//! | [`ChangingAggregate`] | `changing/` | of rows that may be taken back, of distinct values, with changes |
//! | [`Drive`] | `drive.rs` | runs an operator without a runtime, for benchmarks and tests |
//! | [`AggregateError`] | `error.rs` | a sum that does not fit, a column that cannot be summed |
//!
//! The key is that of the input's layout. The hashes of a batch, where they are known, are those of that key.
//!
//! Never keeps a row. Never spills: what is known of all keys fits into memory.

pub(crate) mod accumulator;
mod aggregation;
mod apart;
mod at_end;
mod changing;
mod choice;
mod choice_of_text;
mod count;
mod drive;
mod error;
mod forms;
mod function;
mod gathered;
mod global;
pub(crate) mod groups;
pub(crate) mod held;
mod kept;
pub(crate) mod keys;
pub(crate) mod leaving;
mod local;
mod local_distinct;
mod marks;
mod nested;
mod rolling;
pub(crate) mod rounds;
mod sequence;
pub(crate) mod singles;
pub(crate) mod slide;
mod sum;
pub(crate) mod tally;
#[cfg(test)]
pub(crate) mod tests;
mod variance;

pub(crate) use aggregation::{dense, refuse_changes};

pub use aggregation::Aggregation;
pub use changing::ChangingAggregate;
pub use drive::Drive;
pub use error::AggregateError;
pub use function::{Aggregate, Function};
pub use global::GlobalAggregate;
pub use local::{LOCAL_KEYS, LocalAggregate, ROUND_NS, ROUND_ROWS};
pub use local_distinct::LocalDistinct;
pub use rolling::{Results, RollingAggregate};
