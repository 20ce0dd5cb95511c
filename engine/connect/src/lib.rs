//! Sources, sinks and formats: where rows come from and where they go.
//!
//! | concept | where | what it is |
//! |---|---|---|
//! | [`Format`](format::Format) | `format/` | how rows lie in files, and how columns are found out from bytes |
//! | [`FileSource`](read::FileSource) | `read/` | files as rows: which files, now or later, who reads which part, what their directories say, what becomes of bad records |
//! | [`FileSink`](write::FileSink) | `write/` | rows as files: in which form, in which partitions, when they are shown, what lies there already |
//! | [`Collection`] | `collection.rs` | rows that a program holds |
//! | [`Generator`] | `generator.rs` | rows that follow from their numbers, at a rate |
//! | [`DatagenSpec`](datagen::DatagenSpec) | `datagen/` | made-up rows of any columns |
//! | [`Nexmark`](nexmark::Nexmark) | `nexmark/` | the events of an online auction, the same on every machine |
//! | [`SocketSource`], [`SocketSink`] | `socket.rs` | lines over TCP |
//! | [`Print`] | `print.rs` | rows as text that somebody reads along |
//! | [`collect()`], [`Collected`] | `collect.rs` | rows that come back to the program |
//! | [`Exchange`] | `exchange/` | rows that wait on disk until all of them are there: a blocking edge |
//! | [`Blackhole`] | `blackhole.rs` | rows that nobody wants |
//! | [`Checksum`], [`Consumed`] | `checksum.rs` | rows of which only a sum is wanted |

mod blackhole;
mod bound;
mod checksum;
mod collect;
mod collection;
pub mod datagen;
mod exchange;
pub mod format;
mod generator;
pub mod nexmark;
mod print;
pub mod read;
mod socket;
#[cfg(test)]
mod trial;
pub mod write;

pub use blackhole::Blackhole;
pub use checksum::{Checksum, Consumed, NotSummed};
pub use collect::{Collect, Collected, NotYet, collect, is_unwanted};
pub use collection::Collection;
pub use exchange::{Exchange, ExchangeSpec};
pub use generator::Generator;
pub use print::{Output, Print, RowStyle, is_closed_pipe};
pub use socket::{SocketSink, SocketSource};
