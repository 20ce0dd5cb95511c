//! Where a function puts the rows that it makes.

use std::sync::Arc;

use arrow_array::{ArrayRef, TimestampMillisecondArray};
use memory::Batch;
use record::{PushBorrowed, Record, RecordBuilder};
use runtime::subtask::Failure;

use super::BATCH_ROWS;
use crate::accumulators::Accumulators;
use crate::cx::Cx;
use crate::layout::Layout;
use crate::seat::OperatorSeat;
use crate::side::{OutputTag, Sides};

/// Rows on their way to become a batch.
pub struct Collector<T: Record> {
    layout: Layout,
    sides: Sides,
    accumulators: Accumulators,
    rows: T::Builder,
    times: Vec<i64>,
    /// The event time of the row that the next ones are made of.
    time: i64,
}

impl<T: Record> Collector<T> {
    /// For batches of this layout, whose records are `T`.
    ///
    /// # Panics
    ///
    /// If they are not, or if a key travels beside them.
    pub fn new(layout: Layout) -> Self {
        assert_eq!(layout.schema().fields()[..layout.record()], T::fields()[..], "another record");
        let beside = layout.schema().fields().len() - layout.record();
        assert_eq!(beside, usize::from(layout.time() == Some(layout.record())), "only time stands beside");
        let (sides, accumulators) = (Sides::default(), Accumulators::default());
        Self { layout, sides, accumulators, rows: T::Builder::default(), times: Vec::new(), time: i64::MIN }
    }

    /// The same, with the side outputs and accumulators of an operator.
    pub fn seated(layout: Layout, seat: &OperatorSeat) -> Self {
        Self { sides: Sides::of(&seat.sides), accumulators: seat.accumulators.clone(), ..Self::new(layout) }
    }

    /// Adds a row, with the event time of the row it was made of.
    #[inline]
    pub fn emit(&mut self, row: T) {
        self.emit_at(self.time, row);
    }

    /// Adds a row with an event time of its own, in milliseconds since 1970.
    #[inline]
    pub fn emit_at(&mut self, time: i64, row: T) {
        self.rows.push(row);
        if self.layout.time().is_some() {
            self.times.push(time);
        }
    }

    /// Adds a row whose text and bytes somebody else holds, with the event time of the row it was made of: `&str` for
    /// `String`. Nothing is allocated for a short word.
    #[inline]
    pub fn emit_borrowed<B>(&mut self, row: B)
    where
        T::Builder: PushBorrowed<B>,
    {
        self.rows.push_borrowed(row);
        if self.layout.time().is_some() {
            self.times.push(self.time);
        }
    }

    /// Adds a row to a side output, with the event time of the row it was made of.
    pub fn emit_side<S: Record>(&mut self, tag: &OutputTag<S>, row: S) {
        let time = self.time;
        if let Some(side) = self.sides.collector(tag) {
            side.emit_at(time, row);
        }
    }

    /// The event time of the row that the function is called for, in milliseconds since 1970; `None` in a stream without.
    pub fn time(&self) -> Option<i64> {
        self.layout.time().map(|_| self.time)
    }

    /// What the job counts.
    pub fn accumulators(&self) -> &Accumulators {
        &self.accumulators
    }

    /// Sends what fills a batch, or all there is.
    ///
    /// # Errors
    ///
    /// What the operators behind say.
    pub(crate) fn flush(&mut self, all: bool, cx: &mut Cx<'_>) -> Result<(), Failure> {
        if self.len() >= BATCH_ROWS || (all && !self.is_empty()) {
            cx.send(self.take())?;
        }
        self.sides.flush(all, cx)
    }

    /// The rows that follow are made of one of this time.
    pub(crate) fn set_time(&mut self, time: i64) {
        self.time = time;
    }

    /// How many rows wait.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The rows as a batch.
    pub(crate) fn take(&mut self) -> Batch {
        let rows = self.rows.len();
        let mut columns = self.rows.finish();
        if self.layout.time() == Some(self.layout.record()) {
            let times = TimestampMillisecondArray::from(std::mem::take(&mut self.times));
            columns.push(Arc::new(times) as ArrayRef);
        }
        self.times.clear();
        self.layout.batch(columns, rows)
    }
}
