//! What a function of windows sees: the window, its key, states, and where its rows go.

use std::sync::Arc;

use arrow_array::{ArrayRef, Int64Array};
use record::{Record, RecordReader};
use state::Slot;
use state::keyed::{Backend, MemoryBackend, Scope};

use super::span::Window;
use crate::accumulators::Accumulators;
use crate::rows::Collector;
use crate::side::OutputTag;

/// What a function of windows is called with.
pub struct WindowCx<'a, O: Record> {
    pub(super) window: Window,
    pub(super) out: &'a mut Collector<O>,
    pub(super) keyed: &'a mut MemoryBackend,
    /// None where windows merge.
    pub(super) windowed: Option<&'a mut MemoryBackend>,
    pub(super) states: &'a mut Option<Slot>,
    pub(super) slot: Slot,
    pub(super) watermark: i64,
    pub(super) now_ms: i64,
}

impl<O: Record> WindowCx<'_, O> {
    /// The window.
    pub fn window(&self) -> Window {
        self.window
    }

    /// The key.
    ///
    /// # Panics
    ///
    /// If it is of another type.
    pub fn key<K: Record>(&self) -> K {
        let reader = K::Reader::open(&self.keyed.keys(&[self.slot]));
        reader.unwrap_or_else(|mismatch| panic!("the key is of another type: {mismatch}")).get(0)
    }

    /// How far event time has come: `i64::MIN` before the first watermark.
    pub fn watermark(&self) -> i64 {
        self.watermark
    }

    /// What the machine believes the time is, in milliseconds since 1970.
    pub fn processing_time(&self) -> i64 {
        self.now_ms
    }

    /// Sends a row, with the last time of the window as its event time.
    #[inline]
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

    /// States of the key, whatever the window. They outlive it.
    pub fn global_state(&mut self) -> Scope<'_> {
        Scope { backend: self.keyed, slot: self.slot, now_ms: self.now_ms }
    }

    /// States of the key in this window. They go with it.
    ///
    /// # Panics
    ///
    /// If windows merge: there is no telling how such states would.
    pub fn window_state(&mut self) -> Scope<'_> {
        let backend = self.windowed.as_deref_mut();
        let backend = backend.expect("windows that merge, such as sessions, have no states of their own");
        let slot = *self.states.get_or_insert_with(|| slot_of(backend, self.keyed, self.slot, self.window));
        Scope { backend, slot, now_ms: self.now_ms }
    }

    /// What the job counts.
    pub fn accumulators(&self) -> &Accumulators {
        self.out.accumulators()
    }

    /// Where rows go.
    pub(crate) fn out(&mut self) -> &mut Collector<O> {
        self.out
    }
}

/// Where the states of a key's window are: under the key, its start and its end.
pub(super) fn slot_of(
    windowed: &mut MemoryBackend,
    keyed: &MemoryBackend,
    slot: Slot,
    window: Window,
) -> Slot {
    let mut columns = keyed.keys(&[slot]);
    columns.extend([window.start, window.end].map(|time| Arc::new(Int64Array::from(vec![time])) as ArrayRef));
    let mut slots = Vec::with_capacity(1);
    windowed.resolve(&columns, &[keyed.hash(slot)], &mut (0..1), &mut slots);
    slots[0]
}
