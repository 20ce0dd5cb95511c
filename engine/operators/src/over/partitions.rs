//! A batch, partition by partition: rows come sorted by partition and order, and leave when their partition is whole.
//!
//! Keeps the rows of one partition. Partitions that are whole within a batch are computed together.

use arrow_array::RecordBatch;
use memory::{Batch, Envelope, own_rows};
use runtime::subtask::Failure;
use shuffle::Watermark;
use state::{Restore, Snapshot};

use super::outbox::Outbox;
use super::plan::Plan;
use super::sorted::{self, Sorted};
use super::spec::OverSpec;
use super::stretch::Part;
use crate::contract::Flow;
use crate::cx::Cx;
use crate::layout::Layout;
use crate::limit::refuse_changes;
use crate::seat::{Grant, OperatorSeat};

/// The name of its state: the rows of the partition that is not whole.
const STATE: &str = "over-partition";

/// Functions over whole partitions.
pub(super) struct ByPartition {
    input: Layout,
    envelope: Envelope,
    plan: Plan,
    sorted: Sorted,
    open: Vec<RecordBatch>,
    open_rows: usize,
    /// Where partitions end among the open rows.
    borders: Vec<usize>,
    outbox: Outbox,
    grant: Grant,
}

impl ByPartition {
    pub(super) fn new(spec: &OverSpec, output: Layout, seat: &OperatorSeat) -> Result<Self, Failure> {
        Ok(Self {
            envelope: Envelope::new(spec.input.schema().clone(), false, false),
            plan: Plan::new(spec)?,
            sorted: Sorted::new(&spec.input, &[])?,
            open: Vec::new(),
            open_rows: 0,
            borders: Vec::new(),
            outbox: Outbox::new(output),
            grant: Grant::of(seat),
            input: spec.input.clone(),
        })
    }

    /// Keeps rows, and notes where their partitions end.
    fn keep(&mut self, rows: RecordBatch) {
        let first = self.open_rows;
        let Self { sorted, borders, .. } = self;
        sorted.borders(&rows, |row| borders.push(first + row));
        self.open_rows += rows.num_rows();
        self.open.push(rows);
    }

    /// Computes the first rows, which are whole partitions. The others get memory of their own.
    fn compute(&mut self, rows: usize) -> Result<(), Failure> {
        let mut ends = std::mem::take(&mut self.borders);
        ends.push(rows);
        let (whole, open) = sorted::split(std::mem::take(&mut self.open), rows);
        self.open = open.iter().map(own_rows).collect();
        self.open_rows -= rows;
        let mut start = 0;
        let part = |end: usize| Part::whole(std::mem::replace(&mut start, end), end);
        let parts = ends.into_iter().map(part).filter(|part| part.results() > 0).collect();
        let stretch = self.plan.stretch(self.plan.columns_of(&whole)?, parts);
        let results = self.plan.evaluate_whole(&stretch)?;
        self.outbox.push(&whole, &results);
        Ok(())
    }

    fn hold(&mut self) -> Result<(), Failure> {
        self.grant.hold(self.open.iter().map(RecordBatch::get_array_memory_size).sum())
    }

    pub(super) fn batch(&mut self, batch: Batch, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        refuse_changes("OVER", &batch)?;
        let batch = batch.compact().with_kinds(None);
        if batch.is_empty() {
            return Ok(Flow::Next);
        }
        self.keep(self.envelope.pack(&batch));
        match self.borders.last() {
            Some(last) => self.compute(*last)?,
            None => self.open.last_mut().into_iter().for_each(|last| *last = own_rows(last)),
        }
        self.hold()?;
        self.more(cx)
    }

    /// Time is held back, since rows that leave later may be of any time; the end of time is the end.
    pub(super) fn time(&mut self, now: Watermark, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        if now < Watermark::MAX {
            return Ok(Flow::Next);
        }
        self.outbox.then(now);
        self.end(cx)
    }

    pub(super) fn end(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        if self.open_rows > 0 {
            self.compute(self.open_rows)?;
        }
        self.grant.release();
        self.more(cx)
    }

    pub(super) fn more(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        Ok(if self.outbox.send(cx)? { Flow::Next } else { Flow::Again })
    }

    pub(super) fn save(&self, to: &mut Snapshot) -> Result<(), Failure> {
        sorted::save(STATE, &self.input, &self.open, to)
    }

    pub(super) fn load(&mut self, from: &Restore) -> Result<(), Failure> {
        for rows in self.sorted.load(STATE, from)? {
            self.keep(rows);
        }
        self.hold()
    }
}
