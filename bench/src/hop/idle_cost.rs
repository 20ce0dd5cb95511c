//! What a worker costs on whose jobs nothing flows: processor time of the whole process, all of its threads.

use std::time::Duration;

use runtime::job::{ExecutionGraph, Vertex};
use runtime::subtask::{Failure as StepFailure, Progress, Seat, StepCx, Subtask};
use runtime::{Clock, Worker};
use rustix::time::{ClockId, clock_gettime};
use shuffle::BufferTimeout;

use super::failure::Failure;
use super::{rows, stage};

/// Until threads have started, and cores have lost their patience.
const SETTLE: Duration = Duration::from_millis(300);

/// The default of the engine. Nothing waits in an output, so no tick should be set.
const TIMEOUT: BufferTimeout = BufferTimeout::Every(Duration::from_millis(100));

/// Runs a job of four subtasks on two cores that has nothing to do, and says what part of one core it has cost.
///
/// # Errors
///
/// If the job does not stay, or does not go when it should.
pub fn measure(worker: &Worker, time: Duration) -> Result<f64, Failure> {
    let quiet = |_: &Seat| -> Result<Box<dyn Subtask>, StepFailure> { Ok(Box::new(Quiet)) };
    let both = [stage::FROM, stage::TO];
    let mut graph = ExecutionGraph::new("hop: nothing flows");
    let source = graph.vertex(Vertex::new("source", quiet).parallel(2).on(both));
    let sink = graph.vertex(Vertex::new("sink", quiet).parallel(2).on(both));
    graph.edges.push(rows::edge(source, sink, TIMEOUT));
    let job = worker.run(graph)?;
    let clock = Clock::start();
    let wait = |time| if job.wait_for(time).is_some() { Err(stage::unexpected(&job)) } else { Ok(()) };
    wait(SETTLE)?;
    let (began_ns, used) = (clock.now_ns(), processor_time());
    wait(time)?;
    let went_ns = clock.now_ns() - began_ns;
    let cost = (processor_time() - used).as_nanos() as f64 / went_ns.max(1) as f64;
    stage::cancel(&job)?;
    Ok(cost)
}

/// Of all threads of this process.
fn processor_time() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ProcessCPUTime))
        .expect("a process has used no less than nothing")
}

/// Nothing to send, and nothing comes.
struct Quiet;

impl Subtask for Quiet {
    fn step(&mut self, cx: &mut StepCx<'_>) -> Result<Progress, StepFailure> {
        while cx.next().is_some() {}
        Ok(Progress::IDLE)
    }
}
