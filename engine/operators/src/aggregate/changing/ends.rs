//! When the windows of keys end, which are columns of theirs: then their rows leave, and what comes later is late.

use std::collections::BTreeMap;

use arrow_array::cast::AsArray;
use arrow_array::types::TimestampMillisecondType;
use arrow_array::{ArrayRef, BooleanArray};
use arrow_buffer::ScalarBuffer;
use memory::Batch;
use state::Slot;

use crate::accumulators::Accumulators;
use crate::rows::rows_of;
use crate::window::{Late, LateCount};

/// The ends of windows that are open.
pub(super) struct Ends {
    /// Of what comes in.
    column: usize,
    /// The same among the columns of the key.
    place: usize,
    open: BTreeMap<i64, Vec<Slot>>,
    keys: usize,
    watermark: i64,
    late: LateCount,
    accumulators: Accumulators,
}

/// The ends in a column of them.
pub(super) fn ends_in(column: &ArrayRef) -> ScalarBuffer<i64> {
    column.as_primitive::<TimestampMillisecondType>().values().clone()
}

impl Ends {
    /// As this column says, which has this place in the key. What is dropped is counted here.
    pub(super) fn new((column, place): (usize, usize), accumulators: Accumulators) -> Self {
        let late = LateCount::of(&Late::default());
        Self { column, place, open: BTreeMap::new(), keys: 0, watermark: i64::MIN, late, accumulators }
    }

    /// The column of what comes in.
    pub(super) fn column(&self) -> usize {
        self.column
    }

    /// The same among the columns of the key.
    pub(super) fn place(&self) -> usize {
        self.place
    }

    /// The rows whose windows have not ended.
    pub(super) fn timely(&mut self, batch: Batch) -> Batch {
        let ends = ends_in(batch.columns().column(self.column));
        let last = |row: usize| ends[row].saturating_sub(1);
        if rows_of(&batch).all(|row| last(row) > self.watermark) {
            return batch;
        }
        for row in rows_of(&batch).filter(|row| last(*row) <= self.watermark) {
            self.late.note(last(row), self.watermark, true);
        }
        self.late.publish(&self.accumulators);
        let timely: BooleanArray = rows_of(&batch).map(|row| Some(last(row) > self.watermark)).collect();
        batch.narrow(&timely)
    }

    /// A key has come whose window ends then.
    pub(super) fn note(&mut self, slot: Slot, end: i64) {
        self.open.entry(end).or_default().push(slot);
        self.keys += 1;
    }

    /// Event time has come to this: the keys whose windows have ended, the first one before the others.
    pub(super) fn pass(&mut self, now: i64) -> Vec<Slot> {
        self.watermark = now;
        let later = self.open.split_off(&now.saturating_add(2));
        let ended = std::mem::replace(&mut self.open, later).into_values().flatten();
        let ended: Vec<Slot> = ended.collect();
        self.keys -= ended.len();
        ended
    }

    /// There will be no more rows: the keys whose windows are open.
    pub(super) fn close(&mut self) -> Vec<Slot> {
        self.keys = 0;
        std::mem::take(&mut self.open).into_values().flatten().collect()
    }

    /// About how much memory they take.
    pub(super) fn bytes(&self) -> usize {
        self.open.len() * 2 * size_of::<(i64, Vec<Slot>)>() + self.keys * size_of::<Slot>()
    }
}
