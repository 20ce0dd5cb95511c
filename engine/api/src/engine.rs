//! A worker of this process, and the jobs that are run on it.

use std::sync::Arc;

use memory::{MemoryPlan, SpillDirectories};
use operators::accumulators::JobAccumulators;
use options::{IO_BACKEND, Settings};
use plan::{JobGraph, JobSpec};
use runtime::job::{JobState, Outcome};
use runtime::{Cores, JobHandle, Preflight, Worker, WorkerSpec, machine};

use crate::error::ExecuteError;

/// A worker, and what its jobs share.
#[derive(Debug)]
pub(crate) struct Engine {
    pub(crate) worker: Worker,
    memory: MemoryPlan,
    spills: Arc<SpillDirectories>,
}

/// A job on it.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) name: String,
    pub(crate) handle: JobHandle,
    pub(crate) accumulators: JobAccumulators,
}

impl Engine {
    /// Starts a worker as the settings say.
    pub(crate) fn start(settings: &Settings) -> Result<Self, ExecuteError> {
        let cores = Cores::available()?;
        let memory = MemoryPlan::of(settings, machine::memory()?)?;
        let report = Preflight::run(settings.get(&IO_BACKEND))?;
        let spills = Arc::new(SpillDirectories::open(settings)?);
        let worker = Worker::start(WorkerSpec::of(settings, &cores, &memory, &report))?;
        Ok(Self { worker, memory, spills })
    }

    /// Begins a job.
    pub(crate) fn run(&self, graph: &JobGraph, settings: &Settings) -> Result<Running, ExecuteError> {
        let spec = JobSpec::of(settings, self.memory.managed.get(), self.spills.clone());
        let handle = self.worker.run(graph.execution(&spec))?;
        Ok(Running { name: graph.program.name.clone(), handle, accumulators: spec.accumulators })
    }
}

impl Running {
    /// What the end of the job means for whoever has wanted it.
    pub(crate) fn judge(&self, outcome: Outcome) -> Result<(), ExecuteError> {
        let job = self.name.clone();
        match (outcome.state, outcome.failure) {
            (JobState::Finished, _) => Ok(()),
            (_, Some(failure)) => Err(ExecuteError::Failed { job, failure }),
            (_, None) => Err(ExecuteError::Canceled { job }),
        }
    }
}
