//! States by key, for functions of rows: values, lists, maps, and what reduces.
//!
//! ```text
//!   slot        0     1     2                  a column for each state, a cell for each key
//!   count       7     ·     1
//!   visits     [a b]  ·    [c]
//! ```
//!
//! A function names a state by a handle ([`ValueState`] and its kin); the first use of a handle makes the column. The cell
//! is that of the key of the row, or the timer, which the function is called for: [`Scope`].
//!
//! Where the cells lie is the business of a [`Backend`]. It decides which keys are at hand when a batch comes, so one
//! that is larger than memory fetches in [`Backend::resolve`] what the batch will ask for; behind it, access never waits.

mod cells;
mod entries;
mod handles;
mod list_state;
mod map_state;
mod memory;
mod reducing;
mod ttl;

use ::memory::Error;
use arrow_array::ArrayRef;

pub use cells::{Cells, Column};
pub use handles::ValueState;
pub use list_state::ListState;
pub use map_state::MapState;
pub use memory::MemoryBackend;
pub use reducing::{AggregatingState, Aggregator, ReducingState};
pub use ttl::{Ttl, UpdateType, Visibility};

use crate::keys::Slot;
use crate::snapshot::{Restore, Snapshot};

/// Where keyed states live.
pub trait Backend {
    /// Brings the keys of these rows to hand: one slot for each row. A slot is valid until [`Backend::retire`].
    fn resolve(
        &mut self,
        columns: &[ArrayRef],
        hashes: &[u64],
        rows: &mut dyn Iterator<Item = usize>,
        slots: &mut Vec<Slot>,
    );

    /// Looks at keys that a function was called for: those that hold nothing any more are forgotten.
    fn retire(&mut self, slots: &[Slot]);

    /// The number of the column of this name; `make` makes it, if it is not there.
    fn column(&mut self, name: &'static str, make: &dyn Fn() -> Box<dyn Column>) -> usize;

    /// The column of this number.
    ///
    /// # Panics
    ///
    /// If there is none.
    fn cells(&mut self, column: usize) -> &mut dyn Column;

    /// The keys of these slots, as columns.
    fn keys(&self, slots: &[Slot]) -> Vec<ArrayRef>;

    /// Marks a key as used by something beside its cells, such as a timer, or takes that back.
    fn hold(&mut self, slot: Slot, holds: bool);

    /// The hash of the key of a slot.
    fn hash(&self, slot: Slot) -> u64;

    /// How much memory it takes.
    fn bytes(&self) -> usize;

    /// Writes all states down.
    fn save(&mut self, to: &mut Snapshot, now_ms: i64);

    /// Takes over what was written down. States are handed to their handles when these are first used.
    ///
    /// # Errors
    ///
    /// If the keys have other types.
    fn load(&mut self, from: &Restore) -> Result<(), Error>;
}

/// The key that a function is called for, and its states.
pub struct Scope<'a> {
    /// Where the states live.
    pub backend: &'a mut dyn Backend,
    /// The key.
    pub slot: Slot,
    /// Processing time: what time to live is counted in.
    pub now_ms: i64,
}

/// Something that a function is called with, which knows the key.
pub trait Scoped {
    /// The key and its states.
    fn scope(&mut self) -> Scope<'_>;
}

impl Scoped for Scope<'_> {
    fn scope(&mut self) -> Scope<'_> {
        Scope { backend: self.backend, slot: self.slot, now_ms: self.now_ms }
    }
}

#[cfg(test)]
mod tests;
