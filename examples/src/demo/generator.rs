//! The subtasks of the source: each makes its share of the clicks and sends every one to the owner of its page.
//!
//! Thin: a source of `connect`. It makes clicks for as long as its step may go on, which is until its budget is used up
//! or its receivers are behind.

use std::ops::Range;
use std::sync::Arc;

use memory::Batch;
use runtime::subtask::{Failure, Progress, Seat, StepCx, Subtask};

use super::job::Job;

/// Rows of a generated batch: about a tenth of a millisecond, what one step may take.
const BATCH_ROWS: u64 = 1024;

pub(crate) struct Generator {
    job: Arc<Job>,
    left: Range<u64>,
}

impl Generator {
    pub(crate) fn new(job: &Arc<Job>, seat: &Seat) -> Self {
        Self { job: job.clone(), left: job.clicks_of(seat.place.number) }
    }
}

impl Subtask for Generator {
    fn step(&mut self, cx: &mut StepCx<'_>) -> Result<Progress, Failure> {
        while cx.may_go_on() {
            if self.left.is_empty() {
                return Ok(Progress::Done);
            }
            let end = self.left.end.min(self.left.start + BATCH_ROWS);
            let batch = Batch::new(self.job.clicks.batch(self.left.start..end));
            self.left.start = end;
            let _ = cx.send(0, batch)?; // The loop asks.
        }
        Ok(Progress::Worked)
    }
}

/// How many batches a subtask makes of so many clicks.
pub(crate) fn batches_of(clicks: &Range<u64>) -> u64 {
    (clicks.end - clicks.start).div_ceil(BATCH_ROWS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_batch_may_be_smaller() {
        assert_eq!([0..0, 5..6, 0..1024, 0..1025].map(|clicks| batches_of(&clicks)), [0, 1, 1, 2]);
    }
}
