//! Columns of times, days, times of the day and intervals, read and made in one way.
//!
//! A moment is seconds since 1970 and nanoseconds. A day is its beginning, a time of the day is that of 1 January 1970, an
//! interval of days is that long after its beginning.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::*;
use arrow_array::{Array, ArrayRef, Int64Array};
use arrow_schema::{DataType, IntervalUnit, TimeUnit};
use chrono::{DateTime, NaiveDateTime};

use crate::error::ExprError;
use crate::functions::arguments::Arguments;
use crate::value::Value;

/// A point in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Moment {
    pub(super) seconds: i64,
    pub(super) nanos: u32,
}

pub(super) const DAY: i64 = 86_400;

impl Moment {
    /// So many parts of a second after 1970, of so many a second: as [`a_second`] says.
    #[inline]
    pub(super) fn of(ticks: i64, a_second: i64) -> Self {
        // By a number that the compiler knows it is divided for a tenth.
        match a_second {
            1_000 => Self::of_parts::<1_000>(ticks),
            1_000_000 => Self::of_parts::<1_000_000>(ticks),
            1_000_000_000 => Self::of_parts::<1_000_000_000>(ticks),
            _ => Self::of_parts::<1>(ticks),
        }
    }

    #[inline]
    fn of_parts<const A_SECOND: i64>(ticks: i64) -> Self {
        let nanos = ticks.rem_euclid(A_SECOND) * (1_000_000_000 / A_SECOND);
        Self { seconds: ticks.div_euclid(A_SECOND), nanos: u32::try_from(nanos).unwrap_or(0) }
    }

    pub(super) fn of_naive(time: NaiveDateTime) -> Self {
        let time = time.and_utc();
        // A leap second is the last one of its minute.
        Self { seconds: time.timestamp(), nanos: time.timestamp_subsec_nanos().min(999_999_999) }
    }

    /// With its year, month and day.
    pub(super) fn naive(self) -> Result<NaiveDateTime, ExprError> {
        let time = DateTime::from_timestamp(self.seconds, self.nanos).map(|time| time.naive_utc());
        time.ok_or_else(|| {
            ExprError::Value(format!("{} seconds since 1970 are out of the calendar", self.seconds))
        })
    }

    /// In so many parts of a second; null if there are too many.
    pub(super) fn ticks(self, a_second: i64) -> Option<i64> {
        self.seconds.checked_mul(a_second)?.checked_add(i64::from(self.nanos) / (1_000_000_000 / a_second))
    }
}

/// How many of a unit are a second.
pub(super) fn a_second(unit: TimeUnit) -> i64 {
    match unit {
        TimeUnit::Second => 1,
        TimeUnit::Millisecond => 1_000,
        TimeUnit::Microsecond => 1_000_000,
        TimeUnit::Nanosecond => 1_000_000_000,
    }
}

/// An argument that is a column of times.
pub(super) struct Moments {
    ticks: Int64Array,
    is_one: bool,
    a_second: i64,
    /// Days instead of parts of a second.
    are_days: bool,
}

impl Moments {
    pub(super) fn of(a: &Arguments, argument: usize) -> Result<Self, ExprError> {
        let (array, is_one) = a.array(argument);
        let whole = |array: &dyn Array| array.as_primitive::<Int32Type>().unary(i64::from);
        let (ticks, unit) = match array.data_type() {
            DataType::Timestamp(unit, _) => (as_longs(array)?, *unit),
            DataType::Duration(unit) => (as_longs(array)?, *unit),
            DataType::Time64(unit) => (as_longs(array)?, *unit),
            DataType::Time32(unit) => (whole(&*arrow_cast::cast(array, &DataType::Int32)?), *unit),
            DataType::Date32 => (whole(&*arrow_cast::cast(array, &DataType::Int32)?), TimeUnit::Second),
            other => return Err(ExprError::types("a function of times", [other])),
        };
        let are_days = *array.data_type() == DataType::Date32;
        Ok(Self { ticks, is_one, a_second: a_second(unit), are_days })
    }

    #[inline]
    pub(super) fn at(&self, row: usize) -> Option<Moment> {
        self.ticks_at(row).map(|ticks| self.moment(ticks))
    }

    /// In days, or parts of a second.
    #[inline]
    pub(super) fn ticks_at(&self, row: usize) -> Option<i64> {
        let row = if self.is_one { 0 } else { row };
        self.ticks.is_valid(row).then(|| self.ticks.value(row))
    }

    #[inline]
    pub(super) fn moment(&self, ticks: i64) -> Moment {
        match self.are_days {
            true => Moment { seconds: ticks * DAY, nanos: 0 },
            false => Moment::of(ticks, self.a_second),
        }
    }

    /// All ticks that are within the same so many seconds, counted from 1970: a day at most.
    pub(super) fn within(&self, ticks: i64, seconds: i64) -> Range<i64> {
        let span = if self.are_days { 1 } else { seconds * self.a_second };
        let before = ticks.rem_euclid(span);
        ticks.saturating_sub(before)..ticks.saturating_add(span - before)
    }
}

fn as_longs(array: &dyn Array) -> Result<Int64Array, ExprError> {
    Ok(arrow_cast::cast(array, &DataType::Int64)?.as_primitive::<Int64Type>().clone())
}

/// Months of an interval of years and months.
pub(super) fn months(a: &Arguments, argument: usize) -> Option<(Int64Array, bool)> {
    let (array, is_one) = a.array(argument);
    let months = array.as_primitive_opt::<IntervalYearMonthType>()?;
    Some((months.unary(i64::from), is_one))
}

/// Whether it is an interval of years and months.
pub(super) fn are_months(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Interval(IntervalUnit::YearMonth))
}

/// A column of this type. A time of the day goes round at midnight; what does not fit is an error.
pub(super) fn made(
    a: &Arguments,
    moment: impl FnMut(usize) -> Result<Option<Moment>, ExprError>,
) -> Result<Value, ExprError> {
    let data_type = a.result();
    let too_far = || ExprError::Value(format!("a time is out of what {data_type} holds"));
    let ticks = |moment: Moment| match data_type {
        DataType::Timestamp(unit, _) => moment.ticks(a_second(*unit)),
        DataType::Date32 => Some(moment.seconds.div_euclid(DAY)),
        DataType::Time32(unit) | DataType::Time64(unit) => {
            Moment { seconds: moment.seconds.rem_euclid(DAY), ..moment }.ticks(a_second(*unit))
        }
        _ => None,
    };
    let moments = (0..a.rows()).map(moment).map(|moment| match moment? {
        Some(moment) => ticks(moment).map(Some).ok_or_else(too_far),
        None => Ok(None),
    });
    let ticks: Int64Array = moments.collect::<Result<_, ExprError>>()?;
    let narrow = || -> Result<ArrayRef, ExprError> {
        Ok(arrow_cast::cast_with_options(
            &ticks,
            &DataType::Int32,
            &arrow_cast::CastOptions { safe: false, ..Default::default() },
        )?)
    };
    let ticks = match data_type {
        DataType::Date32 | DataType::Time32(_) => narrow()?,
        _ => Arc::new(ticks),
    };
    Ok(a.finish(arrow_cast::cast(&ticks, data_type)?))
}
