//! Why an expression cannot be computed.

use arrow_schema::{ArrowError, DataType};

use crate::names::type_name;

/// What is wrong, in words for whoever wrote the query.
#[derive(Debug, thiserror::Error)]
pub enum ExprError {
    /// Division by zero, a number that does not fit, a text that is no number.
    #[error("{0}")]
    Value(String),
    /// An operator over types that it does not take. The planner refuses it; a program made by hand gets this.
    #[error("{operation} does not take {types}")]
    Types {
        /// `+`, `CAST`, `UPPER`.
        operation: String,
        /// The types, in words.
        types: String,
    },
    /// There is no such column.
    #[error("there is no column {column}; there are {columns}")]
    NoColumn {
        /// Its number.
        column: usize,
        /// How many there are.
        columns: usize,
    },
}

impl ExprError {
    pub(crate) fn types<'a>(operation: &str, types: impl IntoIterator<Item = &'a DataType>) -> Self {
        let types = types.into_iter().map(type_name).collect::<Vec<_>>().join(", ");
        Self::Types { operation: operation.to_owned(), types }
    }
}

impl From<ArrowError> for ExprError {
    fn from(error: ArrowError) -> Self {
        Self::Value(match error {
            ArrowError::DivideByZero => "division by zero".to_owned(),
            ArrowError::ArithmeticOverflow(what) => format!("a number does not fit: {what}"),
            ArrowError::CastError(what) | ArrowError::ParseError(what) => what,
            ArrowError::InvalidArgumentError(what) | ArrowError::ComputeError(what) => what,
            other => other.to_string(),
        })
    }
}
