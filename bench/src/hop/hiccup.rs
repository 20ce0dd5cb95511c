//! What the machine does to a thread that wants nothing from it: gaps between two looks at the clock.
//!
//! A pinned thread reads the clock without end. What lies between two readings is some tens of nanoseconds, unless
//! somebody took the processor: the kernel, another process, the hypervisor. A row that is under way then waits as long,
//! in any engine. Measured on each core before a run, since during the run the cores are taken.

use std::time::Duration;

use hdrhistogram::Histogram;
use runtime::{Clock, Core, run_on};

use super::failure::Failure;
use super::latency::histogram;

/// From here on a gap is no reading of the clock any more, nor the recording of it.
pub const GAP_NS: u64 = 10_000;

/// The gaps of one core.
#[derive(Clone, Debug)]
pub struct Hiccups {
    /// Between two readings.
    pub nanoseconds: Histogram<u64>,
    /// The part of the time that went by in gaps longer than [`GAP_NS`].
    pub lost: f64,
}

/// Watches these cores for so long, all at the same time.
///
/// # Errors
///
/// If a thread cannot be started there.
pub fn watch(cores: &[Core], time: Duration) -> Result<Vec<Hiccups>, Failure> {
    let clock = Clock::start();
    let time_ns = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
    Ok(run_on(cores, |_| look(clock, time_ns))?)
}

fn look(clock: Clock, time_ns: u64) -> Hiccups {
    let mut nanoseconds = histogram();
    let (began_ns, mut lost_ns) = (clock.now_ns(), 0);
    let mut before_ns = began_ns;
    while before_ns - began_ns < time_ns {
        let now_ns = clock.now_ns();
        let gap_ns = now_ns - before_ns;
        nanoseconds.saturating_record(gap_ns.max(1));
        if gap_ns > GAP_NS {
            lost_ns += gap_ns;
        }
        before_ns = now_ns;
    }
    Hiccups { nanoseconds, lost: lost_ns as f64 / (before_ns - began_ns).max(1) as f64 }
}
