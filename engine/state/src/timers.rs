//! Timers by key: a set of times for each, fired in order.
//!
//! A time that is set twice for a key fires once. Timers are state: they are saved with the keys and fire at a successor.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{ArrayRef, Int64Array, RecordBatch};
use arrow_schema::{DataType, Field, Schema};

use crate::keyed::Backend;
use crate::keys::Slot;
use crate::snapshot::{Restore, Snapshot};

/// The timers of one kind of time.
pub struct Timers {
    name: &'static str,
    due: BTreeSet<(i64, Slot)>,
}

impl Timers {
    /// None, under this name in snapshots.
    pub fn new(name: &'static str) -> Self {
        Self { name, due: BTreeSet::new() }
    }

    /// Sets a timer.
    pub fn set(&mut self, at_ms: i64, slot: Slot, backend: &mut dyn Backend) {
        if self.due.insert((at_ms, slot)) {
            backend.hold(slot, true);
        }
    }

    /// Takes a timer back.
    pub fn delete(&mut self, at_ms: i64, slot: Slot, backend: &mut dyn Backend) {
        if self.due.remove(&(at_ms, slot)) {
            backend.hold(slot, false);
        }
    }

    /// Takes the next timer that is due at `now_ms`. Its key is no longer held by it.
    pub fn pop(&mut self, now_ms: i64, backend: &mut dyn Backend) -> Option<(i64, Slot)> {
        let first = *self.due.first()?;
        if first.0 > now_ms {
            return None;
        }
        self.due.pop_first();
        backend.hold(first.1, false);
        Some(first)
    }

    /// The time of the next timer.
    pub fn next_ms(&self) -> Option<i64> {
        self.due.first().map(|(at_ms, _)| *at_ms)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.due.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.due.is_empty()
    }

    /// Writes them down.
    pub fn save(&self, backend: &dyn Backend, to: &mut Snapshot) {
        if self.due.is_empty() {
            return;
        }
        let slots: Vec<Slot> = self.due.iter().map(|(_, slot)| *slot).collect();
        let mut columns = backend.keys(&slots);
        let mut fields: Vec<Field> = columns
            .iter()
            .enumerate()
            .map(|(number, column)| Field::new(format!("key{number}"), column.data_type().clone(), true))
            .collect();
        fields.push(Field::new("at", DataType::Int64, false));
        columns.push(
            Arc::new(Int64Array::from_iter_values(self.due.iter().map(|(at_ms, _)| *at_ms))) as ArrayRef
        );
        let rows =
            RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).expect("columns of one length");
        to.keyed(self.name, &rows, slots.iter().map(|slot| backend.hash(*slot)).collect());
    }

    /// Takes over those that were written down.
    pub fn load(&mut self, from: &Restore, backend: &mut dyn Backend) {
        for (rows, hashes) in from.keyed(self.name) {
            let mut columns = rows.columns().to_vec();
            let times = columns.pop().expect("a timer has a time");
            let mut slots = Vec::new();
            backend.resolve(&columns, &hashes, &mut (0..hashes.len()), &mut slots);
            for (at_ms, slot) in times.as_primitive::<Int64Type>().values().iter().zip(slots) {
                self.set(*at_ms, slot, backend);
            }
        }
    }
}
