//! `+ - * / %` with Flink's types and values.
//!
//! | values | result |
//! |---|---|
//! | whole numbers | of the wider type; what does not fit wraps around, as in Java; by zero is an error |
//! | a float among them | DOUBLE, or FLOAT of two FLOATs; by zero is infinite |
//! | a DECIMAL and whole numbers | DECIMAL, by Flink's formula; rounded half up; what does not fit is null |
//! | a time and an interval | the time; one of the day goes round |
//! | an interval times a whole number, or by one | the interval |
//!
//! The operands of an operation are cast to what it computes in before ([`operands`]): kernels see one type, or two
//! decimals.

mod decimal;

use std::sync::Arc;

use arrow_arith::arity::try_binary;
use arrow_arith::numeric::{add, add_wrapping, div, mul_wrapping, rem, sub, sub_wrapping};
use arrow_array::cast::AsArray;
use arrow_array::types::{
    Int8Type, Int16Type, Int32Type, Int64Type, IntervalYearMonthType, Time64NanosecondType,
};
use arrow_array::{Array, ArrayRef, ArrowPrimitiveType, Datum, PrimitiveArray};
use arrow_schema::{ArrowError, DataType, IntervalUnit, TimeUnit};

use crate::error::ExprError;
use crate::tree::BinaryOp;
use crate::value::{Value, of_all};

/// A whole number, by how many digits it can have: DECIMAL of them is what it counts as beside a DECIMAL.
fn digits(data_type: &DataType) -> Option<u8> {
    Some(match data_type {
        DataType::Int8 => 3,
        DataType::Int16 => 5,
        DataType::Int32 => 10,
        DataType::Int64 => 19,
        _ => return None,
    })
}

/// Precision and scale of an exact number.
pub(crate) fn exact(data_type: &DataType) -> Option<(i32, i32)> {
    match data_type {
        DataType::Decimal128(precision, scale) => Some((i32::from(*precision), i32::from(*scale))),
        other => digits(other).map(|digits| (i32::from(digits), 0)),
    }
}

pub(crate) fn is_decimal(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Decimal128(..))
}

fn is_float(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Float32 | DataType::Float64)
}

/// The types that the operands are cast to, and that of the result.
fn signature(op: BinaryOp, left: &DataType, right: &DataType) -> Option<(DataType, DataType, DataType)> {
    let same = |data_type: DataType| Some((data_type.clone(), data_type.clone(), data_type));
    if *left == DataType::Null || *right == DataType::Null {
        let known = if *left == DataType::Null { right } else { left };
        return same(known.clone());
    }
    match (is_float(left), is_float(right)) {
        (true, true) => return same(if left == right { left.clone() } else { DataType::Float64 }),
        (true, false) => return exact(right).and_then(|_| same(DataType::Float64)),
        (false, true) => return exact(left).and_then(|_| same(DataType::Float64)),
        (false, false) => {}
    }
    if let (Some(one), Some(other)) = (exact(left), exact(right)) {
        if !is_decimal(left) && !is_decimal(right) {
            return same(if one.0 >= other.0 { left.clone() } else { right.clone() });
        }
        let of = |(precision, scale): (i32, i32)| decimal::data_type(precision, scale);
        return Some((of(one), of(other), decimal::result_type(op, one, other)));
    }
    times(op, left, right)
}

/// Times and intervals. Those of days and shorter are durations.
fn times(op: BinaryOp, left: &DataType, right: &DataType) -> Option<(DataType, DataType, DataType)> {
    use DataType::{Date32, Duration, Interval, Time32, Time64, Timestamp};
    let is_span = |data_type: &DataType| matches!(data_type, Duration(_) | Interval(IntervalUnit::YearMonth));
    match (op, left, right) {
        (BinaryOp::Plus | BinaryOp::Minus, Timestamp(unit, _), Duration(_)) => {
            Some((left.clone(), Duration(*unit), left.clone()))
        }
        (BinaryOp::Plus | BinaryOp::Minus, Timestamp(..) | Date32, Interval(IntervalUnit::YearMonth)) => {
            Some((left.clone(), right.clone(), left.clone()))
        }
        (BinaryOp::Plus | BinaryOp::Minus, Date32, Duration(_)) => {
            Some((left.clone(), Duration(TimeUnit::Millisecond), left.clone()))
        }
        (BinaryOp::Plus | BinaryOp::Minus, Time32(_) | Time64(_), Duration(_)) => {
            Some((left.clone(), Duration(TimeUnit::Millisecond), left.clone()))
        }
        (BinaryOp::Plus, span, Timestamp(..) | Date32 | Time32(_) | Time64(_)) if is_span(span) => {
            let (right, left, result) = times(op, right, left)?;
            Some((left, right, result))
        }
        (BinaryOp::Plus | BinaryOp::Minus, Duration(_), Duration(_)) => {
            let milliseconds = Duration(TimeUnit::Millisecond);
            Some((milliseconds.clone(), milliseconds.clone(), milliseconds))
        }
        (BinaryOp::Multiply | BinaryOp::Divide, Duration(_), number) if digits(number).is_some() => {
            let milliseconds = Duration(TimeUnit::Millisecond);
            Some((milliseconds.clone(), DataType::Int64, milliseconds))
        }
        (BinaryOp::Multiply | BinaryOp::Divide, Interval(IntervalUnit::YearMonth), number)
            if digits(number).is_some() =>
        {
            Some((left.clone(), DataType::Int32, left.clone()))
        }
        (BinaryOp::Multiply, number, span) if digits(number).is_some() && is_span(span) => {
            let (right, left, result) = times(op, right, left)?;
            Some((left, right, result))
        }
        (
            BinaryOp::Plus | BinaryOp::Minus,
            Interval(IntervalUnit::YearMonth),
            Interval(IntervalUnit::YearMonth),
        ) => Some((left.clone(), left.clone(), left.clone())),
        (BinaryOp::Minus, Timestamp(unit, _), Timestamp(..)) => {
            Some((left.clone(), left.clone(), Duration(*unit)))
        }
        _ => None,
    }
}

