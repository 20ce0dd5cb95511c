//! Kinds of arguments and results, and the types of columns that they are.

use arrow_schema::{DataType, TimeUnit};

use crate::types::{entry_of, item_of, list_of, map_of, settled};

/// What an argument is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `STRING`
    Text,
    /// `BYTES`
    Bytes,
    /// `STRING` or `BYTES`, as it is.
    Octets,
    /// `BOOLEAN`
    Truth,
    /// `INT`
    Whole,
    /// `BIGINT`
    Long,
    /// Any number, as it is.
    Number,
    /// `DOUBLE`
    Double,
    /// `TIMESTAMP(3)`
    Time,
    /// A time, a day, or a time of the day, as it is.
    Moment,
    /// The same, or an interval.
    Temporal,
    /// A time or a text that is one, as it is.
    Written,
    /// `ARRAY`, as it is.
    List,
    /// `MAP`, as it is.
    Map,
    /// Anything, as it is.
    Any,
}

/// `TIMESTAMP(3)`.
pub(super) const TIMESTAMP: DataType = DataType::Timestamp(TimeUnit::Millisecond, None);

impl Kind {
    /// The type of an argument of this kind that was given as one of `from`. What may be of several types stays what it is.
    pub(super) fn data_type(self, from: &DataType) -> DataType {
        match self {
            Self::Text => DataType::Utf8View,
            Self::Bytes => DataType::BinaryView,
            Self::Truth => DataType::Boolean,
            Self::Whole => DataType::Int32,
            Self::Long => DataType::Int64,
            Self::Double => DataType::Float64,
            Self::Time => TIMESTAMP,
            Self::List if item_of(from).is_some() => list_of(item_of(from).map_or(DataType::Null, settled)),
            Self::Map if entry_of(from).is_some() => {
                entry_of(from).map_or(DataType::Null, |(key, value)| map_of(settled(key), settled(value)))
            }
            _ if *from != DataType::Null => settled(from),
            Self::Octets | Self::Written => DataType::Utf8View,
            Self::Number => DataType::Int32,
            Self::Moment | Self::Temporal => TIMESTAMP,
            Self::List => list_of(DataType::Null),
            Self::Map => map_of(DataType::Null, DataType::Null),
            Self::Any => DataType::Null,
        }
    }

    /// Whether a value of this type can be one of this kind without a CAST.
    pub(super) fn takes(self, data_type: &DataType) -> bool {
        use DataType::{
            Binary, BinaryView, Boolean, Date32, Decimal128, Duration, Float32, Float64, Int8, Int16, Int32,
            Int64, Interval, List, Map, Null, Time32, Time64, Timestamp, Utf8, Utf8View,
        };
        match (self, data_type) {
            (_, Null) | (Self::Any, _) => true,
            (Self::Text, other) => matches!(other, Utf8View | Utf8),
            (Self::Bytes, other) => matches!(other, BinaryView | Binary),
            (Self::Octets, other) => Self::Text.takes(other) || Self::Bytes.takes(other),
            (Self::Truth, other) => *other == Boolean,
            (Self::Whole, other) => matches!(other, Int8 | Int16 | Int32),
            (Self::Long, other) => matches!(other, Int8 | Int16 | Int32 | Int64),
            (Self::Number | Self::Double, other) => {
                matches!(other, Int8 | Int16 | Int32 | Int64 | Float32 | Float64 | Decimal128(..))
            }
            (Self::Time, other) => matches!(other, Timestamp(..) | Date32),
            (Self::Moment, other) => matches!(other, Timestamp(..) | Date32 | Time32(_) | Time64(_)),
            (Self::Temporal, other) => {
                Self::Moment.takes(other) || matches!(other, Duration(_) | Interval(_))
            }
            (Self::Written, other) => Self::Time.takes(other) || Self::Text.takes(other),
            (Self::List, other) => matches!(other, List(_)),
            (Self::Map, other) => matches!(other, Map(..)),
        }
    }

    /// As SQL writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "STRING",
            Self::Bytes => "BYTES",
            Self::Octets => "STRING or BYTES",
            Self::Truth => "BOOLEAN",
            Self::Whole => "INT",
            Self::Long => "BIGINT",
            Self::Number => "number",
            Self::Double => "DOUBLE",
            Self::Time => "TIMESTAMP(3)",
            Self::Moment => "time",
            Self::Temporal => "time or interval",
            Self::Written => "TIMESTAMP or STRING",
            Self::List => "ARRAY",
            Self::Map => "MAP",
            Self::Any => "any",
        }
    }
}
