//! Literals of time: intervals of several fields as one of their sum, and as many digits of a second as are written.
//!
//! ```text
//!   INTERVAL '1 10:30:00.5' DAY TO SECOND  ─►  1 day 37800.5 seconds          TIMESTAMP '2026-01-01 00:00:00.123'  ─►  TIMESTAMP(3) '…'
//!   INTERVAL '1-2' YEAR TO MONTH           ─►  14 months
//! ```

use datafusion_sql::sqlparser::ast::{
    DataType, DateTimeField, Expr, Interval, TypedString, UnaryOperator, Value, ValueWithSpan,
};

use super::{literal_text, text};
use crate::error::SqlError;

/// The fields of an interval of days and shorter, from the longest on, and how many of one are one of the field before it.
const FIELDS: [DateTimeField; 4] =
    [DateTimeField::Day, DateTimeField::Hour, DateTimeField::Minute, DateTimeField::Second];

/// An interval of one field, as the planner knows them.
pub(super) fn plain(interval: Interval) -> Result<Expr, SqlError> {
    let written = interval.to_string();
    let Interval { value, leading_field, last_field, .. } = interval;
    let value = written_value(&value).ok_or_else(|| {
        SqlError::new(format!("{written}: an interval is written as a text and a unit, INTERVAL '1' DAY; of a column it is made by *"))
    })?;
    let (value, leading_field) = match (&leading_field, &last_field) {
        (Some(first), Some(last)) => {
            let wrong = || SqlError::new(format!("{written} is no interval of {first} TO {last}"));
            (of_fields(&value, first, last).ok_or_else(wrong)?, None)
        }
        (Some(unit), _) => {
            let is_number = value.parse::<f64>().is_ok_and(f64::is_finite);
            if !is_number {
                return Err(SqlError::new(format!("{written} is no interval of {unit}: that is a number")));
            }
            of_unit(value, unit.clone())
        }
        _ => (value, leading_field),
    };
    Ok(Expr::Interval(Interval {
        value: Box::new(text(value)),
        leading_field,
        leading_precision: None,
        last_field: None,
        fractional_seconds_precision: None,
    }))
}

/// A quarter is three months: the planner knows of none.
fn of_unit(value: String, unit: DateTimeField) -> (String, Option<DateTimeField>) {
    let months = value.parse::<i32>().ok().and_then(|quarters| quarters.checked_mul(3));
    match (&unit, months) {
        (DateTimeField::Quarter, Some(months)) => (months.to_string(), Some(DateTimeField::Month)),
        _ => (value, Some(unit)),
    }
}

/// `'1'`, `-'1'` or `1`.
fn written_value(value: &Expr) -> Option<String> {
    match value {
        Expr::UnaryOp { op: UnaryOperator::Minus, expr } => {
            let value = written_value(expr)?;
            Some(value.strip_prefix('-').map_or_else(|| format!("-{value}"), str::to_owned))
        }
        Expr::UnaryOp { op: UnaryOperator::Plus, expr } => written_value(expr),
        Expr::Value(ValueWithSpan { value: Value::Number(number, _), .. }) => Some(number.clone()),
        other => literal_text(other).map(|text| text.trim().to_owned()),
    }
}

/// What several fields come to.
fn of_fields(value: &str, first: &DateTimeField, last: &DateTimeField) -> Option<String> {
    let (sign, value) = match value.strip_prefix('-') {
        Some(rest) => ("-", rest.trim_start()),
        None => ("", value.strip_prefix('+').unwrap_or(value)),
    };
    if (first, last) == (&DateTimeField::Year, &DateTimeField::Month) {
        let (years, months) = value.split_once('-')?;
        let months =
            years.trim().parse::<u32>().ok()?.checked_mul(12)?.checked_add(months.trim().parse().ok()?)?;
        return Some(format!("{sign}{months} MONTH"));
    }
    let place = |field: &DateTimeField| FIELDS.iter().position(|each| each == field);
    let (first, last) = (place(first)?, place(last)?);
    let fields = FIELDS.get(first..=last).filter(|fields| fields.len() > 1)?;
    let (days, clock) = match first {
        0 => value.split_once(' ')?,
        _ => ("0", value),
    };
    let days: u32 = days.trim().parse().ok()?;
    let parts: Vec<&str> = clock.trim().split(':').collect();
    let clock_fields = fields.iter().filter(|field| **field != DateTimeField::Day);
    if clock_fields.clone().count() != parts.len() {
        return None;
    }
    let (mut seconds, mut rest) = (0_u64, "");
    for (part, field) in parts.iter().zip(clock_fields) {
        let (whole, behind) = match field {
            DateTimeField::Second => part.split_once('.').unwrap_or((part, "")),
            _ => (*part, ""),
        };
        let unit = match field {
            DateTimeField::Hour => 3_600,
            DateTimeField::Minute => 60,
            _ => 1,
        };
        seconds += whole.parse::<u64>().ok().filter(|number| *number < 1_000_000)? * unit;
        rest = behind;
    }
    rest.bytes().all(|digit| digit.is_ascii_digit()).then_some(())?;
    let point = if rest.is_empty() { "" } else { "." };
    Some(format!("{sign}{days} DAY {sign}{seconds}{point}{rest} SECOND"))
}

/// A time with the digits of a second that it is written with.
pub(super) fn with_digits(literal: TypedString) -> TypedString {
    let digits = || {
        let Value::SingleQuotedString(text) = &literal.value.value else { return 0 };
        text.rsplit_once('.').map_or(0, |(_, digits)| {
            u64::try_from(digits.bytes().take_while(u8::is_ascii_digit).count()).unwrap_or(0).min(9)
        })
    };
    let data_type = match &literal.data_type {
        DataType::Timestamp(None, zone) => DataType::Timestamp(Some(digits()), *zone),
        DataType::Time(None, zone) => DataType::Time(Some(digits()), *zone),
        other => other.clone(),
    };
    TypedString { data_type, ..literal }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_an_interval_are_days_and_seconds_or_months() {
        use DateTimeField::{Day, Hour, Minute, Month, Second, Year};
        for (value, first, last, expected) in [
            ("1 10:30:00.5", Day, Second, Some("1 DAY 37800.5 SECOND")),
            ("-1 10:30", Day, Minute, Some("-1 DAY -37800 SECOND")),
            ("2 5", Day, Hour, Some("2 DAY 18000 SECOND")),
            ("10:30", Hour, Minute, Some("0 DAY 37800 SECOND")),
            ("1:2:3", Hour, Second, Some("0 DAY 3723 SECOND")),
            ("+2:3.25", Minute, Second, Some("0 DAY 123.25 SECOND")),
            ("1-2", Year, Month, Some("14 MONTH")),
            ("-1-2", Year, Month, Some("-14 MONTH")),
            ("1:2", Day, Second, None),
            ("1 2:3:x", Day, Second, None),
            ("1:2:3", Hour, Minute, None),
            ("1", Second, Day, None),
            ("1", Day, Day, None),
            ("1", Year, Day, None),
        ] {
            assert_eq!(of_fields(value, &first, &last).as_deref(), expected, "{value} {first} TO {last}");
        }
    }
}
