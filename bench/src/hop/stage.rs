//! Where the hop takes place: a worker with two cores, and what there is to say about the machine under it.
//!
//! Where the process has only one processor, both cores share it. That measures something else, and the header says so.

use std::fmt;

use memory::Lease;
use runtime::job::JobState;
use runtime::preflight::Report;
use runtime::{Core, Cores, IoBackend, JobHandle, Preflight, Worker, WorkerSpec, machine};

use super::failure::Failure;

/// The core of sources.
pub(super) const FROM: usize = 0;
/// The core of sinks.
pub(super) const TO: usize = 1;

/// For the segments of both cores: many times what two channels may have on their way.
const NETWORK_BYTES: u64 = 64 << 20;
/// Nobody here keeps anything.
const MANAGED_BYTES: u64 = 4 << 20;
/// What `taskmanager.memory.segment-size` is unless somebody sets it.
const SEGMENT_BYTES: usize = 32 << 10;

/// The machine, and how a worker is started on it.
#[derive(Clone, Debug)]
pub struct Stage {
    cores: Cores,
    report: Report,
    busy: bool,
}

impl Stage {
    /// Looks at the machine. `busy`: cores look for work without end.
    ///
    /// # Errors
    ///
    /// If the machine does not answer, or has not the host that was asked for.
    pub fn look(host: IoBackend, busy: bool) -> Result<Self, Failure> {
        Ok(Self { cores: Cores::available()?, report: Preflight::run(host)?, busy })
    }

    /// The same with cores that sleep when there is nothing to do.
    #[must_use]
    pub fn adaptive(&self) -> Self {
        Self { busy: false, ..self.clone() }
    }

    /// Where the two cores run.
    pub fn places(&self) -> Vec<Core> {
        self.cores.usable().iter().copied().cycle().take(2).collect()
    }

    /// Starts a worker with two cores.
    ///
    /// # Errors
    ///
    /// If the machine grants no thread or no memory.
    pub fn worker(&self) -> Result<Worker, Failure> {
        let spec = WorkerSpec {
            cores: self.places(),
            busy: self.busy,
            shared: self.is_shared(),
            backend: self.report.backend,
            io_threads: 1,
            network: Lease::root("network", NETWORK_BYTES),
            managed: Lease::root("managed", MANAGED_BYTES),
            segment_bytes: SEGMENT_BYTES,
        };
        Ok(Worker::start(spec)?)
    }

    fn is_shared(&self) -> bool {
        self.cores.usable().len() < 2
    }
}

/// `2 CPUs (0-1), virtual; idle: adaptive; I/O backend: std, because …`.
impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let machine = if machine::is_virtual() { "virtual" } else { "not virtual" };
        let idle = if self.busy { "busy" } else { "adaptive" };
        write!(f, "{}, {machine}; idle: {idle}; {}", self.cores, self.report)?;
        if self.is_shared() {
            write!(f, "; both cores share a processor, so no figure means anything")?;
        }
        Ok(())
    }
}

/// Waits until a job has sent and received all.
pub(super) fn finish(job: &JobHandle) -> Result<(), Failure> {
    reach(job, JobState::Finished)
}

/// Ends a job that would not end by itself.
pub(super) fn cancel(job: &JobHandle) -> Result<(), Failure> {
    job.cancel();
    reach(job, JobState::Canceled)
}

/// What a job that should still run has ended with.
pub(super) fn unexpected(job: &JobHandle) -> Failure {
    let outcome = job.wait();
    let why = outcome.failure.as_ref().map_or_else(|| "it has said nothing".to_owned(), ToString::to_string);
    Failure::Job { state: outcome.state, why }
}

/// Stops a worker, and looks whether all segments have come home.
///
/// # Errors
///
/// If a thread has panicked, or a segment is gone.
pub fn stop(worker: Worker) -> Result<(), Failure> {
    match worker.stop()?.segment_bytes_out {
        0 => Ok(()),
        bytes => Err(Failure::Answer(format!("{bytes} bytes of segments have not come home"))),
    }
}

fn reach(job: &JobHandle, state: JobState) -> Result<(), Failure> {
    if job.wait().state == state { Ok(()) } else { Err(unexpected(job)) }
}
