//! The first half of an aggregation of distinct values in two phases: rows become what is new of them.
//!
//! ```text
//!   rows ─► key: slot ─┬─► counts and sums of this round ────────────┐
//!                      └─► values that this subtask has not sent yet ─┴─► [key, partial results, value, mask, …]
//! ```
//!
//! | concept | file | what it is |
//! |---|---|---|
//! | [`LocalDistinct`] | `mod.rs` | the operator |
//! | `Parts` | `parts.rs` | keys, and what is known of each since it was told last |
//! | `News` | `news.rs` | values of a column that were not sent yet |
//! | `Outgoing` | `outgoing.rs` | the rows of a round: all of a key together |
//!
//! What was sent is remembered beyond a round, and within bounds: to send a value again costs a row and changes nothing, so
//! nothing of it is saved. The values of a key, as many as it has, are with who brings all parts together.
//!
//! A round that hardly has fewer rows than came does not pay; then rows are passed on for a while, each as the part that it is.

mod news;
mod outgoing;
mod parts;

use memory::Batch;
use runtime::subtask::Failure;
use shuffle::Watermark;
use state::{Restore, Snapshot};

use super::aggregation::{Aggregation, dense, refuse_changes};
use super::held::Held;
use super::leaving::Leaving;
use super::rounds::Rounds;
use crate::contract::{Flow, Operator};
use crate::cx::Cx;
use crate::seat::OperatorSeat;
use outgoing::Outgoing;
use parts::Parts;

/// A round pays if it leaves out so much of its rows: a quarter.
const LEFT_OUT: usize = 4;

/// Tells which values of rows are new, and combines the rest of them.
pub struct LocalDistinct {
    parts: Parts,
    /// Keys and their values that are remembered: so many at most.
    keys_max: usize,
    rounds: Rounds,
    outgoing: Outgoing,
    leaving: Leaving,
    has_ended: bool,
    held: Held,
}

impl LocalDistinct {
    /// Makes rows of [`Aggregation::partial`] of rows that stay. It sends what it has after so many of them, and so many
    /// nanoseconds after the first one; and knows about `keys_max` keys at most, and a round more.
    ///
    /// # Errors
    ///
    /// If a function does not take its column, or a type cannot be a key.
    pub fn new(aggregation: &Aggregation, keys_max: usize, round: (usize, u64)) -> Result<Self, Failure> {
        Ok(Self {
            parts: Parts::new(aggregation)?,
            keys_max,
            rounds: Rounds::of(Some(round)),
            outgoing: Outgoing::default(),
            leaving: Leaving::default(),
            has_ended: false,
            held: Held::default(),
        })
    }

    /// The same operator, which reserves its memory.
    #[must_use]
    pub fn seated(mut self, seat: &OperatorSeat) -> Self {
        self.held = Held::of(seat);
        self
    }

    /// What the round has come to leaves, and then this watermark.
    fn leave(&mut self, then: Option<Watermark>, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.outgoing = self.parts.outgoing()?;
        self.leaving = Leaving::new(self.outgoing.slots.clone(), then);
        self.more(cx)
    }

    fn hold(&mut self) -> Result<(), Failure> {
        let parts = &self.parts;
        self.held.hold(|| parts.bytes())
    }
}

impl Operator for LocalDistinct {
    fn batch(&mut self, _port: usize, batch: Batch, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        refuse_changes(&batch)?;
        if self.rounds.pass(batch.rows()) {
            cx.send(self.parts.singles(batch.compact()))?;
            return Ok(Flow::Next);
        }
        self.rounds.take_in(batch.rows(), cx);
        self.parts.note(&dense(batch))?;
        self.hold()?;
        if !self.rounds.is_over() && self.parts.keys() < self.keys_max {
            return Ok(Flow::Next);
        }
        let rows = self.rounds.rows();
        let flow = self.leave(None, cx)?;
        if rows - rows / LEFT_OUT < self.outgoing.rows() {
            self.rounds.give_up(rows);
        }
        Ok(flow)
    }

    fn time(&mut self, now: Watermark, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.leave(Some(now), cx)
    }

    fn end(&mut self, _port: usize, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.has_ended = true;
        self.leave(None, cx)
    }

    fn more(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        let Self { parts, outgoing, leaving, .. } = self;
        let flow = leaving.go_on(cx, |slots| Ok(parts.batch(outgoing, slots.len())))?;
        if flow == Flow::Next {
            self.rounds.begin_anew();
            self.parts.begin_anew(self.has_ended || self.parts.keys() >= self.keys_max);
            if self.has_ended {
                self.held.hold(|| 0)?;
            }
        }
        Ok(flow)
    }

    fn wake(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.leave(None, cx)
    }

    fn save(&mut self, to: &mut Snapshot) -> Result<(), Failure> {
        self.parts.save(to)
    }

    fn load(&mut self, from: &Restore) -> Result<(), Failure> {
        self.parts.load(from)?;
        self.hold()
    }
}
