//! Edges whose producer ends before their consumers begin.
//!
//! ```text
//!   rows with targets ──► PartitionWriter: collect, and sort by target when memory is refused
//!                              │
//!            one spill file    ▼
//!   ┌───────────── run 0 ──────────────┬──────────── run 1 ──────────┬ …     a run is what memory held
//!   │ 0 0 0 │ 1 1 │ 2 3 4 │ 5 5 5 5 5 5 │ 0 0 0 0 │ 2 2 │ 4 5 5 5 5 5 │       rows, by their target
//!   └───────┴─────┴───────┴─────────────┴─────────┴─────┴─────────────┘       blocks
//!        Index: target ─► a range of rows in each run
//!                              │
//!                              ▼
//!   Partition ──► read(target): its range in run 0, in run 1, …    in the order in which they were written
//! ```
//!
//! A producer has one file, whatever the number of its targets and runs: two hundred producers and consumers have two
//! hundred files open, not forty thousand. The price is the sort, a pass over rows that are in memory anyway.
//!
//! Every result goes to disk, small ones too. To keep those in memory would be a second way with limits of its own,
//! hold on to memory that the consumers need, and save no more than a copy into the page cache.
//!
//! Nothing here merges runs: rows of one producer for one target come in order when the runs are read one after the
//! other. What is merged are producers, and only if somebody wants their common order ([`Merged`]).

mod collected;
mod gather;
mod index;
mod merged;
mod partition;
mod reader;
mod routed;
mod run;
mod sort_key;
mod writer;

pub use gather::{Place, gather, gather_columns};
pub use merged::Merged;
pub use partition::{Partition, Ticket};
pub use reader::{Gathered, PartitionReader};
pub use routed::RoutedWriter;
pub use sort_key::SortKey;
pub use writer::PartitionWriter;

#[cfg(test)]
mod tests;
