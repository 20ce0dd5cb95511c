//! CAST with Flink's values, where they are others than Arrow's.
//!
//! | from | to | value |
//! |---|---|---|
//! | whole number | narrower | wraps around, as in Java |
//! | float | whole number | cut off; what is too large becomes the greatest there is; NaN is 0 |
//! | DECIMAL | whole number | cut off |
//! | number, BOOLEAN | DECIMAL | rounded; null if it does not fit |
//! | text | DATE | `2026-1-2`, `2026-1` and `2026` too |
//! | text | TIMESTAMP | `2026-1-2` and `2026-1-2 10:30:00` too |
//! | TIME | TIMESTAMP | on the first day of 1970 |
//! | text | whole number | blanks around it do not count, digits behind a point are cut off |
//! | BOOLEAN | text | `TRUE`, `FALSE` |
//! | TIMESTAMP | text | `2026-11-27 12:30:00.000`, with a blank and the digits of its precision |
//! | float | text | as Java prints it: `1.0`, `1.0E10` |
//! | BYTES | text | as UTF-8; what is no letter becomes U+FFFD |
//! | interval | text | `+1 10:30:00.500` of days and shorter, `+1-02` of years and months |
//! | ROW, ARRAY, MAP | text | `(1, a)`, `[1, 2]`, `{a=1}` |
//! | ROW | ROW of as many fields | each field by its place |
//!
//! What cannot be cast is an error, or null in a lenient cast.

mod nested;
mod text;

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::*;
use arrow_array::{Array, ArrayRef, ArrowPrimitiveType, PrimitiveArray, new_null_array};
use arrow_cast::{CastOptions, cast_with_options};
use arrow_schema::{ArrowError, DataType, TimeUnit};

use crate::error::ExprError;
use crate::names::type_name;
use crate::value::Value;

/// A value as one of another type.
///
/// # Errors
///
/// If it cannot be cast.
pub fn to_type(value: &Value, to: &DataType) -> Result<Value, ExprError> {
    evaluate(value, to, false)
}

/// Casts.
pub(crate) fn evaluate(value: &Value, to: &DataType, is_lenient: bool) -> Result<Value, ExprError> {
    if value.data_type() == to {
        return Ok(value.clone());
    }
    Ok(value.like(cast(value.array(), to, is_lenient)?))
}

fn cast(array: &dyn Array, to: &DataType, is_lenient: bool) -> Result<ArrayRef, ExprError> {
    match (array.data_type(), to) {
        (DataType::Null, _) => Ok(new_null_array(to, array.len())),
        (from, _) if from.is_numeric() && is_whole(to) && !matches!(from, DataType::Decimal128(..)) => {
            narrow(array, to)
        }
        (DataType::Decimal128(..), _) if is_whole(to) => narrow(&*cut_off(array)?, to),
        (DataType::Utf8View, _) if is_whole(to) => whole_of_text(array, to, is_lenient),
        (DataType::Utf8View, DataType::Utf8) | (DataType::Utf8, DataType::Utf8View) => {
            by_arrow(array, to, is_lenient)
        }
        (_, DataType::Utf8View) => text::of(array),
        (DataType::Struct(_), DataType::Struct(fields)) => nested::rows(array, fields, is_lenient),
        (DataType::List(_), DataType::List(item)) => nested::lists(array, item, is_lenient),
        (DataType::Map(..), DataType::Map(entry, is_sorted)) => {
            nested::maps(array, entry, *is_sorted, is_lenient)
        }
        (
            DataType::Utf8View,
            DataType::Timestamp(..)
            | DataType::Date32
            | DataType::Float64
            | DataType::Float32
            | DataType::Boolean
            | DataType::Decimal128(..)
            | DataType::Time32(_)
            | DataType::Time64(_),
        ) => of_texts(array, to, is_lenient),
        // What does not fit is null, as in Flink; of a text it is an error.
        (from, DataType::Decimal128(..)) if from.is_numeric() => by_arrow(array, to, true),
        (DataType::Boolean, DataType::Decimal128(..)) => {
            let numbers = by_arrow(array, &DataType::Int32, is_lenient)?;
            by_arrow(&*numbers, to, true)
        }
        // A time alone is one of the first day of all.
        (DataType::Time32(_) | DataType::Time64(_), DataType::Timestamp(unit, _)) => {
            let of_day = by_arrow(array, &DataType::Time64(TimeUnit::Nanosecond), is_lenient)?;
            let ticks = by_arrow(&*of_day, &DataType::Int64, is_lenient)?;
            let times = by_arrow(&*ticks, &DataType::Timestamp(TimeUnit::Nanosecond, None), is_lenient)?;
            by_arrow(&*by_arrow(&*times, &DataType::Timestamp(*unit, None), is_lenient)?, to, is_lenient)
        }
        _ => by_arrow(array, to, is_lenient),
    }
}

