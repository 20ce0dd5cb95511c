//! What is computed over the rows around a row, as a plan carries it.
//!
//! | function | type | null |
//! |---|---|---|
//! | row number, rank, dense rank, ntile | `Int64` | never |
//! | percent rank, cume dist | `Float64` | never |
//! | lag, lead, first, last and nth value | as the column | where there is no such row, and no default |
//! | aggregates | as without a frame | as without a frame, and of no row |
//!
//! First, last and nth value are those of rows, null or not; the aggregates `First` and `Last` pass over nulls, as
//! `FIRST_VALUE` and `LAST_VALUE` of Flink do.

use arrow_schema::{DataType, Field};

use super::frame::{Bound, Frame};
use crate::aggregate::{AggregateError, Function};
use crate::layout::Layout;
use crate::seat::Mode;
use crate::sort::SortColumn;
use crate::window::check_time;

/// Functions over the rows of a partition, in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OverSpec {
    /// What comes in. Rows of the same key are a partition; without a key all are one.
    pub input: Layout,
    /// How rows of a partition are sorted; those that are sorted alike stay as they came.
    pub order: Vec<SortColumn>,
    /// What is computed: each adds a column behind those of the record.
    pub calls: Vec<OverCall>,
    /// In a stream: the column of event time that the order begins with, ascending. A row leaves when time has come to it.
    pub time: Option<usize>,
}

/// One function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OverCall {
    /// What is computed.
    pub function: OverFunction,
    /// Of which rows. Numbers of rows, `Lag` and `Lead` do not ask for it.
    pub frame: Frame,
    /// What it is called.
    pub name: String,
}

/// What is computed of the rows of a frame. Columns are those of the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OverFunction {
    /// The number of the row, from 1.
    RowNumber,
    /// The number of the first row that is sorted like it.
    Rank,
    /// The number of its group of rows that are sorted alike.
    DenseRank,
    /// How many of the other rows are sorted before it, from 0 to 1.
    PercentRank,
    /// How many of all rows are sorted before it or like it, up to 1.
    CumeDist,
    /// Its part, when the partition is cut into so many of the same size, from 1; the first ones have a row more.
    Ntile(i64),
    /// The value of the row so many before it.
    Lag(Shift),
    /// The value of the row so many behind it.
    Lead(Shift),
    /// The value of the first row of the frame.
    FirstValue(usize),
    /// The value of the last row of the frame.
    LastValue(usize),
    /// The value of a row of the frame.
    NthValue {
        /// The column.
        column: usize,
        /// Which row, from 1.
        row: i64,
    },
    /// An aggregate of the rows of the frame.
    Aggregate(Function),
}

/// A value of another row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shift {
    /// The column.
    pub column: usize,
    /// How many rows away.
    pub offset: i64,
    /// A column of the same type, whose value of the current row is taken where there is no other row. Without it that is
    /// null.
    pub default: Option<usize>,
}

/// What is wrong with them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OverError {
    /// A function does not take its column, or its result does not fit.
    #[error(transparent)]
    Aggregate(#[from] AggregateError),
    /// No row is so far away.
    #[error("{call} has the number {number}: {wanted}")]
    Number {
        /// The name of the function's column.
        call: String,
        /// The number.
        number: i64,
        /// What it may be.
        wanted: &'static str,
    },
    /// A frame that has no row, whichever row it is of.
    #[error("the frame of {call} ends before it begins: name its bounds the other way round")]
    Backwards {
        /// The name of the function's column.
        call: String,
    },
    /// Distances of values need values that have some.
    #[error(
        "the frame of {call} is a RANGE of values, and rows are sorted by {order}: sort them by one column of numbers or \
         times, or count the frame in ROWS"
    )]
    Distance {
        /// The name of the function's column.
        call: String,
        /// By what rows are sorted.
        order: String,
    },
    /// A stream in the order of time knows nothing of what will come.
    #[error(
        "{call} needs rows that come after its own, which a stream in the order of time has not seen: end its frame with the \
         current row, or let results change"
    )]
    Ahead {
        /// The name of the function's column.
        call: String,
    },
    /// Rows that have left stay as they are.
    #[error("rows that may be taken back do not leave in the order of time: let results change")]
    Changing,
}

impl OverSpec {
    /// What comes out: the record with a column more for each function, and beside it what was there before. In a stream,
    /// what has been said may be taken back unless rows come in the order of time.
    ///
    /// # Errors
    ///
    /// If the functions and their frames do not go with the columns.
    pub fn output(&self, mode: Mode) -> Result<Layout, OverError> {
        let mut output = self.input.clone();
        for call in &self.calls {
            output = output.widened(call.field(&self.input)?);
        }
        let may_change = mode == Mode::Streaming && self.time.is_none();
        Ok(if may_change { output.changing() } else { output })
    }

