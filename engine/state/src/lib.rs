//! What is remembered: keys, what belongs to them, timers, and how all of it is written down.
//!
//! | concept | where | what it is |
//! |---|---|---|
//! | [`KeyTable`], [`Slot`] | `keys/` | the keys that a subtask knows, each with a small number |
//! | [`Backend`](keyed::Backend), [`ValueState`](keyed::ValueState) … | `keyed/` | states by key, for functions of rows |
//! | [`Words`] | `words.rs` | values of up to eight bytes, whatever their type |
//! | [`Timers`] | `timers.rs` | times that a key waits for |
//! | [`Snapshot`], [`Restore`], [`redistribute`] | `snapshot.rs` | states as columns, for the subtasks that come after |
//!
//! What holds here, and is tested: what was saved and dealt out to any number of subtasks is what these find, each row
//! once, with the owner of its key.
//!
//! Never reads a clock and never opens a file.

pub mod keyed;
mod keys;
mod snapshot;
mod timers;
mod words;

pub use keys::{KeyTable, Slot};
pub use snapshot::{Part, Redistribution, Restore, Snapshot, redistribute};
pub use timers::Timers;
pub use words::Words;
