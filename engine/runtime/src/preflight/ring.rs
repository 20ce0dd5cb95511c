//! What became of a small ring, and what to do about a no.
//!
//! Plain data: the asking is in `uring.rs`, which is not compiled without the feature `uring`.

use rustix::io::Errno;

use super::Refusal;

/// How far a ring of eight entries came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ring {
    /// It was set up, knows every operation, and carried one there and back.
    Works,
    /// Nobody asked: this build leaves io_uring out.
    NotBuilt,
    /// The administrator turned it off, for some (1) or for all (2).
    Disabled(u8),
    /// The kernel, or a filter before it, refused a system call.
    Refused {
        /// The name of the system call.
        call: &'static str,
        /// Its answer.
        errno: Errno,
    },
    /// The kernel is too old for these operations.
    Lacks(Vec<&'static str>),
    /// An operation went in and none came out.
    Silent,
}

impl Ring {
    #[cfg(feature = "uring")]
    pub(super) fn of_this_machine() -> Self {
        super::uring::ring()
    }

    #[cfg(not(feature = "uring"))]
    pub(super) fn of_this_machine() -> Self {
        Self::NotBuilt
    }

    pub(super) fn refusal(&self) -> Option<Refusal> {
        let (fault, remedy) = match self {
            Self::Works => return None,
            Self::NotBuilt => {
                ("it was built without the `uring` feature".to_owned(), "build it with that feature")
            }
            Self::Disabled(level) => (
                format!("the sysctl kernel.io_uring_disabled is {level}"),
                "run `sysctl -w kernel.io_uring_disabled=0` as root",
            ),
            Self::Refused { call, errno } => {
                (format!("{call} was refused with {}", name(*errno)), remedy(*errno))
            }
            Self::Lacks(operations) => {
                (format!("the kernel's io_uring lacks {}", operations.join(", ")), NEWER_KERNEL)
            }
            Self::Silent => ("io_uring took an operation and never completed it".to_owned(), NEWER_KERNEL),
        };
        Some(Refusal { fault, remedy })
    }
}

/// Every operation we ask for is in Linux 5.8; the I/O plane's runtime recommends 5.11.
const NEWER_KERNEL: &str = "run on Linux 5.11 or newer";

fn remedy(errno: Errno) -> &'static str {
    match errno {
        Errno::PERM | Errno::ACCESS => {
            "allow io_uring_setup, io_uring_enter and io_uring_register in the seccomp profile of the container"
        }
        // A sandbox that does not implement a call answers like a kernel from before it.
        Errno::NOSYS | Errno::INVAL | Errno::OPNOTSUPP => NEWER_KERNEL,
        Errno::NOMEM => "raise the limit of locked memory (`ulimit -l`) or the memory of the control group",
        Errno::MFILE | Errno::NFILE => "raise the limit of open files (`ulimit -n`)",
        _ => "look that error up in the manual page of the call",
    }
}

/// The name that manual pages and search engines know.
fn name(errno: Errno) -> String {
    let known = match errno {
        Errno::PERM => "EPERM",
        Errno::ACCESS => "EACCES",
        Errno::NOSYS => "ENOSYS",
        Errno::INVAL => "EINVAL",
        Errno::OPNOTSUPP => "EOPNOTSUPP",
        Errno::NOMEM => "ENOMEM",
        Errno::MFILE => "EMFILE",
        Errno::NFILE => "ENFILE",
        _ => return errno.to_string(),
    };
    known.to_owned()
}
