//! Functions of places in a text: what stands there, where something stands. Letters are counted, not bytes; the first one
//! has number 1.

use arrow_array::types::{Int32Type, Int64Type};

use super::arguments::Arguments;
use super::text::length;
use super::{Answer, Function, Kind, LONG, TEXT, TRUTH, Takes, WHOLE, function, scan};
use crate::error::ExprError;

/// All of them.
pub(super) const ALL: &[Function] = &[
    function!("SUBSTRING" / "SUBSTR", Takes::These(&[Kind::Text, Kind::Whole, Kind::Whole], 1) => TEXT,
        "The letters from a place on, all of them or so many. A place below zero counts from the end.",
        "SUBSTRING('millstream', 5, 3)" = "str", substring),
    function!("LEFT", Takes::These(&[Kind::Text, Kind::Whole], 0) => TEXT, "The first letters.",
    "`LEFT`('stream', 3)" = "str", |a: &Arguments| {
        let count = a.whole(1);
        a.parts(0, |row, text| Ok(count.at(row).map(|count| cut(text, 0, usize::try_from(count).unwrap_or(0)))))
    }),
    function!("RIGHT", Takes::These(&[Kind::Text, Kind::Whole], 0) => TEXT, "The last letters.",
    "`RIGHT`('stream', 3)" = "eam", |a: &Arguments| {
        let count = a.whole(1);
        a.parts(0, |row, text| Ok(count.at(row).map(|count| {
            let all = text.chars().count();
            cut(text, all.saturating_sub(usize::try_from(count).unwrap_or(0)), usize::MAX)
        })))
    }),
    function!("OVERLAY", Takes::These(&[Kind::Text, Kind::Text, Kind::Whole, Kind::Whole], 1) => TEXT,
        "With another text from a place on, over so many letters or as many as it has.",
        "`OVERLAY`('xxxxxtest', 'xxxx', 6, 2)" = "xxxxxxxxxst", overlay),
    function!("INSTR", Takes::These(&[Kind::Text, Kind::Text, Kind::Whole, Kind::Whole], 2) => WHOLE,
        "The place of a text in another, from a place on, at its first or so manieth appearance; 0 if it is not there.",
        "INSTR('Corporate Floor', 'or', 3, 2)" = "14", instr),
    function!("LOCATE", Takes::These(&[Kind::Text, Kind::Text, Kind::Whole], 1) => WHOLE,
    "The place of a text in the second one, from a place on; 0 if it is not there.",
    "LOCATE('aa', 'aaads', 2)" = "2", |a: &Arguments| {
        let (what, text, from) = (a.text(0), a.text(1), a.whole_if(2));
        a.each::<Int32Type>(|row| {
            let from = from.as_ref().map_or(Some(1), |from| from.at(row));
            let (Some(what), Some(text), Some(from)) = (what.at(row), text.at(row), from) else { return Ok(None) };
            Ok(Some(found(text, what, usize::try_from(from).unwrap_or(1).max(1))))
        })
    }),
    function!("STARTSWITH", Takes::These(&[Kind::Octets, Kind::Octets], 0) => TRUTH, "Whether it begins so.",
    "STARTSWITH('millstream', 'mill')" = "true", |a: &Arguments| {
        let (text, head) = (a.octets(0), a.octets(1));
        a.truths(|row| Ok(text.at(row).zip(head.at(row)).map(|(text, head)| text.starts_with(head))))
    }),
    function!("ENDSWITH", Takes::These(&[Kind::Octets, Kind::Octets], 0) => TRUTH, "Whether it ends so.",
    "ENDSWITH('millstream', 'mill')" = "false", |a: &Arguments| {
        let (text, tail) = (a.octets(0), a.octets(1));
        a.truths(|row| Ok(text.at(row).zip(tail.at(row)).map(|(text, tail)| text.ends_with(tail))))
    }),
    function!("COUNT_CHAR", Takes::These(&[Kind::Text, Kind::Text], 0) => LONG,
    "How often a letter stands in a text.", "COUNT_CHAR('millstream', 'l')" = "2", |a: &Arguments| {
        let (text, letter) = (a.text(0), a.text(1));
        a.each::<Int64Type>(|row| match text.at(row).zip(letter.at(row)) {
            Some((text, letter)) => counted(text, letter).map(Some),
            None => Ok(None),
        })
    }),
];

