//! What a keyed function sees: its key's states, timers, and where its rows go.

use arrow_array::ArrayRef;
use record::{Record, RecordReader};
use state::keyed::{Backend, Scope, Scoped};
use state::{Slot, Timers};

use crate::accumulators::Accumulators;
use crate::rows::Collector;
use crate::side::OutputTag;

/// By which clock a timer runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TimeDomain {
    /// That of the rows.
    Event,
    /// That of the machine.
    Processing,
}

/// A timer that has come due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timer {
    /// When it was due, in milliseconds since 1970.
    pub at: i64,
    /// By which clock.
    pub domain: TimeDomain,
}

/// What a keyed function is called with.
pub struct KeyedCx<'a, O: Record> {
    pub(super) backend: &'a mut dyn Backend,
    pub(super) event: &'a mut Timers,
    pub(super) processing: &'a mut Timers,
    pub(super) out: &'a mut Collector<O>,
    pub(super) slot: Slot,
    pub(super) watermark: i64,
    pub(super) now_ms: i64,
    /// The key, if it is at hand as a row of columns.
    pub(super) key: Option<(&'a [ArrayRef], usize)>,
}

impl<O: Record> KeyedCx<'_, O> {
    /// The key.
    ///
    /// # Panics
    ///
    /// If it is of another type.
    pub fn key<K: Record>(&self) -> K {
        let decoded;
        let (columns, row) = match self.key {
            Some((columns, row)) => (columns, row),
            None => {
                decoded = self.backend.keys(&[self.slot]);
                (&decoded[..], 0)
            }
        };
        let reader = K::Reader::open(columns);
        reader.unwrap_or_else(|mismatch| panic!("the key is of another type: {mismatch}")).get(row)
    }

    /// Sends a row.
    pub fn emit(&mut self, row: O) {
        self.out.emit(row);
    }

    /// Sends a row with an event time of its own.
    pub fn emit_at(&mut self, time: i64, row: O) {
        self.out.emit_at(time, row);
    }

    /// Sends a row to a side output.
    pub fn emit_side<S: Record>(&mut self, tag: &OutputTag<S>, row: S) {
        self.out.emit_side(tag, row);
    }

    /// The event time of the row that the function is called for, or of the timer.
    pub fn time(&self) -> Option<i64> {
        self.out.time()
    }

    /// How far event time has come: `i64::MIN` before the first watermark.
    pub fn watermark(&self) -> i64 {
        self.watermark
    }

    /// What the machine believes the time is, in milliseconds since 1970.
    pub fn processing_time(&self) -> i64 {
        self.now_ms
    }

    /// Calls the function for this key again when event time has come to `at`. Twice the same is once.
    pub fn set_event_timer(&mut self, at: i64) {
        self.event.set(at, self.slot, self.backend);
    }

    /// Takes such a timer back.
    pub fn delete_event_timer(&mut self, at: i64) {
        self.event.delete(at, self.slot, self.backend);
    }

    /// Calls the function for this key again when the machine's time has come to `at`.
    pub fn set_processing_timer(&mut self, at: i64) {
        self.processing.set(at, self.slot, self.backend);
    }

    /// Takes such a timer back.
    pub fn delete_processing_timer(&mut self, at: i64) {
        self.processing.delete(at, self.slot, self.backend);
    }

    /// What the job counts.
    pub fn accumulators(&self) -> &Accumulators {
        self.out.accumulators()
    }
}

impl<O: Record> Scoped for KeyedCx<'_, O> {
    fn scope(&mut self) -> Scope<'_> {
        Scope { backend: self.backend, slot: self.slot, now_ms: self.now_ms }
    }
}
