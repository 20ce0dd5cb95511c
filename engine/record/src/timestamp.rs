//! A point in time, and columns of them.

use std::fmt;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType,
};
use arrow_array::{Array, ArrayRef};
use arrow_buffer::{NullBuffer, ScalarBuffer};
use arrow_schema::{DataType, TimeUnit};

use crate::primitive::PrimitiveBuilder;
use crate::single::single_column;
use crate::validity::refuse_nulls;
use crate::{Mismatch, Value, ValueBuilder, ValueReader};

const SECOND_MILLIS: i64 = 1000;
const DAY_MILLIS: i64 = 24 * 60 * 60 * SECOND_MILLIS;

/// Milliseconds since 1970-01-01 00:00:00 UTC, leap seconds not counted.
///
/// ```
/// # use record::Timestamp;
/// assert_eq!(Timestamp(1_767_225_600_000).to_string(), "2026-01-01 00:00:00.000");
/// assert_eq!(Timestamp(-1).to_string(), "1969-12-31 23:59:59.999");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

/// Reads a column of points in time, whatever they count. What is finer than a millisecond is rounded down.
///
/// A column with a time zone holds the same points in time as one without; the zone is about how they are shown.
#[derive(Debug)]
pub struct TimestampReader(ScalarBuffer<i64>);

/// Builds a column of milliseconds.
#[derive(Debug, Default)]
pub struct TimestampBuilder(PrimitiveBuilder<TimestampMillisecondType>);

impl Timestamp {
    /// Before all others.
    pub const MIN: Self = Self(i64::MIN);
    /// After all others.
    pub const MAX: Self = Self(i64::MAX);

    /// The milliseconds since 1970.
    pub fn millis(self) -> i64 {
        self.0
    }
}

impl From<i64> for Timestamp {
    fn from(millis: i64) -> Self {
        Self(millis)
    }
}

impl From<Timestamp> for i64 {
    fn from(timestamp: Timestamp) -> Self {
        timestamp.0
    }
}

/// As SQL writes it, in UTC. Every number of milliseconds has a date, also those for which calendars of other crates
/// have no year: the greatest is a watermark that many will see.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = date(self.0.div_euclid(DAY_MILLIS));
        let millis = self.0.rem_euclid(DAY_MILLIS);
        let seconds = millis / SECOND_MILLIS;
        let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        let millis = millis % SECOND_MILLIS;
        let sign = if year < 0 { "-" } else { "" };
        let year = year.abs();
        write!(f, "{sign}{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}.{millis:03}")
    }
}

/// Year, month and day of a day since 1970, in the Gregorian calendar as if it had always held.
///
/// Counts in eras of 400 years, which are all of the same length, and in years that begin with March, so that the
/// leap day is the last of a year; then the days before a month are a straight line, rounded.
fn date(day: i64) -> (i64, i64, i64) {
    const ERA_DAYS: i64 = 146_097;
    const MARCH_0000: i64 = -719_468;
    let day = day - MARCH_0000;
    let (era, day) = (day.div_euclid(ERA_DAYS), day.rem_euclid(ERA_DAYS));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year + i64::from(month <= 2), month, day)
}

impl Value for Timestamp {
    const NULLABLE: bool = false;

    fn data_type() -> DataType {
        DataType::Timestamp(TimeUnit::Millisecond, None)
    }

    type Reader = TimestampReader;
    type Builder = TimestampBuilder;
}

single_column!(<> Timestamp);

impl ValueReader<Timestamp> for TimestampReader {
    fn open_where(column: &ArrayRef, asked: Option<&NullBuffer>) -> Result<Self, Mismatch> {
        let DataType::Timestamp(unit, _) = column.data_type() else {
            return Err(Mismatch::of_type::<Timestamp>(column.data_type(), Timestamp::data_type()));
        };
        refuse_nulls::<Timestamp>(column, asked)?;
        let millis = match unit {
            TimeUnit::Second => of_seconds(column, asked)?,
            TimeUnit::Millisecond => values::<TimestampMillisecondType>(column),
            TimeUnit::Microsecond => rounded_down::<TimestampMicrosecondType>(column, 1000),
            TimeUnit::Nanosecond => rounded_down::<TimestampNanosecondType>(column, 1_000_000),
        };
        Ok(Self(millis))
    }

    #[inline]
    fn get(&self, row: usize) -> Timestamp {
        Timestamp(self.0[row])
    }
}

fn values<P: ArrowPrimitiveType<Native = i64>>(column: &ArrayRef) -> ScalarBuffer<i64> {
    column.as_primitive::<P>().values().clone()
}

fn rounded_down<P: ArrowPrimitiveType<Native = i64>>(column: &ArrayRef, per_milli: i64) -> ScalarBuffer<i64> {
    values::<P>(column).iter().map(|value| value.div_euclid(per_milli)).collect()
}

/// Also years that Arrow's seconds can say, and its milliseconds cannot, unless nobody asks for them.
fn of_seconds(column: &ArrayRef, asked: Option<&NullBuffer>) -> Result<ScalarBuffer<i64>, Mismatch> {
    let millis = |(row, seconds): (usize, &i64)| match seconds.checked_mul(SECOND_MILLIS) {
        Some(millis) => Ok(millis),
        None if asked.is_some_and(|asked| asked.is_null(row)) => Ok(0),
        None => Err(Mismatch::Time { column: String::new(), value: *seconds, unit: "seconds" }),
    };
    values::<TimestampSecondType>(column)
        .iter()
        .enumerate()
        .map(millis)
        .collect::<Result<Vec<_>, _>>()
        .map(Into::into)
}

impl ValueBuilder<Timestamp> for TimestampBuilder {
    #[inline]
    fn push(&mut self, value: Timestamp) {
        self.0.push(value.0);
    }

    fn push_null(&mut self) {
        self.0.push_null();
    }

    fn len(&self) -> usize {
        self.0.len()
    }

    fn finish(&mut self) -> ArrayRef {
        self.0.finish()
    }
}
