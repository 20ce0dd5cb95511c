//! All rows of a bounded input in order.
//!
//! Keeps rows in memory as long as it is granted; a refusal turns what there is into a sorted run on disk. At the end the
//! rows leave, from memory or from the merge of all runs, in pieces between which others have their turn. Time is held
//! back until then, since rows of any time may still leave. Rows that compare equal keep the order in which they came.

use std::sync::Arc;

use memory::{Batch, Envelope};
use runtime::subtask::Failure;
use shuffle::{Merged, SortKey, Watermark};
use state::{Redistribution, Restore, Snapshot};

use super::buffer::{Buffer, Chunk, Sorted};
use super::columns::{SortColumn, sort_key};
use super::runs::{Runs, next_of};
use crate::contract::{Flow, Operator};
use crate::cx::Cx;
use crate::layout::Layout;
use crate::limit::{Fetch, Fetching, refuse_changes};
use crate::seat::{Grant, OperatorSeat};

/// The name of its state: rows, in the order in which they came as far as that matters.
pub(super) const STATE: &str = "sort";

/// The operator.
pub struct Sort {
    envelope: Envelope,
    buffer: Buffer,
    grant: Grant,
    runs: Option<Runs>,
    /// With what runs are opened when the first rows come: before, others have not got the memory that is theirs.
    unopened: Option<(SortKey, OperatorSeat)>,
    /// Rows that had no room, until there is some: a merge needs its memory to its end.
    waiting: Option<Chunk>,
    fetching: Fetching,
    phase: Phase,
    then: Option<Watermark>,
    name: Arc<str>,
}

enum Phase {
    /// Rows come.
    Collecting,
    /// No more come; runs may have to be merged before they are read.
    Ended,
    /// All were in memory.
    InMemory(Sorted),
    /// They are on disk.
    OnDisk(Box<Merged>),
}

impl Sort {
    /// Over rows of this layout, which is that of what leaves, too. Spills to the directories of the seat, if it has some.
    ///
    /// # Errors
    ///
    /// If a column is of a type without an order.
    ///
    /// # Panics
    ///
    /// Without a column to sort by, or if there is no such column.
    pub fn new(
        input: &Layout,
        order: &[SortColumn],
        fetch: Fetch,
        seat: &OperatorSeat,
    ) -> Result<Self, Failure> {
        let key = sort_key(input, order)?;
        let envelope = Envelope::new(input.schema().clone(), false, false);
        Ok(Self {
            runs: None,
            unopened: Some((key.clone(), seat.clone())),
            envelope,
            buffer: Buffer::new(key),
            grant: Grant::of(seat),
            waiting: None,
            fetching: Fetching::new(fetch),
            phase: Phase::Collecting,
            then: None,
            name: seat.name.clone(),
        })
    }

    /// Keeps rows, in memory or on disk.
    fn keep(&mut self, batch: Batch) -> Result<(), Failure> {
        if let Some((key, seat)) = self.unopened.take() {
            self.runs = Runs::open(self.envelope.clone(), key, &seat);
        }
        let chunk = self.buffer.chunk(&self.envelope.pack(&batch.compact().with_kinds(None)));
        let Err(refused) = self.grant.hold(self.buffer.bytes() + chunk.bytes()) else {
            self.buffer.push(chunk);
            return Ok(());
        };
        let Some(runs) = &mut self.runs else { return Err(refused) };
        runs.expect_keys(chunk.key_bytes());
        self.spill()?;
        self.waiting = Some(chunk);
        Ok(())
    }

    /// Makes a run of what is in memory.
    fn spill(&mut self) -> Result<(), Failure> {
        let Some(runs) = self.runs.as_mut().filter(|_| !self.buffer.is_empty()) else { return Ok(()) };
        self.buffer.chunks().iter().for_each(|chunk| runs.expect_keys(chunk.key_bytes()));
        runs.write(self.buffer.sort(usize::MAX))?;
        self.grant.release();
        runs.settle()
    }

