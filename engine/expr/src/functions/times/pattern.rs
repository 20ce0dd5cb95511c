//! Patterns of letters, as Java has them: `yyyy-MM-dd HH:mm:ss.SSS`. A run of a letter is a part of a time, as wide as the
//! run; all else is itself, and what stands in quotes. A pattern that is the same for all rows is understood once.

use std::fmt::Write;

use chrono::{Datelike, NaiveDateTime, Timelike};

use super::moments::DAY;
use crate::error::ExprError;

/// A part of a pattern.
#[derive(Debug)]
pub(super) enum Piece {
    Text(String),
    /// A part that is a number, in so many digits.
    Number(Part, usize),
    /// A month by its name, with all its letters or three.
    MonthName(bool),
    /// A day of the week, likewise.
    DayName(bool),
    /// Digits behind the second.
    Fraction(usize),
    /// AM or PM.
    Half,
    /// AD or BC.
    Era,
    /// How far a clock is ahead of UTC: `Z` for none, a colon between hours and minutes.
    Offset {
        has_zulu: bool,
        has_colon: bool,
        is_short: bool,
    },
    /// The name of a zone.
    Zone,
}

/// A part of a time that is a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Year,
    Quarter,
    Month,
    Week,
    Day,
    DayOfYear,
    DayOfWeek,
    /// From 0, or from 1 to 24.
    Hour(bool),
    /// From 1 to 12, or from 0.
    HalfHour(bool),
    Minute,
    Second,
}

/// A pattern that is understood.
#[derive(Debug)]
pub(super) struct Pattern(pub(super) Vec<Piece>);

impl Pattern {
    pub(super) fn of(pattern: &str) -> Result<Self, ExprError> {
        let letters: Vec<char> = pattern.chars().collect();
        let (mut pieces, mut text, mut at) = (Vec::new(), String::new(), 0);
        while at < letters.len() {
            let letter = letters[at];
            let width = letters[at..].iter().take_while(|other| **other == letter).count();
            at += width;
            if letter == '\'' {
                text.extend(std::iter::repeat_n('\'', width / 2));
                if width % 2 == 1 {
                    // Two quotes within quotes are one.
                    let mut rest = letters[at..].iter().peekable();
                    while let Some(quoted) = rest.next() {
                        at += 1;
                        if *quoted != '\'' {
                            text.push(*quoted);
                        } else if rest.next_if_eq(&&'\'').is_some() {
                            at += 1;
                            text.push('\'');
                        } else {
                            break;
                        }
                    }
                }
            } else if letter.is_ascii_alphabetic() {
                let unknown =
                    || ExprError::Value(format!("'{letter}' means nothing in the pattern '{pattern}'"));
                if !text.is_empty() {
                    pieces.push(Piece::Text(std::mem::take(&mut text)));
                }
                pieces.push(piece(letter, width).ok_or_else(unknown)?);
            } else {
                text.extend(std::iter::repeat_n(letter, width));
            }
        }
        if !text.is_empty() {
            pieces.push(Piece::Text(text));
        }
        Ok(Self(pieces))
    }

    /// For how many seconds, from a multiple of them on, it prints the same; `None` if it tells parts of a second apart.
    pub(super) fn same_for_seconds(&self) -> Option<i64> {
        let seconds = |piece: &Piece| match piece {
            Piece::Fraction(_) => None,
            Piece::Number(Part::Second, _) => Some(1),
            Piece::Number(Part::Minute, _) => Some(60),
            Piece::Number(Part::Hour(_) | Part::HalfHour(_), _) | Piece::Half => Some(3_600),
            _ => Some(DAY),
        };
        self.0.iter().map(seconds).try_fold(DAY, |least, seconds| seconds.map(|seconds| least.min(seconds)))
    }

