//! Where rows end that nobody wants: to measure what comes before.
//!
//! Keeps a count of what has come, over all subtasks. Never looks at a row.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use memory::Batch;
use operators::{Cx, Flow, Sink};
use runtime::subtask::{Failure, Seat};

/// The sink. A clone counts together with the one it was made of.
#[derive(Clone, Debug, Default)]
pub struct Blackhole {
    rows: Arc<AtomicU64>,
}

impl Blackhole {
    /// How many rows have come, in all attempts.
    pub fn rows(&self) -> u64 {
        self.rows.load(Ordering::Relaxed)
    }

    /// One subtask.
    ///
    /// # Errors
    ///
    /// None; as with every sink.
    pub fn make(&self, _seat: &Seat) -> Result<Box<dyn Sink>, Failure> {
        Ok(Box::new(self.clone()))
    }
}

impl Sink for Blackhole {
    fn batch(&mut self, batch: Batch, _cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.rows.fetch_add(batch.rows() as u64, Ordering::Relaxed);
        Ok(Flow::Next)
    }

    fn end(&mut self, _cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        Ok(Flow::Next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trial::{self, numbers};

    #[test]
    fn all_rows_are_counted_and_nothing_else_happens() {
        for batch_rows in [1, 7, 1024, 8192] {
            let (source, blackhole) = (numbers(20_000, batch_rows), Blackhole::default());
            let sink = blackhole.clone();
            trial::finishes(trial::vertex(move |seat| source.make(seat), move |seat| sink.make(seat)));
            assert_eq!(blackhole.rows(), 20_000);
        }
    }
}
