//! The parts of a time, and of an interval.

use arrow_array::Array;
use arrow_array::types::Int64Type;
use chrono::{Datelike, NaiveDateTime, Timelike};

use super::moments::{DAY, Moment, Moments, months};
use super::unit::Unit;
use crate::error::ExprError;
use crate::functions::arguments::{Arguments, Meaning};
use crate::functions::{Answer, Function, Kind, LONG, Site, Takes, function};

macro_rules! part {
    ($name:literal $(/ $alias:literal)*, $unit:ident, $about:literal, $call:literal = $result:literal) => {
        function!($name $(/ $alias)*, Takes::These(&[Kind::Temporal], 0) => LONG, $about, $call = $result,
            |a: &Arguments| part(a, 0, |_| Ok(Some(Unit::$unit))))
    };
}

/// All of them.
pub(in crate::functions) const ALL: &[Function] = &[
    part!("YEAR", Year, "The year.", "YEAR(TIMESTAMP '2026-11-27 12:30:45')" = "2026"),
    part!(
        "QUARTER",
        Quarter,
        "The quarter of the year, from 1.",
        "QUARTER(TIMESTAMP '2026-11-27 12:30:45')" = "4"
    ),
    part!("MONTH", Month, "The month, from 1.", "MONTH(TIMESTAMP '2026-11-27 12:30:45')" = "11"),
    part!(
        "WEEK",
        Week,
        "The week of the year, as in ISO 8601.",
        "WEEK(TIMESTAMP '2026-11-27 12:30:45')" = "48"
    ),
    part!(
        "DAYOFYEAR",
        DayOfYear,
        "The day of the year, from 1.",
        "DAYOFYEAR(TIMESTAMP '2026-11-27 12:30:45')" = "331"
    ),
    part!(
        "DAYOFMONTH" / "DAY",
        Day,
        "The day of the month, from 1.",
        "DAYOFMONTH(TIMESTAMP '2026-11-27 12:30:45')" = "27"
    ),
    part!(
        "DAYOFWEEK",
        DayOfWeek,
        "The day of the week; Sunday is 1.",
        "DAYOFWEEK(TIMESTAMP '2026-11-27 12:30:45')" = "6"
    ),
    part!("HOUR", Hour, "The hour of the day.", "HOUR(TIMESTAMP '2026-11-27 12:30:45')" = "12"),
    part!("MINUTE", Minute, "The minute of the hour.", "MINUTE(TIMESTAMP '2026-11-27 12:30:45')" = "30"),
    part!("SECOND", Second, "The second of the minute.", "SECOND(TIMESTAMP '2026-11-27 12:30:45')" = "45"),
    function!("EXTRACT", Takes::These(&[Kind::Text, Kind::Temporal], 0) => LONG,
    "A part by its name, from MILLENNIUM to NANOSECOND, DOY, DOW, ISODOW, ISOYEAR, EPOCH: what EXTRACT(DAY FROM t) calls.",
    "`EXTRACT`('CENTURY', TIMESTAMP '1996-11-10 06:55:44.333')" = "20",
    with |site: &Site| Meaning::of(site, 0, Unit::of), |unit: &Meaning<Unit>, a: &Arguments| {
        part(a, 1, |row| unit.at(a, row, |unit| Ok(Some(*unit))))
    }),
];

fn part(a: &Arguments, argument: usize, unit: impl Fn(usize) -> Result<Option<Unit>, ExprError>) -> Answer {
    if let Some((months, is_one)) = months(a, argument) {
        return a.each::<Int64Type>(|row| {
            let at = if is_one { 0 } else { row };
            let Some(unit) = unit(row)?.filter(|_| months.is_valid(at)) else { return Ok(None) };
            of_months(unit, months.value(at)).map(Some)
        });
    }
    let is_span = matches!(a.array(argument).0.data_type(), arrow_schema::DataType::Duration(_));
    let moments = Moments::of(a, argument)?;
    a.each::<Int64Type>(|row| {
        let Some((moment, unit)) = moments.at(row).zip(unit(row)?) else { return Ok(None) };
        (if is_span { of_span(unit, moment) } else { of_moment(unit, moment) }).map(Some)
    })
}

fn no_part(unit: Unit) -> ExprError {
    ExprError::Value(format!("this interval has no {unit:?}"))
}

/// Years and months that are left of them, as in Flink.
fn of_months(unit: Unit, months: i64) -> Result<i64, ExprError> {
    Ok(match unit {
        Unit::Millennium => months / 12_000,
        Unit::Century => months / 1_200,
        Unit::Decade => months / 120,
        Unit::Year => months / 12,
        Unit::Quarter => months % 12 / 3 + 1,
        Unit::Month => months % 12,
        other => return Err(no_part(other)),
    })
}

fn of_span(unit: Unit, span: Moment) -> Result<i64, ExprError> {
    // An interval below zero has no part above it.
    let millis = span.ticks(1_000).unwrap_or(i64::MAX);
    let seconds = millis / 1_000;
    Ok(match unit {
        Unit::Day => seconds / DAY,
        Unit::Hour => seconds % DAY / 3_600,
        Unit::Minute => seconds % 3_600 / 60,
        Unit::Second => seconds % 60,
        Unit::Millisecond => millis % 1_000,
        Unit::Microsecond => millis % 1_000 * 1_000,
        Unit::Nanosecond => millis % 1_000 * 1_000_000,
        Unit::Epoch => seconds,
        other => return Err(no_part(other)),
    })
}

fn of_moment(unit: Unit, moment: Moment) -> Result<i64, ExprError> {
    let of_day = moment.seconds.rem_euclid(DAY);
    let nanos = i64::from(moment.nanos);
    Ok(match unit {
        Unit::Hour => of_day / 3_600,
        Unit::Minute => of_day % 3_600 / 60,
        Unit::Second => of_day % 60,
        Unit::Millisecond => nanos / 1_000_000,
        Unit::Microsecond => nanos / 1_000,
        Unit::Nanosecond => nanos,
        Unit::Epoch => moment.seconds,
        of_date => of_naive(of_date, moment.naive()?),
    })
}

fn of_naive(unit: Unit, time: NaiveDateTime) -> i64 {
    let year = i64::from(time.year());
    // A century ends with the year that has its number: 2000 is of the twentieth.
    let of_years =
        |years: i64| if year > 0 { (year + years - 1) / years } else { (year - years + 1) / years };
    match unit {
        Unit::Millennium => of_years(1_000),
        Unit::Century => of_years(100),
        Unit::Decade => year.div_euclid(10),
        Unit::Year => year,
        Unit::IsoYear => i64::from(time.iso_week().year()),
        Unit::Quarter => i64::from(time.month0() / 3 + 1),
        Unit::Month => i64::from(time.month()),
        Unit::Week => i64::from(time.iso_week().week()),
        Unit::Day => i64::from(time.day()),
        Unit::DayOfYear => i64::from(time.ordinal()),
        Unit::DayOfWeek => i64::from(time.weekday().num_days_from_sunday() + 1),
        Unit::IsoDayOfWeek => i64::from(time.weekday().number_from_monday()),
        _ => i64::from(time.second()),
    }
}
