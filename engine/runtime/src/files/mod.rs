//! Files of the machine, for cores that may not wait.
//!
//! ```text
//!   core ─► Files ──────────► queue of the pool ─► helper ─► system call
//!     ▲       ▲                                       │
//!     └─ wake └────────── answers of this core ◄──────┘
//!
//!   core ─► DirectFiles ─┬─► ring of the core        reads and writes past the page cache
//!                        └─► Files                   everything else, and what a ring cannot do
//! ```
//!
//! [`FilePool`] serves all cores of a worker with ordinary system calls; [`Files`] is one core's end of it. On
//! io_uring `DirectFiles` puts a faster way for reads and writes before it. Both promise what
//! [`FileOperation`](crate::seam::FileOperation) says, and answer each ticket once, in any order.
//!
//! Never makes a core wait: what may block is done by a helper or by the kernel.

#[cfg(feature = "uring")]
mod direct;
mod end;
mod perform;
mod pool;
mod table;

#[cfg(test)]
pub(crate) mod conformance;

#[cfg(feature = "uring")]
pub use direct::DirectFiles;
pub use end::Files;
pub use pool::FilePool;

pub use crate::bound::FILE_HELPERS;
