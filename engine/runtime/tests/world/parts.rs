//! Subtasks to put together: a source that counts, a sink that collects.

use std::sync::{Arc, Mutex};

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Int64Array, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use memory::{Batch, Envelope};
use runtime::subtask::{Failure, Progress, StepCx, Subtask};
use shuffle::Arrival;

/// Rows with one number.
pub(crate) fn envelope() -> Arc<Envelope> {
    let schema = Schema::new(vec![Field::new("number", DataType::Int64, false)]);
    Arc::new(Envelope::new(Arc::new(schema), false, true))
}

pub(crate) fn batch_of(numbers: impl Iterator<Item = i64>) -> Batch {
    let column = Arc::new(numbers.collect::<Int64Array>());
    Batch::new(RecordBatch::try_new(envelope().schema().clone(), vec![column]).expect("one column"))
}

pub(crate) fn rows_of(batch: &Batch) -> Vec<i64> {
    batch.columns().column(0).as_primitive::<Int64Type>().values().to_vec()
}

/// Sends the numbers from one to another, in batches.
pub(crate) struct Count {
    next: u64,
    end: u64,
    batch: u64,
}

impl Count {
    pub(crate) fn new(first: u64, rows: u64, batch: u64) -> Self {
        Self { next: first, end: first + rows, batch }
    }
}

impl Subtask for Count {
    fn step(&mut self, cx: &mut StepCx<'_>) -> Result<Progress, Failure> {
        while cx.may_go_on() {
            if self.next == self.end {
                return Ok(Progress::Done);
            }
            let end = self.end.min(self.next + self.batch);
            let numbers = (self.next..end).map(|number| number as i64);
            self.next = end;
            let _ = cx.send(0, batch_of(numbers))?;
        }
        Ok(Progress::Worked)
    }
}

/// Keeps all that comes.
pub(crate) struct Collect(pub(crate) Arc<Mutex<Vec<Batch>>>);

impl Subtask for Collect {
    fn step(&mut self, cx: &mut StepCx<'_>) -> Result<Progress, Failure> {
        while let Some(arrival) = cx.next() {
            match arrival {
                Arrival::Batch { batch, .. } => {
                    let own = Batch::new(memory::own_rows(batch.columns()));
                    self.0.lock().expect("nobody panics here").push(own);
                }
                Arrival::End => return Ok(Progress::Done),
                _ => {}
            }
        }
        Ok(Progress::IDLE)
    }
}
