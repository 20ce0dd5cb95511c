//! How a ledger is saved: a row for each key, and for each column of distinct values one for each pair, with the key that it
//! is of, and for which filters it is there, or how often.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{ArrayRef, Int64Array, RecordBatch, RecordBatchOptions};
use arrow_schema::{DataType, Field, Schema};
use runtime::subtask::Failure;
use state::{Restore, Slot, Snapshot};

use super::super::accumulator::Selected;
use super::ledger::Ledger;
use crate::rows::BATCH_ROWS;

/// The name of what is known of each key.
const GROUPS: &str = "groups";

/// The column that says how many rows a key has, and how often a value is there.
const COUNT: &str = "$count";

/// The name of the pairs of a column. With very many filters it has more than one table of them.
fn pairs_of(number: usize, column: &Field) -> String {
    format!("distinct {number} {}", column.name())
}

impl Ledger {
    pub(super) fn save(&self, to: &mut Snapshot) {
        for slots in self.keys.slots().chunks(BATCH_ROWS) {
            let mut columns = self.key_columns(slots);
            if let Some(counts) = self.standing.save(slots) {
                columns.push((count(), Arc::new(Int64Array::from(counts))));
            }
            columns.extend(self.figures.partial_fields().cloned().zip(self.figures.save(slots)));
            to.keyed(GROUPS, &rows(columns, slots.len()), self.keys.hashes(slots));
        }
        for (number, distinct) in self.figures.of_distinct().iter().enumerate() {
            let column = &distinct.column;
            for (slots, values, known) in distinct.pieces(BATCH_ROWS) {
                let mut columns = self.key_columns(&slots);
                columns.push((Field::new(column.name(), column.data_type().clone(), false), values));
                columns.extend(known);
                to.keyed(pairs_of(number, column), &rows(columns, slots.len()), self.keys.hashes(&slots));
            }
        }
    }

    fn key_columns(&self, slots: &[Slot]) -> Vec<(Field, ArrayRef)> {
        self.key_fields.iter().cloned().zip(self.keys.columns(slots)).collect()
    }

    pub(super) fn load(&mut self, from: &Restore) -> Result<(), Failure> {
        let (key, mut slots) = (self.key_fields.len(), Vec::new());
        for (rows, hashes) in from.keyed(GROUPS) {
            let (key, mut rest) = rows.columns().split_at(key);
            self.resolve((key, &hashes), Selected::All(hashes.len()), &mut slots);
            if self.standing.counts_rows() {
                self.standing.absorb(&slots, rest[0].as_primitive::<Int64Type>().values());
                rest = &rest[1..];
            }
            self.figures.absorb(&slots, rest);
        }
        let Self { keys, figures, .. } = self;
        for (number, distinct) in figures.of_distinct_mut().iter_mut().enumerate() {
            for (rows, hashes) in from.keyed(&pairs_of(number, &distinct.column)) {
                let (key, rest) = rows.columns().split_at(key);
                keys.resolve(key, &hashes, Selected::All(hashes.len()), &mut slots);
                distinct.take_over(&slots, rest)?;
            }
        }
        Ok(())
    }
}

fn count() -> Field {
    Field::new(COUNT, DataType::Int64, false)
}

/// How often values are there for the filter of this number.
pub(super) fn count_of((number, counts): (usize, ArrayRef)) -> (Field, ArrayRef) {
    (Field::new(format!("{COUNT}{number}"), DataType::Int64, false), counts)
}

fn rows(columns: Vec<(Field, ArrayRef)>, rows: usize) -> RecordBatch {
    let (fields, columns): (Vec<Field>, Vec<ArrayRef>) = columns.into_iter().unzip();
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    let rows = RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), columns, &options);
    rows.expect("columns of one length")
}
