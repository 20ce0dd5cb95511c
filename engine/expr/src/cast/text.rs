//! Values as text, as Flink prints them.
//!
//! How a value is written is decided once for a column; a column within rows, arrays or maps is written by the same means.

use std::fmt::Write;
use std::sync::Arc;

use arrow_array::builder::StringViewBuilder;
use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Float64Type};
use arrow_array::{Array, ArrayRef};
use arrow_cast::display::{ArrayFormatter, FormatOptions};
use arrow_schema::{DataType, TimeUnit};

use crate::error::ExprError;

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
                    places(offsets, row).map(|at| move |text: &mut String| write(at, text)),
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
                joined(text, ['{', '}'], places(offsets, row).map(entry))
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

/// Where the elements of a row are.
fn places(offsets: &[i32], row: usize) -> std::ops::Range<usize> {
    let at = |offset: i32| usize::try_from(offset).expect("offsets are not below zero");
    at(offsets[row])..at(offsets[row + 1])
}

fn by_arrow<'a>(array: &'a dyn Array, data_type: &'a DataType) -> Result<Writer<'a>, ExprError> {
    let format = match data_type {
        DataType::Timestamp(TimeUnit::Second, _) => "%Y-%m-%d %H:%M:%S",
        DataType::Timestamp(TimeUnit::Microsecond, _) => "%Y-%m-%d %H:%M:%S%.6f",
        DataType::Timestamp(TimeUnit::Nanosecond, _) => "%Y-%m-%d %H:%M:%S%.9f",
        _ => "%Y-%m-%d %H:%M:%S%.3f",
    };
    let options = FormatOptions::default()
        .with_null("NULL")
        .with_timestamp_format(Some(format))
        .with_timestamp_tz_format(Some(format));
    let formatter = ArrayFormatter::try_new(array, &options)?;
    Ok(Box::new(move |row, text| {
        let unprintable = |_| ExprError::Value(format!("a value of {data_type} cannot be printed"));
        write!(text, "{}", formatter.value(row)).map_err(unprintable)
    }))
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
