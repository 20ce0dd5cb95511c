//! A job that wants all of both cores, to measure how much a row of another job has to wait for it.
//!
//! It never ends and never waits: its sources work for as long as a step may take, in pieces of some microseconds, as a
//! batch job with a costly function does. What it makes is thrown away.

use std::hint::black_box;

use memory::Batch;
use runtime::job::{EdgeSpec, ExecutionGraph, Vertex};
use runtime::subtask::{Failure as StepFailure, Progress, Seat, StepCx, Subtask};
use runtime::{JobHandle, Worker};
use shuffle::{Arrival, BufferTimeout, Route};

use super::failure::Failure;
use super::{rows, stage};

/// A tenth of what the other job has.
const SHARES: u32 = 100;

/// Rows between two looks at the time: a piece of about five microseconds.
const PIECE_ROWS: i64 = 128;

/// Steps of the costly function for each row, a nanosecond or two each.
const ROUNDS: u32 = 32;

/// Starts it; [`Burden::end`] ends it.
///
/// # Errors
///
/// If it cannot be placed.
pub fn begin(worker: &Worker) -> Result<Burden, Failure> {
    let both = [stage::FROM, stage::TO];
    let mut graph = ExecutionGraph::new("hop: beside");
    graph.shares = SHARES;
    let source = |_: &Seat| -> Result<Box<dyn Subtask>, StepFailure> { Ok(Box::new(Toil { next: 0 })) };
    let sink = |_: &Seat| -> Result<Box<dyn Subtask>, StepFailure> { Ok(Box::new(Pit)) };
    let source = graph.vertex(Vertex::new("source", source).parallel(2).on(both));
    let sink = graph.vertex(Vertex::new("sink", sink).parallel(2).on(both));
    graph.edges.push(EdgeSpec::new(
        source,
        sink,
        rows::plain_envelope(),
        Route::Forward,
        BufferTimeout::Full,
    ));
    Ok(Burden { job: worker.run(graph)? })
}

/// The job while it runs.
#[derive(Debug)]
pub struct Burden {
    job: JobHandle,
}

impl Burden {
    /// Ends it, and says how many rows it has made.
    ///
    /// # Errors
    ///
    /// If it has ended before, or has not done anything.
    pub fn end(self) -> Result<u64, Failure> {
        stage::cancel(&self.job)?;
        match self.job.board().gauges().map(|(_, _, gauges)| gauges.rows_out.get()).sum() {
            0 => Err(Failure::Answer("the job beside has not had a turn".to_owned())),
            rows => Ok(rows),
        }
    }
}

struct Toil {
    next: i64,
}

impl Subtask for Toil {
    fn step(&mut self, cx: &mut StepCx<'_>) -> Result<Progress, StepFailure> {
        while cx.may_go_on() {
            let numbers = (self.next..self.next + PIECE_ROWS).map(costly).collect();
            self.next += PIECE_ROWS;
            let scheduled = vec![0; usize::try_from(PIECE_ROWS).expect("a small number")];
            let _ = cx.send(0, Batch::new(rows::batch(scheduled, numbers)))?;
        }
        Ok(Progress::Worked)
    }
}

/// Something that the processor has to do step by step.
fn costly(number: i64) -> i64 {
    (0..ROUNDS).fold(black_box(number), |mixed, round| mixed.wrapping_mul(31).rotate_left(round) ^ number)
}

struct Pit;

impl Subtask for Pit {
    fn step(&mut self, cx: &mut StepCx<'_>) -> Result<Progress, StepFailure> {
        while let Some(arrival) = cx.next() {
            if matches!(arrival, Arrival::End) {
                return Ok(Progress::Done);
            }
        }
        Ok(Progress::IDLE)
    }
}
