//! Functions of numbers.

use std::sync::Arc;

use arrow_arith::arity::unary;
use arrow_array::cast::AsArray;
use arrow_array::types::*;
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;

use super::arguments::Arguments;
use super::{Function, Gives, Kind, Takes, function};
use crate::cast::map;
use crate::error::ExprError;

/// A function of one number.
macro_rules! of_number {
    ($name:literal $(/ $alias:literal)*, $gives:expr, $about:literal, $call:literal = $result:literal, $body:expr) => {
        function!($name $(/ $alias)*, Takes::These(&[Kind::Number], 0) => $gives, $about, $call = $result, |a: &Arguments| {
            let changed: Result<ArrayRef, ExprError> = $body(a.array(0).0);
            Ok(a.finish(changed?))
        })
    };
}

/// All of them.
pub(super) const ALL: &[Function] = &[
    of_number!("ABS", Gives::First, "The number without its sign.", "ABS(-7)" = "7", absolute),
    of_number!(
        "SIGN",
        Gives::First,
        "-1, 0 or 1, as the number is below zero, zero or above.",
        "SIGN(-7)" = "-1",
        sign
    ),
    of_number!(
        "FLOOR",
        WITHOUT_SCALE,
        "The next whole number below.",
        "FLOOR(CAST(-2.5 AS DOUBLE))" = "-3.0",
        |array| { rounded(array, f64::floor, i128::div_euclid) }
    ),
    of_number!(
        "CEIL" / "CEILING",
        WITHOUT_SCALE,
        "The next whole number above.",
        "CEIL(CAST(2.1 AS DECIMAL(2, 1)))" = "3",
        |array| { rounded(array, f64::ceil, |value, unit| -(-value).div_euclid(unit)) }
    ),
];

/// A whole DECIMAL has no digits behind its point.
const WITHOUT_SCALE: Gives = Gives::By(|types, _| {
    Some(match types.first()? {
        DataType::Decimal128(precision, _) => DataType::Decimal128(*precision, 0),
        other => other.clone(),
    })
});

fn refused(array: &dyn Array) -> ExprError {
    ExprError::types("the function", [array.data_type()])
}

fn absolute(array: &dyn Array) -> Result<ArrayRef, ExprError> {
    Ok(match array.data_type() {
        DataType::Int8 => map::<Int8Type, Int8Type>(array, i8::wrapping_abs),
        DataType::Int16 => map::<Int16Type, Int16Type>(array, i16::wrapping_abs),
        DataType::Int32 => map::<Int32Type, Int32Type>(array, i32::wrapping_abs),
        DataType::Int64 => map::<Int64Type, Int64Type>(array, i64::wrapping_abs),
        DataType::Float32 => map::<Float32Type, Float32Type>(array, f32::abs),
        DataType::Float64 => map::<Float64Type, Float64Type>(array, f64::abs),
        DataType::Decimal128(..) => decimals(array, i128::wrapping_abs, array.data_type().clone()),
        _ => return Err(refused(array)),
    })
}

fn sign(array: &dyn Array) -> Result<ArrayRef, ExprError> {
    let of_float = |value: f64| if value == 0.0 || value.is_nan() { value } else { value.signum() };
    Ok(match array.data_type() {
        DataType::Int8 => map::<Int8Type, Int8Type>(array, i8::signum),
        DataType::Int16 => map::<Int16Type, Int16Type>(array, i16::signum),
        DataType::Int32 => map::<Int32Type, Int32Type>(array, i32::signum),
        DataType::Int64 => map::<Int64Type, Int64Type>(array, i64::signum),
        DataType::Float32 => {
            #[expect(clippy::cast_possible_truncation, reason = "-1, 0 and 1 fit")]
            let narrow = |value: f32| of_float(f64::from(value)) as f32;
            map::<Float32Type, Float32Type>(array, narrow)
        }
        DataType::Float64 => map::<Float64Type, Float64Type>(array, of_float),
        DataType::Decimal128(_, scale) => {
            let unit = 10_i128.pow(u32::try_from(*scale).unwrap_or(0));
            decimals(array, move |value| value.signum() * unit, array.data_type().clone())
        }
        _ => return Err(refused(array)),
    })
}

/// To a whole number; whole numbers are so already.
fn rounded(
    array: &dyn Array,
    float: fn(f64) -> f64,
    exact: fn(i128, i128) -> i128,
) -> Result<ArrayRef, ExprError> {
    Ok(match array.data_type() {
        DataType::Float64 => map::<Float64Type, Float64Type>(array, float),
        DataType::Float32 => {
            #[expect(clippy::cast_possible_truncation, reason = "a whole number near a float is one")]
            let narrow = |value: f32| float(f64::from(value)) as f32;
            map::<Float32Type, Float32Type>(array, narrow)
        }
        DataType::Decimal128(precision, scale) => {
            let unit = 10_i128.pow(u32::try_from(*scale).unwrap_or(0));
            decimals(array, move |value| exact(value, unit), DataType::Decimal128(*precision, 0))
        }
        other if other.is_integer() => array.slice(0, array.len()),
        _ => return Err(refused(array)),
    })
}

/// Decimals as others of this type.
fn decimals(array: &dyn Array, function: impl Fn(i128) -> i128, to: DataType) -> ArrayRef {
    let changed = unary::<_, _, Decimal128Type>(array.as_primitive::<Decimal128Type>(), function);
    Arc::new(changed.with_data_type(to))
}
