//! Rows by the directories they belong to: a batch becomes one for each partition in it.
//!
//! ```text
//!   rows ─► hash ─► slot of the key ─► number of the directory ─► one `take` that sorts them ─► slices
//! ```
//!
//! Keeps the keys that it has met, and the directory of each. A directory is named once for each new key, not for each
//! row; keys may share one: null, the empty string, and the word for both.

use std::collections::BTreeMap;

use arrow_array::{ArrayRef, RecordBatch, UInt32Array};
use arrow_schema::{ArrowError, FieldRef};
use arrow_select::take::take_record_batch;
use memory::hash_key;
use runtime::subtask::Failure;
use state::{KeyTable, Slot};

use super::spec::FileSpec;
use crate::format::directories;

/// Tells rows apart.
pub(super) struct Partitioner {
    /// The columns that name directories, and those that the files have.
    keys: Vec<usize>,
    stored: Vec<usize>,
    fields: Vec<FieldRef>,
    default_name: String,
    table: KeyTable,
    /// By slot: the number of its directory.
    numbers: Vec<usize>,
    names: BTreeMap<String, usize>,
    hashes: Vec<u64>,
    slots: Vec<Slot>,
}

/// What a batch was split into.
#[derive(Debug)]
pub(super) struct Shares {
    /// Directories that are met for the first time. Their numbers follow those of all before.
    pub(super) new: Vec<String>,
    /// The rows of each directory by its number, in the order in which they came, as the files have them.
    pub(super) rows: Vec<(usize, RecordBatch)>,
}

impl Partitioner {
    /// For the partitions of a spec, if it has some.
    pub(super) fn of(spec: &FileSpec) -> Option<Self> {
        let keys = spec.partitions.clone();
        let fields: Vec<FieldRef> = keys.iter().map(|key| spec.schema.fields()[*key].clone()).collect();
        let types: Vec<_> = fields.iter().map(|field| field.data_type().clone()).collect();
        (!keys.is_empty()).then(|| Self {
            keys,
            stored: spec.stored_columns(),
            fields,
            default_name: spec.default_partition.clone(),
            table: KeyTable::new(&types).expect("the types were checked when the sink was made"),
            numbers: Vec::new(),
            names: BTreeMap::new(),
            hashes: Vec::new(),
            slots: Vec::new(),
        })
    }

    /// Splits a batch.
    pub(super) fn split(&mut self, rows: &RecordBatch) -> Result<Shares, Failure> {
        let keys: Vec<ArrayRef> = self.keys.iter().map(|key| rows.column(*key).clone()).collect();
        hash_key(&keys, rows.num_rows(), &mut self.hashes).map_err(Failure::lasting)?;
        self.slots.clear();
        let mut fresh = Vec::new();
        let all = 0..rows.num_rows();
        self.table.resolve(&keys, &self.hashes, all, |slot| fresh.push(slot), &mut self.slots);
        let new = self.name(&fresh).map_err(Failure::lasting)?;
        let stored = rows.project(&self.stored).expect("columns that are there");
        Ok(Shares { new, rows: self.share(stored) })
    }

    /// Gives new keys their directories; those that are new, too.
    fn name(&mut self, fresh: &[Slot]) -> Result<Vec<String>, ArrowError> {
        let mut new = Vec::new();
        for name in directories(&self.fields, &self.table.columns(fresh), &self.default_name)? {
            let next = self.names.len();
            let number = *self.names.entry(name).or_insert_with_key(|name| {
                new.push(name.clone());
                next
            });
            self.numbers.push(number); // No key is forgotten, so slots follow each other.
        }
        Ok(new)
    }

    /// The rows of each directory.
    fn share(&self, rows: RecordBatch) -> Vec<(usize, RecordBatch)> {
        let numbers: Vec<usize> = self.slots.iter().map(|slot| self.numbers[*slot as usize]).collect();
        let Some(first) = numbers.first() else { return Vec::new() };
        if numbers.iter().all(|number| number == first) {
            return vec![(*first, rows)];
        }
        let narrow = |row: usize| u32::try_from(row).expect("a batch has fewer rows");
        let mut order: Vec<u32> = (0..narrow(numbers.len())).collect();
        order.sort_by_key(|row| numbers[*row as usize]);
        let sorted =
            take_record_batch(&rows, &UInt32Array::from(order.clone())).expect("rows that are there");
        let mut start = 0;
        let runs = order.chunk_by(|one, other| numbers[*one as usize] == numbers[*other as usize]);
        runs.map(|run| {
            let share = sorted.slice(start, run.len());
            start += run.len();
            (numbers[run[0] as usize], share)
        })
        .collect()
    }
}
