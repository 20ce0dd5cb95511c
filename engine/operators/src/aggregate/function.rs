//! What is aggregated: plain data, as a plan carries it.
//!
//! | function | of | type | without a value |
//! |---|---|---|---|
//! | count | rows, or the values of a column | `Int64` | 0 |
//! | sum | integers with a sign, without one, floats | `Int64`, `UInt64`, `Float64` | null |
//! | | decimals | 38 digits of the same scale | null |
//! | average | integers and floats | `Float64` | null |
//! | variance, standard deviation | integers and floats | `Float64` | null; of a sample also with one |
//! | min, max, first, last | all of fixed width that has an order, strings, bytes | as the column | null |
//! | collect, array | the same, and rows, arrays and maps of them | lists of the column | null |
//! | joined text | strings | as the column | null |
//!
//! Nulls are not values, but in an array, unless its values are distinct. Of rows that may be taken back, all from `min` on
//! keep all values. Integers are summed in 128 bits, so what does not fit is found whatever the order of the rows; it is an
//! error and never wraps. A sum of decimals that does not fit is null.

use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema};

use super::accumulator::Accumulator;
use super::choice::{self, Earliest, Greatest, Latest, Least};
use super::count::Counts;
use super::error::AggregateError;
use super::gathered::{self, Shown};
use super::kept::{self, End};
use super::sum;
use super::variance::{self, Spread};

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
    /// How far the values of a column lie apart, in their square: all that there are.
    VarPop(usize),
    /// The same of a sample of what there is.
    VarSamp(usize),
    /// The root of [`Function::VarPop`].
    StddevPop(usize),
    /// The root of [`Function::VarSamp`].
    StddevSamp(usize),
    /// The values of a column as a list, in the order in which they came.
    Collect(usize),
    /// The same with nulls.
    ArrayAgg(usize),
    /// The texts of a column as one, in the order in which they came, with [`Aggregate::separator`] between them.
    ListAgg(usize),
}

/// A function and the name of the column that it makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aggregate {
    /// What is computed.
    pub function: Function,
    /// What it is called.
    pub name: String,
    /// Whether values that a group has several times count once.
    pub distinct: bool,
    /// What stands between the texts of [`Function::ListAgg`].
    pub separator: Arc<str>,
    /// The column that says which rows count: those in which it is true. All of them without.
    pub filter: Option<usize>,
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
            | Self::Last(column)
            | Self::VarPop(column)
            | Self::VarSamp(column)
            | Self::StddevPop(column)
            | Self::StddevSamp(column)
            | Self::Collect(column)
            | Self::ArrayAgg(column)
            | Self::ListAgg(column) => Some(column),
        }
    }

    /// The aggregate of this name.
    pub fn named(self, name: impl Into<String>) -> Aggregate {
        Aggregate { function: self, name: name.into(), distinct: false, separator: ",".into(), filter: None }
    }

    /// The same function of another column.
    pub(crate) fn of_column(self, column: usize) -> Self {
        match self {
            Self::Count => Self::Count,
            Self::CountOf(_) => Self::CountOf(column),
            Self::Sum(_) => Self::Sum(column),
            Self::Min(_) => Self::Min(column),
            Self::Max(_) => Self::Max(column),
            Self::Average(_) => Self::Average(column),
            Self::First(_) => Self::First(column),
            Self::Last(_) => Self::Last(column),
            Self::VarPop(_) => Self::VarPop(column),
            Self::VarSamp(_) => Self::VarSamp(column),
            Self::StddevPop(_) => Self::StddevPop(column),
            Self::StddevSamp(_) => Self::StddevSamp(column),
            Self::Collect(_) => Self::Collect(column),
            Self::ArrayAgg(_) => Self::ArrayAgg(column),
            Self::ListAgg(_) => Self::ListAgg(column),
        }
    }

    /// Whether the result is a number of rows, which is never null.
    pub(crate) fn is_count(self) -> bool {
        matches!(self, Self::Count | Self::CountOf(_))
    }

    /// Whether the result depends on the order in which rows came.
    pub fn is_ordered(self) -> bool {
        let lists = matches!(self, Self::Collect(_) | Self::ArrayAgg(_) | Self::ListAgg(_));
        lists || matches!(self, Self::First(_) | Self::Last(_))
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
            Self::VarPop(_) | Self::VarSamp(_) => "variance",
            Self::StddevPop(_) | Self::StddevSamp(_) => "standard deviation",
            Self::Collect(_) | Self::ArrayAgg(_) => "list",
            Self::ListAgg(_) => "joined text",
        }
    }
}

impl Aggregate {
    /// The same of values that are different: one that a group has several times counts once. For
    /// [`ChangingAggregate`](super::ChangingAggregate) only.
    #[must_use]
    pub fn distinct(self) -> Self {
        Self { distinct: true, ..self }
    }

    /// The same with this between the texts that it joins.
    #[must_use]
    pub fn separated_by(self, separator: impl Into<Arc<str>>) -> Self {
        Self { separator: separator.into(), ..self }
    }

