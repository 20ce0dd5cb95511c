//! How a join is written down: the rows of each side, those of a key in their order, with how many pairs they have.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::UInt32Type;
use arrow_array::{ArrayRef, RecordBatch, UInt32Array};
use arrow_schema::{DataType, Field, Schema};
use runtime::subtask::Failure;
use state::{Redistribution, Restore, Slot, Snapshot};

use super::super::columns::batch_of;
use super::ChangingJoin;
use super::side::Side;
use crate::rows::BATCH_ROWS;

/// The names of its states.
const STATES: [&str; 2] = ["left", "right"];

/// How many pairs a row has, where that is counted.
const PAIRS: &str = "$pairs";

pub(super) fn save(join: &ChangingJoin, to: &mut Snapshot) -> Result<(), Failure> {
    let slots: Vec<Slot> = join.keys.slots().collect();
    for (port, (side, name)) in join.sides.iter().zip(STATES).enumerate() {
        let (mut numbers, mut hashes) = (Vec::new(), Vec::new());
        for slot in &slots {
            numbers.extend(side.of(*slot));
            hashes.resize(numbers.len(), join.keys.hash(*slot));
        }
        let mut hashes = hashes.into_iter();
        for numbers in numbers.chunks(BATCH_ROWS) {
            let mut numbers = numbers;
            for rows in side.get(numbers) {
                let (these, others) = numbers.split_at(rows.num_rows());
                numbers = others;
                let hashes = hashes.by_ref().take(these.len()).collect();
                match join.is_everywhere(port) {
                    true => to.rows(name, Redistribution::Broadcast, rows),
                    false => to.keyed(name, &with_pairs(side, &rows, these)?, hashes),
                }
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
        if join.is_everywhere(port) {
            from.rows(name).try_for_each(|rows| join.reenter(port, rows, None).map(|_| ()))?;
            continue;
        }
        for (rows, hashes) in from.keyed(name) {
            let width = join.inputs[port].schema().fields().len();
            let pairs = rows.columns().get(width).map(|pairs| pairs.as_primitive::<UInt32Type>().clone());
            let front: Vec<usize> = (0..width).collect();
            let rows = rows.project(&front).map_err(Failure::lasting)?;
            let numbers = join.reenter(port, &rows, Some(hashes))?;
            let Some(pairs) = pairs else { continue };
            for (number, pairs) in numbers.into_iter().zip(pairs.values()) {
                join.sides[port].has_pairs(number, *pairs);
            }
        }
    }
    Ok(())
}
