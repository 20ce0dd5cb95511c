//! What can be wrong with an aggregation.

use arrow_schema::DataType;
use runtime::subtask::Failure;
use thiserror::Error;

/// Why there is no result.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AggregateError {
    /// A sum is beyond its type.
    #[error(
        "the sum of column `{column}` is {sum}, which does not fit {data_type}: make the column a Float64 before it is \
         summed"
    )]
    Overflow {
        /// What was summed.
        column: String,
        /// The sum.
        sum: i128,
        /// What it should fit.
        data_type: DataType,
    },
    /// A function does not take a type.
    #[error(
        "there is no {function} of column `{column}`, which is {data_type}: convert it to another type first"
    )]
    Unsupported {
        /// The function.
        function: &'static str,
        /// The column.
        column: String,
        /// Its type.
        data_type: DataType,
    },
    /// Values must be told apart where that is not done.
    #[error(
        "the {function} of the distinct values of column `{column}` is not computed in parts: make them distinct before \
         they are aggregated, or aggregate all rows of a key in one place"
    )]
    Distinct {
        /// The function.
        function: &'static str,
        /// The column.
        column: String,
    },
    /// A filter where all rows count.
    #[error(
        "the {function} of the rows in which column `{filter}` is true is not computed here: make its column null in the \
         others"
    )]
    Filtered {
        /// The function.
        function: &'static str,
        /// The column that says which rows count.
        filter: String,
    },
    /// Rows are taken back from an aggregate that has forgotten what was there before.
    #[error("an aggregate of rows that are only added got a row of kind {kind}, which takes one back")]
    TakesBack {
        /// `-U` or `-D`.
        kind: memory::RowKind,
    },
}

impl From<AggregateError> for Failure {
    fn from(error: AggregateError) -> Self {
        Self::lasting(error)
    }
}
