//! Which rows are equal: by it a row that is taken back is found.
//!
//! Rows are equal when their records are, null to null; what travels beside a record does not count, since a change has
//! the time at which it happened. Only who keeps rows that may be taken back has one: it encodes every row.

use arrow_array::{ArrayRef, RecordBatch};
use memory::hash_key;
use runtime::subtask::Failure;
use state::{KeyTable, Slot};

use crate::layout::Layout;

/// No row.
const NONE: u32 = u32::MAX;

/// Rows by what they say. Each has a small number of its own.
pub(crate) struct Equals {
    /// How many columns the record has.
    record: usize,
    records: KeyTable,
    /// By slot of a record: the last row that says it.
    lasts: Vec<u32>,
    /// By number of a row: the slot of its record, and the one that came before it with the same.
    twins: Vec<(Slot, u32)>,
    /// Slots that may have no row any more.
    loose: Vec<Slot>,
}

impl Equals {
    /// For rows of this layout.
    ///
    /// # Errors
    ///
    /// If a column cannot be compared.
    pub(crate) fn new(input: &Layout) -> Result<Self, Failure> {
        let fields = input.schema().fields()[..input.record()].iter();
        let types: Vec<_> = fields.map(|field| field.data_type().clone()).collect();
        Ok(Self {
            record: input.record(),
            records: KeyTable::new(&types)?,
            lasts: Vec::new(),
            twins: Vec::new(),
            loose: Vec::new(),
        })
    }

    /// The slots of the records of these rows.
    pub(crate) fn resolve(&mut self, rows: &RecordBatch) -> Result<Vec<Slot>, Failure> {
        let columns: &[ArrayRef] = &rows.columns()[..self.record];
        let (mut hashes, mut slots) = (Vec::new(), Vec::with_capacity(rows.num_rows()));
        hash_key(columns, rows.num_rows(), &mut hashes)?;
        self.records.resolve(columns, &hashes, 0..rows.num_rows(), |_| {}, &mut slots);
        self.lasts.resize(self.records.slots_end(), NONE);
        Ok(slots)
    }

    /// This row says what is in this slot.
    pub(crate) fn push(&mut self, slot: Slot, number: u32) {
        let twin = (slot, std::mem::replace(&mut self.lasts[slot as usize], number));
        match self.twins.get_mut(number as usize) {
            Some(former) => *former = twin,
            None => self.twins.push(twin),
        }
    }

    /// Takes the last row of a slot out, if there is one. Then the slot is to be let go.
    pub(crate) fn pop(&mut self, slot: Slot) -> Option<u32> {
        let last = Some(self.lasts[slot as usize]).filter(|last| *last != NONE)?;
        self.lasts[slot as usize] = self.twins[last as usize].1;
        Some(last)
    }

    /// Takes one row out.
    pub(crate) fn remove(&mut self, number: u32) {
        let (slot, former) = self.twins[number as usize];
        let mut later = self.lasts[slot as usize];
        if later == number {
            self.lasts[slot as usize] = former;
            return self.let_go(slot);
        }
        while self.twins[later as usize].1 != number {
            later = self.twins[later as usize].1;
        }
        self.twins[later as usize].1 = former;
    }

    /// Perhaps no row is in this slot.
    pub(crate) fn let_go(&mut self, slot: Slot) {
        if self.lasts[slot as usize] == NONE {
            self.loose.push(slot);
        }
    }

    /// Forgets the records that no row says any more.
    pub(crate) fn retire(&mut self) {
        let mut loose = std::mem::take(&mut self.loose);
        loose.sort_unstable();
        loose.dedup();
        for slot in loose.into_iter().filter(|slot| self.lasts[*slot as usize] == NONE) {
            self.records.forget(slot);
        }
    }

    /// About how much memory it takes.
    pub(crate) fn bytes(&self) -> usize {
        self.records.bytes() + self.lasts.capacity() * 4 + self.twins.capacity() * size_of::<(Slot, u32)>()
    }
}
