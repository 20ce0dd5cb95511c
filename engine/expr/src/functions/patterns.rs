//! Functions of regular expressions. One that is the same for all rows is compiled once.

use arrow_array::Array;
use arrow_array::cast::AsArray;
use regex::Regex;

use super::rows::Arguments;
use super::text::TEXT;
use super::{Evaluate, Function, Gives, Kind, Takes};
use crate::error::ExprError;
use crate::value::Value;

/// A function whose second argument is a regular expression.
macro_rules! pattern {
    ($name:literal $(/ $alias:literal)*, $takes:expr => $gives:expr, $about:literal, $call:literal = $result:literal, $body:expr) => {
        Function {
            name: $name,
            aliases: &[$($alias),*],
            takes: $takes,
            gives: $gives,
            about: $about,
            example: ($call, $result),
            make: |literals| {
                let regexes = Regexes::of(literals)?;
                let call = move |values: &[Value], rows: usize| $body(&regexes, &Arguments::new(values, rows));
                Ok(Box::new(call) as Box<Evaluate>)
            },
        }
    };
}

/// All of them.
pub(super) const ALL: &[Function] = &[
    pattern!("REGEXP_EXTRACT", Takes::These(&[Kind::Text, Kind::Text, Kind::Whole], 1) => TEXT,
        "What a group of a regular expression has found; group 0 is all of it. Null if nothing was found.",
        "REGEXP_EXTRACT('channel_id=42&x', 'channel_id=([0-9]+)', 1)" = "42", extract),
    pattern!("REGEXP_REPLACE", Takes::These(&[Kind::Text, Kind::Text, Kind::Text], 0) => TEXT,
        "With another text in place of all that a regular expression finds.",
        "REGEXP_REPLACE('a1b22c', '[0-9]+', '-')" = "a-b-c", replace),
    pattern!("REGEXP" / "REGEXP_LIKE", Takes::These(&[Kind::Text, Kind::Text], 0) => Gives::Truth,
        "Whether a regular expression finds something.", "REGEXP('millstream', 'l+s')" = "true", like),
];

/// The regular expressions of a call: the second argument.
struct Regexes {
    /// The one of all rows.
    all: Option<Regex>,
}

impl Regexes {
    fn of(literals: &[Option<Value>]) -> Result<Self, ExprError> {
        let literal = literals.get(1).and_then(Option::as_ref).map(Value::array);
        let text = literal.and_then(|array| array.as_string_view_opt()).filter(|text| text.is_valid(0));
        Ok(Self { all: text.map(|text| regex(text.value(0))).transpose()? })
    }

    /// Calls `with` with that of a row; null if there is none.
    fn at<R>(&self, text: Option<&str>, with: impl FnOnce(&Regex) -> R) -> Result<Option<R>, ExprError> {
        match (&self.all, text) {
            (_, None) => Ok(None),
            (Some(regex), Some(_)) => Ok(Some(with(regex))),
            (None, Some(text)) => Ok(Some(with(&regex(text)?))),
        }
    }
}

fn regex(text: &str) -> Result<Regex, ExprError> {
    let wrong = |error: regex::Error| {
        let words = error.to_string();
        let last = words.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
        ExprError::Value(format!("'{text}' is no regular expression: {last}"))
    };
    Regex::new(text).map_err(wrong)
}

fn extract(regexes: &Regexes, a: &Arguments) -> Result<Value, ExprError> {
    let (text, pattern, group) = (a.text(0), a.text(1), (a.len() > 2).then(|| a.whole(2)));
    a.texts(|row, out| {
        let group = match &group {
            None => Some(0),
            Some(group) => group.at(row).and_then(|group| usize::try_from(group).ok()),
        };
        let Some((text, group)) = text.at(row).zip(group) else { return Ok(None) };
        let found = regexes.at(pattern.at(row), |regex| {
            let found = regex.captures(text)?.get(group)?;
            out.push_str(found.as_str());
            Some(())
        })?;
        Ok(found.flatten())
    })
}

fn replace(regexes: &Regexes, a: &Arguments) -> Result<Value, ExprError> {
    let (text, pattern, with) = (a.text(0), a.text(1), a.text(2));
    a.texts(|row, out| {
        let Some((text, with)) = text.at(row).zip(with.at(row)) else { return Ok(None) };
        regexes.at(pattern.at(row), |regex| out.push_str(&regex.replace_all(text, with)))
    })
}

fn like(regexes: &Regexes, a: &Arguments) -> Result<Value, ExprError> {
    let (text, pattern) = (a.text(0), a.text(1));
    let mut wrong = None;
    let truths = a.truths(|row| {
        let text = text.at(row)?;
        regexes.at(pattern.at(row), |regex| regex.is_match(text)).unwrap_or_else(|error| {
            wrong.get_or_insert(error);
            None
        })
    });
    wrong.map_or(Ok(truths), Err)
}
