//! The keys that a batch is about: each once, with the last of its rows.

use state::Slot;

use super::super::accumulator::Selected;

/// Slots and rows of a batch; kept for its memory.
#[derive(Default)]
pub(super) struct Touched {
    /// By slot; all `false` between two batches.
    seen: Vec<bool>,
    /// Those that come last in the batch come last.
    pub(super) slots: Vec<Slot>,
    /// The last row of each, as the columns are counted.
    pub(super) rows: Vec<u32>,
}

impl Touched {
    /// Finds the slots below `end` among those of rows.
    pub(super) fn find(&mut self, slots: &[Slot], rows: Selected<'_>, end: usize) {
        self.slots.clear();
        self.rows.clear();
        self.seen.resize(end.max(self.seen.len()), false);
        for (position, slot) in slots.iter().enumerate().rev() {
            if !std::mem::replace(&mut self.seen[*slot as usize], true) {
                self.slots.push(*slot);
                let row = u32::try_from(rows.row(position));
                self.rows.push(row.expect("a batch has fewer than four billion rows"));
            }
        }
        self.slots.iter().for_each(|slot| self.seen[*slot as usize] = false);
        self.slots.reverse();
        self.rows.reverse();
    }

    /// About how much memory it takes beside what a batch takes.
    pub(super) fn bytes(&self) -> usize {
        self.seen.len()
    }
}
