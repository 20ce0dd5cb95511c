//! How much CPU time the control group grants, read from the kernel's text files.
//!
//! Version 2 has both numbers in `cpu.max` ("150000 100000"), version 1 one each in `cpu.cfs_quota_us` and
//! `cpu.cfs_period_us`. Which directories count is [`control_group`]'s knowledge.
//!
//! Keeps nothing. Never fails: a file that is missing or strange limits nothing.

use std::fmt;
use std::num::NonZeroU64;
use std::path::Path;

use crate::control_group::{self, Version};

/// CPU time granted in each period: 150 000 of 100 000 µs are one and a half CPUs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    run_us: u64,
    period_us: NonZeroU64,
}

impl Quota {
    /// No quota if the period is empty.
    pub(super) fn new(run_us: u64, period_us: u64) -> Option<Self> {
        Some(Self { run_us, period_us: NonZeroU64::new(period_us)? })
    }

    /// How many CPUs can run without pause; one, when there is less than one.
    pub fn whole_cpus(self) -> usize {
        usize::try_from(self.run_us / self.period_us).unwrap_or(usize::MAX).max(1)
    }

    /// Whether this many CPUs would be paused.
    pub fn is_below(self, cpus: usize) -> bool {
        self.run_us < self.period_us.get().saturating_mul(cpus as u64)
    }

    fn share(self) -> f64 {
        self.run_us as f64 / self.period_us.get() as f64
    }
}

/// In CPUs: `1.50`.
impl fmt::Display for Quota {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2}", self.share())
    }
}

/// What the kernel says of the process that asks.
pub(super) fn of_this_process() -> Option<Quota> {
    least(&control_group::of_this_process(), control_group::limit_file)
}

/// The least quota on the way from each group up to its root. `read` takes paths below `/sys/fs/cgroup`.
fn least(groups: &str, read: impl Fn(&Path) -> Option<String>) -> Option<Quota> {
    control_group::directories(groups, "cpu")
        .filter_map(|(version, directory)| quota_in(version, &directory, &read))
        .min_by(|left, right| left.share().total_cmp(&right.share()))
}

/// The quota that one directory sets; `max` and `-1` are not numbers of microseconds and set none.
fn quota_in(version: Version, directory: &Path, read: impl Fn(&Path) -> Option<String>) -> Option<Quota> {
    let words = match version {
        Version::One => {
            read(&directory.join("cpu.cfs_quota_us"))? + " " + &read(&directory.join("cpu.cfs_period_us"))?
        }
        Version::Two => read(&directory.join("cpu.max"))?,
    };
    let mut numbers = words.split_whitespace().map_while(|word| word.parse().ok());
    Quota::new(numbers.next()?, numbers.next()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `files` are the only ones below `/sys/fs/cgroup`; `expected` is the share that holds.
    #[track_caller]
    fn check(groups: &str, files: &[(&str, &str)], expected: Option<f64>) {
        assert_eq!(least(groups, control_group::only(files)).map(Quota::share), expected);
    }

    #[test]
    fn version_two_reads_one_file() {
        check("0::/", &[("cpu.max", "150000 100000\n")], Some(1.5));
        check("0::/a.slice/b", &[("a.slice/b/cpu.max", "50000 100000\n")], Some(0.5));
        check("0::/a", &[("a/cpu.max", "max 100000\n")], None);
    }

    #[test]
    fn version_one_reads_two_files() {
        let files = |quota| [("cpu/a/cpu.cfs_quota_us", quota), ("cpu/a/cpu.cfs_period_us", "100000\n")];
        check("1:cpu:/a", &files("250000\n"), Some(2.5));
        check("4:cpu,cpuacct:/a", &files("250000\n"), Some(2.5));
        check("4:cpuacct,cpu:/a", &files("-1\n"), None);
        check("9:cpuset:/a\n4:cpuacct:/a", &files("250000\n"), None);
        check("4:cpu:/a", &files("250000\n")[..1], None);
    }

    #[test]
    fn stricter_ancestor_holds() {
        let files =
            [("a/b/cpu.max", "400000 100000"), ("a/cpu.max", "40000 20000"), ("cpu.max", "max 100000")];
        check("0::/a/b", &files, Some(2.0));
    }

    #[test]
    fn group_named_by_the_host_is_found_at_the_root_of_the_container() {
        let files = [("cpu/cpu.cfs_quota_us", "300000"), ("cpu/cpu.cfs_period_us", "100000")];
        check("4:cpu,cpuacct:/docker/3fa9", &files, Some(3.0));
        check("0::/../../pod/3fa9", &[("cpu.max", "100000 100000")], Some(1.0));
    }

    #[test]
    fn both_versions_at_once_give_the_least() {
        let files = [
            ("cpu.max", "400000 100000"),
            ("cpu/a/cpu.cfs_quota_us", "100000"),
            ("cpu/a/cpu.cfs_period_us", "50000"),
        ];
        check("1:cpu:/a\n0::/", &files, Some(2.0));
    }

    #[test]
    fn nothing_limits_when_the_text_is_strange() {
        for groups in ["", "\n", "0", "0:", "0::", "nonsense", "::", "1:cpu"] {
            check(groups, &[], None);
        }
        for text in ["", "\n", "150000", "150000 0", "x 100000", "-5 100000", "max"] {
            check("0::/", &[("cpu.max", text)], None);
        }
    }

    #[test]
    fn quota_counts_whole_cpus_and_at_least_one() {
        #[track_caller]
        fn check(run_us: u64, whole: usize, below_two: bool) {
            let quota = Quota::new(run_us, 100_000).unwrap();
            assert_eq!((quota.whole_cpus(), quota.is_below(2)), (whole, below_two));
        }
        check(0, 1, true);
        check(99_999, 1, true);
        check(199_999, 1, true);
        check(200_000, 2, false);
        check(u64::MAX, (u64::MAX / 100_000) as usize, false);
    }
}
