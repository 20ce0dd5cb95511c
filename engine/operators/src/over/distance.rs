//! How far rows are from each other, by the column that they are sorted by.
//!
//! Whole numbers and times are measured in 128 bits, so nothing is lost and nothing wraps. Null and NaN are no number away
//! from anything but their like; they stand at the ends of a partition.

use std::ops::Range;

use arrow_array::cast::AsArray;
use arrow_array::types::*;
use arrow_array::{Array, ArrayRef};
use arrow_schema::{DataType, TimeUnit};

use super::frame::Bound;
use super::stretch::{Groups, Part};

/// Milliseconds of a day.
const DAY: i128 = 86_400_000;

/// The places of all rows of a stretch, ascending within a partition.
pub(super) enum Distances {
    /// Whole numbers, and how many of them are one step of a bound.
    Whole(Places<i128>, i128),
    /// Floats.
    Float(Places<f64>),
}

/// Values by row, where there is one.
pub(super) struct Places<T> {
    values: Vec<T>,
    /// Whether a row has a value.
    is_measured: Vec<bool>,
}

/// By what a column's numbers are multiplied, and by what a bound is, so that both count the same; `None` for what has no
/// distances.
fn scale(data_type: &DataType) -> Option<(i128, i128)> {
    Some(match data_type {
        DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::Int64 => (1, 1),
        DataType::UInt8 | DataType::UInt16 | DataType::UInt32 | DataType::UInt64 => (1, 1),
        DataType::Float32 | DataType::Float64 => (1, 1),
        DataType::Decimal128(_, digits) => match u32::try_from(*digits) {
            Ok(digits) => (1, 10_i128.pow(digits)),
            Err(_) => (10_i128.pow(u32::from(digits.unsigned_abs())), 1),
        },
        DataType::Date32 => (DAY, 1),
        DataType::Timestamp(TimeUnit::Second, _) => (1_000, 1),
        DataType::Timestamp(TimeUnit::Millisecond, _) => (1, 1),
        DataType::Timestamp(TimeUnit::Microsecond, _) => (1, 1_000),
        DataType::Timestamp(TimeUnit::Nanosecond, _) => (1, 1_000_000),
        _ => return None,
    })
}

/// Whether rows sorted by a column of this type have distances.
pub(super) fn has_distances(data_type: &DataType) -> bool {
    scale(data_type).is_some()
}

impl Distances {
    /// Of rows sorted by this column, the greatest first if that is said.
    ///
    /// # Panics
    ///
    /// If it has no distances.
    pub(super) fn of(column: &ArrayRef, is_descending: bool) -> Self {
        let (factor, step) = scale(column.data_type()).expect("a column that was checked");
        let sign = if is_descending { -1 } else { 1 };
        let is_valid = |row: usize| column.is_valid(row);
        macro_rules! whole {
            ($type:ty) => {{
                let values = column.as_primitive::<$type>().values().iter();
                let values = values.map(|value| i128::from(*value).saturating_mul(sign * factor)).collect();
                let is_measured = (0..column.len()).map(is_valid).collect();
                Self::Whole(Places { values, is_measured }, step)
            }};
        }
        macro_rules! float {
            ($type:ty) => {{
                let sign = if is_descending { -1.0 } else { 1.0 };
                let values: Vec<f64> = column
                    .as_primitive::<$type>()
                    .values()
                    .iter()
                    .map(|value| f64::from(*value) * sign)
                    .collect();
                let is_measured =
                    (0..column.len()).map(|row| is_valid(row) && !values[row].is_nan()).collect();
                Self::Float(Places { values, is_measured })
            }};
        }
        match column.data_type() {
            DataType::Int8 => whole!(Int8Type),
            DataType::Int16 => whole!(Int16Type),
            DataType::Int32 => whole!(Int32Type),
            DataType::Int64 => whole!(Int64Type),
            DataType::UInt8 => whole!(UInt8Type),
            DataType::UInt16 => whole!(UInt16Type),
            DataType::UInt32 => whole!(UInt32Type),
            DataType::UInt64 => whole!(UInt64Type),
            DataType::Decimal128(..) => whole!(Decimal128Type),
            DataType::Date32 => whole!(Date32Type),
            DataType::Timestamp(TimeUnit::Second, _) => whole!(TimestampSecondType),
            DataType::Timestamp(TimeUnit::Millisecond, _) => whole!(TimestampMillisecondType),
            DataType::Timestamp(TimeUnit::Microsecond, _) => whole!(TimestampMicrosecondType),
            DataType::Timestamp(TimeUnit::Nanosecond, _) => whole!(TimestampNanosecondType),
            DataType::Float32 => float!(Float32Type),
            _ => float!(Float64Type),
        }
    }

    /// Where the frames of a partition's results begin, or where they end, behind those of others.
    pub(super) fn append(
        &self,
        (bound, is_end): (Bound, bool),
        part: Part,
        groups: &Groups,
        bounds: &mut Vec<usize>,
    ) {
        let offset = bound.offset().expect("a bound with a distance");
        #[expect(clippy::cast_precision_loss, reason = "a float has a float's distance")]
        match self {
            Self::Whole(places, step) => {
                let offset = i128::from(offset).saturating_mul(*step);
                bounds.extend(places.bounds(|value| value.saturating_add(offset), is_end, part, groups));
            }
            Self::Float(places) => {
                bounds.extend(places.bounds(|value| value + offset as f64, is_end, part, groups));
            }
        }
    }
}

impl<T: Copy + PartialOrd> Places<T> {
    fn bounds(
        &self,
        target: impl Fn(T) -> T,
        is_end: bool,
        part: Part,
        groups: &Groups,
    ) -> impl Iterator<Item = usize> {
        let measured = self.measured(part);
        let mut place = measured.start;
        (part.fresh..part.end).map(move |row| {
            if !measured.contains(&row) {
                let group = groups.of(row);
                return if is_end { groups.end(group) } else { groups.start(group) };
            }
            let target = target(self.values[row]);
            let is_before = |value: T| value < target || (is_end && value == target);
            while place < measured.end && is_before(self.values[place]) {
                place += 1;
            }
            place
        })
    }

    /// The rows of a partition that have a value: they follow each other.
    fn measured(&self, part: Part) -> Range<usize> {
        let rows = &self.is_measured[part.start..part.end];
        let start = rows.iter().position(|is_measured| *is_measured).unwrap_or(rows.len());
        let end = rows.iter().rposition(|is_measured| *is_measured).map_or(start, |last| last + 1);
        part.start + start..part.start + end
    }
}
