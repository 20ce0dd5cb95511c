//! The rows that a round has come to: those of a key one behind the other, so that they are one change to who gets them.
//!
//! ```text
//!   slot  partial results of   value
//!      3  3                    7        the first row of a key has what is known of it
//!      3  nobody               9
//!      8  8                    –        no new value
//! ```

use std::ops::Range;

use arrow_array::{ArrayRef, UInt32Array};
use arrow_select::take::take;
use state::Slot;

use super::super::apart::{Mask, column_of_masks};

/// What leaves.
#[derive(Default)]
pub(super) struct Outgoing {
    /// By row: the slot of its key.
    pub(super) slots: Vec<Slot>,
    /// By row: whose partial results it has.
    pub(super) parts: Vec<Slot>,
    /// By row: which of the new values it has.
    pub(super) places: Vec<Option<u32>>,
    /// By column: all new values, and for which filters they are.
    pub(super) values: Vec<(ArrayRef, Vec<Mask>)>,
    /// The first row that has not left.
    next: usize,
}

impl Outgoing {
    /// The rows of these keys, some of which have new values: of these keys, in the order in which they came.
    pub(super) fn new(
        keys: &[Slot],
        (of_values, nobody): (&[Slot], Slot),
        values: Vec<(ArrayRef, Vec<Mask>)>,
    ) -> Self {
        // By slot: how many values, then where the next of them stands.
        let mut next = vec![0_usize; nobody as usize];
        of_values.iter().for_each(|slot| next[*slot as usize] += 1);
        let mut rows = 0;
        for slot in keys {
            let count = next[*slot as usize].max(1);
            next[*slot as usize] = rows;
            rows += count;
        }
        let mut outgoing = Self {
            slots: vec![nobody; rows],
            parts: vec![nobody; rows],
            places: vec![None; rows],
            values,
            next: 0,
        };
        for slot in keys {
            let first = next[*slot as usize];
            (outgoing.slots[first], outgoing.parts[first]) = (*slot, *slot);
        }
        for (place, slot) in (0..).zip(of_values) {
            let row = &mut next[*slot as usize];
            (outgoing.slots[*row], outgoing.places[*row]) = (*slot, Some(place));
            *row += 1;
        }
        outgoing
    }

    /// How many rows there are, with those that have left.
    pub(super) fn rows(&self) -> usize {
        self.slots.len()
    }

    /// The next rows: a range of them.
    pub(super) fn step(&mut self, rows: usize) -> Range<usize> {
        let range = self.next..self.next + rows;
        self.next = range.end;
        range
    }

    /// The columns of values and masks of these rows.
    pub(super) fn columns(&self, range: Range<usize>) -> Vec<ArrayRef> {
        let places = &self.places[range];
        let indices = UInt32Array::from(places.to_vec());
        let column = |(values, masks): &(ArrayRef, Vec<Mask>)| {
            let values = take(values, &indices, None).expect("values of the round");
            let mask = |place: &Option<u32>| place.map_or(0, |place| masks[place as usize]);
            [values, column_of_masks(places.iter().map(mask))]
        };
        self.values.iter().flat_map(column).collect()
    }
}
