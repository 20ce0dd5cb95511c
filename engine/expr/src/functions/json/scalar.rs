//! Scalars of JSON as values of SQL's types: what RETURNING says.
//!
//! | to | from a text | from a number | from a truth |
//! |---|---|---|---|
//! | STRING | itself | as it is written | `true`, `false` |
//! | BOOLEAN | `true`, `t`, `yes`, `1` and their opposites | none | itself |
//! | whole number | the number that it is, cut off | cut off | none |
//! | float, DECIMAL | the number that it is | itself, rounded | none |
//!
//! What does not fit is none.

use std::sync::Arc;

use arrow_array::builder::StringViewBuilder;
use arrow_array::cast::AsArray;
use arrow_array::types::*;
use arrow_array::{Array, ArrayRef, BooleanArray, Decimal128Array, Float64Array, Int64Array};
use arrow_schema::DataType;

use super::value::{Json, canonical};
use crate::cast;
use crate::error::ExprError;
use crate::value::Value;

/// A value of SQL.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Scalar {
    Text(String),
    Truth(bool),
    Whole(i64),
    Float(f64),
    /// Digits of a DECIMAL.
    Decimal(i128),
}

/// A type by its name; none that JSON has no scalar for.
pub(super) fn type_named(name: &str) -> Option<DataType> {
    let upper = name.trim().to_ascii_uppercase();
    let (word, inside) = upper.split_once('(').map_or((&*upper, None), |(word, inside)| (word, Some(inside)));
    Some(match word.trim() {
        "STRING" | "VARCHAR" | "CHAR" => DataType::Utf8View,
        "BOOLEAN" => DataType::Boolean,
        "TINYINT" => DataType::Int8,
        "SMALLINT" => DataType::Int16,
        "INT" | "INTEGER" => DataType::Int32,
        "BIGINT" => DataType::Int64,
        "FLOAT" => DataType::Float32,
        "DOUBLE" | "DOUBLE PRECISION" => DataType::Float64,
        "DECIMAL" | "NUMERIC" | "DEC" => {
            let mut numbers = inside.unwrap_or("10, 0").trim_end_matches(')').split(',').map(str::trim);
            let precision: u8 = numbers.next()?.parse().ok()?;
            let scale: i8 = numbers.next().unwrap_or("0").parse().ok()?;
            let fits =
                (1..=38).contains(&precision) && u8::try_from(scale).is_ok_and(|scale| scale <= precision);
            fits.then_some(DataType::Decimal128(precision, scale))?
        }
        _ => return None,
    })
}

/// A scalar as a value of a type; none, if it is none.
pub(super) fn of(json: &Json<'_>, to: &DataType) -> Option<Scalar> {
    let number = match (json, to) {
        (Json::Text(text), DataType::Utf8View) => return Some(Scalar::Text(text.clone().into_owned())),
        (Json::Number(number), DataType::Utf8View) => {
            return Some(Scalar::Text(canonical(number).into_owned()));
        }
        (Json::Truth(truth), DataType::Utf8View) => return Some(Scalar::Text(truth.to_string())),
        (Json::Truth(truth), DataType::Boolean) => return Some(Scalar::Truth(*truth)),
        (Json::Text(text), DataType::Boolean) => {
            return match text.trim().to_lowercase().as_str() {
                "true" | "t" | "yes" | "1" => Some(Scalar::Truth(true)),
                "false" | "f" | "no" | "0" => Some(Scalar::Truth(false)),
                _ => None,
            };
        }
        (_, DataType::Boolean) => return None,
        (Json::Number(number), _) => number,
        (Json::Text(text), _) => text.as_ref(),
        _ => return None,
    };
    match to {
        DataType::Float64 | DataType::Float32 => {
            let value: f64 = number.parse().ok()?;
            let most = if *to == DataType::Float32 { f64::from(f32::MAX) } else { f64::MAX };
            (value.abs() <= most).then_some(Scalar::Float(value))
        }
        DataType::Decimal128(precision, scale) => {
            let digits = scaled(number, i64::from(*scale), true)?;
            let fits = digits.unsigned_abs() < 10_u128.pow(u32::from(*precision));
            fits.then_some(Scalar::Decimal(digits))
        }
        _ => {
            let whole = i64::try_from(scaled(number, 0, false)?).ok()?;
            let fits = match to {
                DataType::Int8 => i8::try_from(whole).is_ok(),
                DataType::Int16 => i16::try_from(whole).is_ok(),
                DataType::Int32 => i32::try_from(whole).is_ok(),
                _ => true,
            };
            fits.then_some(Scalar::Whole(whole))
        }
    }
}