    /// Merges what is to be merged, and takes the rows that wait for the memory that it needs. `false` when it is not done.
    fn merge(&mut self, mut may_go_on: impl FnMut() -> bool) -> Result<bool, Failure> {
        loop {
            if let Some(runs) = self.runs.as_mut().filter(|runs| runs.is_merging()) {
                runs.go_on(&mut may_go_on)?;
                if runs.is_merging() {
                    return Ok(false);
                }
            }
            let Some(chunk) = self.waiting.take() else { return Ok(true) };
            let is_granted = self.grant.hold(chunk.bytes()).is_ok();
            self.buffer.push(chunk);
            if !is_granted {
                self.spill()?; // Rows that alone are more than there is are a run of their own.
            }
        }
    }

    /// Does what is left to be done.
    fn go_on(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        if !self.merge(|| cx.may_go_on())? {
            return Ok(Flow::Again);
        }
        if matches!(self.phase, Phase::Collecting) {
            return Ok(Flow::Next);
        }
        if matches!(self.phase, Phase::Ended) && !self.begin_to_send()? {
            return Ok(Flow::Again);
        }
        self.send(cx)
    }

    /// Puts the rows in order, or begins to merge runs because they are too many: `false`.
    fn begin_to_send(&mut self) -> Result<bool, Failure> {
        let has_runs = self.runs.as_ref().is_some_and(|runs| !runs.is_empty());
        if has_runs {
            self.spill()?;
        }
        let Some(runs) = self.runs.as_mut().filter(|_| has_runs) else {
            self.runs = None; // Who has never needed a disk will not.
            self.phase = Phase::InMemory(self.buffer.sort(usize::MAX));
            return Ok(true);
        };
        if runs.is_merging() {
            return Ok(false);
        }
        let Some(merged) = runs.open_all()? else { return Ok(false) };
        self.runs = None;
        self.phase = Phase::OnDisk(Box::new(merged));
        Ok(true)
    }

    fn send(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        while !self.fetching.is_done() {
            let batches = match &mut self.phase {
                Phase::InMemory(sorted) => {
                    let unpack =
                        |rows| self.envelope.unpack(rows).expect("it was packed by the same envelope");
                    sorted.next_piece().into_iter().map(unpack).collect()
                }
                Phase::OnDisk(merged) => next_of(merged, &self.name)?.into_iter().collect::<Vec<_>>(),
                Phase::Collecting | Phase::Ended => unreachable!("rows are in order before they leave"),
            };
            if batches.is_empty() {
                break;
            }
            for batch in batches {
                cx.send(self.fetching.cut(batch))?;
            }
            if !cx.may_go_on() {
                return Ok(Flow::Again);
            }
        }
        self.phase = Phase::InMemory(self.buffer.sort(0));
        self.grant.release();
        if let Some(now) = self.then.take() {
            cx.time(now)?;
        }
        Ok(Flow::Next)
    }
}

impl Operator for Sort {
    fn batch(&mut self, _port: usize, batch: Batch, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        refuse_changes("ORDER BY", &batch)?;
        self.keep(batch)?;
        self.go_on(cx)
    }

    fn time(&mut self, now: Watermark, _cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.then = Some(now);
        Ok(Flow::Next)
    }

    fn end(&mut self, _port: usize, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.phase = Phase::Ended;
        self.go_on(cx)
    }

    fn more(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.go_on(cx)
    }

    fn save(&mut self, to: &mut Snapshot) -> Result<(), Failure> {
        if let Some(runs) = &mut self.runs {
            runs.read(|batch| to.rows(STATE, Redistribution::Split, self.envelope.pack(&batch)))?;
        }
        for chunk in self.buffer.chunks().iter().map(Chunk::rows) {
            to.rows(STATE, Redistribution::Split, chunk.clone());
        }
        Ok(())
    }

    fn load(&mut self, from: &Restore) -> Result<(), Failure> {
        for rows in from.rows(STATE) {
            self.keep(Batch::new(rows.clone()))?;
            let is_done = self.merge(|| true)?;
            debug_assert!(is_done, "nobody has interrupted it");
        }
        Ok(())
    }
}
