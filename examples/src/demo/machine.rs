//! How much memory this process may use: the machine's, or what its control group leaves of it.
//!
//! Thin: moves to `runtime`, beside the CPU quota, which is read from the same files in the same way. As there,
//! a group is also bound by its ancestors, and a container finds itself at the root of what is mounted.

use std::path::Path;

use options::Bytes;

use super::failure::Failure;

const MEMORY: &str = "/proc/meminfo";

/// Asks the kernel.
pub(crate) fn memory() -> Result<Bytes, Failure> {
    let all = text(Path::new(MEMORY)).as_deref().and_then(total).ok_or(Failure::Machine { file: MEMORY })?;
    let groups = text(Path::new("/proc/self/cgroup")).unwrap_or_default();
    let limit = least(&groups, |file| text(&Path::new("/sys/fs/cgroup").join(file)));
    Ok(limit.map_or(all, |limit| limit.min(all)))
}

#[expect(clippy::disallowed_methods, reason = "stands in for the runtime, which reads the machine")]
fn text(file: &Path) -> Option<String> {
    std::fs::read_to_string(file).ok()
}

/// `MemTotal:       24683816 kB`.
fn total(memory: &str) -> Option<Bytes> {
    let line = memory.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    line.trim().parse().ok()
}

/// The least limit on the way from each group up to its root. `read` takes paths below `/sys/fs/cgroup`.
fn least(groups: &str, read: impl Fn(&Path) -> Option<String>) -> Option<Bytes> {
    groups
        .lines()
        .filter_map(group)
        .flat_map(|(root, limit, group)| {
            group.ancestors().map(move |on| Path::new(root).join(on).join(limit))
        })
        .filter_map(|file| read(&file)?.trim().parse().ok().map(Bytes::new)) // `max` is no number and no limit.
        .min()
}

/// One line of `/proc/self/cgroup`, if its hierarchy can limit memory: where it is mounted, the file with the
/// limit, and the group.
fn group(line: &str) -> Option<(&'static str, &'static str, &Path)> {
    let (_number, rest) = line.split_once(':')?;
    let (controllers, path) = rest.split_once(':')?;
    let path = Path::new(path.trim_start_matches('/'));
    match controllers {
        "" => Some(("", "memory.max", path)),
        _ if controllers.split(',').any(|name| name == "memory") => {
            Some(("memory", "memory.limit_in_bytes", path))
        }
        _ => None,
    }
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
        let read = |path: &Path| {
            files.iter().find(|(name, _)| Path::new(name) == path).map(|(_, text)| (*text).to_owned())
        };
        assert_eq!(least(groups, read).map(Bytes::get), expected);
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
