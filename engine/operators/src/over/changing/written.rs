//! What is written down: all rows with what was said of them, those of a partition in their order.

use arrow_array::RecordBatch;
use memory::Batch;
use runtime::subtask::Failure;
use shuffle::Place;
use state::{Restore, Snapshot};

use super::super::outbox::widened;
use super::super::plan::batch_of;
use super::Changing;
use super::partitions::Entry;
use crate::aggregate::accumulator::Selected;
use crate::rows::BATCH_ROWS;

/// The name of the state.
const STATE: &str = "over-rows";

pub(super) fn save(of: &Changing, to: &mut Snapshot) -> Result<(), Failure> {
    let (mut places, mut hashes) = (Vec::new(), Vec::new());
    for slot in of.keys.slots() {
        let entries = of.partitions.of(slot).iter();
        let said = entries.map(|entry| (entry.row, entry.said.expect("between two batches all was said")));
        places.extend(said);
        hashes.resize(places.len(), of.keys.hash(slot));
    }
    for (places, hashes) in places.chunks(BATCH_ROWS).zip(hashes.chunks(BATCH_ROWS)) {
        let (rows, results): (Vec<Place>, Vec<Place>) = places.iter().copied().unzip();
        let (rows, results) = (of.kept.rows(&rows)?, of.kept.results(&results)?);
        let columns = widened(&rows, results.columns(), &of.output);
        to.keyed(STATE, &batch_of(of.output.schema(), columns, places.len())?, hashes.to_vec());
    }
    Ok(())
}

pub(super) fn load(into: &mut Changing, from: &Restore) -> Result<(), Failure> {
    for (rows, hashes) in from.keyed(STATE) {
        load_rows(into, &rows, &hashes)?;
    }
    Ok(())
}

fn load_rows(into: &mut Changing, rows: &RecordBatch, hashes: &[u64]) -> Result<(), Failure> {
    let count = rows.num_rows();
    let mut columns = rows.columns().to_vec();
    let results: Vec<_> = columns.drain(into.input.record()..into.output.record()).collect();
    let rows = batch_of(into.input.schema(), columns, count)?;
    let key = into.input.key_columns(&Batch::new(rows.clone()));
    let mut slots = Vec::with_capacity(count);
    into.keys.resolve(&key, hashes, Selected::All(count), &mut slots);
    into.partitions.grow(into.keys.slots_end());
    let orders = into.order.as_ref().map(|order| order.encode(&rows));
    let chunk = into.kept.rows.add(&rows);
    let said = into.kept.results.add(&batch_of(into.kept.results_schema(), results, count)?);
    for ((slot, row), number) in slots.into_iter().zip(0..).zip(0..) {
        let order: &[u8] = orders.as_ref().map_or(&[], |orders| orders.get(number));
        let entry = Entry { order: order.into(), row: (chunk, row), said: Some((said, row)) };
        into.partitions.insert(slot, entry);
        into.kept.rows.have();
        into.kept.results.have();
    }
    Ok(())
}
