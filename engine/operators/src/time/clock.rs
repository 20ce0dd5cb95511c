//! Processing time: rows have the time of the machine, and time goes on with its clock.
//!
//! ```text
//!   batch ─► NowColumn: a column that says when it came ─► … ─► ClockTimes: watermarks by the clock ─► windows
//! ```
//!
//! What comes from before about event time ends at [`ClockTimes`], but for the end of time. A clock that is set back stands
//! still until it has caught up.

use std::sync::Arc;

use arrow_array::TimestampMillisecondArray;
use arrow_schema::Field;
use memory::Batch;
use runtime::subtask::Failure;
use shuffle::Watermark;

use crate::contract::{Flow, Operator};
use crate::cx::Cx;
use crate::layout::{Layout, time_type};
use crate::seat::OperatorSeat;

/// How often time goes on where no row comes.
const TICK_MS: i64 = 100;

/// Adds a column that says when a row has come.
pub struct NowColumn {
    input: Layout,
    output: Layout,
}

impl NowColumn {
    /// Over rows of this layout.
    pub fn new(input: Layout, name: &str) -> Self {
        Self { output: Self::output(&input, name), input }
    }

    /// The layout of rows with the column, behind the others of the record.
    pub fn output(input: &Layout, name: &str) -> Layout {
        input.widened(Field::new(name, time_type(), true))
    }
}

impl Operator for NowColumn {
    fn batch(&mut self, _port: usize, batch: Batch, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        let batch = batch.compact();
        let now = TimestampMillisecondArray::from(vec![cx.wall_ms(); batch.rows()]);
        let mut columns = batch.columns().columns().to_vec();
        columns.insert(self.input.record(), Arc::new(now));
        let rows = self.output.batch(columns, batch.rows());
        cx.send(rows.with_kinds(batch.kinds().cloned()).with_hashes(batch.hashes().cloned()))?;
        Ok(Flow::Next)
    }
}

/// Says how far time has come, by the clock of the machine.
pub struct ClockTimes {
    sent_ms: i64,
}

impl ClockTimes {
    /// It asks to be woken, so that time goes on without rows.
    pub fn new(seat: &OperatorSeat) -> Self {
        seat.poke.poke();
        Self { sent_ms: i64::MIN }
    }

    fn go_on(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        // A row of this very millisecond may still come.
        let passed_ms = cx.wall_ms() - 1;
        if passed_ms > self.sent_ms {
            self.sent_ms = passed_ms;
            cx.time(Watermark(passed_ms))?;
        }
        if self.sent_ms < i64::MAX {
            cx.wake_at_wall_ms(passed_ms + TICK_MS);
        }
        Ok(Flow::Next)
    }
}

impl Operator for ClockTimes {
    fn batch(&mut self, _port: usize, batch: Batch, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        cx.send(batch)?;
        self.go_on(cx)
    }

    fn time(&mut self, now: Watermark, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        if now == Watermark::MAX {
            self.sent_ms = i64::MAX;
            cx.time(now)?;
        }
        Ok(Flow::Next)
    }

    fn wake(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.go_on(cx)
    }
}
