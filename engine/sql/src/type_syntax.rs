//! Flink's types: how they are written, and which columns of Arrow they are.
//!
//! | type | column |
//! |---|---|
//! | `BOOLEAN`, `TINYINT` … `BIGINT`, `FLOAT`, `DOUBLE` | the same |
//! | `DECIMAL(p, s)` | `Decimal128` |
//! | `CHAR(n)`, `VARCHAR(n)`, `STRING` | `Utf8View` |
//! | `BINARY(n)`, `VARBINARY(n)`, `BYTES` | `BinaryView` |
//! | `DATE`, `TIME(p)` | `Date32`, `Time32`, `Time64` |
//! | `TIMESTAMP(p)`, `TIMESTAMP_LTZ(p)` | `Timestamp`, the second one in UTC |
//! | `ROW<…>`, `ARRAY<t>`, `MAP<k, v>` | `Struct`, `List`, `Map` |

use std::sync::Arc;

use arrow_schema::{DataType, Field, IntervalUnit, TimeUnit};
use datafusion_sql::sqlparser::ast::{
    ArrayElemTypeDef, DataType as Written, ExactNumberInfo, Ident, SqlOption, StructBracketKind, StructField,
    TimezoneInfo,
};
use datafusion_sql::sqlparser::parser::{Parser, ParserError};
use datafusion_sql::sqlparser::tokenizer::Token;

use crate::declaration::quoted;
use crate::dialect::{FlinkDialect, is_word, take_words};

/// A type, and whether it takes nulls.
pub(crate) fn parse_type(parser: &mut Parser) -> Result<(Written, bool), ParserError> {
    let mut closed = 0;
    let parsed = nested_type(parser, &mut closed)?;
    match closed {
        0 => Ok(parsed),
        _ => Err(ParserError::ParserError("there is a > too many in a type".to_owned())),
    }
}

/// A type that is written as this text.
///
/// # Errors
///
/// In words, if none is.
pub(crate) fn parsed_type(written: &str) -> Result<Written, String> {
    let parser = Parser::new(&FlinkDialect).try_with_sql(written);
    let parsed = parser.and_then(|mut parser| parse_type(&mut parser));
    parsed.map(|(written, _)| written).map_err(|_| format!("type {written} is not one of tables"))
}

/// The same within another one. `>>` is one sign to the parser: `closed` counts how many of them were meant for types around.
fn nested_type(parser: &mut Parser, closed: &mut usize) -> Result<(Written, bool), ParserError> {
    let mut written = if take_words(parser, &["ROW"]) {
        row_type(parser, closed)?
    } else if is_word(parser, 0, "ARRAY") && parser.peek_nth_token(1).token == Token::Lt {
        opened(parser);
        let (element, _) = nested_type(parser, closed)?;
        close(parser, closed)?;
        array_of(element)
    } else if is_word(parser, 0, "MAP") && parser.peek_nth_token(1).token == Token::Lt {
        opened(parser);
        let (key, _) = nested_type(parser, closed)?;
        parser.expect_token(&Token::Comma)?;
        let (value, _) = nested_type(parser, closed)?;
        close(parser, closed)?;
        Written::Map(Box::new(key), Box::new(value))
    } else if take_words(parser, &["TIMESTAMP_LTZ"]) {
        Written::Timestamp(precision(parser)?, TimezoneInfo::WithTimeZone)
    } else if take_words(parser, &["TIMESTAMP"]) {
        let precision = precision(parser)?;
        if take_words(parser, &["WITH", "LOCAL", "TIME", "ZONE"]) {
            Written::Timestamp(precision, TimezoneInfo::WithTimeZone)
        } else {
            take_words(parser, &["WITHOUT", "TIME", "ZONE"]);
            Written::Timestamp(precision, TimezoneInfo::None)
        }
    } else {
        parser.parse_data_type()?
    };
    while take_words(parser, &["ARRAY"]) {
        written = array_of(written);
    }
    let takes_nulls = !take_words(parser, &["NOT", "NULL"]);
    // `RETURNING INT NULL ON EMPTY` says something else.
    if takes_nulls && !is_word(parser, 1, "ON") {
        take_words(parser, &["NULL"]);
    }
    Ok((written, takes_nulls))
}

