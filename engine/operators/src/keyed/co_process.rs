//! A function of the rows of a key that come from two inputs, with states and timers that both share.

use memory::Batch;
use record::{Record, RecordReader};
use runtime::subtask::Failure;
use shuffle::Watermark;
use state::{Restore, Snapshot};

use super::body::Body;
use super::place::Place;
use super::{KeyedCx, Timer};
use crate::contract::{Flow, Operator};
use crate::cx::Cx;
use crate::layout::Layout;
use crate::rows::open;
use crate::seat::OperatorSeat;

/// What is done with the rows of a key from two inputs. Every subtask has a clone of it.
pub trait KeyedCoProcess<A, B, O: Record>: Clone + Send + Sync + 'static {
    /// A row has come by the first input.
    ///
    /// # Errors
    ///
    /// What the job cannot go on with.
    fn first(&mut self, row: A, cx: &mut KeyedCx<'_, O>) -> Result<(), Failure>;

    /// A row has come by the second input.
    ///
    /// # Errors
    ///
    /// What the job cannot go on with.
    fn second(&mut self, row: B, cx: &mut KeyedCx<'_, O>) -> Result<(), Failure>;

    /// A timer of the key is due.
    ///
    /// # Errors
    ///
    /// What the job cannot go on with.
    fn timer(&mut self, _timer: Timer, _cx: &mut KeyedCx<'_, O>) -> Result<(), Failure> {
        Ok(())
    }
}

/// The operator of a [`KeyedCoProcess`]: port 0 is the first input, port 1 the second.
pub struct CoProcess<A: Record, B: Record, O: Record, F> {
    inputs: [Layout; 2],
    function: F,
    body: Body<O>,
    at: Option<At<A, B>>,
    ports_open: usize,
}

/// The layout of what an operator of two inputs makes: it has event time if both of them have.
pub fn co_output<O: Record>(inputs: &[Layout; 2]) -> Layout {
    match inputs[1].time() {
        Some(_) => inputs[0].derive(O::fields()),
        None => Layout::of(O::fields()),
    }
}

enum At<A: Record, B: Record> {
    First(A::Reader, Place),
    Second(B::Reader, Place),
}

impl<A: Record, B: Record, O: Record, F: KeyedCoProcess<A, B, O>> CoProcess<A, B, O, F> {
    /// Over two streams of these layouts, whose keys have the same types.
    ///
    /// # Errors
    ///
    /// If the key's types cannot be keys.
    ///
    /// # Panics
    ///
    /// If the keys differ.
    pub fn new(inputs: [Layout; 2], function: F, seat: &OperatorSeat) -> Result<Self, Failure> {
        assert_eq!(inputs[0].key_types(), inputs[1].key_types(), "two inputs share one key");
        let body = Body::new(&inputs[0], co_output::<O>(&inputs), seat)?;
        Ok(Self { inputs, function, body, at: None, ports_open: 2 })
    }

    fn rows(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        let function = &mut self.function;
        let flow = match &mut self.at {
            None => Flow::Next,
            Some(At::First(reader, place)) => {
                self.body.rows(place, cx, |row, cx| function.first(reader.get(row), cx))?
            }
            Some(At::Second(reader, place)) => {
                self.body.rows(place, cx, |row, cx| function.second(reader.get(row), cx))?
            }
        };
        if flow == Flow::Next {
            self.at = None;
        }
        Ok(flow)
    }

    fn timers(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.body.timers(cx, |timer, cx| self.function.timer(timer, cx))
    }
}

impl<A: Record, B: Record, O: Record, F: KeyedCoProcess<A, B, O>> Operator for CoProcess<A, B, O, F> {
    fn batch(&mut self, port: usize, batch: Batch, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        let layout = &self.inputs[port];
        let place = self.body.begin(layout, &batch)?;
        self.at = Some(match port {
            0 => At::First(open::<A>(layout, &batch)?, place),
            _ => At::Second(open::<B>(layout, &batch)?, place),
        });
        self.rows(cx)
    }

    fn time(&mut self, now: Watermark, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
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
        Ok(())
    }

    fn load(&mut self, from: &Restore) -> Result<(), Failure> {
        self.body.load(from)
    }
}
