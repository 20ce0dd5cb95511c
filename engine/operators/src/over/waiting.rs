//! Rows that wait until time has come to them.
//!
//! Each batch that has come is in the order of its times, so those that are due are at its front: a watermark looks at one
//! row of every batch, and at those that leave.

use arrow_array::RecordBatch;
use shuffle::Place;
use state::Slot;

use crate::store::Store;

/// All rows that wait.
#[derive(Default)]
pub(super) struct Waiting {
    store: Store,
    batches: Vec<InBatch>,
    /// By slot.
    counts: Vec<u32>,
}

/// The rows of a batch, by time.
struct InBatch {
    rows: Vec<Due>,
    next: usize,
}

/// A row that waits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Due {
    pub(super) time: i64,
    pub(super) slot: Slot,
    place: Place,
}

impl Waiting {
    /// More rows, with the time and the slot of each.
    pub(super) fn add(&mut self, rows: &RecordBatch, times: &[i64], slots: &[Slot]) {
        let chunk = self.store.add(rows);
        let row =
            |((time, slot), row): ((&i64, &Slot), u32)| Due { time: *time, slot: *slot, place: (chunk, row) };
        let mut rows: Vec<Due> = times.iter().zip(slots).zip(0..).map(row).collect();
        if !rows.is_sorted_by_key(|due| due.time) {
            rows.sort_by_key(|due| due.time); // Stable: of the same time the first is the first.
        }
        for due in &rows {
            self.store.have();
            let slot = due.slot as usize;
            self.counts.resize(self.counts.len().max(slot + 1), 0);
            self.counts[slot] += 1;
        }
        if !rows.is_empty() {
            self.batches.push(InBatch { rows, next: 0 });
        }
    }

    /// Takes the rows out to which time has come: those of each key together, in order. They must be let go.
    pub(super) fn take(&mut self, now: i64) -> Vec<Due> {
        let mut due = Vec::new();
        for batch in &mut self.batches {
            let rest = &batch.rows[batch.next..];
            let count = rest.partition_point(|due| due.time <= now);
            due.extend_from_slice(&rest[..count]);
            batch.next += count;
        }
        self.batches.retain(|batch| batch.next < batch.rows.len());
        due.sort_by_key(|due| (due.slot, due.time)); // Stable, as above.
        due
    }

    /// The rows themselves; mostly one batch.
    pub(super) fn rows(&self, due: &[Due]) -> Vec<RecordBatch> {
        let places: Vec<Place> = due.iter().map(|due| due.place).collect();
        self.store.get(&places)
    }

    /// These rows have left.
    pub(super) fn let_go(&mut self, due: &[Due]) {
        for due in due {
            self.store.let_go();
            self.counts[due.slot as usize] -= 1;
        }
    }

    /// Whether rows of this key wait.
    pub(super) fn has(&self, slot: Slot) -> bool {
        self.counts.get(slot as usize).is_some_and(|count| *count > 0)
    }

    /// All of them, batch by batch.
    pub(super) fn all(&self) -> impl Iterator<Item = &[Due]> {
        self.batches.iter().map(|batch| &batch.rows[batch.next..])
    }

    /// Gives memory back when there is much to give. Nothing must be on its way out.
    pub(super) fn tidy(&mut self) {
        if self.batches.is_empty() {
            *self = Self { counts: std::mem::take(&mut self.counts), ..Self::default() };
        } else if self.store.is_loose() {
            self.batches
                .iter_mut()
                .for_each(|batch| drop(batch.rows.drain(..std::mem::take(&mut batch.next))));
            let rows = self.batches.iter_mut().flat_map(|batch| &mut batch.rows);
            self.store.tighten(&mut rows.map(|due| &mut due.place).collect::<Vec<_>>());
        }
    }

    /// About how much memory they take.
    pub(super) fn bytes(&self) -> usize {
        let rows: usize = self.batches.iter().map(|batch| batch.rows.capacity()).sum();
        self.store.bytes() + rows * size_of::<Due>() + size_of_val(&self.counts[..])
    }
}
