//! How many rows go over at full load: batches made beforehand, as fast as the output takes them.
//!
//! The source does nothing but hand out the next of its batches, so what is measured is the way: hashing, the output, the
//! ring, the gate, and the sum at the end that shows that all have come. With one receiver a large batch goes over as it
//! is, whatever the timeout; rows of small ones are gathered in segments, and it is there that a timeout costs.

use std::sync::Arc;

use arrow_array::RecordBatch;
use memory::Batch;
use runtime::Worker;
use runtime::job::{ExecutionGraph, Vertex};
use runtime::subtask::{Failure as StepFailure, Progress, Seat, StepCx, Subtask};
use shuffle::{Arrival, BufferTimeout};

use super::failure::Failure;
use super::handover::Handover;
use super::{rows, stage};

/// Rows of a large batch: those of a scan. It goes over whole.
pub const LARGE_ROWS: u64 = 8192;

/// Rows of a small batch: those of a topic that is not behind. They are copied.
pub const SMALL_ROWS: u64 = 128;

/// Rows of one batch at most.
pub const BATCH_ROWS_MAX: u64 = 65_536;

/// Rows that follow each other before the first comes again: three megabytes, more than a second-level cache.
const LOAD_ROWS: u64 = 16 * LARGE_ROWS;

/// What is sent, again and again.
#[derive(Clone, Debug)]
pub struct Load {
    batches: Arc<[(RecordBatch, i64)]>,
    batch_rows: u64,
}

/// One run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Passage {
    /// All rows that have arrived.
    pub rows: u64,
    /// Rows in a second, from the source's first step to the sink's end.
    pub rate: f64,
}

/// What repeating has told.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// The rate of the slowest run.
    pub least: f64,
    /// The rate in the middle.
    pub median: f64,
    /// The rate of the fastest run.
    pub most: f64,
}

impl Load {
    /// Makes batches of so many rows.
    pub fn prepare(batch_rows: u64) -> Self {
        let count = |number: u64| usize::try_from(number).expect("a batch fits in memory");
        let (batches, rows) = (count(LOAD_ROWS.div_ceil(batch_rows)), count(batch_rows));
        let with_sum = |batch: RecordBatch| {
            let batch = Batch::new(batch);
            let sum = rows::sum(rows::numbers(&batch));
            (batch.columns().clone(), sum)
        };
        Self { batches: rows::batches(batches, rows).into_iter().map(with_sum).collect(), batch_rows }
    }

    /// Sends at least so many rows, and looks whether they have come.
    ///
    /// # Errors
    ///
    /// If they have not, or not all of them, or others.
    pub fn pass(&self, worker: &Worker, rows: u64, timeout: BufferTimeout) -> Result<Passage, Failure> {
        let count = rows.div_ceil(self.batch_rows).max(1);
        let (began, heard) = (Handover::new(), Handover::new());
        let mut graph = ExecutionGraph::new("hop: throughput");
        let source = {
            let (load, began) = (self.clone(), began.clone());
            move |_: &Seat| -> Result<Box<dyn Subtask>, StepFailure> {
                Ok(Box::new(Pump { load: load.clone(), next: 0, count, began: Some(began.clone()) }))
            }
        };
        let source = graph.vertex(Vertex::new("source", source).on([stage::FROM]));
        let sink = {
            let heard = heard.clone();
            move |_: &Seat| -> Result<Box<dyn Subtask>, StepFailure> {
                Ok(Box::new(Scale { rows: 0, sum: 0, goes_to: heard.clone() }))
            }
        };
        let sink = graph.vertex(Vertex::new("sink", sink).on([stage::TO]));
        graph.edges.push(rows::edge(source, sink, timeout));
        stage::finish(&worker.run(graph)?)?;
        let Weighed { rows, sum, ended_ns } = heard.take()?;
        let expected = (count * self.batch_rows, self.sum(count));
        if (rows, sum) != expected {
            let words =
                format!("{rows} rows with the sum {sum} have come, not {} with {}", expected.0, expected.1);
            return Err(Failure::Answer(words));
        }
        let went_ns = ended_ns.saturating_sub(began.take()?).max(1);
        Ok(Passage { rows, rate: rows as f64 * 1e9 / went_ns as f64 })
    }

    /// What the numbers of the first `count` batches add up to, by counting.
    fn sum(&self, count: u64) -> i64 {
        let sums = self.batches.iter().map(|(_, sum)| *sum).cycle();
        (0..count).zip(sums).fold(0, |sum: i64, (_, more)| sum.wrapping_add(more))
    }
}

impl Spread {
    /// Of these rates.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub fn of(mut rates: Vec<f64>) -> Self {
        rates.sort_by(f64::total_cmp);
        let (least, most) = (rates[0], rates[rates.len() - 1]);
        Self { least, median: rates[rates.len() / 2], most }
    }
}

/// Sends batches as long as the output takes them.
struct Pump {
    load: Load,
    next: u64,
    count: u64,
    /// Hears when it was stepped first.
    began: Option<Handover<u64>>,
}

impl Subtask for Pump {
    fn step(&mut self, cx: &mut StepCx<'_>) -> Result<Progress, StepFailure> {
        if let Some(began) = self.began.take() {
            began.leave(cx.now_ns());
        }
        while cx.may_go_on() {
            if self.next == self.count {
                return Ok(Progress::Done);
            }
            let turn = self.next % self.load.batches.len() as u64;
            let turn = usize::try_from(turn).expect("below the number of batches");
            self.next += 1;
            let _ = cx.send(0, Batch::new(self.load.batches[turn].0.clone()))?;
        }
        Ok(Progress::Worked)
    }
}

/// Counts rows and adds up their numbers.
struct Scale {
    rows: u64,
    sum: i64,
    goes_to: Handover<Weighed>,
}

struct Weighed {
    rows: u64,
    sum: i64,
    ended_ns: u64,
}

impl Subtask for Scale {
    fn step(&mut self, cx: &mut StepCx<'_>) -> Result<Progress, StepFailure> {
        while let Some(arrival) = cx.next() {
            match arrival {
                Arrival::Batch { batch, .. } => {
                    self.rows += batch.rows() as u64;
                    self.sum = self.sum.wrapping_add(rows::sum(rows::numbers(&batch)));
                }
                Arrival::End => {
                    let (rows, sum, ended_ns) = (self.rows, self.sum, cx.now_ns());
                    self.goes_to.leave(Weighed { rows, sum, ended_ns });
                    return Ok(Progress::Done);
                }
                _ => {}
            }
        }
        Ok(Progress::IDLE)
    }
}