fn substring(a: &Arguments) -> Answer {
    let (start, count) = (a.whole(1), a.whole_if(2));
    a.parts(0, |row, text| {
        Ok((|| {
            let start = i64::from(start.at(row)?);
            let count = match &count {
                None => usize::MAX,
                // What is shorter than nothing is null.
                Some(count) => usize::try_from(count.at(row)?).ok()?,
            };
            let all = if start < 0 { i64::try_from(text.chars().count()).ok()? } else { 0 };
            // 0 is the first place too, as in Flink.
            let skipped = if start < 0 { all + start } else { (start - 1).max(0) };
            match usize::try_from(skipped) {
                Ok(skipped) => Some(cut(text, skipped, count)),
                Err(_) => Some(""),
            }
        })())
    })
}

/// So many letters behind others.
fn cut(text: &str, skipped: usize, count: usize) -> &str {
    let end = skipped.saturating_add(count).min(text.len());
    if text.as_bytes()[..end].is_ascii() {
        return &text[skipped.min(end)..end];
    }
    let behind =
        |text: &str, letters| text.char_indices().nth(letters).map_or(text.len(), |(place, _)| place);
    let rest = &text[behind(text, skipped)..];
    &rest[..behind(rest, count)]
}

/// A place out of the text changes nothing; of a length below zero, or beyond the text, nothing is left behind it.
fn overlay(a: &Arguments) -> Answer {
    let (text, other, start, count) = (a.text(0), a.text(1), a.whole(2), a.whole_if(3));
    a.texts(|row, out| {
        Ok((|| {
            let (text, other, start) = (text.at(row)?, other.at(row)?, start.at(row)?);
            let count = match &count {
                None => i64::from(length(other)),
                Some(count) => i64::from(count.at(row)?),
            };
            let (start, all) = (i64::from(start), i64::from(length(text)));
            if start <= 0 || start > all {
                out.push_str(text);
                return Some(());
            }
            let place = |letters: i64| usize::try_from(letters).unwrap_or(usize::MAX);
            out.extend(text.chars().take(place(start - 1)));
            out.push_str(other);
            if count > 0 && start + count <= all {
                out.extend(text.chars().skip(place(start - 1 + count)));
            }
            Some(())
        })())
    })
}

/// The number of the letter at which `what` begins, at `from` or behind it; 0 if it does not.
fn found(text: &str, what: &str, from: usize) -> i32 {
    if what.is_empty() {
        return 1;
    }
    let Some((begin, _)) = text.char_indices().nth(from - 1) else { return 0 };
    let rest = &text[begin..];
    let place =
        |at: usize| i32::try_from(from - 1).unwrap_or(i32::MAX).saturating_add(length(&rest[..at]) + 1);
    rest.find(what).map_or(0, place)
}

fn instr(a: &Arguments) -> Answer {
    let (text, what, from, nth) = (a.text(0), a.text(1), a.whole_if(2), a.whole_if(3));
    a.each::<Int32Type>(|row| {
        let or_one = |number: &Option<super::arguments::Numbers<'_, Int32Type>>| {
            number.as_ref().map_or(Some(1), |number| number.at(row))
        };
        let (Some(text), Some(what), Some(from), Some(nth)) =
            (text.at(row), what.at(row), or_one(&from), or_one(&nth))
        else {
            return Ok(None);
        };
        if nth <= 0 {
            return Err(ExprError::Value(format!("INSTR looks for appearance 1 or a later one, not {nth}")));
        }
        let backwards = |text: &str| text.chars().rev().collect::<String>();
        let from_end = usize::try_from(from.unsigned_abs()).unwrap_or(usize::MAX);
        Ok(Some(match from {
            0 => 0,
            1.. => nth_found(text, what, from_end, nth),
            _ => match nth_found(&backwards(text), &backwards(what), from_end, nth) {
                0 => 0,
                place => length(text) + 2 - place - length(what),
            },
        }))
    })
}

fn nth_found(text: &str, what: &str, mut from: usize, nth: i32) -> i32 {
    let mut place = 0;
    for _ in 0..nth {
        place = found(text, what, from);
        if place == 0 {
            break;
        }
        from = usize::try_from(place).unwrap_or(usize::MAX) + 1;
    }
    place
}

fn counted(text: &str, letter: &str) -> Result<i64, ExprError> {
    let mut letters = letter.chars();
    let (Some(wanted), None) = (letters.next(), letters.next()) else {
        return Err(ExprError::Value(format!("COUNT_CHAR counts one letter, not '{letter}'")));
    };
    let count = match u8::try_from(wanted).ok().filter(u8::is_ascii) {
        Some(wanted) => scan::count(text.as_bytes(), wanted),
        None => text.chars().filter(|other| *other == wanted).count(),
    };
    Ok(i64::try_from(count).unwrap_or(i64::MAX))
}
