//! How much memory this process may use: the machine's, or what its control group leaves of it.
//!
//! Keeps nothing. Never guesses: a machine that does not tell its memory is an error.

use std::path::Path;

use options::Bytes;

use crate::control_group::{self, Version};
use crate::error::Error;

const MEMORY: &str = "/proc/meminfo";

/// Asks the kernel.
pub fn memory() -> Result<Bytes, Error> {
    let all = control_group::text(Path::new(MEMORY)).as_deref().and_then(total);
    let all = all.ok_or(Error::Memory { file: MEMORY })?;
    let limit = least(&control_group::of_this_process(), control_group::limit_file);
    Ok(limit.map_or(all, |limit| limit.min(all)))
}

/// Whether a hypervisor says that it is there.
pub fn is_virtual() -> bool {
    let text = control_group::text(Path::new("/proc/cpuinfo")).unwrap_or_default();
    let flags = text.lines().find_map(|line| line.strip_prefix("flags"));
    flags.is_some_and(|flags| flags.split_whitespace().any(|flag| flag == "hypervisor"))
}

/// `MemTotal:       24683816 kB`.
fn total(memory: &str) -> Option<Bytes> {
    let line = memory.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    line.trim().parse().ok()
}

/// The least limit on the way from each group up to its root. `read` takes paths below `/sys/fs/cgroup`.
fn least(groups: &str, read: impl Fn(&Path) -> Option<String>) -> Option<Bytes> {
    control_group::directories(groups, "memory")
        .filter_map(|(version, directory)| {
            let file = match version {
                Version::One => "memory.limit_in_bytes",
                Version::Two => "memory.max",
            };
            read(&directory.join(file))?.trim().parse().ok().map(Bytes::new) // `max` is no number and no limit.
        })
        .min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_total_is_read_from_its_line() {
        let text = "MemTotal:       24683816 kB\nMemFree:        23000000 kB\n";
        assert_eq!(total(text), Some(Bytes::kib(24_683_816)));
        assert_eq!(total("MemFree: 1 kB\n"), None);
        assert_eq!(total("MemTotal: much\n"), None);
    }

    #[track_caller]
    fn check(groups: &str, files: &[(&str, &str)], expected: Option<u64>) {
        assert_eq!(least(groups, control_group::only(files)).map(Bytes::get), expected);
    }

    #[test]
    fn the_least_limit_of_a_group_and_its_ancestors_holds() {
        check("0::/a/b", &[("a/b/memory.max", "max\n"), ("a/memory.max", "4096\n")], Some(4096));
        check("0::/a/b", &[("a/b/memory.max", "1024\n"), ("a/memory.max", "4096\n")], Some(1024));
        check("0::/", &[("memory.max", "max\n")], None);
        let first = ("memory/a/memory.limit_in_bytes", "9223372036854771712\n");
        check("4:memory:/a\n1:cpu:/a", &[first, ("memory/memory.limit_in_bytes", "512\n")], Some(512));
    }

    #[test]
    fn what_is_missing_or_strange_limits_nothing() {
        check("", &[], None);
        check("nonsense\n3:cpuset:/\n", &[("memory.max", "1")], None);
        check("0::/docker/3fa9", &[], None);
    }
}
