//! The first rows of a bounded input's order, without sorting all of it.
//!
//! Keeps at most twice as many rows as are wanted, and a batch: when there are more, the first ones are picked out, and the
//! last key of those is a bar that later rows must be below. Most rows never pass it, so they cost their key and one
//! comparison. Never spills: it is for some thousand rows.

use arrow_array::BooleanArray;
use memory::{Batch, Envelope};
use runtime::subtask::Failure;
use shuffle::{SortKey, Watermark};
use state::{Redistribution, Restore, Snapshot};

use super::buffer::{Buffer, Chunk, Sorted};
use super::columns::{SortColumn, sort_key};
use super::total::STATE;
use crate::contract::{Flow, Operator};
use crate::cx::Cx;
use crate::layout::Layout;
use crate::limit::{Fetch, Fetching, refuse_changes};
use crate::rows::BATCH_ROWS;
use crate::seat::{Grant, OperatorSeat};

/// The operator.
pub struct TopN {
    envelope: Envelope,
    key: SortKey,
    /// How many rows of the front must be known.
    front: usize,
    buffer: Buffer,
    /// The key that later rows must be below, once there are enough rows.
    bar: Option<Box<[u8]>>,
    grant: Grant,
    fetching: Fetching,
    sending: Option<Sorted>,
    then: Option<Watermark>,
}

impl TopN {
    /// Over rows of this layout, which is that of what leaves, too.
    ///
    /// # Errors
    ///
    /// If a column is of a type without an order.
    ///
    /// # Panics
    ///
    /// Without a column to sort by, if there is no such column, or if `fetch` has no end.
    pub fn new(
        input: &Layout,
        order: &[SortColumn],
        fetch: Fetch,
        seat: &OperatorSeat,
    ) -> Result<Self, Failure> {
        let key = sort_key(input, order)?;
        let front = fetch.front().expect("a Top-N has an end");
        Ok(Self {
            envelope: Envelope::new(input.schema().clone(), false, false),
            buffer: Buffer::new(key.clone()),
            key,
            front: usize::try_from(front).unwrap_or(usize::MAX),
            bar: None,
            grant: Grant::of(seat),
            fetching: Fetching::new(fetch),
            sending: None,
            then: None,
        })
    }

    fn keep(&mut self, batch: Batch) -> Result<(), Failure> {
        let rows = self.envelope.pack(&batch.compact().with_kinds(None));
        let rows = match &self.bar {
            None => rows,
            Some(bar) => {
                let keys = self.key.encode(&rows);
                // Of equal keys the first one counts, and that is here already.
                let below: BooleanArray = (0..keys.len()).map(|row| Some(*keys.get(row) < **bar)).collect();
                self.envelope.pack(&Batch::new(rows).narrow(&below).compact())
            }
        };
        if rows.num_rows() == 0 || self.front == 0 {
            return Ok(());
        }
        let chunk = self.buffer.chunk(&rows);
        self.grant.hold(self.buffer.bytes() + chunk.bytes())?;
        self.buffer.push(chunk);
        if self.buffer.rows() > self.front.saturating_mul(2).max(self.front.saturating_add(BATCH_ROWS)) {
            self.prune()?;
        }
        Ok(())
    }

    /// Drops all but the first rows.
    fn prune(&mut self) -> Result<(), Failure> {
        let mut sorted = self.buffer.sort(self.front);
        loop {
            let piece = sorted.next_piece();
            if piece.is_empty() {
                break;
            }
            for rows in piece {
                let chunk = self.buffer.chunk(&rows);
                self.buffer.push(chunk);
            }
        }
        let last = self.buffer.chunks().last();
        self.bar = last.map(|chunk| chunk.key(chunk.rows().num_rows() - 1).into());
        self.grant.hold(self.buffer.bytes())
    }

    fn send(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        let Some(sorted) = &mut self.sending else { return Ok(Flow::Next) };
        while !self.fetching.is_done() {
            let piece = sorted.next_piece();
            if piece.is_empty() {
                break;
            }
            for rows in piece {
                let batch = self.envelope.unpack(rows).expect("it was packed by the same envelope");
                cx.send(self.fetching.cut(batch))?;
            }
            if !cx.may_go_on() {
                return Ok(Flow::Again);
            }
        }
        self.sending = None;
        self.grant.release();
        if let Some(now) = self.then.take() {
            cx.time(now)?;
        }
        Ok(Flow::Next)
    }
}

impl Operator for TopN {
    fn batch(&mut self, _port: usize, batch: Batch, _cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        refuse_changes("ORDER BY", &batch)?;
        self.keep(batch)?;
        Ok(Flow::Next)
    }

    fn time(&mut self, now: Watermark, _cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.then = Some(now);
        Ok(Flow::Next)
    }

    fn end(&mut self, _port: usize, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.bar = None;
        self.sending = Some(self.buffer.sort(self.front));
        self.send(cx)
    }

    fn more(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.send(cx)
    }

    fn save(&mut self, to: &mut Snapshot) -> Result<(), Failure> {
        for chunk in self.buffer.chunks().iter().map(Chunk::rows) {
            to.rows(STATE, Redistribution::Split, chunk.clone());
        }
        Ok(())
    }

    fn load(&mut self, from: &Restore) -> Result<(), Failure> {
        from.rows(STATE).try_for_each(|rows| self.keep(Batch::new(rows.clone())))
    }
}
