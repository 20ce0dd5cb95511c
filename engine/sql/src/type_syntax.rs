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

use arrow_schema::{DataType, TimeUnit};
use datafusion_sql::sqlparser::ast::{DataType as Written, ExactNumberInfo, TimezoneInfo};
use datafusion_sql::sqlparser::parser::{Parser, ParserError};
use datafusion_sql::sqlparser::tokenizer::Token;

use crate::dialect::take_words;

/// A type, and whether it takes nulls.
pub(crate) fn parse_type(parser: &mut Parser) -> Result<(Written, bool), ParserError> {
    let written = if take_words(parser, &["TIMESTAMP_LTZ"]) {
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
    let takes_nulls = !take_words(parser, &["NOT", "NULL"]);
    if takes_nulls {
        take_words(parser, &["NULL"]);
    }
    Ok((written, takes_nulls))
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
        DataType::Interval(_) => "INTERVAL YEAR TO MONTH".to_owned(),
        other => other.to_string(),
    }
}
