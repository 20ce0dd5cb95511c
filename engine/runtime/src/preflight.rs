//! Decides once, before any core starts, how this process talks to the kernel: through io_uring or through `std`.
//!
//! Here and not in the hosts, because a host finds out too late: the io_uring executor ends the *process* when the
//! kernel lacks an operation. First the machine is asked ([`Findings`]), then judged by a pure function, so that
//! every refusal can be tested on a machine that refuses nothing.
//!
//! Keeps nothing. Never falls back in silence: the [`Report`] says why, and is logged once. Never asks the kernel
//! for a ring when the user said `std`: some sandboxes answer that question by killing the process.

use std::fmt;

pub use options::IoBackend;
use rustix::process::{Resource, getrlimit};

use crate::cores;
use crate::error::Error;

mod ring;
#[cfg(feature = "uring")]
mod uring;

pub use ring::Ring;

/// The executor on io_uring does not start with less, whatever the kernel would charge.
pub const MEMLOCK_MIN_BYTES: u64 = 512 * 1024;

/// The look at the machine.
pub struct Preflight;

impl Preflight {
    /// Looks, decides, logs. Fails only when the user asked for `uring` and cannot have it.
    pub fn run(choice: IoBackend) -> Result<Report, Error> {
        let report = verdict(choice, Findings::of_this_machine)?;
        tracing::info!("{report}");
        Ok(report)
    }
}

/// What was decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Who does the I/O.
    pub backend: Backend,
    /// Why, in plain words on one line.
    pub reason: String,
}

/// The line of the log: `I/O backend: std, because …`.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "I/O backend: {}, because {}", self.backend, self.reason)
    }
}

/// The two ways to the kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// A ring of requests for each core.
    Uring,
    /// Ordinary system calls, made by threads.
    Std,
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Uring => "uring",
            Self::Std => "std",
        })
    }
}

/// What the machine answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Findings {
    /// What became of a small ring.
    pub ring: Ring,
    /// How much memory the process may lock; `None` is without limit.
    pub memlock_bytes: Option<u64>,
    /// How many CPUs the affinity mask holds; zero also when it cannot be read.
    pub cpus: usize,
}

impl Findings {
    fn of_this_machine() -> Self {
        Self {
            ring: Ring::of_this_machine(),
            memlock_bytes: getrlimit(Resource::Memlock).current,
            cpus: cores::affinity().map_or(0, |cores| cores.len()),
        }
    }

    /// The first reason against io_uring. The ring speaks first: where there is none, no limit is worth raising.
    fn refusal(&self) -> Option<Refusal> {
        self.ring.refusal().or_else(|| self.memlock_refusal()).or_else(|| self.cpu_refusal())
    }

    fn memlock_refusal(&self) -> Option<Refusal> {
        let bytes = self.memlock_bytes.filter(|&bytes| bytes < MEMLOCK_MIN_BYTES)?;
        Some(Refusal {
            fault: format!(
                "RLIMIT_MEMLOCK is {} KiB and {} KiB are needed",
                bytes / 1024,
                MEMLOCK_MIN_BYTES / 1024
            ),
            remedy: "raise it (`ulimit -l`, systemd's `LimitMEMLOCK=`, a container's `--ulimit memlock=`)",
        })
    }

    fn cpu_refusal(&self) -> Option<Refusal> {
        (self.cpus == 0).then(|| Refusal {
            fault: "the affinity mask names no CPU to pin a thread to".to_owned(),
            remedy: "give the process CPUs (`taskset`, a container's `--cpuset-cpus`)",
        })
    }
}

/// Why there is no io_uring, and what would change that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What refused.
    pub fault: String,
    /// What the user can do.
    pub remedy: &'static str,
}

/// `fault; remedy`.
impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.fault, self.remedy)
    }
}

/// Everything that is decided is decided here. `look` is called only if the choice leaves a question.
fn verdict(choice: IoBackend, look: impl FnOnce() -> Findings) -> Result<Report, Error> {
    if choice == IoBackend::Std {
        let reason = "`runtime.io-backend` asks for it".to_owned();
        return Ok(Report { backend: Backend::Std, reason });
    }
    match look().refusal() {
        None => {
            let reason = "the kernel grants rings with every operation needed".to_owned();
            Ok(Report { backend: Backend::Uring, reason })
        }
        Some(refusal) if choice == IoBackend::Uring => Err(Error::UringRefused(refusal)),
        Some(refusal) => Ok(Report { backend: Backend::Std, reason: refusal.fault }),
    }
}

#[cfg(test)]
mod tests;
