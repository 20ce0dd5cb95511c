//! What a text is as JSON, and texts as JSON strings.

use std::fmt::Write;

use arrow_array::types::Int32Type;

use super::path::{Found, Path};
use super::value::Json;
use crate::error::ExprError;
use crate::functions::arguments::{Arguments, Meaning, Texts};
use crate::functions::text::changed;
use crate::functions::{Answer, Function, Kind, Site, TEXT, TRUTH, Takes, WHOLE, function};

const WITH_PATH: Takes = Takes::These(&[Kind::Text, Kind::Text], 1);

/// All of them.
pub(in crate::functions) const ALL: &[Function] = &[
    function!("IS_JSON", WITH_PATH => TRUTH,
        "Whether a text is JSON: a VALUE, SCALAR, ARRAY or OBJECT. What x IS JSON calls.",
    "IS_JSON('{}', 'OBJECT')" = "true",
    with |site: &Site| Meaning::of(site, 1, Shape::of), |shapes: &Meaning<Shape>, a: &Arguments| {
        let text = a.text(0);
        a.truths(|row| match (text.at(row).map(Json::of), a.len()) {
            (None, _) => Ok(None),
            (Some(Err(_)), _) => Ok(Some(false)),
            (Some(Ok(_)), 1) => Ok(Some(true)),
            (Some(Ok(json)), _) => shapes.at(a, row, |shape| Ok(Some(shape.is_of(&json)))),
        })
    }),
    function!("JSON_LENGTH", WITH_PATH => WHOLE,
    "How many elements or entries the JSON has that a path leads to, 1 for a scalar; null if that is not one value.",
    "JSON_LENGTH('{\"a\": [1, 2, 3]}', '$.a')" = "3", with path, |paths: &Meaning<Path>, a: &Arguments| {
        let text = a.text(0);
        a.each::<Int32Type>(|row| at(paths, a, text, row, |json| match json {
            Json::Array(_) | Json::Object(_) => i32::try_from(json.children().len()).unwrap_or(i32::MAX),
            _ => 1,
        }))
    }),
    function!("JSON_TYPE", WITH_PATH => TEXT,
    "What the JSON is that a path leads to: object, array, string, number, boolean or null; null if that is not one value.",
    "JSON_TYPE('{\"a\": [1, 2, 3]}', '$.a')" = "array", with path, |paths: &Meaning<Path>, a: &Arguments| {
        let text = a.text(0);
        a.texts(|row, out| at(paths, a, text, row, |json| out.push_str(match json {
            Json::Null => "null",
            Json::Truth(_) => "boolean",
            Json::Number(_) => "number",
            Json::Text(_) => "string",
            Json::Array(_) => "array",
            Json::Object(_) => "object",
        })))
    }),
    function!("JSON_QUOTE", Takes::These(&[Kind::Text], 0) => TEXT, "A text as a JSON string, in ASCII.",
        "JSON_QUOTE('≠ \"')" = "\"\\u2260 \\\"\"", |a: &Arguments| changed(a, quote)),
    function!("JSON_UNQUOTE", Takes::These(&[Kind::Text], 0) => TEXT,
        "The text of a JSON string; what is none stays as it is.",
        "JSON_UNQUOTE('\"a\\u0041\"')" = "aA", unquote),
];

/// What JSON can be.
enum Shape {
    Value,
    Scalar,
    Array,
    Object,
}

impl Shape {
    fn of(name: &str) -> Result<Self, ExprError> {
        Ok(match name.to_ascii_uppercase().as_str() {
            "VALUE" => Self::Value,
            "SCALAR" => Self::Scalar,
            "ARRAY" => Self::Array,
            "OBJECT" => Self::Object,
            _ => {
                return Err(ExprError::Value(format!(
                    "JSON is a VALUE, SCALAR, ARRAY or OBJECT, not a {name}"
                )));
            }
        })
    }

    fn is_of(&self, json: &Json<'_>) -> bool {
        match self {
            Self::Value => true,
            Self::Scalar => json.is_scalar(),
            Self::Array => matches!(json, Json::Array(_)),
            Self::Object => matches!(json, Json::Object(_)),
        }
    }
}

fn path(site: &Site) -> Result<Meaning<Path>, ExprError> {
    Meaning::of(site, 1, Path::of)
}

/// Calls `with` with the only value that a path leads to.
fn at<R>(
    paths: &Meaning<Path>,
    a: &Arguments,
    text: Texts<'_>,
    row: usize,
    with: impl FnOnce(&Json<'_>) -> R,
) -> Result<Option<R>, ExprError> {
    let Some(Ok(json)) = text.at(row).map(Json::of) else { return Ok(None) };
    if a.len() == 1 {
        return Ok(Some(with(&json)));
    }
    paths.at(a, row, |path| {
        Ok(match path.find(&json) {
            Ok(Found::One(json)) => Some(with(json)),
            Ok(Found::Many(many)) if many.len() == 1 => Some(with(many[0])),
            _ => None,
        })
    })
}

fn quote(text: &str, out: &mut String) {
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            ' '..='~' => out.push(letter),
            other => {
                for unit in other.encode_utf16(&mut [0; 2]) {
                    // Writing to a text does not fail.
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out.push('"');
}

/// A quote within quotes needs no escape here: so it is in Flink.
fn unquote(a: &Arguments) -> Answer {
    let text = a.text(0);
    a.texts(|row, out| {
        let Some(text) = text.at(row) else { return Ok(None) };
        let inside = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
        match inside.and_then(unescaped) {
            Some(inside) => out.push_str(&inside),
            None => out.push_str(text),
        }
        Ok(Some(()))
    })
}

fn unescaped(text: &str) -> Option<String> {
    let (mut units, mut letters) = (Vec::new(), text.chars());
    while let Some(letter) = letters.next() {
        let letter = match letter {
            '\\' => match letters.next()? {
                same @ ('"' | '\\' | '/') => same,
                'b' => '\u{8}',
                'f' => '\u{c}',
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'u' => {
                    let digits = letters
                        .as_str()
                        .get(..4)
                        .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
                    units.push(u16::from_str_radix(digits, 16).ok()?);
                    letters = letters.as_str()[4..].chars();
                    continue;
                }
                _ => return None,
            },
            other => other,
        };
        units.extend(letter.encode_utf16(&mut [0; 2]).iter());
    }
    Some(String::from_utf16_lossy(&units))
}
