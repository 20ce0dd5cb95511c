//! Where this process may run, and for how much of the time.
//!
//! Two limits that know nothing of each other: the affinity mask says *which* CPUs, the control group's quota
//! *how much* of them. A container "with two CPUs" on a machine of 64 has a mask of 64 and a quota of 2; a pinned
//! thread for each CPU would be stopped by the kernel for most of every period. [`Cores::usable`] minds both.
//!
//! Keeps what it read at the start: a mask or quota changed later is not noticed.
//! Never looks at caches, hyper-threads or NUMA nodes: CPUs come in the order of their numbers.

use std::fmt;

use rustix::process::getpid;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

use crate::error::Error;

mod quota;

pub use quota::Quota;

/// One CPU, by the kernel's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Core(usize);

impl Core {
    /// The kernel's number.
    pub fn number(self) -> usize {
        self.0
    }

    /// Pins the calling thread here until it ends. Threads it starts later inherit the pin.
    pub fn pin(self) -> Result<(), Error> {
        let mut only = CpuSet::new();
        only.set(self.0);
        // No id means the calling thread.
        sched_setaffinity(None, &only).map_err(|cause| Error::Pin { core: self, cause })
    }
}

impl fmt::Display for Core {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The CPUs of this process and its share of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cores {
    all: Vec<Core>,
    quota: Option<Quota>,
}

impl Cores {
    /// Asks the kernel.
    pub fn available() -> Result<Self, Error> {
        Ok(Self { all: affinity()?, quota: quota::of_this_process() })
    }

    /// Every CPU in the affinity mask, ascending.
    pub fn all(&self) -> &[Core] {
        &self.all
    }

    /// The CPUs worth a pinned thread: all of them, or as many as the quota pays for, but at least one.
    pub fn usable(&self) -> &[Core] {
        let paid = self.quota.map_or(usize::MAX, Quota::whole_cpus);
        &self.all[..self.all.len().min(paid)]
    }

    /// The quota, if it is below the number of CPUs: a thread on each of them would be throttled.
    pub fn overcommitted(&self) -> Option<Quota> {
        self.quota.filter(|quota| quota.is_below(self.all.len()))
    }
}

/// Lets the calling thread run wherever its process may: a thread inherits the pin of the one that started it.
pub(crate) fn unpin() -> Result<(), Error> {
    let everywhere = sched_getaffinity(Some(getpid())).map_err(Error::Affinity)?;
    sched_setaffinity(None, &everywhere).map_err(Error::Affinity)
}

/// For people: `4 CPUs (0-2,8), of which the quota pays 1.50`.
impl fmt::Display for Cores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.all.len() == 1 { "" } else { "s" };
        write!(f, "{} CPU{plural} ({})", self.all.len(), Ranges(&self.all))?;
        match self.overcommitted() {
            Some(quota) => write!(f, ", of which the quota pays {quota}"),
            None => Ok(()),
        }
    }
}

/// The affinity mask of the process, which is that of its first thread: the calling one may be pinned already.
pub(crate) fn affinity() -> Result<Vec<Core>, Error> {
    let mask = sched_getaffinity(Some(getpid())).map_err(Error::Affinity)?;
    Ok((0..CpuSet::MAX_CPU).filter(|&number| mask.is_set(number)).map(Core).collect())
}

/// Ascending numbers as the kernel writes them: neighbours joined by `-`, runs by `,`.
struct Ranges<'a>(&'a [Core]);

impl fmt::Display for Ranges<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let runs = self.0.chunk_by(|left, right| left.0 + 1 == right.0);
        for (index, run) in runs.enumerate() {
            let comma = if index == 0 { "" } else { "," };
            match run {
                [first, .., last] => write!(f, "{comma}{first}-{last}")?,
                alone => alone.iter().try_for_each(|core| write!(f, "{comma}{core}"))?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cores(numbers: &[usize], quota: Option<(u64, u64)>) -> Cores {
        let all = numbers.iter().copied().map(Core).collect();
        Cores { all, quota: quota.and_then(|(run_us, period_us)| Quota::new(run_us, period_us)) }
    }

    #[test]
    fn quota_below_the_mask_limits_and_is_named() {
        #[track_caller]
        fn check(numbers: &[usize], quota: Option<(u64, u64)>, usable: usize, text: &str) {
            let cores = cores(numbers, quota);
            assert_eq!((cores.usable().len(), cores.to_string().as_str()), (usable, text));
            assert_eq!(cores.overcommitted().is_some(), text.contains("quota"));
        }
        check(&[0], None, 1, "1 CPU (0)");
        check(&[0, 1], None, 2, "2 CPUs (0-1)");
        check(&[0, 1, 2, 5, 8, 9], None, 6, "6 CPUs (0-2,5,8-9)");
        check(&[4, 5], Some((200_000, 100_000)), 2, "2 CPUs (4-5)");
        check(&[4, 5], Some((900_000, 100_000)), 2, "2 CPUs (4-5)");
        check(&[4, 5], Some((150_000, 100_000)), 1, "2 CPUs (4-5), of which the quota pays 1.50");
        check(&[4, 5], Some((25_000, 100_000)), 1, "2 CPUs (4-5), of which the quota pays 0.25");
    }

    #[test]
    fn this_machine_has_a_cpu_and_a_thread_can_be_pinned_to_it() {
        let cores = Cores::available().unwrap();
        let last = *cores.usable().last().unwrap();
        let seen = crate::run_on(&[last], |core| {
            (core, sched_getaffinity(None).unwrap().count(), rustix::thread::sched_getcpu())
        });
        assert_eq!(seen.unwrap(), [(last, 1, last.number())]);
    }

    #[test]
    fn cpu_that_is_not_there_is_refused() {
        let absent = Core(CpuSet::MAX_CPU - 1);
        let error = crate::run_on(&[absent], |_| ()).unwrap_err();
        assert!(matches!(error, Error::Pin { core, .. } if core == absent), "{error}");
    }
}