    /// Writes a time, of which a clock is so many seconds ahead of UTC.
    pub(super) fn print(&self, time: NaiveDateTime, ahead: i32, out: &mut String) {
        for piece in &self.0 {
            // Writing to a text does not fail.
            let _ = match piece {
                Piece::Number(Part::Year, 2) => digits(i64::from(time.year().rem_euclid(100)), 2, out),
                Piece::Number(part, width) => digits(number(*part, time), *width, out),
                Piece::Text(text) => out.write_str(text),
                Piece::MonthName(is_full) => {
                    write!(out, "{}", time.format(if *is_full { "%B" } else { "%b" }))
                }
                Piece::DayName(is_full) => write!(out, "{}", time.format(if *is_full { "%A" } else { "%a" })),
                Piece::Fraction(width) => {
                    let start = out.len();
                    let written = digits(i64::from(time.nanosecond().min(999_999_999)), 9, out);
                    out.truncate(start + width);
                    out.extend(std::iter::repeat_n('0', width.saturating_sub(9)));
                    written
                }
                Piece::Half => out.write_str(if time.hour12().0 { "PM" } else { "AM" }),
                Piece::Era => out.write_str(if time.year_ce().0 { "AD" } else { "BC" }),
                Piece::Offset { has_zulu: true, .. } if ahead == 0 => out.write_str("Z"),
                Piece::Offset { has_colon, is_short, .. } => {
                    let (sign, ahead) = (if ahead < 0 { '-' } else { '+' }, ahead.unsigned_abs());
                    let (hours, minutes) = (ahead / 3_600, ahead / 60 % 60);
                    match (*is_short && minutes == 0, has_colon) {
                        (true, _) => write!(out, "{sign}{hours:02}"),
                        (false, true) => write!(out, "{sign}{hours:02}:{minutes:02}"),
                        (false, false) => write!(out, "{sign}{hours:02}{minutes:02}"),
                    }
                }
                Piece::Zone => out.write_str("UTC"),
            };
        }
    }
}

/// Writes a number in at least so many digits.
fn digits(number: i64, width: usize, out: &mut String) -> std::fmt::Result {
    if !(0..100).contains(&number) || width > 2 {
        return write!(out, "{number:0width$}");
    }
    let (tens, ones) = (number / 10, number % 10);
    let digit = |digit: i64| char::from(b'0' + u8::try_from(digit).expect("below ten"));
    if tens > 0 || width == 2 {
        out.push(digit(tens));
    }
    out.push(digit(ones));
    Ok(())
}

fn number(part: Part, time: NaiveDateTime) -> i64 {
    let hour = i64::from(time.hour());
    match part {
        Part::Year => i64::from(time.year()),
        Part::Quarter => i64::from(time.month0() / 3 + 1),
        Part::Month => i64::from(time.month()),
        Part::Week => i64::from(time.iso_week().week()),
        Part::Day => i64::from(time.day()),
        Part::DayOfYear => i64::from(time.ordinal()),
        Part::DayOfWeek => i64::from(time.weekday().number_from_monday()),
        Part::Hour(true) if hour == 0 => 24,
        Part::Hour(_) => hour,
        Part::HalfHour(true) => hour % 12,
        Part::HalfHour(false) => i64::from(time.hour12().1),
        Part::Minute => i64::from(time.minute()),
        Part::Second => i64::from(time.second()),
    }
}

fn piece(letter: char, width: usize) -> Option<Piece> {
    let number = |part| Some(Piece::Number(part, width));
    match letter {
        'y' | 'u' | 'Y' => number(Part::Year),
        'Q' | 'q' => number(Part::Quarter),
        'M' | 'L' if width < 3 => number(Part::Month),
        'M' | 'L' => Some(Piece::MonthName(width > 3)),
        'w' => number(Part::Week),
        'd' => number(Part::Day),
        'D' => number(Part::DayOfYear),
        'e' => number(Part::DayOfWeek),
        'E' => Some(Piece::DayName(width > 3)),
        'H' => number(Part::Hour(false)),
        'k' => number(Part::Hour(true)),
        'h' => number(Part::HalfHour(false)),
        'K' => number(Part::HalfHour(true)),
        'm' => number(Part::Minute),
        's' => number(Part::Second),
        'S' => Some(Piece::Fraction(width)),
        'a' => Some(Piece::Half),
        'G' => Some(Piece::Era),
        'X' => Some(Piece::Offset { has_zulu: true, has_colon: width > 2, is_short: width == 1 }),
        'x' => Some(Piece::Offset { has_zulu: false, has_colon: width > 2, is_short: width == 1 }),
        'Z' => Some(Piece::Offset { has_zulu: width > 3, has_colon: width > 3, is_short: false }),
        'z' | 'V' => Some(Piece::Zone),
        _ => None,
    }
}