/// The digits of a number with so many behind its point, the rest rounded half up or cut off.
fn scaled(number: &str, scale: i64, rounds: bool) -> Option<i128> {
    let (digits, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let exponent: i64 = exponent.parse().ok()?;
    let (is_negative, digits) = digits.strip_prefix('-').map_or((false, digits), |digits| (true, digits));
    let (whole, rest) = digits.split_once('.').unwrap_or((digits, ""));
    let all = format!("{whole}{rest}");
    (!all.is_empty() && all.bytes().all(|byte| byte.is_ascii_digit())).then_some(())?;
    let moved = exponent + scale - i64::try_from(rest.len()).ok()?;
    let value = if moved >= 0 {
        let unit = 10_i128.checked_pow(u32::try_from(moved).ok()?);
        // Zeros in front may be more than fit.
        let all = all.trim_start_matches('0');
        let all: i128 = if all.is_empty() { 0 } else { all.parse().ok()? };
        match unit {
            Some(unit) => all.checked_mul(unit)?,
            None => (all == 0).then_some(0)?,
        }
    } else {
        let dropped = usize::try_from(moved.unsigned_abs()).ok()?;
        let kept = &all[..all.len().saturating_sub(dropped)];
        let next = all.len().checked_sub(dropped).and_then(|at| all.as_bytes().get(at));
        let kept: i128 = if kept.is_empty() { 0 } else { kept.parse().ok()? };
        kept + i128::from(rounds && next.is_some_and(|digit| *digit >= b'5'))
    };
    Some(if is_negative { -value } else { value })
}

/// Values as a column of their type.
pub(super) fn column(values: Vec<Option<Scalar>>, to: &DataType) -> Result<ArrayRef, ExprError> {
    let whole = |value: &Option<Scalar>| match value {
        Some(Scalar::Whole(value)) => Some(*value),
        _ => None,
    };
    let float = |value: &Option<Scalar>| match value {
        Some(Scalar::Float(value)) => Some(*value),
        _ => None,
    };
    let column: ArrayRef = match to {
        DataType::Utf8View => {
            let mut texts = StringViewBuilder::with_capacity(values.len());
            values.iter().for_each(|value| match value {
                Some(Scalar::Text(text)) => texts.append_value(text),
                _ => texts.append_null(),
            });
            Arc::new(texts.finish())
        }
        DataType::Boolean => {
            let truth = |value: &Option<Scalar>| match value {
                Some(Scalar::Truth(truth)) => Some(*truth),
                _ => None,
            };
            Arc::new(values.iter().map(truth).collect::<BooleanArray>())
        }
        DataType::Float32 | DataType::Float64 => Arc::new(values.iter().map(float).collect::<Float64Array>()),
        DataType::Decimal128(..) => {
            let digits = |value: &Option<Scalar>| match value {
                Some(Scalar::Decimal(digits)) => Some(*digits),
                _ => None,
            };
            Arc::new(values.iter().map(digits).collect::<Decimal128Array>().with_data_type(to.clone()))
        }
        _ => Arc::new(values.iter().map(whole).collect::<Int64Array>()),
    };
    cast::to_type(&Value::Rows(column), to)?.into_rows(values.len())
}

/// The values of a column.
pub(super) fn values(column: &dyn Array) -> Result<Vec<Option<Scalar>>, ExprError> {
    let column = column.slice(0, column.len());
    let wide = match column.data_type() {
        DataType::Int8 | DataType::Int16 | DataType::Int32 => DataType::Int64,
        DataType::Float32 => DataType::Float64,
        other => other.clone(),
    };
    let column = cast::to_type(&Value::Rows(column), &wide)?.into_rows(0)?;
    let value = |row: usize| {
        column.is_valid(row).then(|| match &wide {
            DataType::Utf8View => Scalar::Text(column.as_string_view().value(row).to_owned()),
            DataType::Boolean => Scalar::Truth(column.as_boolean().value(row)),
            DataType::Float64 => Scalar::Float(column.as_primitive::<Float64Type>().value(row)),
            DataType::Decimal128(..) => Scalar::Decimal(column.as_primitive::<Decimal128Type>().value(row)),
            _ => Scalar::Whole(column.as_primitive::<Int64Type>().value(row)),
        })
    };
    Ok((0..column.len()).map(value).collect())
}
