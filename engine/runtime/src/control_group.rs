//! Where the limits of this process stand in the kernel's text files.
//!
//! `/proc/self/cgroup` names the groups, one line for each hierarchy:
//!
//! ```text
//! 0::/system.slice/job.service      version 2: one mount, <root>/system.slice/job.service/<file>
//! 4:cpu,cpuacct:/docker/3fa9        version 1: a mount for each controller, <root>/cpu/docker/3fa9/<file>
//! ```
//!
//! A group is also bound by its ancestors, so the least limit on the way up to the root holds. The walk has a
//! second use: inside a container the file may name the group as the *host* sees it, while what is mounted at the
//! root is the container's own; then only the last step of the walk exists, and it is the right one.
//!
//! Keeps nothing. Never fails: a file that is missing or strange limits nothing.

use std::path::{Path, PathBuf};

/// The two file layouts of control groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    /// A mount for each controller.
    One,
    /// One mount.
    Two,
}

/// The groups of this process, as the kernel tells them; nothing where it tells nothing.
pub(crate) fn of_this_process() -> String {
    text(Path::new("/proc/self/cgroup")).unwrap_or_default()
}

/// What a file below `/sys/fs/cgroup` says.
pub(crate) fn limit_file(file: &Path) -> Option<String> {
    text(&Path::new("/sys/fs/cgroup").join(file))
}

#[expect(clippy::disallowed_methods, reason = "the runtime is the machine's reader")]
pub(crate) fn text(file: &Path) -> Option<String> {
    std::fs::read_to_string(file).ok()
}

/// The directories, below `/sys/fs/cgroup`, in which `controller` may limit one of `groups`: each group and its
/// ancestors.
pub(crate) fn directories<'a>(
    groups: &'a str,
    controller: &'static str,
) -> impl Iterator<Item = (Version, PathBuf)> + 'a {
    groups.lines().filter_map(move |line| group(line, controller)).flat_map(move |(version, group)| {
        let mount = match version {
            Version::One => controller,
            Version::Two => "",
        };
        group.ancestors().map(move |directory| (version, Path::new(mount).join(directory)))
    })
}

/// One line of `/proc/self/cgroup`, if its hierarchy has the controller.
fn group<'a>(line: &'a str, controller: &str) -> Option<(Version, &'a Path)> {
    let (_number, rest) = line.split_once(':')?;
    let (controllers, path) = rest.split_once(':')?;
    // Relative, because joining an absolute path would forget what it is joined to.
    let path = Path::new(path.trim_start_matches('/'));
    if controllers.is_empty() {
        return Some((Version::Two, path));
    }
    controllers.split(',').any(|name| name == controller).then_some((Version::One, path))
}

/// A reader for tests: `files` are the only ones there are.
#[cfg(test)]
pub(crate) fn only<'a>(files: &'a [(&'a str, &'a str)]) -> impl Fn(&Path) -> Option<String> + 'a {
    |path| files.iter().find(|(name, _)| Path::new(name) == path).map(|(_, text)| (*text).to_owned())
}
