//! How a join is written down: the rows of each side, those of a key in their order, with how many pairs they have.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::UInt32Type;
use arrow_array::{ArrayRef, RecordBatch, UInt32Array};
use arrow_schema::{DataType, Field, Schema};
use runtime::subtask::Failure;
use state::{Restore, Slot, Snapshot};

use super::super::columns::{NONE, batch_of};
use super::ChangingJoin;
use super::side::Side;
use crate::rows::BATCH_ROWS;

/// The names of its states.
const STATES: [&str; 2] = ["left", "right"];

/// How many pairs a row has, where that is counted.
const PAIRS: &str = "$pairs";

pub(super) fn save(join: &ChangingJoin, to: &mut Snapshot) -> Result<(), Failure> {
    let slots: Vec<Slot> = join.keys.slots().collect();
    for (side, name) in join.sides.iter().zip(STATES) {
        let (mut numbers, mut hashes) = (Vec::new(), Vec::new());
        for slot in &slots {
            let mut next = side.first(*slot);
            while next != NONE {
                numbers.push(next);
                hashes.push(join.keys.hash(*slot));
                next = side.next(next);
            }
        }
        let mut hashes = hashes.into_iter();
        for numbers in numbers.chunks(BATCH_ROWS) {
            let mut numbers = numbers;
            for rows in side.get(numbers) {
                let (these, others) = numbers.split_at(rows.num_rows());
                numbers = others;
                to.keyed(name, &with_pairs(side, &rows, these)?, hashes.by_ref().take(these.len()).collect());
            }
        }
    }
    Ok(())
}

fn with_pairs(side: &Side, rows: &RecordBatch, numbers: &[u32]) -> Result<RecordBatch, Failure> {
    let Some(pairs) = side.pairs_of(numbers) else { return Ok(rows.clone()) };
    let mut fields = rows.schema().fields().to_vec();
    fields.push(Arc::new(Field::new(PAIRS, DataType::UInt32, false)));
    let mut columns = rows.columns().to_vec();
    columns.push(Arc::new(UInt32Array::from(pairs)) as ArrayRef);
    batch_of(&Arc::new(Schema::new(fields)), columns, numbers.len())
}

pub(super) fn load(join: &mut ChangingJoin, from: &Restore) -> Result<(), Failure> {
    for (port, name) in STATES.into_iter().enumerate() {
        for (rows, hashes) in from.keyed(name) {
            let width = join.inputs[port].schema().fields().len();
            let pairs = rows.columns().get(width).map(|pairs| pairs.as_primitive::<UInt32Type>().clone());
            let front: Vec<usize> = (0..width).collect();
            let rows = rows.project(&front).map_err(Failure::lasting)?;
            let entered = join.reenter(port, &rows, &hashes)?;
            let Some(pairs) = pairs else { continue };
            for (number, pairs) in entered.numbers.into_iter().zip(pairs.values()) {
                join.sides[port].has_pairs(number, *pairs);
            }
        }
    }
    Ok(())
}
