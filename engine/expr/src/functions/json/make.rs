//! JSON is made of values: JSON_STRING, JSON_OBJECT, JSON_ARRAY.
//!
//! How a column is written is decided once. A text that is JSON already is not written as a string if it comes through
//! `JSON(x)`: that makes a row with one field of a name that no other row has, which these functions know.

use std::fmt::Write;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, StructArray};
use arrow_schema::{DataType, Fields};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::value::{Json, write_text};
use crate::cast;
use crate::error::ExprError;
use crate::functions::arguments::Arguments;
use crate::functions::{Answer, Function, Gives, Kind, TEXT, Takes, function};
use crate::row;
use crate::types::range;
use crate::value::Value;

const MANY: Takes = Takes::Many(Kind::Any, 0);
const PAIRS: Takes = Takes::By("STRING, any …", pairs);

/// All of them.
pub(in crate::functions) const ALL: &[Function] = &[
    function!("JSON_STRING", Takes::These(&[Kind::Any], 0) => TEXT, "A value as JSON.",
        "JSON_STRING(SPLIT('a,b', ','))" = "[\"a\",\"b\"]", string),
    function!("JSON", Takes::These(&[Kind::Text], 0) => Gives::By(|_, _| Some(raw())),
        "A text that is JSON, for JSON_OBJECT and JSON_ARRAY to take as it is.",
        "JSON_ARRAY(JSON('{\"b\": 1}'))" = "[{\"b\":1}]", json),
    function!("JSON_OBJECT", PAIRS => TEXT, "An object of these keys and values, with nulls.",
        "`JSON_OBJECT`('a', 1, 'b', CAST(NULL AS STRING))" = "{\"a\":1,\"b\":null}",
        |a: &Arguments| object(a, true)),
    function!("JSON_OBJECT_ABSENT_ON_NULL", PAIRS => TEXT, "The same without nulls.",
        "JSON_OBJECT_ABSENT_ON_NULL('a', 1, 'b', CAST(NULL AS STRING))" = "{\"a\":1}",
        |a: &Arguments| object(a, false)),
    function!("JSON_ARRAY", MANY => TEXT, "An array of these values, without nulls.",
        "`JSON_ARRAY`(1, '2', CAST(NULL AS STRING))" = "[1,\"2\"]", |a: &Arguments| array(a, false)),
    function!("JSON_ARRAY_NULL_ON_NULL", MANY => TEXT, "The same with nulls.",
        "JSON_ARRAY_NULL_ON_NULL(1, CAST(NULL AS STRING))" = "[1,null]", |a: &Arguments| array(a, true)),
];

/// The field that says that a text is JSON already.
const RAW: &str = "$json";

/// The type of a text that is JSON already.
fn raw() -> DataType {
    row::data_type([(RAW.to_owned(), DataType::Utf8View)])
}

fn pairs(types: &[DataType]) -> Option<Vec<DataType>> {
    types.len().is_multiple_of(2).then_some(())?;
    let each = |(argument, data_type): (usize, &DataType)| match argument % 2 {
        0 => Kind::Text.takes(data_type).then_some(DataType::Utf8View),
        _ => Some(Kind::Any.data_type(data_type)),
    };
    types.iter().enumerate().map(each).collect()
}

/// Adds the value of a row to a text; null is a word.
type Writer<'a> = Box<dyn Fn(usize, &mut String) + 'a>;

fn writer(array: &ArrayRef) -> Result<Writer<'_>, ExprError> {
    let write = known_writer(array)?;
    Ok(Box::new(move |row, out| if array.is_null(row) { out.push_str("null") } else { write(row, out) }))
}

fn known_writer(array: &ArrayRef) -> Result<Writer<'_>, ExprError> {
    Ok(match array.data_type() {
        DataType::Null => Box::new(|_, out| out.push_str("null")),
        DataType::Boolean => {
            let truths = array.as_boolean();
            Box::new(move |row, out| out.push_str(if truths.value(row) { "true" } else { "false" }))
        }
        DataType::Utf8View => {
            let texts = array.as_string_view();
            Box::new(move |row, out| write_text(texts.value(row), out))
        }
        DataType::BinaryView => {
            let bytes = array.as_binary_view();
            Box::new(move |row, out| {
                let _ = write!(out, "\"{}\"", STANDARD.encode(bytes.value(row)));
            })
        }
        DataType::Struct(fields) if fields.len() == 1 && fields[0].name() == RAW => {
            let texts = array.as_struct().column(0).as_string_view();
            Box::new(
                move |row, out| {
                    if texts.is_null(row) { out.push_str("null") } else { out.push_str(texts.value(row)) }
                },
            )
        }
        DataType::Struct(fields) => {
            let columns = fields.iter().zip(array.as_struct().columns());
            let columns = columns.map(|(field, column)| Ok((field.name().as_str(), writer(column)?)));
            let mut columns = columns.collect::<Result<Vec<_>, ExprError>>()?;
            columns.sort_by_key(|(name, _)| *name);
            Box::new(move |row, out| entries(out, columns.iter().map(|(name, write)| (*name, write, row))))
        }
        DataType::List(_) | DataType::Map(..) => collection_writer(array)?,
        data_type => {
            let is_number = data_type.is_numeric();
            let is_local = matches!(data_type, DataType::Timestamp(_, Some(_)));
            let is_time = matches!(data_type, DataType::Timestamp(..));
            let texts = cast::to_type(&Value::Rows(Arc::clone(array)), &DataType::Utf8View)?.into_rows(0)?;
            Box::new(move |row, out| {
                let text = texts.as_string_view().value(row);
                match (is_number, is_time) {
                    // Not a number and infinity are none of JSON's.
                    (true, _) if text.ends_with(['y', 'N']) => write_text(text, out),
                    (true, _) => out.push_str(text),
                    (false, false) => write_text(text, out),
                    (false, true) => {
                        let text = if text.contains('.') {
                            text.trim_end_matches('0').trim_end_matches('.')
                        } else {
                            text
                        };
                        let _ = write!(
                            out,
                            "\"{}{}\"",
                            text.replacen(' ', "T", 1),
                            if is_local { "Z" } else { "" }
                        );
                    }
                }
            })
        }
    })
}

