//! Functions of text. Letters are counted, not bytes; the first one has number 1.

use arrow_array::types::Int32Type;

use super::rows::Arguments;
use super::{Function, Gives, Kind, Takes};
use crate::error::ExprError;
use crate::value::Value;

pub(super) const TEXT: Gives = Gives::Always(Kind::Text);
const WHOLE: Gives = Gives::Always(Kind::Whole);

/// A function that is told once for all rows of a batch.
macro_rules! function {
    ($name:literal $(/ $alias:literal)*, $takes:expr => $gives:expr, $about:literal, $call:literal = $result:literal, $body:expr) => {
        Function {
            name: $name,
            aliases: &[$($alias),*],
            takes: $takes,
            gives: $gives,
            about: $about,
            example: ($call, $result),
            make: |_| Ok(Box::new(|values: &[Value], rows: usize| $body(&Arguments::new(values, rows)))),
        }
    };
}
pub(super) use function;

type Answer = Result<Value, ExprError>;

/// All of them.
pub(super) const ALL: &[Function] = &[
    function!("UPPER", Takes::These(&[Kind::Text], 0) => TEXT, "In capital letters.",
        "UPPER('straße')" = "STRASSE", |a: &Arguments| changed(a, |text, out| out.push_str(&text.to_uppercase()))),
    function!("LOWER", Takes::These(&[Kind::Text], 0) => TEXT, "In small letters.",
        "LOWER('ABC')" = "abc", |a: &Arguments| changed(a, |text, out| out.push_str(&text.to_lowercase()))),
    function!("CHAR_LENGTH" / "CHARACTER_LENGTH" / "LENGTH", Takes::These(&[Kind::Text], 0) => WHOLE,
    "How many letters there are.", "CHAR_LENGTH('Öl')" = "2", |a: &Arguments| {
        let text = a.text(0);
        a.each::<Int32Type>(|row| Ok(text.at(row).map(length)))
    }),
    function!("SUBSTRING" / "SUBSTR", Takes::These(&[Kind::Text, Kind::Whole, Kind::Whole], 1) => TEXT,
        "The letters from a place on, all of them or so many. A place below zero counts from the end.",
        "SUBSTRING('millstream', 5, 3)" = "str", substring),
    function!("LEFT", Takes::These(&[Kind::Text, Kind::Whole], 0) => TEXT, "The first letters.",
    "`LEFT`('stream', 3)" = "str", |a: &Arguments| {
        let (text, count) = (a.text(0), a.whole(1));
        a.texts(|row, out| Ok(text.at(row).zip(count.at(row)).map(|(text, count)| {
            out.extend(text.chars().take(usize::try_from(count).unwrap_or(0)));
        })))
    }),
    function!("RIGHT", Takes::These(&[Kind::Text, Kind::Whole], 0) => TEXT, "The last letters.",
    "`RIGHT`('stream', 3)" = "eam", |a: &Arguments| {
        let (text, count) = (a.text(0), a.whole(1));
        a.texts(|row, out| Ok(text.at(row).zip(count.at(row)).map(|(text, count)| {
            let all = text.chars().count();
            out.extend(text.chars().skip(all.saturating_sub(usize::try_from(count).unwrap_or(0))));
        })))
    }),
    function!("CONCAT", Takes::Many(Kind::Text, 1) => TEXT, "One text behind the other; null if one of them is null.",
    "CONCAT('mill', 'stream')" = "millstream", |a: &Arguments| {
        let texts: Vec<_> = (0..a.len()).map(|argument| a.text(argument)).collect();
        a.texts(|row, out| Ok(texts.iter().map(|text| text.at(row).map(|text| out.push_str(text))).collect()))
    }),
    function!("CONCAT_WS", Takes::Many(Kind::Text, 1) => TEXT,
    "Texts with the first one between them. Nulls are left out.", "CONCAT_WS('-', 'a', CAST(NULL AS STRING), 'b')" = "a-b",
    |a: &Arguments| {
        let (between, texts) = (a.text(0), (1..a.len()).map(|argument| a.text(argument)).collect::<Vec<_>>());
        a.texts(|row, out| Ok(between.at(row).map(|between| {
            for (number, text) in texts.iter().filter_map(|text| text.at(row)).enumerate() {
                out.push_str(if number == 0 { "" } else { between });
                out.push_str(text);
            }
        })))
    }),
    function!("TRIM" / "BTRIM", Takes::These(&[Kind::Text, Kind::Text], 1) => TEXT,
        "Without blanks, or these letters, at both ends.", "TRIM('  a b ')" = "a b",
        |a: &Arguments| trimmed(a, |text, letters| text.trim_matches(letters))),
    function!("LTRIM", Takes::These(&[Kind::Text, Kind::Text], 1) => TEXT,
        "Without blanks, or these letters, at its beginning.", "LTRIM('xxabx', 'x')" = "abx",
        |a: &Arguments| trimmed(a, |text, letters| text.trim_start_matches(letters))),
    function!("RTRIM", Takes::These(&[Kind::Text, Kind::Text], 1) => TEXT,
        "Without blanks, or these letters, at its end.", "RTRIM('abxx', 'x')" = "ab",
        |a: &Arguments| trimmed(a, |text, letters| text.trim_end_matches(letters))),
    function!("REPLACE", Takes::These(&[Kind::Text, Kind::Text, Kind::Text], 0) => TEXT,
    "With another text in place of each of one.", "REPLACE('a-b-c', '-', '+')" = "a+b+c", |a: &Arguments| {
        let (text, from, to) = (a.text(0), a.text(1), a.text(2));
        a.texts(|row, out| Ok(match (text.at(row), from.at(row), to.at(row)) {
            (Some(text), Some(""), Some(_)) => { out.push_str(text); Some(()) }
            (Some(text), Some(from), Some(to)) => { out.push_str(&text.replace(from, to)); Some(()) }
            _ => None,
        }))
    }),
    function!("REVERSE", Takes::These(&[Kind::Text], 0) => TEXT, "The last letter first.",
        "REVERSE('abc')" = "cba", |a: &Arguments| changed(a, |text, out| out.extend(text.chars().rev()))),
    function!("REPEAT", Takes::These(&[Kind::Text, Kind::Whole], 0) => TEXT, "So often.",
    "REPEAT('ab', 3)" = "ababab", |a: &Arguments| {
        let (text, count) = (a.text(0), a.whole(1));
        a.texts(|row, out| match text.at(row).zip(count.at(row)) {
            Some((text, count)) => fill(out, text, usize::try_from(count).unwrap_or(0)).map(Some),
            None => Ok(None),
        })
    }),
    function!("LPAD", Takes::These(&[Kind::Text, Kind::Whole, Kind::Text], 0) => TEXT,
        "So many letters, filled up at the beginning.", "LPAD('7', 3, '0')" = "007", |a: &Arguments| padded(a, true)),
    function!("RPAD", Takes::These(&[Kind::Text, Kind::Whole, Kind::Text], 0) => TEXT,
        "So many letters, filled up at the end.", "RPAD('7', 3, '-')" = "7--", |a: &Arguments| padded(a, false)),
    function!("INSTR", Takes::These(&[Kind::Text, Kind::Text], 0) => WHOLE,
        "The place of a text in another; 0 if it is not there.", "INSTR('millstream', 'stream')" = "5",
        |a: &Arguments| placed(a, 0, 1)),
    function!("LOCATE", Takes::These(&[Kind::Text, Kind::Text], 0) => WHOLE,
        "The same, with the text that is looked for first.", "LOCATE('stream', 'millstream')" = "5",
        |a: &Arguments| placed(a, 1, 0)),
    function!("STARTSWITH", Takes::These(&[Kind::Text, Kind::Text], 0) => Gives::Truth, "Whether it begins so.",
    "STARTSWITH('millstream', 'mill')" = "true", |a: &Arguments| {
        let (text, head) = (a.text(0), a.text(1));
        Ok(a.truths(|row| Some(text.at(row)?.starts_with(head.at(row)?))))
    }),
    function!("ENDSWITH", Takes::These(&[Kind::Text, Kind::Text], 0) => Gives::Truth, "Whether it ends so.",
    "ENDSWITH('millstream', 'mill')" = "false", |a: &Arguments| {
        let (text, tail) = (a.text(0), a.text(1));
        Ok(a.truths(|row| Some(text.at(row)?.ends_with(tail.at(row)?))))
    }),
    function!("SPLIT_INDEX", Takes::These(&[Kind::Text, Kind::Text, Kind::Whole], 0) => TEXT,
    "One of the parts of a text, from 0; null if there are not so many.",
    "SPLIT_INDEX('https://a.b/c', '/', 2)" = "a.b", |a: &Arguments| {
        let (text, between, number) = (a.text(0), a.text(1), a.whole(2));
        a.texts(|row, out| Ok((|| {
            let (text, between) = (text.at(row)?, between.at(row)?);
            let number = usize::try_from(number.at(row)?).ok()?;
            out.push_str(text.split(between).nth(number)?);
            Some(())
        })()))
    }),
    function!("ASCII", Takes::These(&[Kind::Text], 0) => WHOLE, "The number of the first letter.",
    "ASCII('A')" = "65", |a: &Arguments| {
        let text = a.text(0);
        a.each::<Int32Type>(|row| Ok(text.at(row).map(|text| text.bytes().next().map_or(0, i32::from))))
    }),
    function!("INITCAP", Takes::These(&[Kind::Text], 0) => TEXT, "Each word with a capital letter.",
        "INITCAP('hello wide WORLD')" = "Hello Wide World", |a: &Arguments| changed(a, capitals)),
];

