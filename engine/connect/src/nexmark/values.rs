//! A column of a kind: its name, how it is made, and what becomes of its values in Arrow.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, Int64Array, StringViewArray, TimestampMillisecondArray, UInt32Array, new_null_array,
};
use arrow_buffer::{NullBuffer, ScalarBuffer};
use arrow_schema::{DataType, Field, TimeUnit};
use arrow_select::take::take;
use memory::Texts;

use super::events::Events;

/// How a column of a kind follows from the numbers of events.
pub(super) struct Rule {
    name: &'static str,
    shape: Shape,
    make: fn(&Events<'_>) -> Values,
}

/// What values it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Number,
    Text,
    Time,
}

/// The values of the rows. What stands in rows of another kind does not count.
pub(super) enum Values {
    Numbers(Vec<i64>),
    /// Milliseconds.
    Times(ScalarBuffer<i64>),
    Texts(Texts),
    /// Places in a list.
    Words(Vec<u32>, &'static StringViewArray),
}

impl Rule {
    pub(super) const fn new(name: &'static str, shape: Shape, make: fn(&Events<'_>) -> Values) -> Self {
        Self { name, shape, make }
    }

    /// The column in a schema.
    pub(super) fn field(&self) -> Field {
        Field::new(self.name, self.shape.data_type(), true)
    }

    /// The column, for events of which this kind is made: null where `nulls` says so.
    pub(super) fn column(&self, events: &Events<'_>, nulls: Option<NullBuffer>) -> ArrayRef {
        (self.make)(events).column(nulls)
    }

    /// The column for events of other kinds.
    pub(super) fn nothing(&self, rows: usize) -> ArrayRef {
        new_null_array(&self.shape.data_type(), rows)
    }
}

impl Shape {
    fn data_type(self) -> DataType {
        match self {
            Self::Number => DataType::Int64,
            Self::Text => DataType::Utf8View,
            Self::Time => DataType::Timestamp(TimeUnit::Millisecond, None),
        }
    }
}

impl Values {
    fn column(self, nulls: Option<NullBuffer>) -> ArrayRef {
        match self {
            Self::Numbers(numbers) => Arc::new(Int64Array::new(numbers.into(), nulls)),
            Self::Times(times) => Arc::new(TimestampMillisecondArray::new(times, nulls)),
            Self::Texts(texts) => Arc::new(texts.column(nulls)),
            Self::Words(places, words) => {
                take(words, &UInt32Array::new(places.into(), nulls), None).expect("places of the list")
            }
        }
    }
}
