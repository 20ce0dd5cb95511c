//! What keyed operators of rows have in common: keys at hand, states, timers, rows that wait to be sent.
//!
//! Keeps a place in a batch and a place among timers, so that it can stop between two rows or two timers when what is
//! behind it does not want more.

use arrow_array::ArrayRef;
use memory::Batch;
use record::Record;
use runtime::subtask::Failure;
use shuffle::Watermark;
use state::keyed::{Backend, MemoryBackend};
use state::{Restore, Slot, Snapshot, Timers};

use super::place::Place;
use super::{KeyedCx, TimeDomain, Timer};
use crate::contract::Flow;
use crate::cx::Cx;
use crate::layout::Layout;
use crate::rows::{BATCH_ROWS, Collector};
use crate::seat::{Grant, Mode, OperatorSeat};

/// Common to all keyed operators of rows that make `O`.
pub(crate) struct Body<O: Record> {
    backend: MemoryBackend,
    grant: Grant,
    event: Timers,
    processing: Timers,
    out: Collector<O>,
    mode: Mode,
    watermark: i64,
    /// Keys that were used since the last look at which of them hold nothing.
    used: Vec<Slot>,
    /// Timers that are to fire before anything else happens.
    firing: Option<Firing>,
}

/// Which timers are firing.
#[derive(Clone, Copy)]
enum Firing {
    /// Those of event time; behind them, it is passed on.
    Event(Watermark),
    /// Those of processing time.
    Processing(i64),
}

impl<O: Record> Body<O> {
    pub(crate) fn new(input: &Layout, output: Layout, seat: &OperatorSeat) -> Result<Self, Failure> {
        Ok(Self {
            backend: MemoryBackend::new(&input.key_types())?,
            grant: Grant::of(seat),
            event: Timers::new("timers:event"),
            processing: Timers::new("timers:processing"),
            out: Collector::seated(output, seat),
            mode: seat.mode,
            watermark: i64::MIN,
            used: Vec::new(),
            firing: None,
        })
    }

    /// Brings the keys of a batch to hand.
    pub(crate) fn begin(&mut self, layout: &Layout, batch: &Batch) -> Result<Place, Failure> {
        let place = Place::begin(layout, batch, &mut self.backend)?;
        self.used.extend_from_slice(place.slots());
        Ok(place)
    }

    /// Calls `each` for the rows of a place until they are done, or what is behind does not want more.
    pub(crate) fn rows(
        &mut self,
        place: &mut Place,
        cx: &mut Cx<'_>,
        mut each: impl FnMut(usize, &mut KeyedCx<'_, O>) -> Result<(), Failure>,
    ) -> Result<Flow, Failure> {
        let now_ms = cx.wall_ms();
        while let Some((row, slot)) = place.next() {
            if let Some(time) = place.time(row) {
                self.out.set_time(time);
            }
            each(row, &mut self.context(slot, now_ms, Some((&place.keys, row))))?;
            if self.out.len() >= BATCH_ROWS {
                self.out.flush(false, cx)?;
                if !cx.may_go_on() {
                    return Ok(Flow::Again);
                }
            }
        }
        self.end_turn(cx)
    }

    /// Event time has come to `now`: its timers are to fire.
    pub(crate) fn set_time(&mut self, now: Watermark) {
        self.watermark = now.0;
        self.firing = Some(Firing::Event(now));
    }

    /// The machine's time has come this far: its timers are to fire.
    pub(crate) fn set_processing_time(&mut self, now_ms: i64) {
        if self.processing.next_ms().is_some_and(|next| next <= now_ms) {
            self.firing = Some(Firing::Processing(now_ms));
        }
    }

    /// Nothing more comes. What waits for the machine's time need not wait any more when only the end counts.
    pub(crate) fn end(&mut self) {
        if self.mode == Mode::Batch {
            self.set_processing_time(i64::MAX);
        }
    }

    /// Calls `fire` for the timers that are due until they are done, or what is behind does not want more.
    pub(crate) fn timers(
        &mut self,
        cx: &mut Cx<'_>,
        mut fire: impl FnMut(Timer, &mut KeyedCx<'_, O>) -> Result<(), Failure>,
    ) -> Result<Flow, Failure> {
        let Some(firing) = self.firing else { return self.end_turn(cx) };
        let now_ms = cx.wall_ms();
        loop {
            let due = match firing {
                Firing::Event(now) => self.event.pop(now.0, &mut self.backend),
                Firing::Processing(now_ms) => self.processing.pop(now_ms, &mut self.backend),
            };
            let Some((at, slot)) = due else { break };
            let domain = match firing {
                Firing::Event(_) => TimeDomain::Event,
                Firing::Processing(_) => TimeDomain::Processing,
            };
            if domain == TimeDomain::Event {
                self.out.set_time(at);
            }
            self.used.push(slot);
            fire(Timer { at, domain }, &mut self.context(slot, now_ms, None))?;
            if self.out.len() >= BATCH_ROWS {
                self.out.flush(false, cx)?;
                if !cx.may_go_on() {
                    return Ok(Flow::Again);
                }
            }
        }
        self.firing = None;
        let flow = self.end_turn(cx)?;
        if let Firing::Event(now) = firing {
            cx.time(now)?;
        }
        Ok(flow)
    }

    /// What a call leaves: rows are sent, keys that hold nothing forgotten, memory accounted for, the clock set.
    fn end_turn(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.out.flush(true, cx)?;
        self.backend.retire(&self.used);
        self.used.clear();
        self.grant.hold(self.backend.bytes())?;
        if let Some(next_ms) = self.processing.next_ms() {
            cx.wake_at_wall_ms(next_ms);
        }
        Ok(Flow::Next)
    }

    fn context<'a>(
        &'a mut self,
        slot: Slot,
        now_ms: i64,
        key: Option<(&'a [ArrayRef], usize)>,
    ) -> KeyedCx<'a, O> {
        KeyedCx {
            backend: &mut self.backend,
            event: &mut self.event,
            processing: &mut self.processing,
            out: &mut self.out,
            slot,
            watermark: self.watermark,
            now_ms,
            key,
        }
    }

    pub(crate) fn save(&mut self, to: &mut Snapshot, now_ms: i64) {
        self.backend.save(to, now_ms);
        self.event.save(&self.backend, to);
        self.processing.save(&self.backend, to);
    }

    pub(crate) fn load(&mut self, from: &Restore) -> Result<(), Failure> {
        self.backend.load(from)?;
        self.event.load(from, &mut self.backend);
        self.processing.load(from, &mut self.backend);
        Ok(())
    }
}
