//! Functions of numbers.

use std::sync::Arc;

use arrow_arith::arity::unary;
use arrow_array::cast::AsArray;
use arrow_array::types::*;
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;

use super::rows::Arguments;
use super::text::function;
use super::{Evaluate, Function, Gives, Kind, Takes};
use crate::cast::map;
use crate::error::ExprError;
use crate::value::Value;

const DOUBLE: Gives = Gives::Always(Kind::Double);
const ONE: Takes = Takes::These(&[Kind::Double], 0);

/// A function of one DOUBLE.
macro_rules! double {
    ($name:literal $(/ $alias:literal)*, $about:literal, $call:literal = $result:literal, $body:expr) => {
        function!($name $(/ $alias)*, ONE => DOUBLE, $about, $call = $result, |a: &Arguments| {
            let value = a.double(0);
            a.each::<Float64Type>(|row| Ok(value.at(row).map($body)))
        })
    };
}

/// A function that keeps the type of its number.
macro_rules! same_type {
    ($name:literal $(/ $alias:literal)*, $about:literal, $call:literal = $result:literal, $body:expr) => {
        Function {
            name: $name,
            aliases: &[$($alias),*],
            takes: Takes::These(&[Kind::Number], 0),
            gives: Gives::First,
            about: $about,
            example: ($call, $result),
            make: |_| Ok(Box::new(|values: &[Value], _| {
                let changed: Result<ArrayRef, ExprError> = $body(values[0].array());
                Ok(values[0].like(changed?))
            }) as Box<Evaluate>),
        }
    };
}

/// All of them.
pub(super) const ALL: &[Function] = &[
    same_type!("ABS", "Without its sign.", "ABS(-7)" = "7", absolute),
    same_type!("SIGN", "-1, 0 or 1.", "SIGN(-7)" = "-1", sign),
    same_type!("FLOOR", "The next whole number below.", "FLOOR(CAST(-2.5 AS DOUBLE))" = "-3.0", |array| {
        rounded(array, f64::floor, i128::div_euclid)
    }),
    same_type!(
        "CEIL" / "CEILING",
        "The next whole number above.",
        "CEIL(CAST(2.1 AS DOUBLE))" = "3.0",
        |array| rounded(array, f64::ceil, |value, unit| -(-value).div_euclid(unit))
    ),
    function!("ROUND", Takes::These(&[Kind::Double, Kind::Whole], 1) => DOUBLE,
    "Rounded half away from zero, to so many digits behind the point.", "ROUND(CAST(2.345 AS DOUBLE), 1)" = "2.3", |a: &Arguments| {
        let (value, digits) = (a.double(0), (a.len() > 1).then(|| a.whole(1)));
        a.each::<Float64Type>(|row| Ok((|| {
            let (value, digits) = (value.at(row)?, digits.as_ref().map_or(Some(0), |digits| digits.at(row))?);
            let unit = 10_f64.powi(digits);
            Some(if unit.is_finite() && unit > 0.0 { (value * unit).round() / unit } else { value })
        })()))
    }),
    function!("POWER" / "POW", Takes::These(&[Kind::Double, Kind::Double], 0) => DOUBLE, "To the power of.",
    "POWER(2, 10)" = "1024.0", |a: &Arguments| {
        let (base, exponent) = (a.double(0), a.double(1));
        a.each::<Float64Type>(|row| Ok(base.at(row).zip(exponent.at(row)).map(|(base, exponent)| base.powf(exponent))))
    }),
    double!("SQRT", "The square root.", "SQRT(2.25)" = "1.5", f64::sqrt),
    double!("EXP", "e to the power of.", "EXP(0)" = "1.0", f64::exp),
    double!("LN", "The logarithm to the base e.", "LN(1)" = "0.0", f64::ln),
    double!("LOG10", "The logarithm to the base 10.", "LOG10(1000)" = "3.0", f64::log10),
    double!("LOG2", "The logarithm to the base 2.", "LOG2(8)" = "3.0", f64::log2),
    double!("SIN", "The sine.", "SIN(0)" = "0.0", f64::sin),
    double!("COS", "The cosine.", "COS(0)" = "1.0", f64::cos),
    double!("TAN", "The tangent.", "TAN(0)" = "0.0", f64::tan),
    double!("ASIN", "The arc sine.", "ASIN(0)" = "0.0", f64::asin),
    double!("ACOS", "The arc cosine.", "ACOS(1)" = "0.0", f64::acos),
    double!("ATAN", "The arc tangent.", "ATAN(0)" = "0.0", f64::atan),
    double!("DEGREES", "Degrees of radians.", "DEGREES(0)" = "0.0", f64::to_degrees),
    double!("RADIANS", "Radians of degrees.", "RADIANS(0)" = "0.0", f64::to_radians),
];

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
        DataType::Decimal128(..) => decimals(array, i128::wrapping_abs)?,
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
        DataType::Float64 => map::<Float64Type, Float64Type>(array, of_float),
        DataType::Decimal128(_, scale) => {
            let unit = 10_i128.pow(u32::try_from(*scale).unwrap_or(0));
            decimals(array, move |value| value.signum() * unit)?
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
        DataType::Decimal128(_, scale) => {
            let unit = 10_i128.pow(u32::try_from(*scale).unwrap_or(0));
            decimals(array, move |value| exact(value, unit).wrapping_mul(unit))?
        }
        other if other.is_integer() => array.slice(0, array.len()),
        _ => return Err(refused(array)),
    })
}

/// Decimals of the same precision and scale.
fn decimals(array: &dyn Array, function: impl Fn(i128) -> i128) -> Result<ArrayRef, ExprError> {
    let changed = unary::<_, _, Decimal128Type>(array.as_primitive::<Decimal128Type>(), function);
    Ok(Arc::new(changed.with_data_type(array.data_type().clone())))
}