    /// The same of those rows only in which this column is true. For [`ChangingAggregate`](super::ChangingAggregate),
    /// [`LocalAggregate`](super::LocalAggregate) and [`LocalDistinct`](super::LocalDistinct) only.
    #[must_use]
    pub fn filtered_by(self, column: usize) -> Self {
        Self { filter: Some(column), ..self }
    }

    /// The same of all rows.
    pub(crate) fn unfiltered(self) -> Self {
        Self { filter: None, ..self }
    }

    /// Whether values must be told apart for it: the least and the greatest are the same anyway, and rows are all different.
    pub(crate) fn is_of_distinct_values(&self) -> bool {
        let depends = !matches!(self.function, Function::Count | Function::Min(_) | Function::Max(_));
        self.distinct && depends
    }

    /// The column of results.
    ///
    /// # Errors
    ///
    /// If the function does not take a column of this type.
    pub fn field(&self, input: &Schema) -> Result<Field, AggregateError> {
        let accumulator = self.accumulator(input)?;
        let nullable = match self.function {
            function if function.is_count() => false,
            // It may have no row.
            _ if self.filter.is_some() => true,
            // A sample of one has none.
            Function::VarSamp(_) | Function::StddevSamp(_) => true,
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
        Ok(self.fields_of(&*self.accumulator(input)?))
    }

    /// Refuses an aggregate that looks at some rows only.
    pub(crate) fn refuse_filter(&self, input: &Schema) -> Result<(), AggregateError> {
        match self.filter {
            Some(filter) => Err(AggregateError::Filtered {
                function: self.function.word(),
                filter: input.field(filter).name().clone(),
            }),
            None => Ok(()),
        }
    }

    /// Refuses an aggregate that must tell values apart.
    pub(crate) fn refuse_distinct(&self, input: &Schema) -> Result<(), AggregateError> {
        match self.source(input).filter(|_| self.is_of_distinct_values()) {
            Some(source) => Err(AggregateError::Distinct {
                function: self.function.word(),
                column: source.name().clone(),
            }),
            None => Ok(()),
        }
    }

    /// The columns in which an accumulator of it is saved.
    pub(crate) fn fields_of(&self, accumulator: &dyn Accumulator) -> Vec<Field> {
        let parts = accumulator.partial_types().into_iter().enumerate();
        let named = parts.map(|(number, data_type)| match number {
            0 => Field::new(&self.name, data_type, true),
            _ => Field::new(format!("{}${number}", self.name), data_type, true),
        });
        named.collect()
    }

    /// What computes it of rows that may be taken back.
    pub(crate) fn changing_accumulator(
        &self,
        input: &Schema,
    ) -> Result<Box<dyn Accumulator>, AggregateError> {
        let Some(source) = self.source(input) else { return self.accumulator(input) };
        let made = match self.function {
            Function::Min(_) => kept::of(End::Least, source.data_type()),
            Function::Max(_) => kept::of(End::Greatest, source.data_type()),
            _ => match self.shown() {
                Some(shown) => gathered::of(shown, source.data_type(), true),
                None => return self.accumulator(input),
            },
        };
        made.ok_or_else(|| self.unsupported(source))
    }

    /// What it shows of all values, where these have an order.
    fn shown(&self) -> Option<Shown> {
        match self.function {
            Function::First(_) => Some(Shown::First),
            Function::Last(_) => Some(Shown::Last),
            Function::Collect(_) => Some(Shown::List),
            Function::ArrayAgg(_) => Some(Shown::ListWithNulls),
            Function::ListAgg(_) => Some(Shown::Joined(self.separator.clone())),
            _ => None,
        }
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
            Function::VarPop(_) => variance::of(Spread { of_sample: false, is_deviation: false }, data_type),
            Function::VarSamp(_) => variance::of(Spread { of_sample: true, is_deviation: false }, data_type),
            Function::StddevPop(_) => {
                variance::of(Spread { of_sample: false, is_deviation: true }, data_type)
            }
            Function::StddevSamp(_) => {
                variance::of(Spread { of_sample: true, is_deviation: true }, data_type)
            }
            Function::Collect(_) | Function::ArrayAgg(_) | Function::ListAgg(_) => {
                self.shown().and_then(|shown| gathered::of(shown, data_type, false))
            }
        };
        made.ok_or_else(|| self.unsupported(source))
    }

    fn unsupported(&self, source: &Field) -> AggregateError {
        AggregateError::Unsupported {
            function: self.function.word(),
            column: source.name().clone(),
            data_type: source.data_type().clone(),
        }
    }

    fn source<'a>(&self, input: &'a Schema) -> Option<&'a Field> {
        self.function.column().map(|column| input.field(column))
    }
}

/// The type of partial sums of whole numbers: 128 bits as they are.
pub(super) const WIDE: DataType = DataType::Decimal128(38, 0);
/// That of partial sums of decimals: 256 bits.
pub(super) const WIDEST: DataType = DataType::Decimal256(76, 0);
