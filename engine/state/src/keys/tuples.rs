//! Keys of two or three columns of fixed width up to eight bytes: some words a key, which lie beside each other.
//!
//! ```text
//!   which are null │ first value │ second value │ …
//! ```

use arrow_array::ArrayRef;
use arrow_buffer::NullBuffer;
use arrow_schema::DataType;

use super::{Slot, Store};
use crate::words::Words;

/// Keys of so many words: one more than columns.
pub(super) struct Tuples<const WORDS: usize> {
    types: Vec<DataType>,
    /// By slot. The word of a null is zero.
    keys: Vec<[u64; WORDS]>,
}

impl<const WORDS: usize> Tuples<WORDS> {
    pub(super) fn takes(types: &[DataType]) -> bool {
        types.len() + 1 == WORDS && types.iter().all(Words::are)
    }

    pub(super) fn new(types: &[DataType]) -> Self {
        Self { types: types.to_vec(), keys: Vec::new() }
    }
}

impl<const WORDS: usize> Store for Tuples<WORDS> {
    const CHEAP: bool = true;

    /// The first value: the rest comes with it.
    type Mark = u64;
    /// The keys of all rows.
    type Probe<'a> = Vec<[u64; WORDS]>;

    fn open(&self, columns: &[ArrayRef]) -> Vec<[u64; WORDS]> {
        let mut keys = vec![[0; WORDS]; columns[0].len()];
        for (number, (column, data_type)) in columns.iter().zip(&self.types).enumerate() {
            assert_eq!(column.data_type(), data_type, "a key of another type");
            Words::of(column).each(|row, word| keys[row][number + 1] = word);
            let Some(nulls) = column.nulls().filter(|nulls| nulls.null_count() > 0) else { continue };
            for (_, key) in keys.iter_mut().enumerate().filter(|(row, _)| nulls.is_null(*row)) {
                key[0] |= 1 << number;
                key[number + 1] = 0;
            }
        }
        keys
    }

    #[inline(always)]
    fn mark(&self, slot: Slot) -> u64 {
        self.keys[slot as usize][1]
    }

    #[inline(always)]
    fn is(&self, slot: Slot, first: u64, probe: &Vec<[u64; WORDS]>, row: usize) -> bool {
        let wanted = &probe[row];
        first == wanted[1] && self.keys[slot as usize].iter().zip(wanted).all(|(own, wanted)| own == wanted)
    }

    fn put(&mut self, slot: Slot, probe: &Vec<[u64; WORDS]>, row: usize) -> usize {
        self.keys.resize(self.keys.len().max(slot as usize + 1), [0; WORDS]);
        self.keys[slot as usize] = probe[row];
        size_of::<[u64; WORDS]>()
    }

    fn forget(&mut self, _slot: Slot) -> usize {
        size_of::<[u64; WORDS]>()
    }

    fn clear(&mut self) {
        self.keys.clear();
    }

    fn columns(&self, slots: &[Slot]) -> Vec<ArrayRef> {
        let column = |(number, data_type): (usize, &DataType)| {
            let words = slots.iter().map(|slot| self.keys[*slot as usize][number + 1]);
            let is_valid = |slot: &Slot| self.keys[*slot as usize][0] & (1 << number) == 0;
            let nulls =
                (!slots.iter().all(is_valid)).then(|| NullBuffer::from_iter(slots.iter().map(is_valid)));
            Words::column(data_type, words, nulls)
        };
        self.types.iter().enumerate().map(column).collect()
    }
}
