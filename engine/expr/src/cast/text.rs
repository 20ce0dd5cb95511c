//! Values as text, as Flink prints them.
//!
//! How a value is written is decided once for a column; a column within rows, arrays or maps is written by the same means.

use std::fmt::Write;
use std::sync::Arc;

use arrow_array::builder::StringViewBuilder;
use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Float64Type, Int64Type, IntervalYearMonthType};
use arrow_array::{Array, ArrayRef};
use arrow_cast::display::{ArrayFormatter, FormatOptions};
use arrow_schema::{DataType, IntervalUnit, TimeUnit};
use chrono::DateTime;

use crate::error::ExprError;
use crate::names::type_name;
use crate::types::range;

/// Adds the value of a row, which is not null, to a text.
type Writer<'a> = Box<dyn Fn(usize, &mut String) -> Result<(), ExprError> + 'a>;

/// A column as text.
pub(super) fn of(array: &dyn Array) -> Result<ArrayRef, ExprError> {
    let (mut texts, mut text) = (StringViewBuilder::with_capacity(array.len()), String::new());
    let write = writer(array)?;
    for row in 0..array.len() {
        if array.is_null(row) {
            texts.append_null();
            continue;
        }
        text.clear();
        write(row, &mut text)?;
        texts.append_value(&text);
    }
    Ok(Arc::new(texts.finish()))
}

fn writer(array: &dyn Array) -> Result<Writer<'_>, ExprError> {
    Ok(match array.data_type() {
        DataType::Boolean => {
            let values = array.as_boolean();
            simple(move |row, text| text.push_str(if values.value(row) { "TRUE" } else { "FALSE" }))
        }
        DataType::Utf8View => {
            let values = array.as_string_view();
            simple(move |row, text| text.push_str(values.value(row)))
        }
        DataType::BinaryView => {
            let values = array.as_binary_view();
            simple(move |row, text| text.push_str(&String::from_utf8_lossy(values.value(row))))
        }
        DataType::Float64 => {
            let values = array.as_primitive::<Float64Type>();
            simple(move |row, text| float(text, values.value(row)))
        }
        DataType::Float32 => {
            let values = array.as_primitive::<Float32Type>();
            simple(move |row, text| float(text, values.value(row)))
        }
        DataType::Struct(_) => {
            let writers = array.as_struct().columns().iter().map(|column| element(&**column));
            let writers = writers.collect::<Result<Vec<_>, _>>()?;
            Box::new(move |row, text| {
                let fields = writers.iter().map(|write| move |text: &mut String| write(row, text));
                joined(text, ['(', ')'], fields)
            })
        }
        DataType::List(_) => {
            let lists = array.as_list::<i32>();
            let (write, offsets) = (element(&**lists.values())?, lists.value_offsets());
            Box::new(move |row, text| {
                let write = &write;
                joined(
                    text,
                    ['[', ']'],
                    range(offsets, row).map(|at| move |text: &mut String| write(at, text)),
                )
            })
        }
        DataType::Map(..) => {
            let maps = array.as_map();
            let (key, value) = (element(&**maps.keys())?, element(&**maps.values())?);
            let offsets = maps.value_offsets();
            Box::new(move |row, text| {
                let (key, value) = (&key, &value);
                let entry = |at: usize| {
                    move |text: &mut String| {
                        key(at, text)?;
                        text.push('=');
                        value(at, text)
                    }
                };
                joined(text, ['{', '}'], range(offsets, row).map(entry))
            })
        }
        DataType::Timestamp(unit, _) => time(array, *unit)?,
        DataType::Duration(unit) => span(array, *unit)?,
        DataType::Interval(IntervalUnit::YearMonth) => {
            let values = array.as_primitive::<IntervalYearMonthType>();
            simple(move |row, text| {
                let (sign, months) = (sign(i64::from(values.value(row))), values.value(row).unsigned_abs());
                let _ = write!(text, "{sign}{}-{:02}", months / 12, months % 12);
            })
        }
        data_type => by_arrow(array, data_type)?,
    })
}

fn simple<'a>(write: impl Fn(usize, &mut String) + 'a) -> Writer<'a> {
    Box::new(move |row, text| {
        write(row, text);
        Ok(())
    })
}

/// A value within others: there, a null is a word.
fn element(array: &dyn Array) -> Result<Writer<'_>, ExprError> {
    let write = writer(array)?;
    Ok(Box::new(move |row, text| {
        if array.is_null(row) {
            text.push_str("NULL");
            return Ok(());
        }
        write(row, text)
    }))
}

