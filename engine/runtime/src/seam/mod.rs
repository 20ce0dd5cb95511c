//! The one door to the outside: time, chance, files, other hosts, waking.
//!
//! ```text
//!   subtasks ─► reactor ─► Host ─┬─ std       pinned threads, pread and pwrite by helpers
//!                                ├─ glommio   one executor on io_uring for each core
//!                                └─ sim       virtual time, a seeded order of everything, faults
//! ```
//!
//! What a reactor wants of the world it asks its [`Host`], without waiting: an operation gets a [`Ticket`], and its
//! answer comes in a later turn. So the same code runs in all three worlds, and in the simulated one a run repeats
//! exactly. Idling is not a call of the trait: it is what a host does between two turns.

mod file;
mod host;
mod ticket;

pub use file::{FileAnswer, FileError, FileId, FileOperation, FileResult, OpenMode};
pub use host::{Completion, ConnectionId, Host, Refused, Wake};
pub use ticket::{TaskId, Ticket};
