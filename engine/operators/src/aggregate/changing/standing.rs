//! How many rows each key has, and which keys were told of.
//!
//! ```text
//!              rows   told of
//!   new           1      no     ─► +I
//!   changed       2     yes     ─► -U +U
//!   gone          0     yes     ─► -D
//!   the only one  0     yes     ─► -U +U: without a key there is a result of no rows
//! ```
//!
//! A key has fewer rows than none while some were taken back before they came: it is not there, and is not forgotten.

use state::Slot;

use super::super::accumulator::{Selected, adds};
use memory::RowKinds;

/// How keys stand, by slot.
pub(super) struct Standing {
    told: Vec<bool>,
    /// How many rows each has, where they may be taken back. Otherwise who is known has some.
    rows: Option<Vec<i64>>,
    /// All rows are of one key, which has no columns, and is there once a row was.
    is_only: bool,
}

impl Standing {
    pub(super) fn new(is_changing: bool, is_only: bool) -> Self {
        Self { told: Vec::new(), rows: is_changing.then(Vec::new), is_only }
    }

    /// Makes room for the slots below `end`.
    pub(super) fn grow(&mut self, end: usize) {
        self.told.resize(end.max(self.told.len()), false);
        if let Some(rows) = &mut self.rows {
            rows.resize(end.max(rows.len()), 0);
        }
    }

    /// Counts rows, which all add if they have no kinds.
    pub(super) fn note(&mut self, slots: &[Slot], rows: Selected<'_>, kinds: Option<&RowKinds>) {
        let Some(counts) = &mut self.rows else { return };
        match kinds.map(RowKinds::numbers) {
            None => slots.iter().for_each(|slot| counts[*slot as usize] += 1),
            Some(kinds) => rows.each(|position, row| {
                counts[slots[position] as usize] += if adds(kinds, row) { 1 } else { -1 };
            }),
        }
    }

    /// Whether there is a result of this key.
    pub(super) fn is_there(&self, slot: Slot) -> bool {
        self.is_only || self.rows.as_ref().is_none_or(|rows| rows[slot as usize] > 0)
    }

    /// Whether nothing of this key is left.
    pub(super) fn is_over(&self, slot: Slot) -> bool {
        self.rows.as_ref().is_some_and(|rows| rows[slot as usize] == 0)
    }

    pub(super) fn is_told(&self, slot: Slot) -> bool {
        self.told[slot as usize]
    }

    pub(super) fn tell(&mut self, slot: Slot, is_told: bool) {
        self.told[slot as usize] = is_told;
    }

    /// These slots are given to other keys.
    pub(super) fn reset(&mut self, slots: &[Slot]) {
        for slot in slots {
            self.told[*slot as usize] = false;
            if let Some(rows) = &mut self.rows {
                rows[*slot as usize] = 0;
            }
        }
    }

    /// The rows of these slots, if they are counted.
    pub(super) fn save(&self, slots: &[Slot]) -> Option<Vec<i64>> {
        let rows = self.rows.as_ref()?;
        Some(slots.iter().map(|slot| rows[*slot as usize]).collect())
    }

    /// Takes over what was saved.
    pub(super) fn absorb(&mut self, slots: &[Slot], saved: &[i64]) {
        let rows = self.rows.as_mut().expect("rows are counted where they were");
        slots.iter().zip(saved).for_each(|(slot, count)| rows[*slot as usize] = *count);
    }

    pub(super) fn counts_rows(&self) -> bool {
        self.rows.is_some()
    }

    pub(super) fn clear(&mut self) {
        self.told.clear();
        if let Some(rows) = &mut self.rows {
            rows.clear();
        }
    }

    /// About how much memory it takes.
    pub(super) fn bytes(&self) -> usize {
        size_of_val(&self.told[..]) + self.rows.as_ref().map_or(0, |rows| size_of_val(&rows[..]))
    }
}
