//! Functions of rows: typed closures, called row by row, between columns.
//!
//! | operator | file | rows |
//! |---|---|---|
//! | [`Map`] | `map.rs` | one becomes one |
//! | [`Filter`] | `filter.rs` | one stays or goes |
//! | [`FlatMap`] | `flat_map.rs` | one becomes any number |
//! | [`KeyBy`] | `key_by.rs` | one gets a key beside it |
//! | [`Columns`], [`FilterColumns`] | `columns.rs` | functions of columns, a batch at a time |
//! | [`FlatMapColumns`] | `flat_map_columns.rs` | the same, with any number of rows |
//! | [`Spread`] | `spread.rs` | elements of arrays and maps, for it |
//! | [`Bare`], [`Kinds`] | `bare.rs`, `kinds.rs` | for sinks: without what travels beside rows, with their kinds |
//!
//! A record is read from the first columns of a batch, and what a function makes is written to new ones. The event time
//! of a row stays that of the row it was made of.

mod bare;
mod collector;
mod columns;
mod filter;
mod flat_map;
mod flat_map_columns;
mod key_by;
mod kinds;
pub(crate) mod map;
mod spread;
#[cfg(test)]
mod tests;

use memory::Batch;
use record::{Record, RecordReader};
use runtime::subtask::Failure;

use crate::layout::Layout;

pub use bare::Bare;
pub use collector::Collector;
pub use columns::{Columns, FilterColumns};
pub use filter::Filter;
pub use flat_map::FlatMap;
pub use flat_map_columns::{Expanded, FlatMapColumns};
pub use key_by::KeyBy;
pub use kinds::Kinds;
pub use map::Map;
pub use spread::Spread;

/// Rows of a batch that an operator makes.
pub const BATCH_ROWS: usize = 8192;

/// Opens the records of a batch for reading.
pub(crate) fn open<T: Record>(layout: &Layout, batch: &Batch) -> Result<T::Reader, Failure> {
    T::Reader::open(layout.record_columns(batch)).map_err(Failure::lasting)
}

/// The numbers of the rows that count.
pub fn rows_of(batch: &Batch) -> impl Iterator<Item = usize> {
    let selected = batch.selection().map(|selection| selection.rows());
    let all = if selected.is_some() { 0..0 } else { 0..batch.columns().num_rows() };
    selected.unwrap_or_default().iter().map(|row| *row as usize).chain(all)
}