/// The type of the result.
pub(crate) fn result_type(op: BinaryOp, left: &DataType, right: &DataType) -> Result<DataType, ExprError> {
    let signature = signature(op, left, right).ok_or_else(|| ExprError::types(op.sign(), [left, right]))?;
    Ok(signature.2)
}

/// What the operands have to be cast to.
pub(crate) fn operands(
    op: BinaryOp,
    left: &DataType,
    right: &DataType,
) -> Result<(DataType, DataType), ExprError> {
    let signature = signature(op, left, right).ok_or_else(|| ExprError::types(op.sign(), [left, right]))?;
    Ok((signature.0, signature.1))
}

/// Computes it.
pub(crate) fn evaluate(op: BinaryOp, left: &Value, right: &Value) -> Result<Value, ExprError> {
    if matches!(op, BinaryOp::Multiply | BinaryOp::Divide) {
        let span = [left, right].into_iter().find(|side| is_interval(side.data_type()));
        if let Some(span) = span {
            return scaled(op, left, right, span.data_type());
        }
    }
    let column = match left.data_type() {
        data_type if is_decimal(data_type) => return decimal::evaluate(op, left, right),
        DataType::Date32 => date(op, left, right)?,
        DataType::Time32(_) | DataType::Time64(_) => of_day(op, left, right)?,
        // The interval came first.
        _ if matches!(right.data_type(), DataType::Date32 | DataType::Time32(_) | DataType::Time64(_)) => {
            return evaluate(op, right, left);
        }
        data_type if data_type.is_temporal() || matches!(data_type, DataType::Duration(_)) => match op {
            BinaryOp::Plus => add(left, right)?,
            _ => sub(left, right)?,
        },
        _ => number(op, left, right)?,
    };
    Ok(of_all(&[left, right], column))
}

fn number(op: BinaryOp, left: &Value, right: &Value) -> Result<ArrayRef, ExprError> {
    Ok(match (op, left.data_type()) {
        (BinaryOp::Plus, _) => add_wrapping(left, right)?,
        (BinaryOp::Minus, _) => sub_wrapping(left, right)?,
        (BinaryOp::Multiply, _) => mul_wrapping(left, right)?,
        (BinaryOp::Divide, DataType::Float32 | DataType::Float64) => div(left, right)?,
        (_, DataType::Float32 | DataType::Float64) => rem(left, right)?,
        (BinaryOp::Divide, DataType::Int8) => divided::<Int8Type>(left, right, i8::wrapping_div)?,
        (BinaryOp::Divide, DataType::Int16) => divided::<Int16Type>(left, right, i16::wrapping_div)?,
        (BinaryOp::Divide, DataType::Int32) => divided::<Int32Type>(left, right, i32::wrapping_div)?,
        (BinaryOp::Divide, DataType::Int64) => divided::<Int64Type>(left, right, i64::wrapping_div)?,
        (_, DataType::Int8) => divided::<Int8Type>(left, right, i8::wrapping_rem)?,
        (_, DataType::Int16) => divided::<Int16Type>(left, right, i16::wrapping_rem)?,
        (_, DataType::Int32) => divided::<Int32Type>(left, right, i32::wrapping_rem)?,
        (_, DataType::Int64) => divided::<Int64Type>(left, right, i64::wrapping_rem)?,
        (_, other) => return Err(ExprError::types(op.sign(), [other])),
    })
}

