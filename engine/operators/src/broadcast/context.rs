//! What the functions see: where rows go, time, and the maps, to be read or to be written.

use std::ops::{Deref, DerefMut};

use record::Record;
use state::keyed::{Scope, Scoped};

use super::Maps;
use super::handle::{ReadsBroadcast, WritesBroadcast};
use crate::accumulators::Accumulators;
use crate::keyed::KeyedCx;
use crate::rows::Collector;
use crate::side::OutputTag;

/// For a row without a key.
pub struct ReadCx<'a, O: Record> {
    pub(super) out: &'a mut Collector<O>,
    pub(super) maps: &'a mut Maps,
    pub(super) clocks: Clocks,
}

/// For a row that was broadcast.
pub struct BroadcastCx<'a, O: Record>(pub(super) ReadCx<'a, O>);

/// For a row with a key, or its timer: all that [`KeyedCx`] has, and the maps.
pub struct KeyedReadCx<'a, 'b, O: Record> {
    pub(super) keyed: &'a mut KeyedCx<'b, O>,
    pub(super) maps: &'a mut Maps,
}

/// How far time has come.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clocks {
    pub(super) watermark: i64,
    pub(super) now_ms: i64,
}

impl<O: Record> ReadCx<'_, O> {
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

    /// The event time of the row that the function is called for.
    pub fn time(&self) -> Option<i64> {
        self.out.time()
    }

    /// How far event time has come: `i64::MIN` before the first watermark.
    pub fn watermark(&self) -> i64 {
        self.clocks.watermark
    }

    /// What the machine believes the time is, in milliseconds since 1970.
    pub fn processing_time(&self) -> i64 {
        self.clocks.now_ms
    }

    /// What the job counts.
    pub fn accumulators(&self) -> &Accumulators {
        self.out.accumulators()
    }
}

/// All that can be done for other rows can be done for a broadcast one, too.
impl<'a, O: Record> Deref for BroadcastCx<'a, O> {
    type Target = ReadCx<'a, O>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<O: Record> DerefMut for BroadcastCx<'_, O> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

impl<'b, O: Record> Deref for KeyedReadCx<'_, 'b, O> {
    type Target = KeyedCx<'b, O>;

    fn deref(&self) -> &Self::Target {
        self.keyed
    }
}

impl<O: Record> DerefMut for KeyedReadCx<'_, '_, O> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        self.keyed
    }
}

impl<O: Record> ReadsBroadcast for ReadCx<'_, O> {
    fn maps(&mut self) -> &mut Maps {
        self.maps
    }
}

impl<O: Record> ReadsBroadcast for BroadcastCx<'_, O> {
    fn maps(&mut self) -> &mut Maps {
        self.0.maps
    }
}

impl<O: Record> WritesBroadcast for BroadcastCx<'_, O> {}

impl<O: Record> ReadsBroadcast for KeyedReadCx<'_, '_, O> {
    fn maps(&mut self) -> &mut Maps {
        self.maps
    }
}

impl<O: Record> Scoped for KeyedReadCx<'_, '_, O> {
    fn scope(&mut self) -> Scope<'_> {
        self.keyed.scope()
    }
}
