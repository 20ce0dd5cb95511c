//! Columns built inside a segment, and read while they grow.
//!
//! ```text
//!   segment  ┌──────────┬─────────────┬───────────────┬───────────┬──────────────────────┐
//!            │ n valid? │ n values    │ url views     │ paid bool │ heap: long strings ► │
//!            └──────────┴─────────────┴───────────────┴───────────┴──────────────────────┘
//!   rows       0 ▒▒▒▒▒▒▒▒▒▒▒▒ lent ▒▒▒▒▒▒ shipped ░░ written ░░ rows                  max
//! ```
//!
//! Every column is a stripe of fixed width: one byte for a validity or a boolean, the value itself, or a
//! string's 16-byte view whose long text lies in the heap that all columns share. So every column only ever
//! grows at its end, and a range of rows is a range of each stripe: a [`View`] of the rows so far can be taken
//! at any time and read on another core while the [`ColumnBuilder`] goes on behind it. Bits are packed by
//! whoever reads: two rows that share a byte could not be read and written at the same time.
//!
//! Types without a stripe (lists, structs, dictionaries, strings with offsets) travel *beside* the segment,
//! as ordinary Arrow arrays for the same rows.

mod builder;
mod copy;
mod follow;
mod layout;
mod row;
mod rows;
mod view;

pub use builder::ColumnBuilder;
pub use layout::Layout;
pub use row::{NoRoom, RowWriter};
pub use rows::Rows;
pub use view::View;

#[cfg(test)]
mod tests;
