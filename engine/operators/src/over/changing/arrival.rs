//! A batch arrives: its rows are put among those of their partitions, or take one of them away.

use arrow_array::{ArrayRef, RecordBatch};
use memory::{Batch, KeyRows};
use runtime::subtask::Failure;
use shuffle::Place;
use state::Slot;

use super::Changing;
use super::partitions::Entry;
use crate::aggregate::accumulator::Selected;
use crate::aggregate::keys::hashes_of;

/// The accumulators that count rows which take back what is not there, as in Flink: no row is sorted like it, or none of
/// those says the same.
pub(in crate::over) const NOT_FOUND: [&str; 2] = ["numOfSortKeysNotFound", "numOfIdsNotFound"];

/// A partition that a batch has touched.
pub(super) struct Touched {
    pub(super) slot: Slot,
    /// The greatest time of the rows that have done so.
    pub(super) time: Option<i64>,
    /// Rows that were said and are gone, and their results.
    pub(super) gone: Vec<(Place, Place)>,
}

impl Changing {
    /// Puts rows in, and takes others out.
    pub(super) fn arrive(&mut self, batch: Batch) -> Result<(), Failure> {
        let batch = batch.compact();
        let key = self.input.key_columns(&batch);
        let hashes = hashes_of(&batch, &key)?;
        let mut slots = Vec::with_capacity(batch.rows());
        self.keys.resolve(&key, &hashes, Selected::of(&batch), &mut slots);
        self.partitions.grow(self.keys.slots_end());
        let rows = batch.columns();
        let orders = self.order.as_ref().map(|order| order.encode(rows));
        let adds = |row: usize| batch.kinds().is_none_or(|kinds| kinds.get(row).adds());
        let takes = (0..slots.len()).any(|row| !adds(row));
        let records = if takes { Some(self.records_of(rows)) } else { None };
        let times = self.input.time().map(|_| self.input.times(&batch));
        let chunk = self.kept.rows.add(rows);
        // By slot, which of the partitions it is that were touched.
        let mut numbers = vec![None; self.keys.slots_end()];
        for (row, slot) in slots.iter().enumerate() {
            let number = *numbers[*slot as usize].get_or_insert_with(|| {
                self.touched.push(Touched { slot: *slot, time: None, gone: Vec::new() });
                self.touched.len() - 1
            });
            let touched = &mut self.touched[number];
            touched.time = touched.time.max(times.as_ref().map(|times| times[row]));
            let order: &[u8] = orders.as_ref().map_or(&[], |orders| orders.get(row));
            if adds(row) {
                let place = (chunk, u32::try_from(row).expect("a batch has fewer than four billion rows"));
                self.partitions.insert(*slot, Entry { order: order.into(), row: place, said: None });
                self.kept.rows.have();
            } else {
                let record = records.as_ref().expect("they are there if one takes back").get(row);
                self.take_back(number, order, record)?;
            }
        }
        Ok(())
    }

    /// What tells rows apart.
    ///
    /// # Panics
    ///
    /// If the layout says that none is taken back.
    fn records_of(&self, rows: &RecordBatch) -> KeyRows {
        let records = self.records.as_ref().expect("rows that may be taken back have kinds in their layout");
        let columns: &[ArrayRef] = &rows.columns()[..self.input.record()];
        records.encode(columns)
    }

    /// A row is gone that is sorted so and says this.
    fn take_back(&mut self, number: usize, order: &[u8], record: &[u8]) -> Result<(), Failure> {
        let slot = self.touched[number].slot;
        let alike = self.partitions.alike(slot, order);
        let places: Vec<Place> =
            self.partitions.of(slot)[alike.clone()].iter().map(|entry| entry.row).collect();
        let found = match places.is_empty() {
            true => None,
            false => {
                let records = self.records_of(&self.kept.rows(&places)?);
                (0..places.len()).find(|row| records.get(*row) == record)
            }
        };
        let Some(found) = found else {
            self.accumulators.add(NOT_FOUND[usize::from(!alike.is_empty())], 1);
            return Ok(());
        };
        let entry = self.partitions.remove(slot, alike.start + found);
        self.kept.rows.let_go();
        if let Some(results) = entry.said {
            self.kept.results.let_go();
            self.touched[number].gone.push((entry.row, results));
        }
        Ok(())
    }
}
