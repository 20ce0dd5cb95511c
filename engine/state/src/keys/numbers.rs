//! Keys of one column of fixed width up to eight bytes: integers, dates, times. Eight bytes a key.

use arrow_array::{Array, ArrayRef};
use arrow_buffer::NullBuffer;
use arrow_schema::DataType;

use super::{Slot, Store, is_null};
use crate::words::Words;

pub(super) struct Numbers {
    data_type: DataType,
    /// By slot: the bytes of the value, the lowest first.
    words: Vec<u64>,
    /// The slot of the null key. Its word is zero.
    null: Option<Slot>,
}

/// A column, opened.
pub(super) struct Probe<'a> {
    nulls: Option<&'a NullBuffer>,
    words: Words,
}

impl Numbers {
    pub(super) fn new(data_type: DataType) -> Self {
        Self { data_type, words: Vec::new(), null: None }
    }
}

impl Store for Numbers {
    const CHEAP: bool = true;

    type Mark = u64;
    type Probe<'a> = Probe<'a>;

    fn open<'a>(&self, columns: &'a [ArrayRef]) -> Probe<'a> {
        let column = &columns[0];
        assert_eq!(column.data_type(), &self.data_type, "a key of another type");
        Probe { nulls: column.nulls().filter(|nulls| nulls.null_count() > 0), words: Words::of(column) }
    }

    #[inline(always)]
    fn mark(&self, slot: Slot) -> u64 {
        self.words[slot as usize]
    }

    #[inline(always)]
    fn is(&self, slot: Slot, own: u64, probe: &Probe<'_>, row: usize) -> bool {
        if is_null(probe.nulls, row) || self.null == Some(slot) {
            return is_null(probe.nulls, row) && self.null == Some(slot);
        }
        own == probe.words.at(row)
    }

    fn put(&mut self, slot: Slot, probe: &Probe<'_>, row: usize) -> usize {
        let is_null = is_null(probe.nulls, row);
        if is_null {
            self.null = Some(slot);
        }
        self.words.resize(self.words.len().max(slot as usize + 1), 0);
        self.words[slot as usize] = if is_null { 0 } else { probe.words.at(row) };
        8
    }

    fn forget(&mut self, slot: Slot) -> usize {
        if self.null == Some(slot) {
            self.null = None;
        }
        8
    }

    fn clear(&mut self) {
        self.words.clear();
        self.null = None;
    }

    fn columns(&self, slots: &[Slot]) -> Vec<ArrayRef> {
        let words = slots.iter().map(|slot| self.words[*slot as usize]);
        let nulls = self
            .null
            .filter(|null| slots.contains(null))
            .map(|null| NullBuffer::from_iter(slots.iter().map(|slot| *slot != null)));
        vec![Words::column(&self.data_type, words, nulls)]
    }
}
