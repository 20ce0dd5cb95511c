//! Rows that time has passed are forgotten, and leave before if they have waited for a pair that never came.
//!
//! What leaves then, and pairs of rows that have been kept, are older than event time: so in a patient join event time goes
//! on behind them.

use runtime::subtask::Failure;
use shuffle::Watermark;

use super::super::columns::null_columns;
use super::super::hash::{HashJoin, JoinKind};
use super::ChangingJoin;
use super::changes::Changes;
use super::side::Side;
use crate::contract::Flow;
use crate::cx::Cx;
use crate::layout::Layout;
use crate::rows::BATCH_ROWS;

impl ChangingJoin {
    /// The same, which forgets rows some time after they have come, by the clock of the machine. Nothing is taken back then, and
    /// what takes such a row back says nothing.
    ///
    /// # Errors
    ///
    /// As [`ChangingJoin::new`].
    pub fn idle_after(self, after_ms: i64) -> Result<Self, Failure> {
        assert!(self.doubt.is_none(), "of what is forgotten nobody knows what is NOT IN it");
        let are_alone = self.rules.are_alone(0) || self.rules.are_alone(1);
        let counts_pairs = self.counts_pairs || are_alone;
        let side = |port: usize| {
            let side = Side::new(&self.inputs[port], None, counts_pairs && self.rules.are_alone(port))?;
            Ok::<_, Failure>(side.idle_after(after_ms))
        };
        let sides = [side(0)?, side(1)?];
        Ok(Self { sides, counts_pairs, ..self })
    }

    /// The same for rows that are only added: what has no pair leaves when it is forgotten, so that all that leaves is only
    /// added. Event time goes on behind them.
    ///
    /// # Panics
    ///
    /// If a row may be taken back, or may never be forgotten, or is marked.
    #[must_use]
    pub fn patient(mut self) -> Self {
        assert!(!self.inputs.iter().any(Layout::has_kinds), "what has left is not taken back");
        assert!(self.sides.iter().all(Side::forgets), "a row leaves when it is forgotten");
        assert!(self.kind != JoinKind::LeftMark, "a mark changes");
        self.changes = Changes::new(HashJoin::output(&self.inputs, self.kind), self.kind);
        self.rules.is_patient = true;
        self
    }

    /// Forgets the rows that event time has passed, as far as those behind want what leaves of them; then it is passed on.
    pub(super) fn pass(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        for port in [0, 1] {
            while self.pass_some(port, cx)? {
                if !cx.may_go_on() {
                    return Ok(Flow::Again);
                }
            }
        }
        self.end_turn()?;
        if let Some(now) = self.passing.take() {
            cx.time(if now < Watermark::MAX { Watermark(now.0.saturating_sub(self.delay())) } else { now })?;
        }
        Ok(Flow::Next)
    }

    /// Forgets the rows that have been there for too long.
    pub(super) fn forget_idle(&mut self, now_ms: i64) {
        for side in &mut self.sides {
            side.clock(now_ms);
            while let Some(number) = side.next_idle() {
                self.loose.push(side.forget(number));
            }
        }
    }

    fn delay(&self) -> i64 {
        let delays = self.sides.iter().map(|side| side.delay());
        if self.rules.is_patient { delays.max().unwrap_or(0) } else { 0 }
    }

    /// Forgets some rows of a side, and sends those of them that leave: a batch at most. `false` if there are no more.
    fn pass_some(&mut self, port: usize, cx: &mut Cx<'_>) -> Result<bool, Failure> {
        let waits = self.rules.wait(port);
        let side = &mut self.sides[port];
        let mut leaving = Vec::new();
        let mut has_more = true;
        while leaving.len() < BATCH_ROWS {
            let Some(number) = side.next_due() else {
                has_more = false;
                break;
            };
            if waits && side.is_lonely(number) == Some(true) {
                leaving.push(number);
            } else {
                self.loose.push(side.forget(number));
            }
        }
        if leaving.is_empty() {
            return Ok(has_more);
        }
        for rows in self.sides[port].get(&leaving) {
            let count = rows.num_rows();
            let mut parts = [rows.columns().to_vec(), Vec::new()];
            if !self.kind.is_about_left() {
                parts[1] = null_columns(self.inputs[1 - port].schema().fields(), count);
            }
            parts.rotate_left(port);
            cx.send(self.changes.rows(parts.concat(), count))?;
        }
        for number in leaving {
            self.loose.push(self.sides[port].forget(number));
        }
        Ok(has_more)
    }
}
