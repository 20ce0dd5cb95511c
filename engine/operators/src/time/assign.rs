//! Gives rows their times in the middle of a stream.
//!
//! What comes from before about time ends here, but for the end of time: the rows' new times say it anew.

use memory::Batch;
use runtime::subtask::Failure;
use shuffle::Watermark;

use super::Times;
use crate::contract::{Flow, Operator};
use crate::cx::{Cx, WHOLE};
use crate::seat::OperatorSeat;

/// The operator of a [`WatermarkStrategy`](super::WatermarkStrategy).
pub struct AssignTimes {
    times: Times,
}

impl AssignTimes {
    /// With these times. It asks to be woken, so that an input which never has a row becomes idle too.
    pub fn new(times: Times, seat: &OperatorSeat) -> Self {
        seat.poke.poke();
        Self { times }
    }
}

impl Operator for AssignTimes {
    fn batch(&mut self, _port: usize, batch: Batch, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.times.rows(WHOLE, batch, cx)?;
        Ok(Flow::Next)
    }

    fn time(&mut self, now: Watermark, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        if now == Watermark::MAX {
            cx.time(now)?;
        }
        Ok(Flow::Next)
    }

    fn end(&mut self, _port: usize, _cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.times.end();
        Ok(Flow::Next)
    }

    fn wake(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.times.begin(cx);
        self.times.wake(cx)?;
        Ok(Flow::Next)
    }
}