fn array_of(element: Written) -> Written {
    Written::Array(ArrayElemTypeDef::AngleBracket(Box::new(element)))
}

/// Takes the word of a type and the `<` behind it.
fn opened(parser: &mut Parser) {
    parser.next_token();
    parser.next_token();
}

fn close(parser: &mut Parser, closed: &mut usize) -> Result<(), ParserError> {
    if *closed > 0 {
        *closed -= 1;
        return Ok(());
    }
    let next = parser.next_token();
    match next.token {
        Token::Gt => Ok(()),
        Token::ShiftRight => {
            *closed += 1;
            Ok(())
        }
        _ => parser.expected("> behind a type", next),
    }
}

/// What stands behind `ROW`: `<a INT, b STRING>`, or the same in round brackets.
fn row_type(parser: &mut Parser, closed: &mut usize) -> Result<Written, ParserError> {
    let is_round = parser.consume_token(&Token::LParen);
    if !is_round {
        parser.expect_token(&Token::Lt)?;
    }
    let mut fields = Vec::new();
    loop {
        let field_name = Some(parser.parse_identifier()?);
        let (field_type, takes_nulls) = nested_type(parser, closed)?;
        if matches!(parser.peek_token().token, Token::SingleQuotedString(_)) {
            parser.next_token(); // What it is about.
        }
        let options = (!takes_nulls).then(|| vec![SqlOption::Ident(Ident::new("NOT NULL"))]);
        fields.push(StructField { field_name, field_type, options });
        if *closed > 0 || !parser.consume_token(&Token::Comma) {
            break;
        }
    }
    if is_round {
        parser.expect_token(&Token::RParen)?;
    } else {
        close(parser, closed)?;
    }
    Ok(Written::Struct(fields, StructBracketKind::AngleBrackets))
}

fn precision(parser: &mut Parser) -> Result<Option<u64>, ParserError> {
    if !parser.consume_token(&Token::LParen) {
        return Ok(None);
    }
    let precision = parser.parse_literal_uint()?;
    parser.expect_token(&Token::RParen)?;
    Ok(Some(precision))
}

/// The column of a type.
///
/// # Errors
///
/// In words, if there is none yet.
pub(crate) fn column_type(written: &Written) -> Result<DataType, String> {
    Ok(match written {
        Written::Boolean | Written::Bool => DataType::Boolean,
        Written::TinyInt(_) => DataType::Int8,
        Written::SmallInt(_) => DataType::Int16,
        Written::Int(_) | Written::Integer(_) => DataType::Int32,
        Written::BigInt(_) => DataType::Int64,
        Written::Float(_) => DataType::Float32,
        Written::Double(_) | Written::DoublePrecision => DataType::Float64,
        Written::Decimal(info) | Written::Numeric(info) | Written::Dec(info) => decimal(info)?,
        Written::Varchar(_) | Written::Char(_) | Written::Character(_) | Written::String(_) => {
            DataType::Utf8View
        }
        Written::Binary(_) | Written::Varbinary(_) | Written::Bytes(_) => DataType::BinaryView,
        Written::Date => DataType::Date32,
        Written::Time(precision, _) => match unit(precision.unwrap_or(0))? {
            unit @ (TimeUnit::Second | TimeUnit::Millisecond) => DataType::Time32(unit),
            unit => DataType::Time64(unit),
        },
        // Without a precision it is one of six digits.
        Written::Timestamp(precision, TimezoneInfo::None) => {
            DataType::Timestamp(unit(precision.unwrap_or(6))?, None)
        }
        Written::Timestamp(precision, _) => {
            DataType::Timestamp(unit(precision.unwrap_or(6))?, Some("UTC".into()))
        }
        Written::Struct(fields, _) => {
            let field = |(place, field): (usize, &StructField)| {
                let name =
                    field.field_name.as_ref().map_or_else(|| format!("f{place}"), |name| name.value.clone());
                Ok(Field::new(name, column_type(&field.field_type)?, true))
            };
            DataType::Struct(fields.iter().enumerate().map(field).collect::<Result<_, String>>()?)
        }
        Written::Array(ArrayElemTypeDef::AngleBracket(element)) => {
            DataType::List(Arc::new(Field::new("item", column_type(element)?, true)))
        }
        Written::Map(key, value) => {
            let entry =
                [Field::new("key", column_type(key)?, false), Field::new("value", column_type(value)?, true)];
            let entries = Field::new("entries", DataType::Struct(entry.to_vec().into()), false);
            DataType::Map(Arc::new(entries), false)
        }
        other => return Err(format!("type {other} is not supported yet")),
    })
}

