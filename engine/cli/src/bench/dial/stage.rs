//! Where the plan runs: a worker like that of any job, but for one thing. Slots keep the subtasks of one number together, so that
//! rows need not cross; here they have to, and every chain gets the next core.

use std::sync::Arc;
use std::time::Duration;

use memory::{MemoryPlan, SpillDirectories};
use millstream::ExecuteError;
use millstream::plan::{JobGraph, JobSpec};
use millstream::runtime::job::{JobState, Placement};
use millstream::runtime::{Cores, Preflight, Worker, WorkerSpec, machine};
use options::{IO_BACKEND, Settings};

/// Runs a job to its end: how long it took.
pub(super) fn run(graph: &JobGraph, settings: &Settings) -> Result<Duration, ExecuteError> {
    let cores = Cores::available()?;
    let memory = MemoryPlan::of(settings, machine::memory()?)?;
    let report = Preflight::run(settings.get(&IO_BACKEND))?;
    let spills = Arc::new(SpillDirectories::open(settings)?);
    let worker = Worker::start(WorkerSpec::of(settings, &cores, &memory, &report))?;
    let mut execution = graph.execution(&JobSpec::of(settings, memory.managed.get(), spills));
    for (number, vertex) in execution.vertices.iter_mut().enumerate() {
        vertex.placement = Placement::Cores(vec![number % worker.cores()]);
    }
    let clock = worker.clock();
    let began_ns = clock.now_ns();
    let outcome = worker.run(execution)?.wait().clone();
    let elapsed = Duration::from_nanos(clock.now_ns() - began_ns);
    worker.stop()?;
    let job = graph.program.name.clone();
    match (outcome.state, outcome.failure) {
        (JobState::Finished, _) => Ok(elapsed),
        (_, Some(failure)) => Err(ExecuteError::Failed { job, failure }),
        (_, None) => Err(ExecuteError::Canceled { job }),
    }
}
