//! A function of rows without a key, and of rows that are broadcast.

use std::vec::IntoIter;

use arrow_buffer::ScalarBuffer;
use memory::Batch;
use record::{Record, RecordReader};
use runtime::subtask::Failure;
use shuffle::Watermark;
use state::{Restore, Snapshot};

use super::context::Clocks;
use super::{BroadcastCx, Maps, ReadCx};
use crate::contract::{Flow, Operator};
use crate::cx::Cx;
use crate::keyed::co_output;
use crate::layout::Layout;
use crate::rows::{BATCH_ROWS, Collector, open, rows_of};
use crate::seat::{Grant, OperatorSeat};

/// What is done with rows, and with rows that are broadcast. Every subtask has a clone of it.
pub trait BroadcastProcess<I, B, O: Record>: Clone + Send + Sync + 'static {
    /// A row has come.
    ///
    /// # Errors
    ///
    /// What the job cannot go on with.
    fn process(&mut self, row: I, cx: &mut ReadCx<'_, O>) -> Result<(), Failure>;

    /// A row has come that all subtasks get.
    ///
    /// # Errors
    ///
    /// What the job cannot go on with.
    fn broadcast(&mut self, row: B, cx: &mut BroadcastCx<'_, O>) -> Result<(), Failure>;
}

/// The operator of a [`BroadcastProcess`]: port 0 has the rows, port 1 those that are broadcast.
pub struct Broadcast<I: Record, B: Record, O: Record, F> {
    inputs: [Layout; 2],
    function: F,
    maps: Maps,
    grant: Grant,
    out: Collector<O>,
    watermark: i64,
    at: Option<At<I, B>>,
    ports_open: usize,
}

enum At<I: Record, B: Record> {
    Row(I::Reader, Walk),
    Broadcast(B::Reader, Walk),
}

/// A place in a batch.
pub(super) struct Walk {
    times: Option<ScalarBuffer<i64>>,
    rows: IntoIter<usize>,
}

impl Walk {
    pub(super) fn begin(layout: &Layout, batch: &Batch) -> Self {
        let times = layout.time().map(|_| layout.times(batch));
        Self { times, rows: rows_of(batch).collect::<Vec<_>>().into_iter() }
    }

    /// Calls `each` for the rows until they are done, or what is behind does not want more.
    pub(super) fn rows<O: Record>(
        &mut self,
        out: &mut Collector<O>,
        cx: &mut Cx<'_>,
        mut each: impl FnMut(usize, &mut Collector<O>) -> Result<(), Failure>,
    ) -> Result<Flow, Failure> {
        for row in self.rows.by_ref() {
            if let Some(times) = &self.times {
                out.set_time(times[row]);
            }
            each(row, out)?;
            if out.len() >= BATCH_ROWS {
                out.flush(false, cx)?;
                if !cx.may_go_on() {
                    return Ok(Flow::Again);
                }
            }
        }
        out.flush(true, cx)?;
        Ok(Flow::Next)
    }
}

impl<I: Record, B: Record, O: Record, F: BroadcastProcess<I, B, O>> Broadcast<I, B, O, F> {
    /// Over rows and broadcast rows of these layouts.
    pub fn new(inputs: [Layout; 2], function: F, seat: &OperatorSeat) -> Self {
        Self {
            out: Collector::seated(co_output::<O>(&inputs), seat),
            inputs,
            function,
            maps: Maps::default(),
            grant: Grant::of(seat),
            watermark: i64::MIN,
            at: None,
            ports_open: 2,
        }
    }

    fn rows(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        let clocks = Clocks { watermark: self.watermark, now_ms: cx.wall_ms() };
        let Self { at, function, maps, out, .. } = self;
        let flow = match at {
            None => Flow::Next,
            Some(At::Row(reader, walk)) => walk.rows(out, cx, |row, out| {
                function.process(reader.get(row), &mut ReadCx { out, maps, clocks })
            })?,
            Some(At::Broadcast(reader, walk)) => walk.rows(out, cx, |row, out| {
                function.broadcast(reader.get(row), &mut BroadcastCx(ReadCx { out, maps, clocks }))
            })?,
        };
        if flow == Flow::Next {
            self.at = None;
            self.grant.hold(self.maps.bytes())?;
        }
        Ok(flow)
    }
}

impl<I: Record, B: Record, O: Record, F: BroadcastProcess<I, B, O>> Operator for Broadcast<I, B, O, F> {
    fn batch(&mut self, port: usize, batch: Batch, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        let layout = &self.inputs[port];
        let walk = Walk::begin(layout, &batch);
        self.at = Some(match port {
            0 => At::Row(open::<I>(layout, &batch)?, walk),
            _ => At::Broadcast(open::<B>(layout, &batch)?, walk),
        });
        self.rows(cx)
    }

    fn time(&mut self, now: Watermark, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.watermark = now.0;
        cx.time(now)?;
        Ok(Flow::Next)
    }

    fn end(&mut self, _port: usize, _cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.ports_open -= 1;
        if self.ports_open == 0 {
            self.maps.clear();
            self.grant.release();
        }
        Ok(Flow::Next)
    }

    fn more(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.rows(cx)
    }

    fn save(&mut self, to: &mut Snapshot) -> Result<(), Failure> {
        self.maps.save(to);
        Ok(())
    }

    fn load(&mut self, from: &Restore) -> Result<(), Failure> {
        self.maps.load(from);
        self.grant.hold(self.maps.bytes())
    }
}
