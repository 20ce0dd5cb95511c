//! Batches that do not fit, on disk and back.
//!
//! ```text
//!   SpillWriter ──► block │ block │ block …   a file without a name: gone with the process, whatever happens
//!                     │
//!                     └ header 64 B: what it is, how long, checksums │ batches as an Arrow IPC stream, zstd
//!                                                                      when that pays │ padding to 64 B
//! ```
//!
//! A file is written once, from the front, then read any number of times, in order, by any number of readers: all of
//! it, or a range of its rows. Blocks are about as long as the option says: short batches share one, a long batch is
//! split. The writer keeps the lengths of its blocks, so reading ahead takes whole blocks up to its bound and never
//! guesses.
//!
//! Three questions, three places: *whether* rows are spilled is the operator's decision when a reservation is
//! refused; *where* is [`SpillDirectories`]' (it also counts the space); *how* bytes reach the disk is
//! [`Disk`]'s, and the only part that touches files.

mod block;
mod directories;
mod disk;
mod file;
mod payoff;
mod reader;
mod tidy;
mod writer;

pub use directories::{SpillDirectories, SpillFormat};
pub use disk::{Disk, DiskFile, StdDisk};
pub use file::{ReadMemory, SpillFile};
pub use payoff::Payoff;
pub use reader::SpillReader;
pub use tidy::{own_chosen, own_rows};
pub use writer::SpillWriter;

#[cfg(test)]
mod tests;
