//! What an operator writes down for its successors, and what these find.
//!
//! Everything is columns, so that a savepoint can be read as tables. A part of keyed state has the hash of its key in its
//! last column, `$hash`: by that it is dealt out again when the parallelism changes. A part of operator state is dealt
//! out by row or given to everybody, as its kind says.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::UInt64Type;
use arrow_array::{ArrayRef, BooleanArray, RecordBatch, RecordBatchOptions, UInt64Array};
use arrow_schema::{DataType, Field, Schema};
use arrow_select::filter::filter_record_batch;
use memory::KeyGroups;

/// The column that deals keyed rows out.
const HASH: &str = "$hash";

/// How the rows of a part find their way to the next subtasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Redistribution {
    /// To the owner of their key group.
    Keyed,
    /// Evenly, each row to one subtask.
    Split,
    /// All rows to all subtasks.
    Union,
    /// Every subtask has the same rows; those of one go to all.
    Broadcast,
}

/// One state of one operator of one subtask.
#[derive(Clone, Debug)]
pub struct Part {
    /// The name of the state.
    pub name: String,
    /// How it is dealt out.
    pub redistribution: Redistribution,
    /// Its rows.
    pub rows: RecordBatch,
}

/// All states of one operator of one subtask.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    parts: Vec<Part>,
}

/// What is there for one operator of one subtask to begin with.
#[derive(Clone, Debug, Default)]
pub struct Restore {
    parts: Vec<Part>,
}

impl Snapshot {
    /// Writes down keyed rows, with the hash of the key of each.
    ///
    /// # Panics
    ///
    /// If there is not one hash for each row.
    pub fn keyed(&mut self, name: impl Into<String>, rows: &RecordBatch, hashes: Vec<u64>) {
        assert_eq!(rows.num_rows(), hashes.len());
        let mut fields = rows.schema().fields().to_vec();
        fields.push(Arc::new(Field::new(HASH, DataType::UInt64, false)));
        let mut columns = rows.columns().to_vec();
        columns.push(Arc::new(UInt64Array::from(hashes)) as ArrayRef);
        let rows =
            RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).expect("columns of one length");
        self.parts.push(Part { name: name.into(), redistribution: Redistribution::Keyed, rows });
    }

    /// Writes down rows of an operator's own.
    pub fn rows(&mut self, name: impl Into<String>, redistribution: Redistribution, rows: RecordBatch) {
        assert_ne!(redistribution, Redistribution::Keyed, "keyed rows have a hash");
        self.parts.push(Part { name: name.into(), redistribution, rows });
    }

    /// The states.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }
}

impl Restore {
    /// The keyed rows of this name, with the hash of the key of each, as often as a predecessor has written some.
    pub fn keyed(&self, name: &str) -> impl Iterator<Item = (RecordBatch, Vec<u64>)> {
        let named = self.parts.iter().filter(move |part| part.name == name);
        named.map(|part| {
            assert_eq!(part.redistribution, Redistribution::Keyed);
            let last = part.rows.num_columns() - 1;
            let hashes = part.rows.column(last).as_primitive::<UInt64Type>().values().to_vec();
            let front: Vec<usize> = (0..last).collect();
            (part.rows.project(&front).expect("columns that are there"), hashes)
        })
    }

    /// All parts.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// The columns of a part of keyed state, and the hash of the key of each row.
    ///
    /// # Panics
    ///
    /// If it is not keyed.
    pub(crate) fn split_hashes(part: &Part) -> (Vec<ArrayRef>, Vec<u64>) {
        assert_eq!(part.redistribution, Redistribution::Keyed);
        let mut columns = part.rows.columns().to_vec();
        let hashes = columns.pop().expect("keyed rows have a hash");
        (columns, hashes.as_primitive::<UInt64Type>().values().to_vec())
    }

    /// The rows of this name.
    pub fn rows(&self, name: &str) -> impl Iterator<Item = &RecordBatch> {
        self.parts.iter().filter(move |part| part.name == name).map(|part| &part.rows)
    }

    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.parts.iter().all(|part| part.rows.num_rows() == 0)
    }
}