fn length(text: &str) -> i32 {
    i32::try_from(text.chars().count()).unwrap_or(i32::MAX)
}

fn changed(a: &Arguments, change: impl Fn(&str, &mut String)) -> Answer {
    let text = a.text(0);
    a.texts(|row, out| Ok(text.at(row).map(|text| change(text, out))))
}

fn trimmed(a: &Arguments, trim: impl for<'t> Fn(&'t str, &[char]) -> &'t str) -> Answer {
    let (text, letters) = (a.text(0), (a.len() > 1).then(|| a.text(1)));
    a.texts(|row, out| {
        let letters = match letters {
            None => Some(vec![' ']),
            Some(letters) => letters.at(row).map(|letters| letters.chars().collect()),
        };
        Ok(text.at(row).zip(letters).map(|(text, letters)| out.push_str(trim(text, &letters))))
    })
}

fn substring(a: &Arguments) -> Answer {
    let (text, start, count) = (a.text(0), a.whole(1), (a.len() > 2).then(|| a.whole(2)));
    a.texts(|row, out| {
        Ok((|| {
            let (text, start) = (text.at(row)?, i64::from(start.at(row)?));
            let count = match &count {
                None => usize::MAX,
                Some(count) => usize::try_from(count.at(row)?).unwrap_or(0),
            };
            let all = i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
            // 0 is the first place too, as in Flink.
            let skipped = if start < 0 { all + start } else { (start - 1).max(0) };
            if skipped >= 0 {
                out.extend(text.chars().skip(usize::try_from(skipped).unwrap_or(usize::MAX)).take(count));
            }
            Some(())
        })())
    })
}

