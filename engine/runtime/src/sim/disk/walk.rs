//! How a path leads through the tree: component by component, through what is shown.

use std::path::{Component, Components, Path};

use rustix::io::Errno;

use super::names::{Entry, Names, ROOT};

/// The longest name, as Linux file systems have it.
const NAME_BYTES_MAX: usize = 255;

impl Names {
    /// The directories above a name, and the name. `whole` is the error if there is none, as in `/`.
    pub(super) fn split<'a>(&self, path: &'a Path, whole: Errno) -> Result<(Vec<u64>, &'a str), Errno> {
        let mut components = steps(path)?;
        match components.next_back() {
            Some(Component::Normal(name)) => {
                let mut above = vec![ROOT];
                components.try_for_each(|component| self.step(&mut above, component))?;
                Ok((above, checked(name.to_str())?))
            }
            _ => Err(whole),
        }
    }

    /// The directories on the way, the last one that of the path.
    pub(super) fn walk(&self, path: &Path) -> Result<Vec<u64>, Errno> {
        let mut above = vec![ROOT];
        steps(path)?.try_for_each(|component| self.step(&mut above, component))?;
        Ok(above)
    }

    pub(super) fn step(&self, above: &mut Vec<u64>, component: Component<'_>) -> Result<(), Errno> {
        match component {
            Component::Normal(name) => match self.entry(within(above), checked(name.to_str())?)? {
                Entry::Directory(below) => above.push(below),
                Entry::File(_) => return Err(Errno::NOTDIR),
            },
            // Above the root is the root.
            Component::ParentDir => above.truncate(above.len().saturating_sub(1).max(1)),
            Component::RootDir | Component::CurDir | Component::Prefix(_) => {}
        }
        Ok(())
    }
}

pub(super) fn within(above: &[u64]) -> u64 {
    *above.last().expect("the root is above everything")
}

pub(super) fn steps(path: &Path) -> Result<Components<'_>, Errno> {
    if path.as_os_str().is_empty() { Err(Errno::NOENT) } else { Ok(path.components()) }
}

/// Names are text here, since lists of them are.
pub(super) fn checked(name: Option<&str>) -> Result<&str, Errno> {
    let name = name.ok_or(Errno::ILSEQ)?;
    if name.len() > NAME_BYTES_MAX { Err(Errno::NAMETOOLONG) } else { Ok(name) }
}
