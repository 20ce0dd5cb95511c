//! `'connector' = 'datagen'`: made-up rows, under Flink's options: `rows-per-second`, `number-of-rows`, and `fields.<name>.…` for each
//! column, where the parts of a column are `<name>.<field>`, `<name>.element`, `<name>.key`, `<name>.value`.

use std::fmt::Display;
use std::str::FromStr;

use arrow_schema::{DataType, Field, Schema};
use connect::datagen::{DatagenSpec, Made, Rule};

use super::options::Options;
use crate::error::SqlError;
use crate::type_syntax::written_type;

const ROWS_PER_SECOND: u64 = 10_000;
const TEXT_LENGTH: usize = 100;
const LIST_LENGTH: usize = 3;

/// The spec of a table, without the time of the clock.
pub(super) fn spec_of(options: &mut Options<'_>, schema: &Schema) -> Result<DatagenSpec, SqlError> {
    let table = options.table;
    let rate = options.number("rows-per-second")?.unwrap_or(ROWS_PER_SECOND);
    if !(1..=1_000_000_000).contains(&rate) {
        let words = format!("'rows-per-second' = '{rate}'; it is a number from 1 to 1000000000");
        return Err(SqlError::new(format!("table {table}: {words}")));
    }
    let rows = options.number("number-of-rows")?;
    let mut columns = Vec::with_capacity(schema.fields().len());
    for (number, field) in (0..).zip(schema.fields()) {
        columns.push(Column { options, seed: number }.made(field.name(), field)?);
    }
    Ok(DatagenSpec { columns, rows, rows_per_second: Some(rate), now_ms: 0 })
}

/// A column that is declared.
struct Column<'a, 'b> {
    options: &'a mut Options<'b>,
    seed: u64,
}

impl Column<'_, '_> {
    fn made(&mut self, name: &str, field: &Field) -> Result<Made, SqlError> {
        self.seed = self.seed.wrapping_mul(31).wrapping_add(17);
        let seed = self.seed;
        let kind = self.option::<String>(name, "kind")?;
        let rule = match kind.as_deref() {
            None | Some("random") => self.random(name, field.data_type())?,
            Some("sequence") => self.sequence(name, field.data_type())?,
            Some(other) => {
                return Err(self.wrong(name, "kind", other, "it is random or sequence"));
            }
        };
        let null_rate = self.option::<f64>(name, "null-rate")?.unwrap_or(0.0);
        if !(0.0..=1.0).contains(&null_rate) {
            return Err(self.wrong(name, "null-rate", null_rate, "it is a number from 0 to 1"));
        }
        let field = field.clone().with_nullable(field.is_nullable() || null_rate > 0.0);
        Ok(Made { field, rule, null_rate, seed })
    }

    fn sequence(&mut self, name: &str, data_type: &DataType) -> Result<Rule, SqlError> {
        let is_numbered =
            data_type.is_integer() || data_type.is_floating() || data_type.is_decimal() || is_text(data_type);
        if !is_numbered {
            let written = written_type(data_type);
            return Err(self.wrong(name, "kind", "sequence", format!("there is none of {written}")));
        }
        let mut need = |what| {
            let bound = self.option::<i64>(name, what)?;
            let missing = || self.missing(name, what);
            bound.ok_or_else(missing)
        };
        Ok(Rule::Sequence { start: need("start")?, end: need("end")? })
    }

