//! Makes any number of records of one.
//!
//! Keeps the batch it is at, and its place there, while what is behind it does not want more: one row may become
//! thousands, so it stops between two rows when a batch is full.

use std::vec::IntoIter;

use memory::Batch;
use record::{Record, RecordReader};
use runtime::subtask::Failure;

use super::{BATCH_ROWS, Collector, open, rows_of};
use crate::contract::{Flow, Operator};
use crate::cx::Cx;
use crate::layout::Layout;
use crate::limit::refuse_changes;
use crate::seat::OperatorSeat;

/// `I` becomes some of `O`.
pub struct FlatMap<I: Record, O: Record, F> {
    input: Layout,
    function: F,
    out: Collector<O>,
    at: Option<Place<I>>,
}

/// Where it is in a batch.
struct Place<I: Record> {
    reader: I::Reader,
    times: Option<arrow_buffer::ScalarBuffer<i64>>,
    rows: IntoIter<usize>,
}

impl<I: Record, O: Record, F: FnMut(I, &mut Collector<O>)> FlatMap<I, O, F> {
    /// Over a stream of this layout.
    pub fn new(input: Layout, function: F, seat: &OperatorSeat) -> Self {
        let out = Collector::seated(Self::output(&input), seat);
        Self { input, function, out, at: None }
    }

    /// The layout of what it makes.
    pub fn output(input: &Layout) -> Layout {
        input.derive(O::fields())
    }

    /// Goes on until the batch is done with, or what is behind this does not want more.
    fn go_on(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        let Some(place) = &mut self.at else { return Ok(Flow::Next) };
        for row in place.rows.by_ref() {
            if let Some(times) = &place.times {
                self.out.set_time(times[row]);
            }
            (self.function)(place.reader.get(row), &mut self.out);
            if self.out.len() >= BATCH_ROWS {
                self.out.flush(false, cx)?;
                if !cx.may_go_on() {
                    return Ok(Flow::Again);
                }
            }
        }
        self.at = None;
        self.out.flush(true, cx)?;
        Ok(Flow::Next)
    }
}

impl<I: Record, O: Record, F: FnMut(I, &mut Collector<O>)> Operator for FlatMap<I, O, F> {
    fn batch(&mut self, _port: usize, batch: Batch, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        refuse_changes("a function that makes any number of rows", &batch)?;
        let times = self.input.time().map(|_| self.input.times(&batch));
        let rows = rows_of(&batch).collect::<Vec<_>>().into_iter();
        self.at = Some(Place { reader: open::<I>(&self.input, &batch)?, times, rows });
        self.go_on(cx)
    }

    fn more(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.go_on(cx)
    }
}
