//! Where a plan runs: a worker like that of any job. Slots keep the subtasks of one number together, so that rows need not cross;
//! where they have to, every chain gets the next core.

use std::sync::Arc;
use std::time::Duration;

use memory::{MemoryPlan, SpillDirectories};
use millstream::ExecuteError;
use millstream::plan::{JobGraph, JobSpec};
use millstream::runtime::job::{ExecutionGraph, JobState, Placement};
use millstream::runtime::{Cores, Preflight, Worker, WorkerSpec, machine};
use options::{IO_BACKEND, Settings};

/// Runs a plan to its end, each chain on a core of its own: how long it took.
pub(crate) fn run(graph: &JobGraph, settings: &Settings) -> Result<Duration, ExecuteError> {
    let memory = MemoryPlan::of(settings, machine::memory()?)?;
    let spills = Arc::new(SpillDirectories::open(settings)?);
    let worker = worker(settings)?;
    let mut execution = graph.execution(&JobSpec::of(settings, memory.managed.get(), spills));
    for (number, vertex) in execution.vertices.iter_mut().enumerate() {
        vertex.placement = Placement::Cores(vec![number % worker.cores()]);
    }
    finish(worker, execution)
}

/// A worker with these settings.
pub(crate) fn worker(settings: &Settings) -> Result<Worker, ExecuteError> {
    let cores = Cores::available()?;
    let memory = MemoryPlan::of(settings, machine::memory()?)?;
    let report = Preflight::run(settings.get(&IO_BACKEND))?;
    Ok(Worker::start(WorkerSpec::of(settings, &cores, &memory, &report))?)
}

/// Runs a job to its end, the worker's only one: how long it took.
pub(crate) fn finish(worker: Worker, execution: ExecutionGraph) -> Result<Duration, ExecuteError> {
    let job = execution.name.clone();
    let clock = worker.clock();
    let began_ns = clock.now_ns();
    let outcome = worker.run(execution)?.wait().clone();
    let elapsed = Duration::from_nanos(clock.now_ns() - began_ns);
    worker.stop()?;
    match (outcome.state, outcome.failure) {
        (JobState::Finished, _) => Ok(elapsed),
        (_, Some(failure)) => Err(ExecuteError::Failed { job, failure }),
        (_, None) => Err(ExecuteError::Canceled { job }),
    }
}
