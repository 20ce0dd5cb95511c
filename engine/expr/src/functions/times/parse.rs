//! Texts as times: by a pattern, or as SQL writes a time.
//!
//! What is no time is null here; who asked says whether that is an error.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};

use super::pattern::{Part, Pattern, Piece};

/// A time that was read, and how many seconds ahead of UTC its clock is, if that stood there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Parsed {
    pub(super) time: NaiveDateTime,
    pub(super) ahead: Option<i32>,
}

/// What was found in a text so far.
#[derive(Default)]
struct Found {
    year: Option<i64>,
    month: Option<i64>,
    day: Option<i64>,
    day_of_year: Option<i64>,
    hour: Option<i64>,
    half_hour: Option<i64>,
    is_afternoon: Option<bool>,
    minute: Option<i64>,
    second: Option<i64>,
    nanos: Option<i64>,
    ahead: Option<i32>,
}

impl Pattern {
    /// The time at the beginning of a text, or the whole of it.
    pub(super) fn parse(&self, text: &str, is_whole: bool) -> Option<Parsed> {
        let (mut found, mut rest) = (Found::default(), text);
        for (place, piece) in self.0.iter().enumerate() {
            // A number runs on as long as there are digits, unless another one follows at once.
            let runs_on = !matches!(self.0.get(place + 1), Some(Piece::Number(..) | Piece::Fraction(_)));
            rest = take(piece, runs_on, rest, &mut found)?;
        }
        (rest.is_empty() || !is_whole).then_some(())?;
        found.settled()
    }
}

/// What is left of a text behind a piece.
fn take<'a>(piece: &Piece, runs_on: bool, text: &'a str, found: &mut Found) -> Option<&'a str> {
    match piece {
        Piece::Text(wanted) => text.strip_prefix(wanted.as_str()),
        Piece::Number(part, width) => {
            let most = match (part, width) {
                (Part::Year, 2) => 2,
                (Part::Year, _) if runs_on => 9,
                (_, 1) if runs_on => 9,
                (_, width) => *width,
            };
            let (sign, digits) = match text.strip_prefix('-') {
                Some(digits) if *part == Part::Year => (-1, digits),
                _ => (1, text),
            };
            let (digits, rest) = digits_of(digits, if *width == 1 { 1 } else { *width }, most)?;
            let number: i64 = digits.parse().ok()?;
            found
                .note(*part, if (*part, *width) == (Part::Year, 2) { 2_000 + number } else { sign * number });
            Some(rest)
        }
        Piece::Fraction(width) => {
            let (digits, rest) = digits_of(text, 1, if runs_on { (*width).max(9) } else { *width })?;
            let nine: String = digits.chars().chain(std::iter::repeat('0')).take(9).collect();
            found.nanos = Some(nine.parse().ok()?);
            Some(rest)
        }
        Piece::MonthName(is_full) => {
            const MONTHS: [&str; 12] = [
                "January",
                "February",
                "March",
                "April",
                "May",
                "June",
                "July",
                "August",
                "September",
                "October",
                "November",
                "December",
            ];
            let (month, rest) = name(text, &MONTHS, *is_full)?;
            found.month = Some(month + 1);
            Some(rest)
        }
        Piece::DayName(is_full) => {
            const DAYS: [&str; 7] =
                ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
            name(text, &DAYS, *is_full).map(|(_, rest)| rest)
        }
        Piece::Half => {
            let (half, rest) = name(text, &["AM", "PM"], true)?;
            found.is_afternoon = Some(half == 1);
            Some(rest)
        }
        Piece::Era => name(text, &["AD"], true).map(|(_, rest)| rest),
        Piece::Offset { .. } => {
            let (ahead, rest) = offset(text)?;
            found.ahead = Some(ahead);
            Some(rest)
        }
        Piece::Zone => {
            let rest = ["UTC", "GMT", "Z"].iter().find_map(|name| text.strip_prefix(name))?;
            found.ahead = Some(0);
            Some(rest)
        }
    }
}

fn digits_of(text: &str, least: usize, most: usize) -> Option<(&str, &str)> {
    let count = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
    (count >= least && count > 0).then(|| text.split_at(count))
}

