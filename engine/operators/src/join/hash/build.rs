//! The rows of one side by their key: a chain of rows for each.

use arrow_array::{ArrayRef, UInt32Array};
use arrow_buffer::NullBuffer;
use arrow_select::concat::concat;
use memory::Batch;
use runtime::subtask::Failure;
use state::{KeyTable, Slot};

use super::super::columns::{NONE, nulls_of, row_number, taken};
use super::Nulls;
use crate::aggregate::keys::hashes_of;
use crate::layout::Layout;

/// The rows.
pub(super) struct Build {
    keys: KeyTable,
    nulls: Nulls,
    has_nulls: bool,
    /// By slot: the first row of the key. Rows are numbered as they came.
    firsts: Vec<u32>,
    /// By slot: the last one, to which the next is joined.
    lasts: Vec<u32>,
    /// By row: the next one of its key.
    nexts: Vec<u32>,
    /// By row: whether it had a pair.
    marks: Vec<bool>,
    rows: usize,
    /// By column: its parts as they came, until a row is asked for; then all of it in one.
    columns: Vec<Vec<ArrayRef>>,
    bytes: usize,
}

impl Build {
    pub(super) fn new(input: &Layout, nulls: Nulls) -> Result<Self, Failure> {
        Ok(Self {
            keys: KeyTable::new(&input.key_types())?,
            nulls,
            has_nulls: false,
            firsts: Vec::new(),
            lasts: Vec::new(),
            nexts: Vec::new(),
            marks: Vec::new(),
            rows: 0,
            columns: vec![Vec::new(); input.schema().fields().len()],
            bytes: 0,
        })
    }

    /// Adds rows. Those with a null in their key have no pair, unless nulls are equal.
    pub(super) fn add(&mut self, input: &Layout, batch: Batch) -> Result<(), Failure> {
        let batch = batch.compact();
        let key = input.key_columns(&batch);
        let hashes = hashes_of(&batch, &key)?;
        let nulls = nulls_of(&key).filter(|_| self.nulls != Nulls::AreEqual);
        self.has_nulls |= nulls.is_some();
        let with_key: Vec<usize> = (0..batch.rows()).filter(|row| is_whole(nulls.as_ref(), *row)).collect();
        let mut slots = Vec::with_capacity(with_key.len());
        self.keys.resolve(&key, &hashes, with_key.iter().copied(), |_| {}, &mut slots);
        self.firsts.resize(self.keys.slots_end(), NONE);
        self.lasts.resize(self.keys.slots_end(), NONE);
        let first = self.rows;
        self.rows += batch.rows();
        self.nexts.resize(self.rows, NONE);
        self.marks.resize(self.rows, false);
        for (row, slot) in with_key.into_iter().zip(slots) {
            let row = row_number(first + row)?;
            match std::mem::replace(&mut self.lasts[slot as usize], row) {
                NONE => self.firsts[slot as usize] = row,
                last => self.nexts[last as usize] = row,
            }
        }
        let own = memory::own_rows(batch.columns());
        self.bytes += own.get_array_memory_size();
        self.columns.iter_mut().zip(own.columns()).for_each(|(parts, column)| parts.push(column.clone()));
        Ok(())
    }

    /// The slots of keys, where they are known. `nulls` says where a part of them is null.
    pub(super) fn look_up(
        &mut self,
        key: &[ArrayRef],
        hashes: &[u64],
        nulls: Option<&NullBuffer>,
    ) -> Vec<Option<Slot>> {
        let mut slots = Vec::with_capacity(hashes.len());
        self.keys.look_up(key, hashes, 0..hashes.len(), &mut slots);
        if self.nulls != Nulls::AreEqual
            && let Some(nulls) = nulls
        {
            slots
                .iter_mut()
                .enumerate()
                .filter(|(row, _)| nulls.is_null(*row))
                .for_each(|(_, slot)| *slot = None);
        }
        slots
    }

    /// The hashes of the keys.
    pub(super) fn hashes(&self) -> Vec<u64> {
        self.keys.slots().map(|slot| self.keys.hash(slot)).collect()
    }

    pub(super) fn first(&self, slot: Slot) -> u32 {
        self.firsts[slot as usize]
    }

    pub(super) fn next(&self, row: u32) -> u32 {
        self.nexts[row as usize]
    }

    /// This row had a pair.
    pub(super) fn mark(&mut self, row: u32) {
        self.marks[row as usize] = true;
    }

    pub(super) fn is_marked(&self, row: u32) -> bool {
        self.marks[row as usize]
    }

    /// The next rows, from `at` on, that had a pair, or had none: so many at most.
    pub(super) fn marked(&self, had_pair: bool, at: &mut usize, count: usize) -> Vec<u32> {
        let mut rows = Vec::new();
        while *at < self.marks.len() && rows.len() < count {
            if self.marks[*at] == had_pair {
                rows.push(u32::try_from(*at).expect("rows have numbers of 32 bits"));
            }
            *at += 1;
        }
        rows
    }

    /// The columns of these rows. All have come: from the first call on every column is in one piece, so that what a row
    /// costs does not grow with the number of batches. One column at a time is there twice while it is put together.
    pub(super) fn columns(&mut self, rows: &[u32]) -> Result<Vec<ArrayRef>, Failure> {
        for parts in &mut self.columns {
            if parts.len() > 1 {
                let whole = concat(&parts.iter().map(|part| &**part).collect::<Vec<_>>());
                *parts = vec![whole.map_err(Failure::lasting)?];
            }
        }
        let whole: Vec<ArrayRef> = self.columns.iter().filter_map(|parts| parts.first().cloned()).collect();
        taken(&whole, &UInt32Array::from(rows.to_vec()))
    }

    /// Whether a row has a null in its key.
    pub(super) fn has_nulls(&self) -> bool {
        self.has_nulls
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// About how much memory it takes.
    pub(super) fn bytes(&self) -> usize {
        let by_row = self.nexts.capacity() * 4 + self.marks.capacity();
        self.bytes + by_row + self.keys.bytes() + self.firsts.capacity() * 8
    }
}

fn is_whole(nulls: Option<&NullBuffer>, row: usize) -> bool {
    nulls.is_none_or(|nulls| nulls.is_valid(row))
}
