//! Rows of the left whose time has not come.

use std::collections::BTreeMap;

use arrow_array::cast::AsArray;
use arrow_array::types::TimestampMillisecondType;
use arrow_array::{Array, RecordBatch};
use shuffle::Place;
use state::Slot;

use crate::store::Store;

/// The rows, by time; those of the same time in the order in which they came.
pub(super) struct Waiting {
    /// The column of their time.
    time: usize,
    store: Store,
    due: BTreeMap<i64, Vec<(Slot, Place)>>,
    /// By slot: how many of its key there are.
    counts: Vec<u32>,
    rows: usize,
}

impl Waiting {
    pub(super) fn new(time: usize) -> Self {
        Self { time, store: Store::default(), due: BTreeMap::new(), counts: Vec::new(), rows: 0 }
    }

    /// The column of their time.
    pub(super) fn time(&self) -> usize {
        self.time
    }

    /// Adds rows with these keys. One without a time is older than all versions.
    pub(super) fn add(&mut self, rows: &RecordBatch, slots: &[Slot]) {
        if slots.is_empty() {
            return;
        }
        let times = rows.column(self.time).as_primitive::<TimestampMillisecondType>();
        let chunk = self.store.add(rows);
        for ((row, slot), number) in slots.iter().enumerate().zip(0..) {
            let time = if times.is_valid(row) { times.value(row) } else { i64::MIN };
            self.due.entry(time).or_default().push((*slot, (chunk, number)));
            self.counts.resize(self.counts.len().max(*slot as usize + 1), 0);
            self.counts[*slot as usize] += 1;
            self.store.have();
        }
        self.rows += slots.len();
    }

    /// Takes out the next rows up to this time, with their times and keys. They can be had until [`Self::retire`].
    pub(super) fn take(&mut self, now: i64, most: usize) -> Vec<(i64, Slot, Place)> {
        let mut taken = Vec::new();
        while taken.len() < most
            && let Some(mut first) = self.due.first_entry()
            && *first.key() <= now
        {
            let (time, rows) = (*first.key(), first.get_mut());
            let rest = rows.split_off(rows.len().min(most - taken.len()));
            taken.extend(rows.drain(..).map(|(slot, place)| (time, slot, place)));
            match rest.is_empty() {
                true => drop(first.remove()),
                false => *rows = rest,
            }
        }
        for (_, slot, _) in &taken {
            self.counts[*slot as usize] -= 1;
            self.store.let_go();
        }
        self.rows -= taken.len();
        taken
    }

    pub(super) fn get(&self, places: &[Place]) -> Vec<RecordBatch> {
        self.store.get(places)
    }

    /// Whether there is no row of a key.
    pub(super) fn is_empty(&self, slot: Slot) -> bool {
        self.counts.get(slot as usize).is_none_or(|count| *count == 0)
    }

    /// Whether there is no row at all.
    pub(super) fn has_none(&self) -> bool {
        self.rows == 0
    }

    /// All of them.
    pub(super) fn all(&self) -> impl Iterator<Item = (Slot, Place)> {
        self.due.values().flatten().copied()
    }

    /// A turn is over: what was taken out is forgotten.
    pub(super) fn retire(&mut self) {
        if self.rows == 0 {
            self.store = self.store.cleared();
        } else if self.store.is_loose() {
            let places = self.due.values_mut().flatten().map(|(_, place)| place);
            self.store.tighten(&mut places.collect::<Vec<_>>());
        }
    }

    /// About how much memory they take.
    pub(super) fn bytes(&self) -> usize {
        let by_time = self.due.len() * size_of::<(i64, Vec<(Slot, Place)>)>();
        self.store.bytes() + by_time + self.rows * size_of::<(Slot, Place)>() + self.counts.capacity() * 4
    }
}