/// Texts as values of another type, by Arrow; what is none is told of in words of SQL.
fn of_texts(array: &dyn Array, to: &DataType, is_lenient: bool) -> Result<ArrayRef, ExprError> {
    let trimmed = trimmed(array);
    let cast = match to {
        DataType::Date32 => dates(trimmed.as_string_view(), &*by_arrow(&*trimmed, to, true)?),
        DataType::Timestamp(..) => moments(trimmed.as_string_view(), to)?,
        _ => by_arrow(&*trimmed, to, true)?,
    };
    match array.as_string_view().iter().enumerate().find(|(row, text)| text.is_some() && cast.is_null(*row)) {
        Some((_, Some(text))) if !is_lenient => {
            Err(ExprError::Value(format!("'{text}' is no {}", type_name(to))))
        }
        _ => Ok(cast),
    }
}

/// With those whose months and days are written with fewer digits than usual: `2026-1-2 10:30:00`.
fn moments(texts: &arrow_array::StringViewArray, to: &DataType) -> Result<ArrayRef, ExprError> {
    let known = by_arrow(texts, to, true)?;
    if known.null_count() == texts.null_count() {
        return Ok(known);
    }
    let filled = |text: &str| {
        let (day, rest) = text.split_at(text.find(' ').unwrap_or(text.len()));
        match day.split('-').collect::<Vec<_>>()[..] {
            [year, month, day] => format!("{year}-{month:0>2}-{day:0>2}{rest}"),
            _ => text.to_owned(),
        }
    };
    let filled: arrow_array::StringViewArray = texts.iter().map(|text| text.map(filled)).collect();
    by_arrow(&filled, to, true)
}

/// With the days that are written with fewer digits than usual, or only by a year, or a year and a month: `2026-1-2`.
fn dates(texts: &arrow_array::StringViewArray, known: &dyn Array) -> ArrayRef {
    let days = known.as_primitive::<Date32Type>();
    let day = |(text, known): (Option<&str>, Option<i32>)| known.or_else(|| short_date(text?));
    Arc::new(texts.iter().zip(days).map(day).collect::<PrimitiveArray<Date32Type>>())
}

fn short_date(text: &str) -> Option<i32> {
    let mut parts = [1_u32; 3];
    let written: Vec<&str> = text.split('-').collect();
    for (part, digits) in parts.iter_mut().zip(&written) {
        let most = 4;
        let are_digits = digits.bytes().all(|digit| digit.is_ascii_digit()) && digits.len() <= most;
        *part = digits.parse().ok().filter(|_| are_digits)?;
    }
    let year = i32::try_from(parts[0]).ok().filter(|_| written.len() <= parts.len())?;
    Some(Date32Type::from_naive_date(chrono::NaiveDate::from_ymd_opt(year, parts[1], parts[2])?))
}

