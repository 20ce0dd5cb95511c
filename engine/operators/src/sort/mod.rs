//! Rows of a bounded input in order: all of them, or the first ones.
//!
//! | concept | file | what it is |
//! |---|---|---|
//! | [`SortColumn`] | `columns.rs` | a column of an order: ascending or descending, nulls first or last |
//! | [`Sort`] | `total.rs` | all rows, in memory or by way of the disk |
//! | [`TopN`] | `front.rs` | the first rows, of which so many are kept |
//! | buffer | `buffer.rs` | rows in memory, and how they are put in order |
//! | runs | `runs.rs` | what memory did not hold, and how it is merged |
//!
//! A subtask sorts what it is given: an order of all rows of a job needs one subtask, or an edge that deals rows out by
//! range.

mod buffer;
mod columns;
mod front;
mod runs;
mod total;

use runtime::subtask::Failure;

pub use columns::SortColumn;
pub(crate) use columns::sort_key;
pub use front::TopN;
pub use total::Sort;

use crate::bound::TOP_ROWS_MAX;
use crate::contract::Operator;
use crate::layout::Layout;
use crate::limit::Fetch;
use crate::seat::OperatorSeat;

/// What sorts best: a [`TopN`] when few rows are wanted, a [`Sort`] otherwise.
///
/// # Errors
///
/// If a column is of a type without an order.
///
/// # Panics
///
/// Without a column to sort by, or if there is no such column.
pub fn order_by(
    input: &Layout,
    order: &[SortColumn],
    fetch: Fetch,
    seat: &OperatorSeat,
) -> Result<Box<dyn Operator>, Failure> {
    match fetch.front() {
        Some(front) if front <= TOP_ROWS_MAX => Ok(Box::new(TopN::new(input, order, fetch, seat)?)),
        _ => Ok(Box::new(Sort::new(input, order, fetch, seat)?)),
    }
}

#[cfg(test)]
mod tests;
