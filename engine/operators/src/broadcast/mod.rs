//! The broadcast state pattern: rows of one input go to all subtasks, which remember what they say; rows of the other are
//! served with that in sight. Rules, prices, patterns: what changes while a job runs and concerns every key.
//!
//! | concept | file | what it is |
//! |---|---|---|
//! | [`BroadcastState`] | `handle.rs` | the name of a map that all subtasks have; who may read it, who may write |
//! | maps | `maps.rs` | the maps themselves, and how they are written down |
//! | [`Broadcast`], [`BroadcastProcess`] | `process.rs` | rows without a key |
//! | [`KeyedBroadcast`], [`KeyedBroadcastProcess`] | `keyed.rs` | rows with one, with states and timers |
//! | contexts | `context.rs` | what the functions see |
//!
//! Port 0 has the rows, port 1 those that are broadcast. Only who serves a broadcast row may write, which the types see to:
//! all subtasks are told the same, so all have the same maps, if they do the same with what they are told. In which order
//! rows of the two inputs come is not promised, nor that it is the same in two subtasks.

mod context;
mod handle;
mod keyed;
mod maps;
mod process;

pub use crate::keyed::co_output;
pub use context::{BroadcastCx, KeyedReadCx, ReadCx};
pub use handle::{BroadcastState, ReadsBroadcast, WritesBroadcast};
pub use keyed::{KeyedBroadcast, KeyedBroadcastProcess};
pub use maps::Maps;
pub use process::{Broadcast, BroadcastProcess};

#[cfg(test)]
mod tests;