fn by_arrow(array: &dyn Array, to: &DataType, is_lenient: bool) -> Result<ArrayRef, ExprError> {
    let options = CastOptions { safe: is_lenient, ..CastOptions::default() };
    cast_with_options(array, to, &options).map_err(|error| match &error {
        ArrowError::CastError(words) => match words.strip_prefix("Can't cast value ") {
            Some(rest) => {
                let value = rest.split(" to type").next().unwrap_or(rest);
                ExprError::Value(format!("{value} is no {}", type_name(to)))
            }
            None => error.into(),
        },
        _ => error.into(),
    })
}

fn is_whole(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::Int64)
}

/// Numbers as whole numbers of this type, as Rust's `as` has them: like Java's casts.
fn narrow(array: &dyn Array, to: &DataType) -> Result<ArrayRef, ExprError> {
    macro_rules! to_type {
        ($from:ty, $($case:pat => $into:ty),+) => {
            match to {
                $($case => map::<$from, $into>(array, |value| value as <$into as ArrowPrimitiveType>::Native),)+
                other => return Err(ExprError::types("CAST", [array.data_type(), other])),
            }
        };
    }
    macro_rules! from_type {
        ($from:ty) => {
            to_type!($from, DataType::Int8 => Int8Type, DataType::Int16 => Int16Type, DataType::Int32 => Int32Type, DataType::Int64 => Int64Type)
        };
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_lossless,
        reason = "this is what the language says a cast does"
    )]
    let cast = match array.data_type() {
        DataType::Int8 => from_type!(Int8Type),
        DataType::Int16 => from_type!(Int16Type),
        DataType::Int32 => from_type!(Int32Type),
        DataType::Int64 => from_type!(Int64Type),
        DataType::Float32 => from_type!(Float32Type),
        DataType::Float64 => from_type!(Float64Type),
        _ => return by_arrow(array, to, false),
    };
    Ok(cast)
}

/// What a function makes of each number, as a column of these.
pub(crate) fn map<F: ArrowPrimitiveType, T: ArrowPrimitiveType>(
    array: &dyn Array,
    function: impl Fn(F::Native) -> T::Native,
) -> ArrayRef {
    let mapped: PrimitiveArray<T> = array.as_primitive::<F>().unary(function);
    Arc::new(mapped)
}

/// Decimals without what is behind their points.
fn cut_off(array: &dyn Array) -> Result<ArrayRef, ExprError> {
    let decimals = array.as_primitive::<Decimal128Type>();
    let unit = 10_i128.pow(u32::try_from(decimals.scale()).unwrap_or(0));
    #[expect(clippy::cast_possible_truncation, reason = "as Java has it")]
    let whole: PrimitiveArray<Int64Type> = decimals.unary(|value| (value / unit) as i64);
    Ok(Arc::new(whole))
}

fn trimmed(array: &dyn Array) -> ArrayRef {
    let texts = array.as_string_view().iter().map(|text| text.map(str::trim));
    Arc::new(texts.collect::<arrow_array::StringViewArray>())
}

fn whole_of_text(array: &dyn Array, to: &DataType, is_lenient: bool) -> Result<ArrayRef, ExprError> {
    let number = |text: &str| -> Result<Option<i64>, ExprError> {
        let digits = text.trim();
        let whole = digits.split_once('.').map_or(digits, |(whole, rest)| {
            if rest.bytes().all(|byte| byte.is_ascii_digit()) { whole } else { digits }
        });
        match whole.parse::<i64>().ok().filter(|number| fits(*number, to)) {
            Some(number) => Ok(Some(number)),
            None if is_lenient => Ok(None),
            None => Err(ExprError::Value(format!("'{text}' is no {}", type_name(to)))),
        }
    };
    let numbers = array.as_string_view().iter().map(|text| text.map_or(Ok(None), number));
    let numbers = numbers.collect::<Result<PrimitiveArray<Int64Type>, _>>()?;
    narrow(&numbers, to)
}

fn fits(number: i64, data_type: &DataType) -> bool {
    match data_type {
        DataType::Int8 => i8::try_from(number).is_ok(),
        DataType::Int16 => i16::try_from(number).is_ok(),
        DataType::Int32 => i32::try_from(number).is_ok(),
        _ => true,
    }
}
