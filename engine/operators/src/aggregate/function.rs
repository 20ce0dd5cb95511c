//! What is aggregated: plain data, as a plan carries it.
//!
//! | function | of | type | without a value |
//! |---|---|---|---|
//! | count | rows, or the values of a column | `Int64` | 0 |
//! | sum | integers with a sign, without one, floats | `Int64`, `UInt64`, `Float64` | null |
//! | | decimals | 38 digits of the same scale | null |
//! | average | integers and floats | `Float64` | null |
//! | min, max, first, last | all of fixed width that has an order, strings, bytes | as the column | null |
//!
//! Nulls are not values. Integers are summed in 128 bits, so what does not fit is found whatever the order of the rows;
//! it is an error and never wraps.

use arrow_schema::{DataType, Field, Schema};

use super::accumulator::Accumulator;
use super::choice::{self, Earliest, Greatest, Latest, Least};
use super::count::Counts;
use super::error::AggregateError;
use super::sum;

/// What becomes of the values of many rows. Columns are those of the operator's input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// How many rows.
    Count,
    /// How many values a column has.
    CountOf(usize),
    /// All values of a column together.
    Sum(usize),
    /// The least value of a column. NaN is greater than all numbers, `-0.0` less than `0.0`.
    Min(usize),
    /// The greatest value of a column.
    Max(usize),
    /// The sum of a column's values by their count.
    Average(usize),
    /// The value of a column that came first.
    First(usize),
    /// The value of a column that came last.
    Last(usize),
}

/// A function and the name of the column that it makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aggregate {
    /// What is computed.
    pub function: Function,
    /// What it is called.
    pub name: String,
}

impl Function {
    /// The column that it reads.
    pub fn column(self) -> Option<usize> {
        match self {
            Self::Count => None,
            Self::CountOf(column)
            | Self::Sum(column)
            | Self::Min(column)
            | Self::Max(column)
            | Self::Average(column)
            | Self::First(column)
            | Self::Last(column) => Some(column),
        }
    }

    /// The aggregate of this name.
    pub fn named(self, name: impl Into<String>) -> Aggregate {
        Aggregate { function: self, name: name.into() }
    }

    /// Whether the result depends on the order in which rows came.
    pub fn is_ordered(self) -> bool {
        matches!(self, Self::First(_) | Self::Last(_))
    }

    /// The word for it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Count | Self::CountOf(_) => "count",
            Self::Sum(_) => "sum",
            Self::Min(_) => "min",
            Self::Max(_) => "max",
            Self::Average(_) => "average",
            Self::First(_) => "first",
            Self::Last(_) => "last",
        }
    }
}

impl Aggregate {
    /// The column of results.
    ///
    /// # Errors
    ///
    /// If the function does not take a column of this type.
    pub fn field(&self, input: &Schema) -> Result<Field, AggregateError> {
        let accumulator = self.accumulator(input)?;
        let nullable = match self.function {
            Function::Count | Function::CountOf(_) => false,
            _ => self.source(input).is_some_and(Field::is_nullable),
        };
        Ok(Field::new(&self.name, accumulator.data_type(), nullable))
    }

    /// The columns in which what is known so far travels and is saved.
    ///
    /// # Errors
    ///
    /// As [`Aggregate::field`].
    pub fn partial_fields(&self, input: &Schema) -> Result<Vec<Field>, AggregateError> {
        let parts = self.accumulator(input)?.partial_types();
        let named = parts.into_iter().enumerate().map(|(number, data_type)| match number {
            0 => Field::new(&self.name, data_type, true),
            _ => Field::new(format!("{}${number}", self.name), data_type, true),
        });
        Ok(named.collect())
    }

    /// What computes it.
    pub(crate) fn accumulator(&self, input: &Schema) -> Result<Box<dyn Accumulator>, AggregateError> {
        let Some(source) = self.source(input) else {
            return Ok(Box::new(Counts::of_rows()));
        };
        let data_type = source.data_type();
        let made = match self.function {
            Function::Count | Function::CountOf(_) => {
                Some(Box::new(Counts::of_values()) as Box<dyn Accumulator>)
            }
            Function::Sum(_) => sum::sum(source),
            Function::Average(_) => sum::average(source),
            Function::Min(_) => choice::of::<Least>(data_type),
            Function::Max(_) => choice::of::<Greatest>(data_type),
            Function::First(_) => choice::of::<Earliest>(data_type),
            Function::Last(_) => choice::of::<Latest>(data_type),
        };
        made.ok_or_else(|| AggregateError::Unsupported {
            function: self.function.word(),
            column: source.name().clone(),
            data_type: data_type.clone(),
        })
    }

    fn source<'a>(&self, input: &'a Schema) -> Option<&'a Field> {
        self.function.column().map(|column| input.field(column))
    }
}

/// The type of partial sums: 128 bits as they are.
pub(super) const WIDE: DataType = DataType::Decimal128(38, 0);
