//! A function of the rows of a key, with states and timers.

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

/// What is done with the rows of a key. Every subtask has a clone of it, or every key where input is sorted: what is to be
/// kept belongs into states.
pub trait KeyedProcess<I, O: Record>: Clone + Send + Sync + 'static {
    /// A row has come.
    ///
    /// # Errors
    ///
    /// What the job cannot go on with.
    fn process(&mut self, row: I, cx: &mut KeyedCx<'_, O>) -> Result<(), Failure>;

    /// A timer of the key is due.
    ///
    /// # Errors
    ///
    /// What the job cannot go on with.
    fn timer(&mut self, _timer: Timer, _cx: &mut KeyedCx<'_, O>) -> Result<(), Failure> {
        Ok(())
    }
}

/// The operator of a [`KeyedProcess`].
pub struct Process<I: Record, O: Record, F> {
    input: Layout,
    function: F,
    body: Body<O>,
    at: Option<(I::Reader, Place)>,
}

impl<I: Record, O: Record, F: KeyedProcess<I, O>> Process<I, O, F> {
    /// Over a stream of this layout, which has a key.
    ///
    /// # Errors
    ///
    /// If the key's types cannot be keys.
    pub fn new(input: Layout, function: F, seat: &OperatorSeat) -> Result<Self, Failure> {
        let body = Body::new(&input, Self::output(&input), seat)?;
        Ok(Self { input, function, body, at: None })
    }

    /// The layout of what it makes.
    pub fn output(input: &Layout) -> Layout {
        input.derive(O::fields())
    }

    fn rows(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        let Some((reader, place)) = &mut self.at else { return Ok(Flow::Next) };
        let flow = self.body.rows(place, cx, |row, cx| self.function.process(reader.get(row), cx))?;
        if flow == Flow::Next {
            self.at = None;
        }
        Ok(flow)
    }

    fn timers(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.body.timers(cx, |timer, cx| self.function.timer(timer, cx))
    }
}

impl<I: Record, O: Record, F: KeyedProcess<I, O>> Operator for Process<I, O, F> {
    fn batch(&mut self, _port: usize, batch: Batch, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.at = Some((open::<I>(&self.input, &batch)?, self.body.begin(&self.input, &batch)?));
        self.rows(cx)
    }

    fn time(&mut self, now: Watermark, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.body.set_time(now);
        self.timers(cx)
    }

    fn end(&mut self, _port: usize, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.body.end();
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
