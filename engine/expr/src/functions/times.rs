//! Functions of times. A TIMESTAMP has no zone: its parts are those that it is written with.

use std::fmt::Write;

use arrow_array::types::{Int64Type, TimestampMillisecondType};
use chrono::{DateTime, Datelike, NaiveDateTime, Timelike};

use super::rows::Arguments;
use super::text::function;
use super::{Function, Gives, Kind, Takes};
use crate::error::ExprError;
use crate::value::Value;

const LONG: Gives = Gives::Always(Kind::Long);
const TIME: Takes = Takes::These(&[Kind::Time], 0);

macro_rules! part {
    ($name:literal $(/ $alias:literal)*, $about:literal, $call:literal = $result:literal, $body:expr) => {
        function!($name $(/ $alias)*, TIME => LONG, $about, $call = $result, |a: &Arguments| part(a, $body))
    };
}

/// All of them.
pub(super) const ALL: &[Function] = &[
    part!("YEAR", "The year.", "YEAR(TIMESTAMP '2026-11-27 12:30:45')" = "2026", |time| i64::from(
        time.year()
    )),
    part!(
        "QUARTER",
        "The quarter of the year, from 1.",
        "QUARTER(TIMESTAMP '2026-11-27 12:30:45')" = "4",
        |time| i64::from(time.month0() / 3 + 1)
    ),
    part!("MONTH", "The month, from 1.", "MONTH(TIMESTAMP '2026-11-27 12:30:45')" = "11", |time| i64::from(
        time.month()
    )),
    part!(
        "WEEK",
        "The week of the year, as in ISO 8601.",
        "WEEK(TIMESTAMP '2026-11-27 12:30:45')" = "48",
        |time| i64::from(time.iso_week().week())
    ),
    part!(
        "DAYOFYEAR",
        "The day of the year, from 1.",
        "DAYOFYEAR(TIMESTAMP '2026-11-27 12:30:45')" = "331",
        |time| i64::from(time.ordinal())
    ),
    part!(
        "DAYOFMONTH" / "DAY",
        "The day of the month, from 1.",
        "DAYOFMONTH(TIMESTAMP '2026-11-27 12:30:45')" = "27",
        |time| i64::from(time.day())
    ),
    part!(
        "DAYOFWEEK",
        "The day of the week; Sunday is 1.",
        "DAYOFWEEK(TIMESTAMP '2026-11-27 12:30:45')" = "6",
        |time| i64::from(time.weekday().num_days_from_sunday() + 1)
    ),
    part!("HOUR", "The hour of the day.", "HOUR(TIMESTAMP '2026-11-27 12:30:45')" = "12", |time| i64::from(
        time.hour()
    )),
    part!("MINUTE", "The minute of the hour.", "MINUTE(TIMESTAMP '2026-11-27 12:30:45')" = "30", |time| {
        i64::from(time.minute())
    }),
    part!("SECOND", "The second of the minute.", "SECOND(TIMESTAMP '2026-11-27 12:30:45')" = "45", |time| {
        i64::from(time.second())
    }),
    function!("DATE_FORMAT", Takes::These(&[Kind::Time, Kind::Text], 0) => Gives::Always(Kind::Text),
    "A time as text, by a pattern of letters as in Java: yyyy, MM, dd, HH, mm, ss, SSS.",
    "DATE_FORMAT(TIMESTAMP '2026-11-27 12:30:45', 'yyyy-MM-dd HH:mm')" = "2026-11-27 12:30", |a: &Arguments| {
        let (time, pattern) = (a.time(0), a.text(1));
        a.texts(|row, out| {
            let Some((time, pattern)) = time.at(row).zip(pattern.at(row)) else { return Ok(None) };
            formatted(of_ms(time)?, pattern, out).map(Some)
        })
    }),
    function!("FLOOR_TIME", Takes::These(&[Kind::Time, Kind::Text], 0) => Gives::Always(Kind::Time),
    "The beginning of the YEAR, MONTH, DAY, HOUR, MINUTE or SECOND that a time is in: what FLOOR(t TO HOUR) calls.",
    "FLOOR_TIME(TIMESTAMP '2026-11-27 12:30:45', 'HOUR')" = "2026-11-27 12:00:00.000", |a: &Arguments| {
        let (time, unit) = (a.time(0), a.text(1));
        a.each::<TimestampMillisecondType>(|row| {
            let Some((time, unit)) = time.at(row).zip(unit.at(row)) else { return Ok(None) };
            beginning(of_ms(time)?, unit).map(|time| Some(time.and_utc().timestamp_millis()))
        })
    }),
    function!("UNIX_TIMESTAMP", TIME => LONG, "Seconds since 1970.",
        "UNIX_TIMESTAMP(TIMESTAMP '1970-01-02 00:00:00')" = "86400", |a: &Arguments| part(a, |time| time.and_utc().timestamp())),
    function!("TO_TIMESTAMP_MS", Takes::These(&[Kind::Long], 0) => Gives::Always(Kind::Time),
    "The time of so many milliseconds since 1970.", "TO_TIMESTAMP_MS(86400000)" = "1970-01-02 00:00:00.000", |a: &Arguments| {
        let value = a.long(0);
        a.each::<TimestampMillisecondType>(|row| Ok(value.at(row)))
    }),
];

