//! Rows that time has passed are forgotten, and leave before if they have waited for a pair that never came.
//!
//! What leaves then, and pairs of rows that have been kept, are older than event time: so in a patient join event time goes
//! on behind them.

use runtime::subtask::Failure;
use shuffle::Watermark;

use super::super::columns::null_columns;
use super::ChangingJoin;
use crate::contract::Flow;
use crate::cx::Cx;
use crate::rows::BATCH_ROWS;

impl ChangingJoin {
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