/// The longest text that a function makes of others by repeating them.
const BYTES_MAX: usize = 16 << 20;

fn fill(out: &mut String, text: &str, times: usize) -> Result<(), ExprError> {
    if text.len().saturating_mul(times) > BYTES_MAX {
        return Err(ExprError::Value(format!("a text of {times} times {} bytes is too long", text.len())));
    }
    (0..times).for_each(|_| out.push_str(text));
    Ok(())
}

fn padded(a: &Arguments, at_front: bool) -> Answer {
    let (text, count, filler) = (a.text(0), a.whole(1), a.text(2));
    a.texts(|row, out| {
        let (Some(text), Some(count), Some(filler)) = (text.at(row), count.at(row), filler.at(row)) else {
            return Ok(None);
        };
        let Ok(count) = usize::try_from(count) else { return Ok(None) };
        if count > BYTES_MAX {
            return Err(ExprError::Value(format!("a text of {count} letters is too long")));
        }
        let missing = count.saturating_sub(text.chars().count());
        if missing > 0 && filler.is_empty() {
            return Ok(None);
        }
        let filling = filler.chars().cycle().take(missing);
        if at_front {
            out.extend(filling.clone());
        }
        out.extend(text.chars().take(count));
        if !at_front {
            out.extend(filling);
        }
        Ok(Some(()))
    })
}

fn placed(a: &Arguments, within: usize, what: usize) -> Answer {
    let (text, what) = (a.text(within), a.text(what));
    a.each::<Int32Type>(|row| {
        Ok(text
            .at(row)
            .zip(what.at(row))
            .map(|(text, what)| text.find(what).map_or(0, |at| length(&text[..at]) + 1)))
    })
}

fn capitals(text: &str, out: &mut String) {
    let mut begins = true;
    for letter in text.chars() {
        match begins {
            true => out.extend(letter.to_uppercase()),
            false => out.extend(letter.to_lowercase()),
        }
        begins = !letter.is_alphanumeric();
    }
}
