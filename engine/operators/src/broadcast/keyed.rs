//! A function of rows with a key, with states and timers, and of rows that are broadcast.

use memory::Batch;
use record::{Record, RecordReader};
use runtime::subtask::Failure;
use shuffle::Watermark;
use state::{Restore, Snapshot};

use super::context::Clocks;
use super::process::Walk;
use super::{BroadcastCx, KeyedReadCx, Maps, ReadCx};
use crate::contract::{Flow, Operator};
use crate::cx::Cx;
use crate::keyed::{Body, Place, Timer, co_output};
use crate::layout::Layout;
use crate::rows::{Collector, open};
use crate::seat::{Grant, OperatorSeat};

/// What is done with the rows of a key, and with rows that are broadcast. Every subtask has a clone of it.
pub trait KeyedBroadcastProcess<I, B, O: Record>: Clone + Send + Sync + 'static {
    /// A row of a key has come.
    ///
    /// # Errors
    ///
    /// What the job cannot go on with.
    fn process(&mut self, row: I, cx: &mut KeyedReadCx<'_, '_, O>) -> Result<(), Failure>;

    /// A row has come that all subtasks get. It is of no key, so there is no state of one.
    ///
    /// # Errors
    ///
    /// What the job cannot go on with.
    fn broadcast(&mut self, row: B, cx: &mut BroadcastCx<'_, O>) -> Result<(), Failure>;

    /// A timer of a key is due.
    ///
    /// # Errors
    ///
    /// What the job cannot go on with.
    fn timer(&mut self, _timer: Timer, _cx: &mut KeyedReadCx<'_, '_, O>) -> Result<(), Failure> {
        Ok(())
    }
}

/// The operator of a [`KeyedBroadcastProcess`]: port 0 has the rows, port 1 those that are broadcast.
pub struct KeyedBroadcast<I: Record, B: Record, O: Record, F> {
    inputs: [Layout; 2],
    function: F,
    body: Body<O>,
    maps: Maps,
    grant: Grant,
    /// What is made of broadcast rows.
    out: Collector<O>,
    watermark: i64,
    at: Option<At<I, B>>,
    ports_open: usize,
}

enum At<I: Record, B: Record> {
    Row(I::Reader, Place),
    Broadcast(B::Reader, Walk),
}

impl<I: Record, B: Record, O: Record, F: KeyedBroadcastProcess<I, B, O>> KeyedBroadcast<I, B, O, F> {
    /// Over rows with a key and broadcast rows of these layouts.
    ///
    /// # Errors
    ///
    /// If the key's types cannot be keys.
    pub fn new(inputs: [Layout; 2], function: F, seat: &OperatorSeat) -> Result<Self, Failure> {
        Ok(Self {
            body: Body::new(&inputs[0], co_output::<O>(&inputs), seat)?,
            out: Collector::seated(co_output::<O>(&inputs), seat),
            inputs,
            function,
            maps: Maps::default(),
            grant: Grant::of(seat),
            watermark: i64::MIN,
            at: None,
            ports_open: 2,
        })
    }

    fn rows(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        let clocks = Clocks { watermark: self.watermark, now_ms: cx.wall_ms() };
        let Self { at, function, body, maps, out, .. } = self;
        let flow = match at {
            None => Flow::Next,
            Some(At::Row(reader, place)) => body.rows(place, cx, |row, keyed| {
                function.process(reader.get(row), &mut KeyedReadCx { keyed, maps })
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

    fn timers(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        let Self { function, body, maps, .. } = self;
        let flow = body.timers(cx, |timer, keyed| function.timer(timer, &mut KeyedReadCx { keyed, maps }))?;
        if flow == Flow::Next && self.ports_open == 0 {
            self.maps.clear();
            self.grant.release();
        }
        Ok(flow)
    }
}

impl<I: Record, B: Record, O: Record, F: KeyedBroadcastProcess<I, B, O>> Operator
    for KeyedBroadcast<I, B, O, F>
{
    fn batch(&mut self, port: usize, batch: Batch, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        let layout = &self.inputs[port];
        self.at = Some(match port {
            0 => At::Row(open::<I>(layout, &batch)?, self.body.begin(layout, &batch)?),
            _ => At::Broadcast(open::<B>(layout, &batch)?, Walk::begin(layout, &batch)),
        });
        self.rows(cx)
    }

    fn time(&mut self, now: Watermark, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.watermark = now.0;
        self.body.set_time(now);
        self.timers(cx)
    }

    fn end(&mut self, _port: usize, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.ports_open -= 1;
        if self.ports_open == 0 {
            self.body.end();
        }
        self.timers(cx)
    }

    fn more(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        if self.at.is_some() { self.rows(cx) } else { self.timers(cx) }
    }

    fn wake(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.body.set_processing_time(cx.wall_ms());
        self.timers(cx)
    }

    fn save(&mut self, to: &mut Snapshot) -> Result<(), Failure> {
        self.body.save(to, i64::MIN);
        self.maps.save(to);
        Ok(())
    }

    fn load(&mut self, from: &Restore) -> Result<(), Failure> {
        self.body.load(from)?;
        self.maps.load(from);
        self.grant.hold(self.maps.bytes())
    }
}