/// Whole numbers divided: the least by minus one wraps around, anything by zero is an error. `divide` is a loop of its own for each
/// operation, and that by one value for all rows asks nothing of a row.
fn divided<P: ArrowPrimitiveType>(
    left: &Value,
    right: &Value,
    divide: impl Fn(P::Native, P::Native) -> P::Native,
) -> Result<ArrayRef, ExprError> {
    let (dividends, is_one) = left.get();
    let (divisors, by_one) = right.get();
    let (dividends, divisors) = (dividends.as_primitive::<P>(), divisors.as_primitive::<P>());
    let checked = |dividend: P::Native, divisor: P::Native| match divisor == P::default_value() {
        true => Err(ArrowError::DivideByZero),
        false => Ok(divide(dividend, divisor)),
    };
    let only = |array: &PrimitiveArray<P>| array.is_valid(0).then(|| array.value(0));
    let quotients = match (is_one, by_one) {
        (false, true) => match only(divisors) {
            None => PrimitiveArray::<P>::new_null(dividends.len()),
            Some(divisor) if divisor != P::default_value() => {
                dividends.unary(|dividend| divide(dividend, divisor))
            }
            Some(zero) => dividends.try_unary(|dividend| checked(dividend, zero))?,
        },
        (true, false) => match only(dividends) {
            None => PrimitiveArray::<P>::new_null(divisors.len()),
            Some(dividend) => divisors.try_unary(|divisor| checked(dividend, divisor))?,
        },
        _ => try_binary(dividends, divisors, checked)?,
    };
    Ok(Arc::new(quotients))
}

fn is_interval(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Duration(_) | DataType::Interval(IntervalUnit::YearMonth))
}

/// An interval times a number, or by one: both as numbers.
fn scaled(op: BinaryOp, left: &Value, right: &Value, span: &DataType) -> Result<Value, ExprError> {
    let as_number = |side: &Value| match side.data_type() {
        DataType::Interval(_) => {
            let months = side.array().as_primitive::<IntervalYearMonthType>();
            Ok(side.like(Arc::new(months.reinterpret_cast::<Int32Type>())))
        }
        DataType::Duration(_) => Ok(side.like(arrow_cast::cast(side.array(), &DataType::Int64)?)),
        _ => Ok::<_, ExprError>(side.clone()),
    };
    let (left, right) = (as_number(left)?, as_number(right)?);
    let column = number(op, &left, &right)?;
    let scaled: ArrayRef = match span {
        DataType::Interval(_) => {
            Arc::new(column.as_primitive::<Int32Type>().reinterpret_cast::<IntervalYearMonthType>())
        }
        _ => arrow_cast::cast(&column, span)?,
    };
    Ok(of_all(&[&left, &right], scaled))
}

/// A day and an interval: what is left of a day counts for nothing, as in Flink.
fn date(op: BinaryOp, left: &Value, right: &Value) -> Result<ArrayRef, ExprError> {
    let milliseconds = DataType::Timestamp(TimeUnit::Millisecond, None);
    let times = left.like(arrow_cast::cast(left.array(), &milliseconds)?);
    let moved = if op == BinaryOp::Plus { add(&times, right)? } else { sub(&times, right)? };
    Ok(arrow_cast::cast(&moved, &DataType::Date32)?)
}

/// A time of the day and an interval: behind midnight a day begins.
fn of_day(op: BinaryOp, left: &Value, right: &Value) -> Result<ArrayRef, ExprError> {
    const DAY_NANOS: i64 = 86_400_000_000_000;
    let (nanoseconds, milliseconds) = (DataType::Time64(TimeUnit::Nanosecond), 1_000_000);
    let times = arrow_cast::cast(&arrow_cast::cast(left.array(), &nanoseconds)?, &DataType::Int64)?;
    let spans = arrow_cast::cast(right.array(), &DataType::Int64)?;
    let within_a_day = |millis: i64| millis % (DAY_NANOS / milliseconds) * milliseconds;
    let spans: ArrayRef = Arc::new(spans.as_primitive::<Int64Type>().unary::<_, Int64Type>(within_a_day));
    let moved = number(op, &left.like(times), &right.like(spans))?;
    let moved: ArrayRef = Arc::new(
        moved
            .as_primitive::<Int64Type>()
            .unary::<_, Int64Type>(|nanos| nanos.rem_euclid(DAY_NANOS))
            .reinterpret_cast::<Time64NanosecondType>(),
    );
    Ok(arrow_cast::cast(&moved, left.data_type())?)
}

/// `-x`.
pub(crate) fn negate(value: &Value) -> Result<Value, ExprError> {
    Ok(value.like(arrow_arith::numeric::neg_wrapping(value.array())?))
}
