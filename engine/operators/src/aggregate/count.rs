//! How many rows a group has, or how many values of a column.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, ArrayRef, Int64Array};
use arrow_schema::DataType;
use memory::RowKinds;
use state::Slot;

use super::accumulator::{Accumulator, Selected, adds};
use super::error::AggregateError;
use super::slide::{self, Frames};

/// Numbers of rows, by slot.
pub(super) struct Counts {
    counts: Vec<i64>,
    /// Whether rows count in which the column is null.
    of_rows: bool,
}

impl Counts {
    pub(super) fn of_rows() -> Self {
        Self { counts: Vec::new(), of_rows: true }
    }

    pub(super) fn of_values() -> Self {
        Self { counts: Vec::new(), of_rows: false }
    }

    /// The column that is looked at for nulls, if it may have some.
    fn looked_at<'a>(&self, column: Option<&'a ArrayRef>) -> Option<&'a ArrayRef> {
        column.filter(|column| !self.of_rows && column.null_count() > 0)
    }
}

impl Accumulator for Counts {
    fn data_type(&self) -> DataType {
        DataType::Int64
    }

    fn partial_types(&self) -> Vec<DataType> {
        vec![DataType::Int64]
    }

    fn grow(&mut self, end: usize) {
        self.counts.resize(end.max(self.counts.len()), 0);
    }

    fn reset(&mut self, slots: &[Slot]) {
        slots.iter().for_each(|slot| self.counts[*slot as usize] = 0);
    }

    fn update(&mut self, slots: &[Slot], rows: Selected<'_>, column: Option<&ArrayRef>) {
        match self.looked_at(column) {
            // Rows that are all of one key wait for no sum.
            None if slots.iter().all(|slot| *slot == slots[0]) => {
                let rows = i64::try_from(slots.len()).expect("rows in memory");
                slots.first().iter().for_each(|slot| self.counts[**slot as usize] += rows);
            }
            None => slots.iter().for_each(|slot| self.counts[*slot as usize] += 1),
            Some(column) => {
                rows.each_valid(column.nulls(), |position, _| self.counts[slots[position] as usize] += 1);
            }
        }
    }

    fn change(&mut self, slots: &[Slot], rows: Selected<'_>, kinds: &RowKinds, column: Option<&ArrayRef>) {
        let kinds = &kinds.numbers()[..];
        let nulls = self.looked_at(column).and_then(|column| column.nulls());
        rows.each_valid(nulls, |position, row| {
            self.counts[slots[position] as usize] += if adds(kinds, row) { 1 } else { -1 };
        });
    }

    fn roll(
        &mut self,
        slots: &[Slot],
        rows: Selected<'_>,
        column: Option<&ArrayRef>,
    ) -> Result<ArrayRef, AggregateError> {
        let nulls = self.looked_at(column).and_then(|column| column.nulls());
        let mut results = Vec::with_capacity(slots.len());
        rows.each(|position, row| {
            let count = &mut self.counts[slots[position] as usize];
            *count += i64::from(nulls.is_none_or(|nulls| nulls.is_valid(row)));
            results.push(*count);
        });
        Ok(Arc::new(Int64Array::from(results)))
    }

    fn slide(&mut self, frames: &Frames, column: Option<&ArrayRef>) -> Result<ArrayRef, AggregateError> {
        let Some(nulls) = self.looked_at(column).and_then(|column| column.nulls()) else {
            let rows = frames.iter().map(|(start, end)| i64::try_from(end - start).expect("rows in memory"));
            return Ok(Arc::new(Int64Array::from_iter_values(rows)));
        };
        let change = |count: &mut i64, row: usize, adds: bool| {
            let value = i64::from(nulls.is_valid(row));
            *count += if adds { value } else { -value };
        };
        Ok(Arc::new(Int64Array::from(slide::counted(frames, change))))
    }

    fn merge(&mut self, pairs: &[(Slot, Slot)]) {
        for (from, into) in pairs {
            self.counts[*into as usize] += self.counts[*from as usize];
        }
    }

    fn is_invertible(&self) -> bool {
        true
    }

    fn retract(&mut self, pairs: &[(Slot, Slot)]) {
        for (from, into) in pairs {
            self.counts[*into as usize] -= self.counts[*from as usize];
        }
    }

    fn value(&self, slots: &[Slot]) -> Result<ArrayRef, AggregateError> {
        let counts = slots.iter().map(|slot| self.counts[*slot as usize]);
        Ok(Arc::new(Int64Array::from_iter_values(counts)))
    }

    fn save(&self, slots: &[Slot]) -> Vec<ArrayRef> {
        let counts = slots.iter().map(|slot| self.counts[*slot as usize]);
        vec![Arc::new(Int64Array::from_iter_values(counts))]
    }

    fn absorb(&mut self, slots: &[Slot], rows: Selected<'_>, columns: &[ArrayRef]) {
        let counts = columns[0].as_primitive::<Int64Type>().values();
        rows.each(|position, row| self.counts[slots[position] as usize] += counts[row]);
    }

    fn clear(&mut self) {
        self.counts.clear();
    }

    fn bytes(&self) -> usize {
        size_of_val(&self.counts[..])
    }
}
