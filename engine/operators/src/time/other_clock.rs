//! Time as another clock shows it: windows are cut where people see them, and their rows have such times.
//!
//! ```text
//!   watermark 23:30 ─► OtherClock ─► watermark 01:30 ─► windows ─► OtherClock ─► watermark 23:30
//! ```
//!
//! Only what is told about time changes; who puts it into a plan changes the times of rows. A clock that is set back stands still
//! here until it has caught up.

use std::sync::Arc;

use memory::Batch;
use runtime::subtask::Failure;
use shuffle::Watermark;

use crate::contract::{Flow, Operator};
use crate::cx::Cx;

/// What another clock shows, in milliseconds.
pub type Reading = Arc<dyn Fn(i64) -> i64 + Send + Sync>;

/// The operator.
pub struct OtherClock {
    shows: Reading,
    sent_ms: i64,
}

impl OtherClock {
    /// By what it shows.
    pub fn new(shows: Reading) -> Self {
        Self { shows, sent_ms: i64::MIN }
    }
}

impl Operator for OtherClock {
    fn batch(&mut self, _port: usize, batch: Batch, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        cx.send(batch)?;
        Ok(Flow::Next)
    }

    fn time(&mut self, now: Watermark, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        // The end of time is one by all clocks.
        let shown_ms = if now == Watermark::MAX { now.0 } else { (self.shows)(now.0) };
        if shown_ms > self.sent_ms {
            self.sent_ms = shown_ms;
            cx.time(Watermark(shown_ms))?;
        }
        Ok(Flow::Next)
    }
}
