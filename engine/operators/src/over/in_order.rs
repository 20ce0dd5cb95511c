//! A batch of functions that look back: rows come sorted by partition and order, and leave as soon as all that are sorted
//! like them have come.
//!
//! Keeps what is carried on of one partition, however long it is: all rows of an input may be one. Where frames see many rows,
//! as many are let come before the next results: so a row is looked at twice, and not once with every batch.

use arrow_array::RecordBatch;
use memory::{Batch, Envelope, own_rows};
use runtime::subtask::Failure;
use shuffle::Watermark;
use state::{Restore, Slot, Snapshot};

use super::carried::{Carried, Run};
use super::outbox::Outbox;
use super::sorted::{self, Sorted};
use super::spec::OverSpec;
use crate::aggregate::accumulator::Selected;
use crate::aggregate::keys::hashes_of;
use crate::contract::Flow;
use crate::cx::Cx;
use crate::layout::Layout;
use crate::limit::refuse_changes;
use crate::seat::{Grant, OperatorSeat};

/// The name of its state: rows that have no results yet.
const STATE: &str = "over-sorted";

/// Functions that look back over sorted rows.
pub(super) struct InOrder {
    input: Layout,
    envelope: Envelope,
    carried: Carried,
    sorted: Sorted,
    /// Rows that have no results yet.
    held: Vec<RecordBatch>,
    /// How many, and how many of them may get some: all that are sorted like them have come.
    held_rows: usize,
    whole_rows: usize,
    /// The partition of the last row that has results.
    open: Option<Slot>,
    outbox: Outbox,
    grant: Grant,
}

impl InOrder {
    pub(super) fn new(spec: &OverSpec, output: Layout, seat: &OperatorSeat) -> Result<Self, Failure> {
        Ok(Self {
            envelope: Envelope::new(spec.input.schema().clone(), false, false),
            carried: Carried::new(spec)?,
            sorted: Sorted::new(&spec.input, &spec.order)?,
            held: Vec::new(),
            held_rows: 0,
            whole_rows: 0,
            open: None,
            outbox: Outbox::new(output),
            grant: Grant::of(seat),
            input: spec.input.clone(),
        })
    }

    /// Keeps rows, and notes how many may get results.
    fn keep(&mut self, rows: RecordBatch) {
        if rows.num_rows() == 0 {
            return;
        }
        let mut last = None;
        self.sorted.borders(&rows, |row| last = Some(row));
        if !self.carried.plan.needs_peers() {
            self.whole_rows = self.held_rows + rows.num_rows();
        } else if let Some(last) = last {
            self.whole_rows = self.held_rows + last;
        }
        self.held_rows += rows.num_rows();
        self.held.push(rows);
    }

    /// Computes so many of the rows: of all partitions but the last one they are the last. The others get memory of their
    /// own.
    fn compute(&mut self, rows: usize) -> Result<(), Failure> {
        let (rows, held) = sorted::split(std::mem::take(&mut self.held), rows);
        self.held = held.iter().map(own_rows).collect();
        self.held_rows = held.iter().map(RecordBatch::num_rows).sum();
        self.whole_rows = 0;
        let mut runs: Vec<Run> = Vec::new();
        let mut slots: Vec<Slot> = Vec::new();
        for rows in &rows {
            let batch = Batch::new(rows.clone());
            let key = self.input.key_columns(&batch);
            let hashes = hashes_of(&batch, &key)?;
            self.carried.keys.resolve(&key, &hashes, Selected::All(rows.num_rows()), &mut slots);
            for slot in &slots {
                match runs.last_mut() {
                    Some((last, rows)) if last == slot => *rows += 1,
                    _ => runs.push((*slot, 1)),
                }
            }
        }
        let Some((last, _)) = runs.last().copied() else { return Ok(()) };
        let columns = self.carried.plan.columns_of(&rows)?;
        let results = self.carried.results(columns, &runs)?;
        self.outbox.push(&rows, &results);
        let former = self.open.replace(last).filter(|former| *former != runs[0].0);
        let past = runs[..runs.len() - 1].iter().map(|(slot, _)| *slot).chain(former);
        past.for_each(|slot| self.carried.forget(slot));
        Ok(())
    }

    fn hold(&mut self) -> Result<(), Failure> {
        let held: usize = self.held.iter().map(RecordBatch::get_array_memory_size).sum();
        self.grant.hold(held + self.carried.bytes())
    }

    pub(super) fn batch(&mut self, batch: Batch, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        refuse_changes("OVER", &batch)?;
        self.keep(self.envelope.pack(&batch.compact().with_kinds(None).with_hashes(None)));
        if self.whole_rows > 0 && self.whole_rows >= self.carried.seen_rows() {
            self.compute(self.whole_rows)?;
        } else if let Some(last) = self.held.last_mut() {
            *last = own_rows(last);
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
        self.compute(self.held_rows)?;
        self.carried.clear();
        self.open = None;
        self.grant.release();
        self.more(cx)
    }

    pub(super) fn more(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        Ok(if self.outbox.send(cx)? { Flow::Next } else { Flow::Again })
    }

    pub(super) fn save(&mut self, to: &mut Snapshot) -> Result<(), Failure> {
        sorted::save(STATE, &self.input, &self.held, to)?;
        self.carried.save(to)
    }

    pub(super) fn load(&mut self, from: &Restore) -> Result<(), Failure> {
        for rows in self.sorted.load(STATE, from)? {
            self.keep(rows);
        }
        self.carried.load(from)?;
        self.hold()
    }
}
