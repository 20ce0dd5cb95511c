//! One state of all keys: a cell for each slot.
//!
//! Cells hold values of Rust, so that a function changes them in place; they become a column when they are saved. With a
//! time to live each cell also has the time at which it was touched, and every access looks at a few other cells and
//! empties those that are too old: so memory comes back without anybody reading.

use std::any::Any;

use arrow_array::{ArrayRef, Int64Array};
use record::{Mismatch, Value, ValueBuilder, ValueReader};
use std::sync::Arc;

use super::Ttl;
use crate::keys::Slot;

/// How many other cells an access looks at, as in Flink.
pub(super) const CLEANUP_CELLS: usize = 5;

/// A state of all keys, whatever its type.
pub trait Column: Any {
    /// Whether the cell of a slot is empty.
    fn is_empty(&self, slot: Slot) -> bool;

    /// Empties the cell of a slot.
    fn clear(&mut self, slot: Slot);

    /// The cells of these slots, and the times at which they were touched if that matters. None of them is empty.
    fn save(&self, slots: &[Slot]) -> (ArrayRef, Option<ArrayRef>);

    /// Fills the cells of these slots.
    ///
    /// # Errors
    ///
    /// If the column has another type than the state.
    fn load(&mut self, slots: &[Slot], column: &ArrayRef, touched: Option<&[i64]>) -> Result<(), Mismatch>;

    /// Empties cells that are too old.
    fn expire(&mut self, now_ms: i64);

    /// How much memory it takes, but for what its values hold elsewhere.
    fn bytes(&self) -> usize;
}

/// The cells of one state.
pub struct Cells<V> {
    cells: Vec<Option<V>>,
    ttl: Option<Ttl>,
    /// By slot, if there is a time to live.
    touched: Vec<i64>,
    /// Where the next look at old cells begins.
    look: usize,
}

impl<V> Cells<V> {
    pub(super) fn new(ttl: Option<Ttl>) -> Self {
        Self { cells: Vec::new(), ttl, touched: Vec::new(), look: 0 }
    }

    /// What the cell holds, if it is not too old.
    pub(super) fn get(&mut self, slot: Slot, now_ms: i64) -> Option<&V> {
        self.look_at(slot, now_ms);
        if let Some(ttl) = self.ttl
            && ttl.counts_reads()
            && let Some(touched) = self.touched.get_mut(slot as usize)
        {
            *touched = now_ms;
        }
        self.cells.get(slot as usize)?.as_ref()
    }

    /// What the cell holds, to be looked at and made young: this is a read.
    pub(super) fn present(&mut self, slot: Slot, now_ms: i64) -> Option<&mut V> {
        self.get(slot, now_ms)?;
        self.cells[slot as usize].as_mut()
    }

    /// The cell, to be changed.
    pub(super) fn entry(&mut self, slot: Slot, now_ms: i64) -> &mut Option<V> {
        self.look_at(slot, now_ms);
        let place = slot as usize;
        if self.cells.len() <= place {
            self.cells.resize_with(place + 1, || None);
        }
        if self.ttl.is_some() {
            self.touched.resize(self.cells.len().max(self.touched.len()), i64::MIN);
            self.touched[place] = now_ms;
        }
        &mut self.cells[place]
    }

    /// Empties the cell if it is too old and must not be seen, and a few others.
    fn look_at(&mut self, slot: Slot, now_ms: i64) {
        let Some(ttl) = self.ttl else { return };
        if !ttl.shows_expired() {
            self.expire_one(slot as usize, ttl, now_ms);
        }
        for _ in 0..CLEANUP_CELLS.min(self.cells.len()) {
            self.look = (self.look + 1) % self.cells.len();
            if self.look != slot as usize {
                self.expire_one(self.look, ttl, now_ms);
            }
        }
    }

    fn expire_one(&mut self, place: usize, ttl: Ttl, now_ms: i64) {
        if self.touched.get(place).is_some_and(|touched| ttl.has_expired(*touched, now_ms)) {
            self.cells[place] = None;
        }
    }
}

impl<V: Value> Column for Cells<V> {
    fn is_empty(&self, slot: Slot) -> bool {
        self.cells.get(slot as usize).is_none_or(Option::is_none)
    }

    fn clear(&mut self, slot: Slot) {
        if let Some(cell) = self.cells.get_mut(slot as usize) {
            *cell = None;
        }
    }

    fn save(&self, slots: &[Slot]) -> (ArrayRef, Option<ArrayRef>) {
        let mut column = V::Builder::default();
        for slot in slots {
            column.push(self.cells[*slot as usize].clone().expect("a cell that holds something"));
        }
        let touched = self.ttl.map(|_| {
            let times = slots.iter().map(|slot| self.touched[*slot as usize]);
            Arc::new(Int64Array::from_iter_values(times)) as ArrayRef
        });
        (column.finish(), touched)
    }

    fn load(&mut self, slots: &[Slot], column: &ArrayRef, touched: Option<&[i64]>) -> Result<(), Mismatch> {
        let reader = V::Reader::open(column)?;
        for (row, slot) in slots.iter().enumerate() {
            let at_ms = touched.map_or(i64::MIN, |touched| touched[row]);
            let place = *slot as usize;
            if self.cells.len() <= place {
                self.cells.resize_with(place + 1, || None);
            }
            self.cells[place] = Some(reader.get(row));
            if self.ttl.is_some() {
                self.touched.resize(self.cells.len().max(self.touched.len()), i64::MIN);
                self.touched[place] = at_ms;
            }
        }
        Ok(())
    }

    fn expire(&mut self, now_ms: i64) {
        let Some(ttl) = self.ttl else { return };
        (0..self.cells.len()).for_each(|place| self.expire_one(place, ttl, now_ms));
    }

    fn bytes(&self) -> usize {
        self.cells.capacity() * size_of::<Option<V>>() + self.touched.capacity() * size_of::<i64>()
    }
}