/// The number of a name at the beginning of a text, in whichever case.
fn name<'a>(text: &'a str, names: &[&str], is_full: bool) -> Option<(i64, &'a str)> {
    names.iter().zip(0..).find_map(|(name, number)| {
        let name = if is_full { name } else { &name[..3] };
        let head = text.get(..name.len())?;
        head.eq_ignore_ascii_case(name).then(|| (number, &text[name.len()..]))
    })
}

/// `Z`, `+08`, `+0800`, `+08:00`.
pub(crate) fn offset(text: &str) -> Option<(i32, &str)> {
    if let Some(rest) = text.strip_prefix(['Z', 'z']) {
        return Some((0, rest));
    }
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let (hours, rest) = digits_of(text.strip_prefix(['+', '-'])?, 1, 2)?;
    let behind = rest.strip_prefix(':').unwrap_or(rest);
    let (minutes, rest) = digits_of(behind, 2, 2).unwrap_or(("0", rest));
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours <= 18 && minutes < 60).then_some((sign * (hours * 3_600 + minutes * 60), rest))
}

impl Found {
    fn note(&mut self, part: Part, number: i64) {
        let place = match part {
            Part::Year => &mut self.year,
            Part::Month => &mut self.month,
            Part::Day => &mut self.day,
            Part::DayOfYear => &mut self.day_of_year,
            Part::Hour(_) => &mut self.hour,
            Part::HalfHour(_) => &mut self.half_hour,
            Part::Minute => &mut self.minute,
            Part::Second => &mut self.second,
            // These follow from the others.
            Part::Quarter | Part::Week | Part::DayOfWeek => return,
        };
        *place = Some(number);
    }

    /// What was not said is the first there is.
    fn settled(self) -> Option<Parsed> {
        let whole =
            |number: Option<i64>, or: u32| number.map_or(Some(or), |number| u32::try_from(number).ok());
        let year = i32::try_from(self.year.unwrap_or(1970)).ok()?;
        let date = match self.day_of_year {
            Some(day) => NaiveDate::from_yo_opt(year, u32::try_from(day).ok()?)?,
            None => NaiveDate::from_ymd_opt(year, whole(self.month, 1)?, whole(self.day, 1)?)?,
        };
        let hour = match (self.hour, self.half_hour) {
            (Some(24), _) => 0,
            (None, Some(hour)) => hour % 12 + if self.is_afternoon == Some(true) { 12 } else { 0 },
            (hour, _) => hour.unwrap_or(0),
        };
        let (minute, second) = (whole(self.minute, 0)?, whole(self.second, 0)?);
        let time =
            NaiveTime::from_hms_nano_opt(u32::try_from(hour).ok()?, minute, second, whole(self.nanos, 0)?)?;
        Some(Parsed { time: date.and_time(time), ahead: self.ahead })
    }
}

/// As SQL writes a time: `2026-11-27`, with `12:30`, `12:30:45` or `12:30:45.123` behind a blank or a T.
pub(super) fn written(text: &str) -> Option<NaiveDateTime> {
    let text = text.trim();
    let (date, time) = match text.find([' ', 'T']) {
        Some(at) => (&text[..at], Some(text[at + 1..].trim_start())),
        None => (text, None),
    };
    let mut parts = date.splitn(3, '-');
    let mut next = || parts.next().filter(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
    let (year, month, day) = (next()?, next()?, next()?);
    let date = NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)?;
    let Some(time) = time.filter(|time| !time.is_empty()) else { return date.and_hms_opt(0, 0, 0) };
    let (clock, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let mut numbers = [0_u32; 3];
    let parts: Vec<&str> = clock.split(':').collect();
    (parts.len() == 2 || parts.len() == 3).then_some(())?;
    for (number, part) in numbers.iter_mut().zip(parts) {
        *number = digits_of(part, 1, 2).filter(|(_, rest)| rest.is_empty())?.0.parse().ok()?;
    }
    let (digits, _) = digits_of(fraction, 1, 9).filter(|(_, rest)| rest.is_empty())?;
    let nanos: String = digits.chars().chain(std::iter::repeat('0')).take(9).collect();
    date.and_hms_nano_opt(numbers[0], numbers[1], numbers[2], nanos.parse().ok()?)
}