fn joined(
    text: &mut String,
    brackets: [char; 2],
    parts: impl Iterator<Item = impl Fn(&mut String) -> Result<(), ExprError>>,
) -> Result<(), ExprError> {
    text.push(brackets[0]);
    for (number, part) in parts.enumerate() {
        text.push_str(if number == 0 { "" } else { ", " });
        part(text)?;
    }
    text.push(brackets[1]);
    Ok(())
}

/// A time with the digits of its unit. The session's zone is UTC, so one with a zone is written in the same way.
fn time(array: &dyn Array, unit: TimeUnit) -> Result<Writer<'_>, ExprError> {
    let ticks = arrow_cast::cast(array, &DataType::Int64)?.as_primitive::<Int64Type>().clone();
    let (digits, a_second) = match unit {
        TimeUnit::Second => (0, 1),
        TimeUnit::Millisecond => (3, 1_000),
        TimeUnit::Microsecond => (6, 1_000_000),
        TimeUnit::Nanosecond => (9, 1_000_000_000),
    };
    Ok(Box::new(move |row, text| {
        let (seconds, rest) = (ticks.value(row).div_euclid(a_second), ticks.value(row).rem_euclid(a_second));
        let time = DateTime::from_timestamp(seconds, 0).map(|time| time.naive_utc());
        let time = time.ok_or_else(|| unprintable(array.data_type()))?;
        // Writing to a text does not fail.
        let _ = match digits {
            0 => write!(text, "{time}"),
            digits => write!(text, "{time}.{rest:0digits$}"),
        };
        Ok(())
    }))
}

/// `+1 10:30:00.500`: days, and what is left of one.
fn span(array: &dyn Array, unit: TimeUnit) -> Result<Writer<'_>, ExprError> {
    let ticks = arrow_cast::cast(array, &DataType::Int64)?.as_primitive::<Int64Type>().clone();
    let (more, less) = match unit {
        TimeUnit::Second => (1_000, 1),
        TimeUnit::Millisecond => (1, 1),
        TimeUnit::Microsecond => (1, 1_000),
        TimeUnit::Nanosecond => (1, 1_000_000),
    };
    Ok(Box::new(move |row, text| {
        let ticks = ticks.value(row);
        let millis = i128::from(ticks).unsigned_abs() * more / less;
        let (days, millis) = (millis / 86_400_000, millis % 86_400_000);
        let (hours, minutes, millis) = (millis / 3_600_000, millis / 60_000 % 60, millis % 60_000);
        let (seconds, rest) = (millis / 1_000, millis % 1_000);
        // Writing to a text does not fail.
        let _ = write!(text, "{}{days} {hours:02}:{minutes:02}:{seconds:02}.{rest:03}", sign(ticks));
        Ok(())
    }))
}

fn sign(number: i64) -> char {
    if number < 0 { '-' } else { '+' }
}

fn by_arrow<'a>(array: &'a dyn Array, data_type: &'a DataType) -> Result<Writer<'a>, ExprError> {
    let formatter = ArrayFormatter::try_new(array, &FormatOptions::default().with_null("NULL"))?;
    Ok(Box::new(move |row, text| {
        write!(text, "{}", formatter.value(row)).map_err(|_| unprintable(data_type))
    }))
}

fn unprintable(data_type: &DataType) -> ExprError {
    ExprError::Value(format!("a {} is out of the calendar", type_name(data_type)))
}

/// As Java prints it: with a point always, and an exponent from ten million on or below a thousandth.
fn float<F: std::fmt::Debug + std::fmt::LowerExp + Copy + Into<f64>>(text: &mut String, number: F) {
    let value: f64 = number.into();
    let size = value.abs();
    if value.is_nan() {
        text.push_str("NaN");
    } else if value.is_infinite() {
        text.push_str(if value > 0.0 { "Infinity" } else { "-Infinity" });
    } else if size == 0.0 || (1e-3..1e7).contains(&size) {
        let _ = write!(text, "{number:?}");
    } else {
        let written = format!("{number:e}");
        let (digits, exponent) = written.split_once('e').unwrap_or((&written, "0"));
        let point = if digits.contains('.') { "" } else { ".0" };
        let _ = write!(text, "{digits}{point}E{exponent}");
    }
}