/// Deals the states of an operator's former subtasks out to its next ones.
///
/// # Panics
///
/// If `parallelism` is not between one and the number of key groups.
pub fn redistribute(snapshots: &[Snapshot], groups: KeyGroups, parallelism: u32) -> Vec<Restore> {
    let mut restores = vec![Restore::default(); parallelism as usize];
    let mut turn = 0;
    for (number, part) in
        snapshots.iter().enumerate().flat_map(|(n, s)| s.parts.iter().map(move |part| (n, part)))
    {
        let targets: Vec<u32> = match part.redistribution {
            Redistribution::Keyed => {
                let hashes = part.rows.columns().last().expect("a hash").as_primitive::<UInt64Type>();
                hashes.values().iter().map(|hash| groups.owner(groups.of(*hash), parallelism)).collect()
            }
            Redistribution::Split => (0..part.rows.num_rows())
                .map(|_| {
                    turn = (turn + 1) % parallelism;
                    turn
                })
                .collect(),
            Redistribution::Broadcast if number > 0 => continue,
            Redistribution::Union | Redistribution::Broadcast => {
                restores.iter_mut().for_each(|restore| restore.parts.push(part.clone()));
                continue;
            }
        };
        for (target, restore) in (0..).zip(&mut restores) {
            let rows = rows_of(&part.rows, &targets, target);
            if rows.num_rows() > 0 {
                restore.parts.push(Part { rows, ..part.clone() });
            }
        }
    }
    restores
}

fn rows_of(rows: &RecordBatch, targets: &[u32], target: u32) -> RecordBatch {
    let keep = BooleanArray::from_iter(targets.iter().map(|each| Some(*each == target)));
    if rows.num_columns() == 0 {
        let options = RecordBatchOptions::new().with_row_count(Some(keep.true_count()));
        return RecordBatch::try_new_with_options(rows.schema(), vec![], &options).expect("no column");
    }
    filter_record_batch(rows, &keep).expect("a mask as long as the rows")
}

#[cfg(test)]
mod tests {
    use arrow_array::record_batch;

    use super::*;

    fn numbers(restore: &Restore, name: &str) -> Vec<i64> {
        let mut numbers: Vec<i64> = restore
            .parts
            .iter()
            .filter(|part| part.name == name)
            .flat_map(|part| {
                part.rows.column(0).as_primitive::<arrow_array::types::Int64Type>().values().to_vec()
            })
            .collect();
        numbers.sort_unstable();
        numbers
    }

    #[test]
    fn keyed_rows_go_to_the_owner_of_their_group() {
        let groups = KeyGroups::default();
        let hashes: Vec<u64> = (0..100_u64).map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15)).collect();
        let rows = record_batch!(("n", Int64, (0..100).collect::<Vec<i64>>())).unwrap();
        let mut snapshot = Snapshot::default();
        snapshot.keyed("count", &rows, hashes.clone());
        let restores = redistribute(&[snapshot], groups, 3);
        let all: Vec<i64> = restores.iter().flat_map(|restore| numbers(restore, "count")).collect();
        assert_eq!(all.len(), 100);
        for (subtask, restore) in (0..).zip(&restores) {
            for (rows, hashes) in restore.keyed("count") {
                assert_eq!(rows.num_columns(), 1);
                assert!(hashes.iter().all(|hash| groups.owner(groups.of(*hash), 3) == subtask));
            }
        }
    }

    #[test]
    fn operator_rows_are_split_joined_or_copied() {
        let part = |numbers: Vec<i64>| {
            let mut snapshot = Snapshot::default();
            let rows = record_batch!(("n", Int64, numbers)).unwrap();
            snapshot.rows("split", Redistribution::Split, rows.clone());
            snapshot.rows("union", Redistribution::Union, rows.clone());
            snapshot.rows("rules", Redistribution::Broadcast, rows);
            snapshot
        };
        let restores = redistribute(&[part(vec![1, 2]), part(vec![3, 4])], KeyGroups::default(), 2);
        let mut split: Vec<_> = restores.iter().flat_map(|restore| numbers(restore, "split")).collect();
        split.sort_unstable();
        assert_eq!(split, [1, 2, 3, 4]);
        assert!(restores.iter().all(|restore| numbers(restore, "split").len() == 2));
        assert!(restores.iter().all(|restore| numbers(restore, "union") == [1, 2, 3, 4]));
        assert!(restores.iter().all(|restore| numbers(restore, "rules") == [1, 2]));
    }
}
