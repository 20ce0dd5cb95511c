//! A batch of functions that look back: rows come sorted by partition and order, and leave as soon as all that are sorted
//! like them have come.
//!
//! Keeps what is carried on of one partition, however long it is: all rows of an input may be one.

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

/// The name of its state: rows of which others may come that are sorted alike.
const STATE: &str = "over-alike";

/// Functions that look back over sorted rows.
pub(super) struct InOrder {
    input: Layout,
    envelope: Envelope,
    carried: Carried,
    sorted: Sorted,
    /// The last rows, which are sorted alike.
    held: Vec<RecordBatch>,
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
            outbox: Outbox::new(output),
            grant: Grant::of(seat),
            input: spec.input.clone(),
        })
    }

    /// The next rows of all partitions that have some; of all but the last one they are the last.
    fn compute(&mut self, rows: &[RecordBatch]) -> Result<(), Failure> {
        let mut runs: Vec<Run> = Vec::new();
        let mut slots: Vec<Slot> = Vec::new();
        for rows in rows {
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
        let columns = self.carried.plan.columns_of(rows)?;
        let results = self.carried.results(columns, &runs)?;
        self.outbox.push(rows, &results);
        let past = self.carried.keys.slots().into_iter().filter(|slot| *slot != last);
        past.for_each(|slot| self.carried.forget(slot));
        Ok(())
    }

    fn hold(&mut self) -> Result<(), Failure> {
        let held: usize = self.held.iter().map(RecordBatch::get_array_memory_size).sum();
        self.grant.hold(held + self.carried.bytes())
    }

    pub(super) fn batch(&mut self, batch: Batch, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        refuse_changes("OVER", &batch)?;
        let rows = self.envelope.pack(&batch.compact().with_kinds(None).with_hashes(None));
        let mut last = None;
        self.sorted.borders(&rows, |row| last = Some(row));
        if self.carried.plan.needs_peers() {
            let Some(last) = last else {
                self.held.push(own_rows(&rows));
                self.hold()?;
                return Ok(Flow::Next);
            };
            let (front, back) = (rows.slice(0, last), rows.slice(last, rows.num_rows() - last));
            let mut whole = std::mem::replace(&mut self.held, vec![own_rows(&back)]);
            whole.push(front);
            self.compute(&whole)?;
        } else {
            self.compute(&[rows])?;
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
        let rows = std::mem::take(&mut self.held);
        self.compute(&rows)?;
        self.carried.clear();
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
        self.held = self.sorted.load(STATE, from)?;
        let Self { held, sorted, .. } = self;
        held.iter().for_each(|rows| sorted.borders(rows, |_| {}));
        self.carried.load(from)?;
        self.hold()
    }
}