    /// The order in which rows must come in a batch: partition by partition, each in its own order.
    pub fn sorted_by(&self) -> Vec<SortColumn> {
        let key = self.input.key().iter().map(|column| SortColumn::ascending(*column));
        key.chain(self.order.iter().copied()).collect()
    }

    /// Whether no function needs a row that is sorted behind the current one and those like it.
    pub fn looks_back(&self) -> bool {
        self.calls.iter().all(OverCall::looks_back)
    }

    /// Whether it makes sense.
    pub(super) fn check(&self, mode: Mode) -> Result<(), OverError> {
        assert!(!self.calls.is_empty(), "at least one function");
        for call in &self.calls {
            call.check()?;
        }
        if let (Some(time), Mode::Streaming) = (self.time, mode) {
            let is_by_time = self.order.first().is_some_and(|by| by.column == time && !by.is_descending);
            assert!(is_by_time, "a stream in the order of time is sorted by its time first, ascending");
            check_time(&self.input, time);
            if self.input.has_kinds() {
                return Err(OverError::Changing);
            }
            if let Some(call) = self.calls.iter().find(|call| !call.looks_back()) {
                return Err(OverError::Ahead { call: call.name.clone() });
            }
        }
        Ok(())
    }
}

impl OverCall {
    /// The column of results.
    ///
    /// # Errors
    ///
    /// If the function does not take its column.
    pub fn field(&self, input: &Layout) -> Result<Field, OverError> {
        let schema = input.schema();
        let named = |data_type, nullable| Field::new(&self.name, data_type, nullable);
        let like = |column: usize, nullable: bool| {
            let column = schema.field(column);
            named(column.data_type().clone(), nullable || column.is_nullable())
        };
        Ok(match self.function {
            OverFunction::PercentRank | OverFunction::CumeDist => named(DataType::Float64, false),
            OverFunction::Lag(shift) | OverFunction::Lead(shift) => {
                like(shift.column, shift.default.is_none_or(|default| schema.field(default).is_nullable()))
            }
            OverFunction::FirstValue(column) | OverFunction::LastValue(column) => {
                like(column, !self.frame.has_its_row())
            }
            OverFunction::NthValue { column, .. } => like(column, true),
            OverFunction::Aggregate(function) => {
                let field = function.named(&self.name).field(schema)?;
                let is_count = matches!(function, Function::Count | Function::CountOf(_));
                let nullable = field.is_nullable() || !(is_count || self.frame.has_its_row());
                field.with_nullable(nullable)
            }
            _ => named(DataType::Int64, false),
        })
    }

    /// Whether it needs no row that is sorted behind the current one and those like it, and never all that came before.
    pub(super) fn looks_back(&self) -> bool {
        let frame = self.frame;
        match self.function {
            OverFunction::RowNumber | OverFunction::Rank | OverFunction::DenseRank | OverFunction::Lag(_) => {
                true
            }
            OverFunction::LastValue(_) if frame.is_running() => frame.ends_here(),
            OverFunction::FirstValue(_) | OverFunction::LastValue(_) | OverFunction::NthValue { .. } => {
                frame.looks_back() && !frame.is_running()
            }
            OverFunction::Aggregate(_) => frame.looks_back() && (frame.ends_here() || !frame.is_running()),
            _ => false,
        }
    }

    fn check(&self) -> Result<(), OverError> {
        let number = |number: i64, least: i64, wanted: &'static str| {
            let fault = || Err(OverError::Number { call: self.name.clone(), number, wanted });
            if number < least { fault() } else { Ok(()) }
        };
        for bound in [self.frame.start, self.frame.end] {
            if let Bound::Preceding(offset) | Bound::Following(offset) = bound {
                number(offset, 0, "the bounds of a frame are not negative")?;
            }
        }
        match self.function {
            OverFunction::Ntile(parts) => number(parts, 1, "there is at least one part")?,
            OverFunction::NthValue { row, .. } => number(row, 1, "the first row has number 1")?,
            OverFunction::Lag(shift) | OverFunction::Lead(shift) => {
                number(shift.offset, 0, "it is a number of rows in one direction")?;
            }
            _ => {}
        }
        // Bounds of the same kind may still leave rows without a frame; these make no difference between rows.
        let is_backwards = self.frame.start == Bound::UnboundedFollowing
            || self.frame.end == Bound::UnboundedPreceding
            || matches!(
                (self.frame.start, self.frame.end),
                (Bound::CurrentRow, Bound::Preceding(_))
                    | (Bound::Following(_), Bound::Preceding(_) | Bound::CurrentRow)
            );
        if is_backwards { Err(OverError::Backwards { call: self.name.clone() }) } else { Ok(()) }
    }
}
