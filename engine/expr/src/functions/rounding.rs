//! ROUND and TRUNCATE: numbers with so many digits behind the point, or none of the last ones before it.
//!
//! | number | computed |
//! |---|---|
//! | whole | as it is; what does not fit wraps around |
//! | DECIMAL(p, s) | exactly, null if it does not fit; of as many digits as wanted, if that is the same for all rows |
//! | float | by the digits it is printed with, as Java does: 1.005 has two digits 1.01, though the number is a bit less |

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::*;
use arrow_array::{Array, ArrayRef, ArrowPrimitiveType, PrimitiveArray};
use arrow_schema::DataType;

use super::arguments::{Arguments, Numbers};
use super::{Answer, Function, Gives, Kind, Takes, function, known_whole};
use crate::error::ExprError;

const TAKES: Takes = Takes::These(&[Kind::Number, Kind::Whole], 1);

/// All of them.
pub(super) const ALL: &[Function] = &[
    function!("ROUND", TAKES => Gives::By(result_type),
        "Rounded half away from zero, to so many digits behind the point.",
        "ROUND(CAST(1.2345 AS DECIMAL(5, 4)), 3)" = "1.235", |a: &Arguments| shortened(a, true)),
    function!("TRUNCATE", TAKES => Gives::By(result_type), "Cut off after so many digits behind the point.",
        "TRUNCATE(CAST(-0.12345 AS DECIMAL(6, 5)), 2)" = "-0.12", |a: &Arguments| shortened(a, false)),
];

/// Rounding may make one digit more; so one is added, for TRUNCATE too, as in Flink.
fn result_type(types: &[DataType], literals: &[Option<ArrayRef>]) -> Option<DataType> {
    let number = types.first()?;
    let DataType::Decimal128(precision, scale) = number else { return Some(number.clone()) };
    let digits = match types.len() {
        1 => Some(0),
        _ => known_whole(literals, 1),
    };
    let (precision_before, scale) = (i64::from(*precision), i64::from(*scale));
    Some(match digits {
        Some(digits) if digits < scale => {
            let scale_after = digits.max(0);
            let precision_after = (1 + precision_before - scale + scale_after).min(38);
            DataType::Decimal128(u8::try_from(precision_after).ok()?, i8::try_from(scale_after).ok()?)
        }
        _ => number.clone(),
    })
}

fn shortened(a: &Arguments, rounds: bool) -> Answer {
    let (array, is_one) = a.array(0);
    let digits = a.whole_if(1);
    macro_rules! each {
        ($type:ty, $of:expr) => {{
            let values = array.as_primitive::<$type>();
            a.finish(each::<$type>(a, (values, is_one), &digits, $of))
        }};
    }
    #[expect(clippy::cast_possible_truncation, reason = "what does not fit wraps around, as in Java")]
    Ok(match array.data_type() {
        DataType::Int8 => each!(Int8Type, |value, digits| whole(value.into(), digits, rounds) as i8),
        DataType::Int16 => each!(Int16Type, |value, digits| whole(value.into(), digits, rounds) as i16),
        DataType::Int32 => each!(Int32Type, |value, digits| whole(value.into(), digits, rounds) as i32),
        DataType::Int64 => each!(Int64Type, |value, digits| whole(value.into(), digits, rounds) as i64),
        DataType::Float32 => {
            each!(Float32Type, |value, digits| float(f64::from(value), digits, rounds) as f32)
        }
        DataType::Float64 => each!(Float64Type, |value, digits| float(value, digits, rounds)),
        DataType::Decimal128(_, scale) => {
            let DataType::Decimal128(precision, scale_after) = a.result() else {
                unreachable!("a DECIMAL stays one")
            };
            let (scale, dropped) = (i64::from(*scale), i64::from(*scale) - i64::from(*scale_after));
            let unit = 10_i128.pow(u32::try_from(dropped).unwrap_or(0));
            let values = array.as_primitive::<Decimal128Type>();
            let of = |value: i128, digits: i32| {
                let kept = i32::try_from(i64::from(digits) - scale).unwrap_or(0);
                whole(value, kept.min(0), rounds) / unit
            };
            let made = each::<Decimal128Type>(a, (values, is_one), &digits, of);
            let fitting = made.as_primitive::<Decimal128Type>().null_if_overflow_precision(*precision);
            a.finish(Arc::new(fitting.with_data_type(a.result().clone())))
        }
        other => return Err(ExprError::types("ROUND", [other])),
    })
}

fn each<P: ArrowPrimitiveType>(
    a: &Arguments,
    (values, is_one): (&PrimitiveArray<P>, bool),
    digits: &Option<Numbers<'_, Int32Type>>,
    of: impl Fn(P::Native, i32) -> P::Native,
) -> ArrayRef {
    let made: PrimitiveArray<P> = (0..a.rows())
        .map(|row| {
            let at = if is_one { 0 } else { row };
            let value = values.is_valid(at).then(|| values.value(at))?;
            Some(of(value, digits.as_ref().map_or(Some(0), |digits| digits.at(row))?))
        })
        .collect();
    Arc::new(made)
}

/// Digits below zero are those before the point.
fn whole(value: i128, digits: i32, rounds: bool) -> i128 {
    if digits >= 0 {
        return value;
    }
    let Some(unit) = 10_i128.checked_pow(digits.unsigned_abs()) else { return 0 };
    let (kept, rest) = (value / unit, value % unit);
    let up =
        if rounds && rest.unsigned_abs() >= unit.unsigned_abs().div_ceil(2) { value.signum() } else { 0 };
    // No number of forty digits or more comes from a column, but one may come near it.
    (kept + up).checked_mul(unit).unwrap_or(0)
}

/// By the shortest digits that tell the number from all others.
pub(super) fn float(value: f64, digits: i32, rounds: bool) -> f64 {
    let written = format!("{value:e}");
    let Some((number, exponent)) = written.split_once('e') else { return value };
    let (whole_part, rest) = number.split_once('.').unwrap_or((number, ""));
    let (Ok(all), Ok(exponent)) = (format!("{whole_part}{rest}").parse::<i128>(), exponent.parse::<i32>())
    else {
        return value;
    };
    // The number is `all` with its point moved so far.
    let point = exponent - i32::try_from(rest.len()).unwrap_or(0);
    let dropped = point.saturating_add(digits);
    if dropped >= 0 {
        return value;
    }
    let kept = whole(all, dropped, rounds);
    format!("{kept}e{point}").parse().unwrap_or(value)
}
