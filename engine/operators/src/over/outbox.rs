//! Rows with their results on their way out, in pieces of a batch at most.

use std::collections::VecDeque;

use arrow_array::{ArrayRef, RecordBatch};
use memory::Batch;
use runtime::subtask::Failure;
use shuffle::Watermark;

use crate::cx::Cx;
use crate::layout::Layout;
use crate::rows::BATCH_ROWS;

/// What is to be sent.
pub(super) struct Outbox {
    output: Layout,
    waiting: VecDeque<Batch>,
    /// What follows when all has left.
    then: Option<Watermark>,
}

impl Outbox {
    pub(super) fn new(output: Layout) -> Self {
        Self { output, waiting: VecDeque::new(), then: None }
    }

    /// Puts rows in, with the results of all of them.
    pub(super) fn push(&mut self, rows: &[RecordBatch], results: &[ArrayRef]) {
        let mut first = 0;
        for rows in rows {
            let mut start = 0;
            while start < rows.num_rows() {
                let count = BATCH_ROWS.min(rows.num_rows() - start);
                let piece = rows.slice(start, count);
                let own: Vec<ArrayRef> = results.iter().map(|column| column.slice(first, count)).collect();
                self.waiting.push_back(self.output.batch(widened(&piece, &own, &self.output), count));
                start += count;
                first += count;
            }
        }
    }

    /// Time has come to this when all that is in has left.
    pub(super) fn then(&mut self, now: Watermark) {
        self.then = Some(now);
    }

    /// Sends what there is. `false` if it has to stop: then it is not the time for more, either.
    pub(super) fn send(&mut self, cx: &mut Cx<'_>) -> Result<bool, Failure> {
        while let Some(batch) = self.waiting.pop_front() {
            cx.send(batch)?;
            if !cx.may_go_on() {
                return Ok(false);
            }
        }
        if let Some(now) = self.then.take() {
            cx.time(now)?;
        }
        Ok(true)
    }
}

/// The columns of rows with their results among them.
pub(super) fn widened(rows: &RecordBatch, results: &[ArrayRef], output: &Layout) -> Vec<ArrayRef> {
    let mut columns = rows.columns().to_vec();
    let record = output.record() - results.len();
    columns.splice(record..record, results.iter().cloned());
    columns
}
