//! The first half of an aggregation in two phases: before the exchange, so that fewer rows travel.
//!
//! ```text
//!   combining ──── the table is full of keys that hardly repeat ────► passing on ─┐
//!       ▲                                                                         │
//!       └───────────────────── so many rows later, another try ◄──────────────────┘
//! ```
//!
//! The table is bounded: when it is full, it is sent and emptied. A full table that has taken in less than twice as many
//! rows as it has keys does not pay; then rows are passed on, each as the partial result that it is.
//!
//! In a stream whose results are wanted soon the table is also sent after so many rows, which decides in the same way, and some
//! milliseconds after its first one, which decides nothing.
//!
//! Rejected: to decide by a sample of 100,000 rows. Of 100,000 keys that come evenly it has seen 63,000 and would
//! give up, though each of the keys comes a thousand times. To fill the table is a good sample, and costs milliseconds.

use memory::Batch;
use runtime::subtask::Failure;
use shuffle::Watermark;
use state::{Restore, Slot, Snapshot};

use super::accumulator::Selected;
use super::aggregation::{Aggregation, refuse_changes};
use super::groups::Groups;
use super::leaving::Leaving;
use super::tally::Tally;
use crate::contract::{Flow, Operator};
use crate::cx::Cx;
use crate::layout::Layout;
use crate::rows::BATCH_ROWS;
use crate::seat::OperatorSeat;

/// Keys in a table, unless a plan says otherwise: with short strings and a count it takes 16 MiB.
pub const LOCAL_KEYS: usize = 1 << 18;

/// Rows of a round, unless a plan says otherwise: of a thousand keys one row leaves for each 64 that come.
pub const ROUND_ROWS: usize = 8 * BATCH_ROWS;

/// For how long a row waits for others at most, unless a plan says otherwise: behind it a table is sent as it is. Longer than a
/// round takes at full load.
pub const ROUND_NS: u64 = 10_000_000;

/// A table pays if it holds so many rows for each key.
const ROWS_A_KEY: usize = 2;

/// Tables that are passed on as rows before combining is tried again: one in a hundred rows is combined for nothing.
pub(super) const PASSED_TABLES: usize = 100;

/// Combines rows of a key to partial results.
pub struct LocalAggregate {
    groups: Groups,
    /// Rows that were passed on, each as a group of its own.
    singles: Tally,
    input: Layout,
    partial: Layout,
    keys_max: usize,
    /// Rows of a round, and for how long the first of them waits, if there are rounds.
    round: Option<(usize, u64)>,
    /// Rows in the table.
    rows: usize,
    /// Rows to pass on before combining is tried again.
    passing: usize,
    leaving: Leaving,
    has_ended: bool,
}

impl LocalAggregate {
    /// Makes rows of [`Aggregation::partial`], and knows about `keys_max` keys at most (a batch more, and then they are
    /// sent).
    ///
    /// # Errors
    ///
    /// If a function does not take its column, or a type cannot be a key.
    pub fn new(aggregation: &Aggregation, keys_max: usize) -> Result<Self, Failure> {
        let time = aggregation.greatest_time();
        Ok(Self {
            groups: Groups::new(aggregation, true)?,
            singles: Tally::filtered(aggregation.aggregates.iter().chain(&time), aggregation.input.schema())?,
            input: aggregation.input.clone(),
            partial: aggregation.partial()?,
            keys_max,
            round: None,
            rows: 0,
            passing: 0,
            leaving: Leaving::default(),
            has_ended: false,
        })
    }

    /// The same operator for a stream whose results change: it sends what it has after so many rows, and so many nanoseconds
    /// after a row when few come.
    #[must_use]
    pub fn in_rounds(self, rows: usize, wait_ns: u64) -> Self {
        Self { round: Some((rows, wait_ns)), ..self }
    }

    /// The same operator, which reserves its memory.
    #[must_use]
    pub fn seated(mut self, seat: &OperatorSeat) -> Self {
        self.groups.sit(seat);
        self
    }

    fn leave(&mut self, then: Option<Watermark>, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.leaving = Leaving::new(self.groups.slots(), then);
        self.more(cx)
    }

    /// A row as a partial result.
    fn pass_on(&mut self, batch: Batch, cx: &mut Cx<'_>) -> Result<(), Failure> {
        let batch = batch.compact();
        let rows = Slot::try_from(batch.rows()).expect("a batch has fewer than four billion rows");
        let slots: Vec<Slot> = (0..rows).collect();
        self.singles.clear();
        self.singles.grow(batch.rows());
        self.singles.update(&slots, Selected::of(&batch), batch.columns());
        let mut columns = self.input.key_columns(&batch);
        columns.extend(self.singles.save(&slots));
        let partial = self.partial.batch(columns, batch.rows());
        cx.send(partial.with_hashes(batch.hashes().cloned()))
    }
}

impl Operator for LocalAggregate {
    fn batch(&mut self, _port: usize, batch: Batch, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        refuse_changes(&batch)?;
        if self.passing > 0 {
            self.passing = self.passing.saturating_sub(batch.rows());
            self.pass_on(batch, cx)?;
            return Ok(Flow::Next);
        }
        if let Some((_, wait_ns)) = self.round
            && self.rows == 0
        {
            cx.wake_at_ns(cx.now_ns().saturating_add(wait_ns));
        }
        self.rows += batch.rows();
        self.groups.update(batch)?;
        let is_round = self.round.is_some_and(|(rows, _)| self.rows >= rows);
        if self.groups.len() < self.keys_max && !is_round {
            return Ok(Flow::Next);
        }
        if self.rows < ROWS_A_KEY * self.groups.len() {
            self.passing = PASSED_TABLES * self.rows;
        }
        self.leave(None, cx)
    }

    fn time(&mut self, now: Watermark, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.leave(Some(now), cx)
    }

    fn end(&mut self, _port: usize, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.has_ended = true;
        self.leave(None, cx)
    }

    fn more(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        let Self { groups, partial, leaving, .. } = self;
        let flow = leaving.go_on(cx, |slots| {
            let batch = partial.batch(groups.partials(slots), slots.len());
            Ok(batch.with_hashes(Some(groups.hashes(slots).into())))
        })?;
        if flow == Flow::Next {
            self.rows = 0;
            if self.has_ended { self.groups.end()? } else { self.groups.clear() }
        }
        Ok(flow)
    }

    fn wake(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        match self.round {
            Some(_) => self.leave(None, cx),
            None => Ok(Flow::Next),
        }
    }

    fn save(&mut self, to: &mut Snapshot) -> Result<(), Failure> {
        self.groups.save(to);
        Ok(())
    }

    fn load(&mut self, from: &Restore) -> Result<(), Failure> {
        self.groups.load(from)
    }
}
