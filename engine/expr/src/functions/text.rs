//! Functions that make another text of a text. Letters are counted, not bytes.

use arrow_array::types::Int32Type;

use super::arguments::Arguments;
use super::{Answer, Function, Kind, TEXT, TRUTH, Takes, WHOLE, function};
use crate::error::ExprError;

/// All of them.
pub(super) const ALL: &[Function] = &[
    function!("UPPER", Takes::These(&[Kind::Text], 0) => TEXT, "The text in capital letters.",
        "UPPER('straße')" = "STRASSE", |a: &Arguments| in_case(a, u8::is_ascii_lowercase, str::make_ascii_uppercase, str::to_uppercase)),
    function!("LOWER", Takes::These(&[Kind::Text], 0) => TEXT, "The text in small letters.",
        "LOWER('ABC')" = "abc", |a: &Arguments| in_case(a, u8::is_ascii_uppercase, str::make_ascii_lowercase, str::to_lowercase)),
    function!("INITCAP", Takes::These(&[Kind::Text], 0) => TEXT, "Each word with a capital letter.",
        "INITCAP('hello wide WORLD')" = "Hello Wide World", |a: &Arguments| changed(a, capitals)),
    function!("CHAR_LENGTH" / "CHARACTER_LENGTH" / "LENGTH", Takes::These(&[Kind::Text], 0) => WHOLE,
    "How many letters there are.", "CHAR_LENGTH('Öl')" = "2", |a: &Arguments| {
        let text = a.text(0);
        a.each::<Int32Type>(|row| Ok(text.at(row).map(length)))
    }),
    function!("CONCAT", Takes::Many(Kind::Text, 1) => TEXT,
        "One text behind the other; null if one of them is null.",
    "CONCAT('mill', 'stream')" = "millstream", |a: &Arguments| {
        let texts: Vec<_> = (0..a.len()).map(|argument| a.text(argument)).collect();
        a.texts(|row, out| Ok(texts.iter().map(|text| text.at(row).map(|text| out.push_str(text))).collect()))
    }),
    function!("CONCAT_WS", Takes::Many(Kind::Text, 1) => TEXT,
    "Texts with the first one between them. Nulls are left out.",
    "CONCAT_WS('-', 'a', CAST(NULL AS STRING), 'b')" = "a-b",
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
    function!("TRANSLATE", Takes::These(&[Kind::Text, Kind::Text, Kind::Text], 0) => TEXT,
        "With the letters of a third text in place of those of a second one; what has none there is left out.",
        "TRANSLATE('www.apache.org', 'abc.', '123')" = "www1p13heorg", translated),
    function!("REVERSE", Takes::These(&[Kind::Text], 0) => TEXT, "The last letter first.",
        "REVERSE('abc')" = "cba", |a: &Arguments| changed(a, |text, out| out.extend(text.chars().rev()))),
    function!("REPEAT", Takes::These(&[Kind::Text, Kind::Whole], 0) => TEXT, "The text so many times.",
    "REPEAT('ab', 3)" = "ababab", |a: &Arguments| {
        let (text, count) = (a.text(0), a.whole(1));
        a.texts(|row, out| match text.at(row).zip(count.at(row)) {
            Some((text, count)) => fill(out, text, usize::try_from(count).unwrap_or(0)).map(Some),
            None => Ok(None),
        })
    }),
    function!("LPAD", Takes::These(&[Kind::Text, Kind::Whole, Kind::Text], 0) => TEXT,
        "So many letters, filled up at the beginning.",
        "LPAD('hi', 5, '??')" = "???hi", |a: &Arguments| padded(a, true)),
    function!("RPAD", Takes::These(&[Kind::Text, Kind::Whole, Kind::Text], 0) => TEXT,
        "So many letters, filled up at the end.", "RPAD('7', 3, '-')" = "7--", |a: &Arguments| padded(a, false)),
    function!("IS_ALPHA", Takes::These(&[Kind::Text], 0) => TRUTH, "Whether all are letters; not so for null.",
        "IS_ALPHA('abc')" = "true", |a: &Arguments| all(a, |text| text.chars().all(char::is_alphabetic))),
    function!("IS_DIGIT", Takes::These(&[Kind::Text], 0) => TRUTH, "Whether all are digits; not so for null.",
        "IS_DIGIT('11.4445')" = "false", |a: &Arguments| all(a, |text| text.chars().all(char::is_numeric))),
    function!("IS_DECIMAL", Takes::These(&[Kind::Text], 0) => TRUTH, "Whether it is a number; not so for null.",
        "IS_DECIMAL('11.4445')" = "true", |a: &Arguments| all(a, is_number)),
];

/// How many letters there are.
pub(super) fn length(text: &str) -> i32 {
    i32::try_from(text.chars().count()).unwrap_or(i32::MAX)
}

/// A text for each text.
pub(super) fn changed(a: &Arguments, change: impl Fn(&str, &mut String)) -> Answer {
    let text = a.text(0);
    a.texts(|row, out| Ok(text.at(row).map(|text| change(text, out))))
}

/// In letters of one kind: those of ASCII are changed in place, if some are of the other kind.
fn in_case(
    a: &Arguments,
    is_other: impl Fn(&u8) -> bool,
    ascii: impl Fn(&mut str),
    all: impl Fn(&str) -> String,
) -> Answer {
    a.changed(0, |text, out| {
        if !text.is_ascii() {
            out.push_str(&all(text));
            return true;
        }
        let has_others = text.as_bytes().iter().any(&is_other);
        if has_others {
            out.push_str(text);
            ascii(out);
        }
        has_others
    })
}

fn trimmed(a: &Arguments, trim: impl for<'t> Fn(&'t str, &[char]) -> &'t str) -> Answer {
    let letters = a.text_if(1);
    let mut set = vec![' '];
    a.parts(0, |row, text| {
        if let Some(letters) = letters {
            let Some(letters) = letters.at(row) else { return Ok(None) };
            set.clear();
            set.extend(letters.chars());
        }
        Ok(Some(trim(text, &set)))
    })
}

