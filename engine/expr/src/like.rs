//! LIKE, as Flink has it: no letter takes the meaning of another one unless ESCAPE says which.
//!
//! A pattern that is the same for all rows is compiled once, when the program is made.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{BooleanArray, StringViewArray};
use regex::Regex;

use crate::error::ExprError;
use crate::value::{Value, of_all};

/// A pattern that is ready.
#[derive(Clone, Debug)]
pub(crate) enum Pattern {
    Equals(String),
    Begins(String),
    Ends(String),
    Contains(String),
    Other(Regex),
}

impl Pattern {
    /// Compiles it.
    pub(crate) fn new(pattern: &str, escape: Option<char>) -> Result<Self, ExprError> {
        let plain =
            |text: &str| !text.contains(['%', '_']) && escape.is_none_or(|escape| !text.contains(escape));
        let (head, tail) = (pattern.strip_prefix('%'), pattern.strip_suffix('%'));
        let middle = head.and_then(|head| head.strip_suffix('%'));
        if plain(pattern) {
            return Ok(Self::Equals(pattern.to_owned()));
        }
        Ok(
            match (
                middle.filter(|text| plain(text)),
                tail.filter(|text| plain(text)),
                head.filter(|text| plain(text)),
            ) {
                (Some(text), ..) => Self::Contains(text.to_owned()),
                (_, Some(text), _) => Self::Begins(text.to_owned()),
                (_, _, Some(text)) => Self::Ends(text.to_owned()),
                _ => Self::Other(regex_of(pattern, escape)?),
            },
        )
    }

    #[inline]
    fn matches(&self, text: &str) -> bool {
        match self {
            Self::Equals(other) => text == other,
            Self::Begins(head) => text.starts_with(head),
            Self::Ends(tail) => text.ends_with(tail),
            Self::Contains(middle) => text.contains(middle),
            Self::Other(regex) => regex.is_match(text),
        }
    }
}

fn regex_of(pattern: &str, escape: Option<char>) -> Result<Regex, ExprError> {
    let mut text = String::from("(?s)^");
    let mut letters = pattern.chars();
    while let Some(letter) = letters.next() {
        match letter {
            _ if Some(letter) == escape => match letters.next() {
                Some(next) if next == '%' || next == '_' || Some(next) == escape => {
                    text.push_str(&regex::escape(&next.to_string()));
                }
                _ => {
                    let words = format!("in LIKE '{pattern}', '{letter}' must stand before %, _ or itself");
                    return Err(ExprError::Value(words));
                }
            },
            '%' => text.push_str(".*"),
            '_' => text.push('.'),
            other => text.push_str(&regex::escape(&other.to_string())),
        }
    }
    text.push('$');
    Regex::new(&text).map_err(|error| ExprError::Value(format!("LIKE '{pattern}': {error}")))
}

/// Texts against one pattern.
pub(crate) fn against(texts: &Value, pattern: &Pattern) -> Value {
    let array: &StringViewArray = texts.array().as_string_view();
    let answer: BooleanArray = array.iter().map(|text| text.map(|text| pattern.matches(text))).collect();
    texts.like(Arc::new(answer))
}

/// Texts against a pattern each.
pub(crate) fn each(
    texts: &Value,
    patterns: &Value,
    escape: Option<char>,
    rows: usize,
) -> Result<Value, ExprError> {
    let (one, other) = (texts.clone().into_rows(rows)?, patterns.clone().into_rows(rows)?);
    let answer = one.as_string_view().iter().zip(other.as_string_view().iter()).map(|pair| match pair {
        (Some(text), Some(pattern)) => Ok(Some(Pattern::new(pattern, escape)?.matches(text))),
        _ => Ok(None),
    });
    let answer = answer.collect::<Result<BooleanArray, ExprError>>()?;
    let answer = match (texts, patterns) {
        (Value::One(_), Value::One(_)) => answer.slice(0, 1),
        _ => answer,
    };
    Ok(of_all(&[texts, patterns], Arc::new(answer)))
}
