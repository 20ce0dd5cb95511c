//! What a worker is started with.

use memory::{Lease, MemoryPlan};
use options::{CORES, IDLE, IO_BACKEND, IO_THREADS, Idle, Settings};

use crate::cores::{Core, Cores};
use crate::error::Error;
use crate::host::{Circumstances, Patience};
use crate::machine;
use crate::preflight::{Backend, Preflight, Report};

/// What a worker is started with: which cores, how they idle, whose memory.
#[derive(Clone, Debug)]
pub struct WorkerSpec {
    /// A pinned thread for each. A core may be named twice: then two threads share it.
    pub cores: Vec<Core>,
    /// Whether cores look for work without end.
    pub busy: bool,
    /// Whether there are more threads than processors for them, so that who looks is in the way of who works.
    pub shared: bool,
    /// Who does the I/O.
    pub backend: Backend,
    /// Threads of the I/O plane.
    pub io_threads: usize,
    /// For the segments of all cores.
    pub network: Lease,
    /// For what subtasks keep.
    pub managed: Lease,
    /// The size of a segment.
    pub segment_bytes: usize,
}

impl WorkerSpec {
    /// What `settings` ask for on this machine. The memory is split as `plan` says; `report` says who does the I/O.
    /// Says in the log when there are more threads than the machine gives processors.
    pub fn of(settings: &Settings, cores: &Cores, plan: &MemoryPlan, report: &Report) -> Self {
        let usable = cores.usable();
        let count = settings.get(&CORES).map_or(usable.len(), |count| count as usize);
        let shared = count > usable.len();
        if shared {
            tracing::warn!(
                "runtime.cores = {count}, but this process has {cores}: threads share processors, and none looks for \
                 work for long"
            );
        }
        let busy = settings.get(&IDLE) == Idle::Busy;
        if busy && shared {
            tracing::warn!("runtime.idle = busy with shared processors: each keeps the others from working");
        }
        Self {
            cores: cores.all().iter().copied().cycle().take(count).collect(),
            busy,
            shared,
            backend: report.backend,
            io_threads: settings.get(&IO_THREADS) as usize,
            network: plan.network_lease(),
            managed: plan.managed_lease(),
            segment_bytes: usize::try_from(plan.segment.get()).expect("at most a slab"),
        }
    }

    /// The same, asking the machine for all of it.
    ///
    /// # Errors
    ///
    /// If the machine does not answer, or not as the settings demand.
    pub fn on_this_machine(settings: &Settings) -> Result<Self, Error> {
        let cores = Cores::available()?;
        let plan = MemoryPlan::of(settings, machine::memory()?).map_err(Error::Unmet)?;
        let report = Preflight::run(settings.get(&IO_BACKEND))?;
        Ok(Self::of(settings, &cores, &plan, &report))
    }

    pub(super) fn patience(&self) -> Patience {
        Patience::under(Circumstances {
            busy: self.busy,
            shared: self.shared,
            is_virtual: machine::is_virtual(),
        })
    }
}
