//! The first half of an aggregation in two phases: before the exchange, so that fewer rows travel.
//!
//! The table is bounded: when it is full, it is sent and emptied. A full table that has taken in less than twice as many
//! rows as it has keys does not pay; then rows are passed on for a while, each as the partial result that it is.
//!
//! In a stream whose results are wanted soon the table is also sent after so many rows, which decides in the same way, and some
//! milliseconds after its first one, which decides nothing.
//!
//! Rejected: to decide by a sample of 100,000 rows. Of 100,000 keys that come evenly it has seen 63,000 and would
//! give up, though each of the keys comes a thousand times. To fill the table is a good sample, and costs milliseconds.

use memory::Batch;
use runtime::subtask::Failure;
use shuffle::Watermark;
use state::{Restore, Snapshot};

use super::aggregation::{Aggregation, refuse_changes};
use super::groups::Groups;
use super::leaving::Leaving;
use super::rounds::Rounds;
use super::singles::Singles;
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

/// Combines rows of a key to partial results.
pub struct LocalAggregate {
    groups: Groups,
    singles: Singles,
    partial: Layout,
    keys_max: usize,
    rounds: Rounds,
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
        Ok(Self {
            groups: Groups::new(aggregation, true)?,
            singles: Singles::new(aggregation)?,
            partial: aggregation.partial()?,
            keys_max,
            rounds: Rounds::default(),
            leaving: Leaving::default(),
            has_ended: false,
        })
    }

    /// The same operator for a stream whose results change: it sends what it has after so many rows, and so many nanoseconds
    /// after a row when few come.
    #[must_use]
    pub fn in_rounds(self, rows: usize, wait_ns: u64) -> Self {
        Self { rounds: Rounds::of(Some((rows, wait_ns))), ..self }
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
}

impl Operator for LocalAggregate {
    fn batch(&mut self, _port: usize, batch: Batch, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        refuse_changes(&batch)?;
        if self.rounds.pass(batch.rows()) {
            cx.send(self.singles.of(batch))?;
            return Ok(Flow::Next);
        }
        self.rounds.take_in(batch.rows(), cx);
        self.groups.update(batch)?;
        match self.rounds.ends(self.groups.len(), self.keys_max) {
            true => self.leave(None, cx),
            false => Ok(Flow::Next),
        }
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
            self.rounds.begin_anew();
            if self.has_ended { self.groups.end()? } else { self.groups.clear() }
        }
        Ok(flow)
    }

    fn wake(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.leave(None, cx)
    }

    fn save(&mut self, to: &mut Snapshot) -> Result<(), Failure> {
        self.groups.save(to);
        Ok(())
    }

    fn load(&mut self, from: &Restore) -> Result<(), Failure> {
        self.groups.load(from)
    }
}