fn decimal(info: &ExactNumberInfo) -> Result<DataType, String> {
    let (precision, scale) = match info {
        ExactNumberInfo::None => (10, 0),
        ExactNumberInfo::Precision(precision) => (*precision, 0),
        ExactNumberInfo::PrecisionAndScale(precision, scale) => (*precision, *scale),
    };
    let in_bounds =
        (1..=38).contains(&precision) && u64::try_from(scale).is_ok_and(|scale| scale <= precision);
    match (u8::try_from(precision), i8::try_from(scale)) {
        (Ok(precision), Ok(scale)) if in_bounds => Ok(DataType::Decimal128(precision, scale)),
        _ => Err(format!(
            "DECIMAL({precision}, {scale}): the precision is from 1 to 38, and the scale no more than it"
        )),
    }
}

fn unit(precision: u64) -> Result<TimeUnit, String> {
    match precision {
        0 => Ok(TimeUnit::Second),
        1..=3 => Ok(TimeUnit::Millisecond),
        4..=6 => Ok(TimeUnit::Microsecond),
        7..=9 => Ok(TimeUnit::Nanosecond),
        _ => Err(format!("a time has up to 9 digits of a second, not {precision}")),
    }
}

/// A column's type as it is written.
pub fn written_type(data_type: &DataType) -> String {
    let digits = |unit: &TimeUnit| match unit {
        TimeUnit::Second => 0,
        TimeUnit::Millisecond => 3,
        TimeUnit::Microsecond => 6,
        TimeUnit::Nanosecond => 9,
    };
    match data_type {
        DataType::Boolean => "BOOLEAN".to_owned(),
        DataType::Int8 => "TINYINT".to_owned(),
        DataType::Int16 => "SMALLINT".to_owned(),
        DataType::Int32 => "INT".to_owned(),
        DataType::Int64 => "BIGINT".to_owned(),
        DataType::Float32 => "FLOAT".to_owned(),
        DataType::Float64 => "DOUBLE".to_owned(),
        DataType::Decimal128(precision, scale) => format!("DECIMAL({precision}, {scale})"),
        DataType::Utf8View | DataType::Utf8 | DataType::LargeUtf8 => "STRING".to_owned(),
        DataType::BinaryView | DataType::Binary => "BYTES".to_owned(),
        DataType::Date32 => "DATE".to_owned(),
        DataType::Time32(unit) | DataType::Time64(unit) => format!("TIME({})", digits(unit)),
        DataType::Timestamp(unit, None) => format!("TIMESTAMP({})", digits(unit)),
        DataType::Timestamp(unit, Some(_)) => format!("TIMESTAMP_LTZ({})", digits(unit)),
        DataType::Duration(_) => "INTERVAL DAY TO SECOND".to_owned(),
        DataType::Interval(IntervalUnit::YearMonth) => "INTERVAL YEAR TO MONTH".to_owned(),
        DataType::Interval(_) => "INTERVAL".to_owned(),
        DataType::Null => "NULL".to_owned(),
        DataType::Struct(fields) => {
            let field = |field: &Arc<Field>| {
                let name = field.name();
                let is_plain = name.starts_with(|letter: char| letter.is_ascii_alphabetic())
                    && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
                let name = if is_plain { name.clone() } else { quoted(name) };
                format!("{name} {}", written_type(field.data_type()))
            };
            format!("ROW<{}>", fields.iter().map(field).collect::<Vec<_>>().join(", "))
        }
        DataType::List(element) => format!("ARRAY<{}>", written_type(element.data_type())),
        DataType::Map(entries, _) => match entries.data_type() {
            DataType::Struct(entry) if entry.len() == 2 => {
                let [key, value] = [0, 1].map(|part| written_type(entry[part].data_type()));
                format!("MAP<{key}, {value}>")
            }
            other => other.to_string(),
        },
        other => other.to_string(),
    }
}