/// The first of equal letters counts. Without letters to look for nothing is changed, and null stands for none.
fn translated(a: &Arguments) -> Answer {
    let (text, from, to) = (a.text(0), a.text(1), a.text(2));
    a.texts(|row, out| {
        let Some(text) = text.at(row) else { return Ok(None) };
        let (from, to) = (from.at(row).unwrap_or_default(), to.at(row).unwrap_or_default());
        out.extend(text.chars().filter_map(|letter| match from.chars().position(|other| other == letter) {
            None => Some(letter),
            Some(place) => to.chars().nth(place),
        }));
        Ok(Some(()))
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
        if filler.is_empty() {
            return Ok(None);
        }
        let missing = count.saturating_sub(text.chars().count());
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

/// Whether something is so for a text that is there, and has letters.
fn all(a: &Arguments, is_so: impl Fn(&str) -> bool) -> Answer {
    let text = a.text(0);
    a.truths(|row| Ok(Some(text.at(row).is_some_and(|text| !text.is_empty() && is_so(text)))))
}

/// As Java's `BigDecimal` reads one.
fn is_number(text: &str) -> bool {
    let (digits, exponent) = text.split_once(['e', 'E']).map_or((text, None), |(d, e)| (d, Some(e)));
    let unsigned = |text: &str| text.strip_prefix(['+', '-']).unwrap_or(text).to_owned();
    let is_whole = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let digits = unsigned(digits);
    let digits = match digits.split_once('.') {
        Some((whole, rest)) => format!("{whole}{rest}"),
        None => digits,
    };
    is_whole(&digits) && exponent.is_none_or(|exponent| is_whole(&unsigned(exponent)))
}
