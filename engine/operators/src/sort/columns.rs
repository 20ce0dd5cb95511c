//! By which columns rows are sorted, and how.

use arrow_schema::SortOptions;
use runtime::subtask::Failure;
use shuffle::SortKey;

use crate::layout::Layout;

/// A column of an order. Null is less than everything else unless somebody says otherwise, as in Flink.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SortColumn {
    /// Its number.
    pub column: usize,
    /// Whether the greatest comes first.
    pub is_descending: bool,
    /// Whether nulls come before everything else.
    pub nulls_first: bool,
}

impl SortColumn {
    /// The least first; nulls before it.
    pub const fn ascending(column: usize) -> Self {
        Self { column, is_descending: false, nulls_first: true }
    }

    /// The greatest first; nulls at the end.
    pub const fn descending(column: usize) -> Self {
        Self { column, is_descending: true, nulls_first: false }
    }

    /// The same with nulls before everything else.
    #[must_use]
    pub const fn nulls_first(self) -> Self {
        Self { nulls_first: true, ..self }
    }

    /// The same with nulls behind everything else.
    #[must_use]
    pub const fn nulls_last(self) -> Self {
        Self { nulls_first: false, ..self }
    }
}

/// The order of rows of a layout by these columns, the most important first.
///
/// # Panics
///
/// Without a column, or if there is no such column.
pub(crate) fn sort_key(input: &Layout, columns: &[SortColumn]) -> Result<SortKey, Failure> {
    assert!(!columns.is_empty(), "an order has a column");
    let options = |each: &SortColumn| {
        let options = SortOptions { descending: each.is_descending, nulls_first: each.nulls_first };
        (each.column, options)
    };
    let columns: Vec<_> = columns.iter().map(options).collect();
    Ok(SortKey::new(input.schema(), &columns)?)
}