fn collection_writer(array: &ArrayRef) -> Result<Writer<'_>, ExprError> {
    let Some(maps) = array.as_map_opt() else {
        let lists = array.as_list::<i32>();
        let write = writer(lists.values())?;
        return Ok(Box::new(move |row, out| {
            elements(out, range(lists.value_offsets(), row).map(|at| (&write, at)));
        }));
    };
    let keys = cast::to_type(&Value::Rows(Arc::clone(maps.keys())), &DataType::Utf8View)?.into_rows(0)?;
    let write = writer(maps.values())?;
    Ok(Box::new(move |row, out| {
        let keys = keys.as_string_view();
        let mut sorted: Vec<usize> = range(maps.value_offsets(), row).collect();
        sorted.sort_by_key(|at| keys.value(*at));
        entries(out, sorted.into_iter().map(|at| (keys.value(at), &write, at)));
    }))
}

fn elements<'w, 'a: 'w>(out: &mut String, all: impl Iterator<Item = (&'w Writer<'a>, usize)>) {
    out.push('[');
    for (number, (write, row)) in all.enumerate() {
        out.push_str(if number == 0 { "" } else { "," });
        write(row, out);
    }
    out.push(']');
}

fn entries<'w, 'a: 'w>(out: &mut String, all: impl Iterator<Item = (&'w str, &'w Writer<'a>, usize)>) {
    out.push('{');
    for (number, (key, write, row)) in all.enumerate() {
        out.push_str(if number == 0 { "" } else { "," });
        write_text(key, out);
        out.push(':');
        write(row, out);
    }
    out.push('}');
}

fn string(a: &Arguments) -> Answer {
    let column = a.column(0)?;
    let write = writer(&column)?;
    a.texts(|row, out| Ok((!is_null(&column, row)).then(|| write(row, out))))
}

fn is_null(column: &ArrayRef, row: usize) -> bool {
    *column.data_type() == DataType::Null || column.is_null(row)
}

/// Blanks are left out, and so is a text of nothing else.
fn json(a: &Arguments) -> Answer {
    let text = a.text(0);
    let texts = a.texts(|row, out| {
        let Some(text) = text.at(row).filter(|text| !text.trim().is_empty()) else { return Ok(None) };
        match Json::of(text) {
            Ok(json) => json.write(out),
            Err(words) => return Err(ExprError::Value(format!("JSON('{text}'): {words}"))),
        }
        Ok(Some(()))
    })?;
    let DataType::Struct(fields) = a.result() else { unreachable!("a row is made") };
    let fields: Fields = fields.clone();
    let texts = texts.into_rows(a.rows())?;
    Ok(a.finish(Arc::new(StructArray::try_new(fields, vec![texts], None)?)))
}

/// Whether a value is null, or JSON that is.
fn is_absent(column: &ArrayRef, row: usize) -> bool {
    let is_raw = *column.data_type() == raw();
    is_null(column, row) || is_raw && column.as_struct().column(0).is_null(row)
}

fn object(a: &Arguments, has_nulls: bool) -> Answer {
    let columns = (0..a.len()).map(|argument| a.column(argument)).collect::<Result<Vec<_>, _>>()?;
    let values = columns.iter().skip(1).step_by(2);
    let writers = values.clone().map(writer).collect::<Result<Vec<_>, _>>()?;
    let keys: Vec<_> = (0..a.len()).step_by(2).map(|argument| a.text(argument)).collect();
    a.texts(|row, out| {
        let mut all: Vec<(&str, &Writer<'_>, usize)> = Vec::with_capacity(keys.len());
        for ((key, column), write) in keys.iter().zip(values.clone()).zip(&writers) {
            let no_key = || ExprError::Value("a key of JSON_OBJECT is null".to_owned());
            let key = key.at(row).ok_or_else(no_key)?;
            if has_nulls || !is_absent(column, row) {
                all.retain(|(other, ..)| *other != key);
                all.push((key, write, row));
            }
        }
        all.sort_by_key(|(key, ..)| *key);
        entries(out, all.into_iter());
        Ok(Some(()))
    })
}

fn array(a: &Arguments, has_nulls: bool) -> Answer {
    let columns = (0..a.len()).map(|argument| a.column(argument)).collect::<Result<Vec<_>, _>>()?;
    let writers = columns.iter().map(writer).collect::<Result<Vec<_>, _>>()?;
    a.texts(|row, out| {
        let all = columns.iter().zip(&writers).filter(|(column, _)| has_nulls || !is_absent(column, row));
        elements(out, all.map(|(_, write)| (write, row)));
        Ok(Some(()))
    })
}
