//! The events of an online auction, for measurements and tests: persons, auctions and bids that follow from their numbers.
//!
//! Whatever the number of subtasks, the machine and the day, event `n` is the same: the corpus is NXG-1, of which the hashes
//! in `tests/` are the proof. One of fifty events is a person, three are auctions, the others are bids:
//!
//! ```text
//!   n       0   1 2 3   4 … 49 │ 50  51 52 53  54 … 99 │ 100
//!           P   A A A   B … B  │ P   A  A  A   B … B   │ P
//!           └───── epoch 0 ────┘ └────── epoch 1 ──────┘
//! ```
//!
//! | concept | where | what it is |
//! |---|---|---|
//! | [`NexmarkSpec`], [`NexmarkKind`], [`NexmarkColumn`] | `spec.rs`, `kind.rs` | what is made, as plain data |
//! | draws | `draws.rs` | the random bits of an event: a function of its number |
//! | pools, prices, channels, words | `pools.rs`, `prices.rs`, `channels.rs`, `words.rs` | tables that values are drawn from |
//! | events | `events.rs`, `clock.rs` | which events the rows of a batch are, and when they happen |
//! | rules | `person.rs`, `auction.rs`, `bid.rs` | how each column of a kind follows from a number |
//! | columns | `values.rs`, `columns.rs` | values as Arrow has them, and the batches that were asked for |
//! | [`Nexmark`] | `source.rs` | who makes which of them, and when |
//!
//! Texts are parts of tables, so their columns are views of bytes that are there already: nothing is copied but the few
//! texts of persons that are put together.

mod auction;
mod bid;
mod channels;
mod clock;
mod columns;
mod draws;
mod events;
mod kind;
mod person;
mod pools;
mod prices;
mod source;
mod spec;
mod values;
mod words;

pub use kind::NexmarkKind;
pub use source::Nexmark;
pub use spec::{NexmarkColumn, NexmarkError, NexmarkSpec};

#[cfg(test)]
mod tests;
