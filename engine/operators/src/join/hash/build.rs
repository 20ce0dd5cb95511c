//! The rows of one side by their key: a chain of rows for each.

use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_buffer::NullBuffer;
use arrow_select::interleave::interleave;
use memory::Batch;
use runtime::subtask::Failure;
use state::{KeyTable, Slot};

use super::Nulls;
use crate::aggregate::keys::hashes_of;
use crate::layout::Layout;

/// No row.
pub(super) const NONE: u32 = u32::MAX;

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
    batches: Vec<RecordBatch>,
    /// By row: its batch, and which of its rows it is.
    places: Vec<(u32, u32)>,
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
            batches: Vec::new(),
            places: Vec::new(),
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
        let first = self.places.len();
        let number = u32::try_from(self.batches.len()).expect("fewer batches");
        self.places.extend((0..batch.rows()).map(|row| (number, u32::try_from(row).expect("fewer rows"))));
        self.nexts.resize(self.places.len(), NONE);
        self.marks.resize(self.places.len(), false);
        for (row, slot) in with_key.into_iter().zip(slots) {
            let row = u32::try_from(first + row).ok().filter(|row| *row != NONE);
            let row = row.ok_or_else(|| {
                Failure::lasting(
                    "one side of a join has more than four billion rows in a subtask; raise the parallelism",
                )
            })?;
            match std::mem::replace(&mut self.lasts[slot as usize], row) {
                NONE => self.firsts[slot as usize] = row,
                last => self.nexts[last as usize] = row,
            }
        }
        let own = memory::own_rows(batch.columns());
        self.bytes += own.get_array_memory_size();
        self.batches.push(own);
        Ok(())
    }

    /// The slots of keys, where they are known.
    pub(super) fn look_up(&mut self, key: &[ArrayRef], hashes: &[u64], rows: usize) -> Vec<Option<Slot>> {
        let mut slots = Vec::with_capacity(rows);
        self.keys.look_up(key, hashes, 0..rows, &mut slots);
        if self.nulls != Nulls::AreEqual
            && let Some(nulls) = nulls_of(key)
        {
            slots
                .iter_mut()
                .enumerate()
                .filter(|(row, _)| nulls.is_null(*row))
                .for_each(|(_, slot)| *slot = None);
        }
        slots
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

    /// The next rows, from `at` on, that had none: so many at most.
    pub(super) fn unmarked(&self, at: &mut usize, count: usize) -> Vec<u32> {
        let mut rows = Vec::new();
        while *at < self.marks.len() && rows.len() < count {
            if !self.marks[*at] {
                rows.push(u32::try_from(*at).expect("rows have numbers of 32 bits"));
            }
            *at += 1;
        }
        rows
    }

    /// The columns of these rows.
    pub(super) fn columns(&self, rows: &[u32]) -> Result<Vec<ArrayRef>, Failure> {
        let places: Vec<(usize, usize)> = rows
            .iter()
            .map(|row| self.places[*row as usize])
            .map(|(batch, row)| (batch as usize, row as usize))
            .collect();
        let Some(first) = self.batches.first() else { return Ok(Vec::new()) };
        (0..first.num_columns())
            .map(|column| {
                let parts: Vec<&dyn Array> =
                    self.batches.iter().map(|batch| &**batch.column(column)).collect();
                interleave(&parts, &places).map_err(Failure::lasting)
            })
            .collect()
    }

    /// Whether a row has a null in its key.
    pub(super) fn has_nulls(&self) -> bool {
        self.has_nulls
    }

    pub(super) fn rows(&self) -> usize {
        self.places.len()
    }

    /// About how much memory it takes.
    pub(super) fn bytes(&self) -> usize {
        let by_row = self.places.capacity() * 8 + self.nexts.capacity() * 4 + self.marks.capacity();
        self.bytes + by_row + self.keys.bytes() + self.firsts.capacity() * 8
    }
}

/// Where a part of a key is null.
pub(super) fn nulls_of(key: &[ArrayRef]) -> Option<NullBuffer> {
    key.iter()
        .fold(None, |all, column| NullBuffer::union(all.as_ref(), column.nulls()))
        .filter(|nulls| nulls.null_count() > 0)
}

fn is_whole(nulls: Option<&NullBuffer>, row: usize) -> bool {
    nulls.is_none_or(|nulls| nulls.is_valid(row))
}