    fn random(&mut self, name: &str, data_type: &DataType) -> Result<Rule, SqlError> {
        Ok(match data_type {
            DataType::Boolean => Rule::Truth,
            DataType::Int8 => self.whole(name, i8::MIN.into(), i8::MAX.into())?,
            DataType::Int16 => self.whole(name, i16::MIN.into(), i16::MAX.into())?,
            DataType::Int32 => self.whole(name, i32::MIN.into(), i32::MAX.into())?,
            DataType::Int64 => self.whole(name, i64::MIN, i64::MAX)?,
            DataType::Float32 => self.real(name, f64::from(f32::MIN_POSITIVE), f64::from(f32::MAX))?,
            DataType::Float64 => self.real(name, f64::MIN_POSITIVE, f64::MAX)?,
            DataType::Decimal128(precision, scale) => {
                // What it can hold, whatever was said.
                let least = 10_f64.powi(-i32::from(*scale));
                let most = 10_f64.powi(i32::from(*precision) - i32::from(*scale)) - least;
                match self.real(name, 0.0, most)? {
                    Rule::Real { min, max } => {
                        Rule::Real { min: min.clamp(-most, most), max: max.clamp(-most, most) }
                    }
                    other => other,
                }
            }
            DataType::Utf8View | DataType::BinaryView => Rule::Text {
                length: self.option(name, "length")?.unwrap_or(TEXT_LENGTH),
                varies: self.option(name, "var-len")?.unwrap_or(false),
            },
            DataType::Timestamp(..) => {
                let key = format!("fields.{name}.max-past");
                let past = self.options.duration(&key)?.unwrap_or_default();
                Rule::Past { most_ms: i64::try_from(past.as_millis()).unwrap_or(i64::MAX) }
            }
            DataType::Date32 | DataType::Time32(_) | DataType::Time64(_) => Rule::Past { most_ms: 0 },
            DataType::Struct(fields) => {
                let field =
                    |field: &std::sync::Arc<Field>| self.made(&format!("{name}.{}", field.name()), field);
                Rule::Row(fields.iter().map(field).collect::<Result<_, _>>()?)
            }
            DataType::List(element) => {
                let length = self.option(name, "length")?.unwrap_or(LIST_LENGTH);
                Rule::List(Box::new(self.made(&format!("{name}.element"), element)?), length)
            }
            DataType::Map(entries, _) => {
                let length = self.option(name, "length")?.unwrap_or(LIST_LENGTH);
                let DataType::Struct(pair) = entries.data_type() else { unreachable!("pairs are rows") };
                let key = self.made(&format!("{name}.key"), &pair[0])?;
                let value = self.made(&format!("{name}.value"), &pair[1])?;
                Rule::Map(Box::new(key), Box::new(value), length)
            }
            other => {
                let words = format!("column {name}: datagen makes no {}", written_type(other));
                return Err(SqlError::new(format!("table {}: {words}", self.options.table)));
            }
        })
    }

    fn whole(&mut self, name: &str, least: i64, most: i64) -> Result<Rule, SqlError> {
        let min = self.option::<i64>(name, "min")?.unwrap_or(least);
        let max = self.option::<i64>(name, "max")?.unwrap_or(most);
        for (what, bound) in [("min", min), ("max", max)] {
            if !(least..=most).contains(&bound) {
                return Err(self.wrong(name, what, bound, format!("the type has {least} to {most}")));
            }
        }
        if min > max {
            return Err(self.wrong(name, "min", min, format!("it is more than the max, {max}")));
        }
        Ok(Rule::Whole { min, max })
    }

    fn real(&mut self, name: &str, least: f64, most: f64) -> Result<Rule, SqlError> {
        let min = self.option::<f64>(name, "min")?.unwrap_or(least);
        let max = self.option::<f64>(name, "max")?.unwrap_or(most);
        if min > max || !min.is_finite() || !max.is_finite() {
            return Err(self.wrong(
                name,
                "min",
                min,
                format!("it is not between numbers up to the max, {max}"),
            ));
        }
        Ok(Rule::Real { min, max })
    }

    /// An option of a column.
    fn option<T: FromStr>(&mut self, name: &str, what: &str) -> Result<Option<T>, SqlError> {
        let Some(text) = self.options.take(&format!("fields.{name}.{what}")) else { return Ok(None) };
        match text.trim().parse() {
            Ok(value) => Ok(Some(value)),
            Err(_) => Err(self.wrong(name, what, text, "that is no value of this option")),
        }
    }

    fn wrong(&self, name: &str, what: &str, value: impl Display, words: impl Display) -> SqlError {
        SqlError::new(format!("table {}: 'fields.{name}.{what}' = '{value}'; {words}", self.options.table))
    }

    fn missing(&self, name: &str, what: &str) -> SqlError {
        let words = format!("a sequence needs 'fields.{name}.{what}' = '…'");
        SqlError::new(format!("table {}: {words}", self.options.table))
    }
}

fn is_text(data_type: &DataType) -> bool {
    data_type == &DataType::Utf8View
}