fn of_ms(milliseconds: i64) -> Result<NaiveDateTime, ExprError> {
    let time = DateTime::from_timestamp_millis(milliseconds).map(|time| time.naive_utc());
    time.ok_or_else(|| {
        ExprError::Value(format!("{milliseconds} milliseconds since 1970 are out of the calendar"))
    })
}

fn part(a: &Arguments, part: impl Fn(NaiveDateTime) -> i64) -> Result<Value, ExprError> {
    let time = a.time(0);
    a.each::<Int64Type>(|row| time.at(row).map(|time| of_ms(time).map(&part)).transpose())
}

/// Runs of the same letter mean a part of the time, as wide as the run; all else is itself, and what stands in quotes.
fn formatted(time: NaiveDateTime, pattern: &str, out: &mut String) -> Result<(), ExprError> {
    let letters: Vec<char> = pattern.chars().collect();
    let mut at = 0;
    while at < letters.len() {
        let letter = letters[at];
        let width = letters[at..].iter().take_while(|other| **other == letter).count();
        at += width;
        let number = match letter {
            'y' | 'u' if width == 2 => i64::from(time.year() % 100),
            'y' | 'u' => i64::from(time.year()),
            'M' if width >= 3 => {
                let _ = write!(out, "{}", time.format(if width == 3 { "%b" } else { "%B" }));
                continue;
            }
            'M' => i64::from(time.month()),
            'd' => i64::from(time.day()),
            'D' => i64::from(time.ordinal()),
            'H' => i64::from(time.hour()),
            'h' => i64::from(time.hour12().1),
            'm' => i64::from(time.minute()),
            's' => i64::from(time.second()),
            'S' => {
                let digits = format!("{:09}", time.nanosecond() % 1_000_000_000);
                out.extend(digits.chars().chain(std::iter::repeat('0')).take(width));
                continue;
            }
            'E' => {
                let _ = write!(out, "{}", time.format(if width <= 3 { "%a" } else { "%A" }));
                continue;
            }
            'a' => {
                out.push_str(if time.hour12().0 { "PM" } else { "AM" });
                continue;
            }
            '\'' => {
                (1..width).step_by(2).for_each(|_| out.push('\''));
                if width % 2 == 1 {
                    let quoted: String = letters[at..].iter().take_while(|other| **other != '\'').collect();
                    at += quoted.chars().count() + 1;
                    out.push_str(&quoted);
                }
                continue;
            }
            other if other.is_ascii_alphabetic() => {
                return Err(ExprError::Value(format!("'{other}' means nothing in the pattern '{pattern}'")));
            }
            other => {
                out.extend(std::iter::repeat_n(other, width));
                continue;
            }
        };
        let _ = write!(out, "{number:0width$}");
    }
    Ok(())
}

fn beginning(time: NaiveDateTime, unit: &str) -> Result<NaiveDateTime, ExprError> {
    let date = time.date();
    let of_day = |hour, minute, second| date.and_hms_opt(hour, minute, second);
    let begun = match unit {
        "YEAR" => date.with_ordinal(1).and_then(|date| date.and_hms_opt(0, 0, 0)),
        "MONTH" => date.with_day(1).and_then(|date| date.and_hms_opt(0, 0, 0)),
        "DAY" => of_day(0, 0, 0),
        "HOUR" => of_day(time.hour(), 0, 0),
        "MINUTE" => of_day(time.hour(), time.minute(), 0),
        "SECOND" => of_day(time.hour(), time.minute(), time.second()),
        _ => None,
    };
    begun.ok_or_else(|| {
        ExprError::Value(format!("a time has no {unit}; it has YEAR, MONTH, DAY, HOUR, MINUTE, SECOND"))
    })
}
