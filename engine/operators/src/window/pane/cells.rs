//! Numbers that are given out and taken back, each with what the functions know of some rows: those of a key in a pane, in
//! a window so far, in a result on its way out.

use arrow_array::{ArrayRef, RecordBatch};
use state::Slot;

use crate::aggregate::AggregateError;
use crate::aggregate::accumulator::Selected;
use crate::aggregate::tally::Tally;

/// The number of a cell that is none.
pub(super) const NONE: Slot = Slot::MAX;

/// All cells of an operator.
pub(in crate::window) struct Cells {
    tally: Tally,
    /// All of them know of no row.
    free: Vec<Slot>,
    end: Slot,
}

impl Cells {
    pub(in crate::window) fn new(tally: Tally) -> Self {
        Self { tally, free: Vec::new(), end: 0 }
    }

    /// An empty cell.
    #[inline]
    pub(in crate::window) fn take(&mut self) -> Slot {
        self.free.pop().unwrap_or_else(|| {
            let cell = self.end;
            self.end = cell.checked_add(1).filter(|end| *end != NONE).expect("fewer than four billion cells");
            cell
        })
    }

    /// These cells are not needed any more.
    pub(in crate::window) fn give_back(&mut self, cells: &[Slot]) {
        self.tally.grow(self.end());
        self.tally.reset(cells);
        // The first of them will be the first that is taken: they lie as they did.
        self.free.extend(cells.iter().rev());
    }

    /// One more than the highest cell.
    pub(in crate::window) fn end(&self) -> usize {
        self.end as usize
    }

    /// Adds to each cell the row in its place.
    pub(in crate::window) fn update(&mut self, cells: &[Slot], rows: Selected<'_>, columns: &RecordBatch) {
        self.tally.grow(self.end());
        self.tally.update(cells, rows, columns);
    }

    /// Adds, for each pair, what the first cell knows to the second.
    pub(in crate::window) fn merge(&mut self, pairs: &[(Slot, Slot)]) {
        self.tally.grow(self.end());
        self.tally.merge(pairs);
    }

    /// Takes, for each pair, what the first cell knows away from the second.
    pub(in crate::window) fn retract(&mut self, pairs: &[(Slot, Slot)]) {
        self.tally.retract(pairs);
    }

    /// Adds to each cell what was saved in the row in its place.
    pub(in crate::window) fn absorb(&mut self, cells: &[Slot], rows: Selected<'_>, partials: &[ArrayRef]) {
        self.tally.grow(self.end());
        self.tally.absorb(cells, rows, partials);
    }

    pub(in crate::window) fn values(&self, cells: &[Slot]) -> Result<Vec<ArrayRef>, AggregateError> {
        self.tally.values(cells)
    }

    pub(in crate::window) fn save(&self, cells: &[Slot]) -> Vec<ArrayRef> {
        self.tally.save(cells)
    }

    pub(in crate::window) fn is_invertible(&self) -> bool {
        self.tally.is_invertible()
    }

    /// How many are in use.
    #[cfg(test)]
    pub(in crate::window) fn taken(&self) -> usize {
        self.end() - self.free.len()
    }

    pub(in crate::window) fn bytes(&self) -> usize {
        self.tally.bytes() + size_of_val(&self.free[..])
    }
}
