//! What the machine does to a thread that wants nothing from it: gaps between two looks at the clock.
//!
//! A pinned thread reads the clock without end. What lies between two readings is some tens of nanoseconds, unless
//! somebody took the processor: the kernel, another process, the hypervisor. A row that is under way then waits as long,
//! in any engine. Measured on each core before a run, since during the run the cores are taken.
//!
//! Keeps nothing, and judges nothing: it is what latencies are read beside.

use std::time::Duration;

use hdrhistogram::Histogram;

use crate::clock::Clock;
use crate::cores::Core;
use crate::error::Error;
use crate::threads::run_on;

/// From a nanosecond to a minute, in three digits.
const LONGEST_NS: u64 = 60_000_000_000;
const DIGITS: u8 = 3;

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
pub fn watch(cores: &[Core], time: Duration) -> Result<Vec<Hiccups>, Error> {
    let clock = Clock::start();
    let time_ns = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
    run_on(cores, |_| look(clock, time_ns))
}

fn look(clock: Clock, time_ns: u64) -> Hiccups {
    let mut nanoseconds = Histogram::new_with_bounds(1, LONGEST_NS, DIGITS).expect("bounds in order");
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cores::Cores;

    #[test]
    fn gaps_are_counted_on_each_core() {
        let cores = Cores::available().unwrap();
        let watched = watch(cores.usable(), Duration::from_millis(20)).unwrap();
        assert_eq!(watched.len(), cores.usable().len());
        for hiccups in watched {
            assert!(!hiccups.nanoseconds.is_empty());
            assert!((0.0..=1.0).contains(&hiccups.lost));
        }
    }
}
