//! What JSON_VALUE, JSON_QUERY and JSON_EXISTS have in common: what a path leads to in a text, and what becomes of a row
//! where that is nothing, or an error.
//!
//! | | strict, as if nothing is said | lax |
//! |---|---|---|
//! | a text is no JSON, a path leads nowhere or to a JSON null | error | empty |
//! | JSON_VALUE of an array or object, JSON_QUERY of a scalar | error | empty |
//! | a value does not fit the type that is wanted | error | error |
//! | a path is no path | error | error |

use arrow_schema::DataType;

use super::path::{Found, Path};
use super::value::Json;
use crate::error::ExprError;
use crate::functions::{Kind, Site};

/// What a path leads to in a text.
pub(super) enum Outcome<T> {
    Value(T),
    Empty,
    Wrong(String),
}

/// Reads a text and follows a path in it. `with` is given what a path leads to.
pub(super) fn ask<T>(
    text: &str,
    path: &Path,
    with: impl FnOnce(&Path, Found<'_, '_>) -> Outcome<T>,
) -> Outcome<T> {
    let trouble = |words: String| if path.is_lax { Outcome::Empty } else { Outcome::Wrong(words) };
    let no_json = |words: String| trouble(format!("'{}' is no JSON: {words}", shortened(text)));
    match path.read(text) {
        Some(Ok(Ok(Json::Null))) => return trouble("the path leads to null".to_owned()),
        Some(Ok(Ok(json))) => return with(path, Found::One(&json)),
        Some(Ok(Err(words))) => return trouble(words),
        Some(Err(words)) => return no_json(words),
        None => {}
    }
    let json = match Json::of(text) {
        Ok(json) => json,
        Err(words) => return no_json(words),
    };
    match path.find(&json) {
        Ok(Found::One(Json::Null)) => trouble("the path leads to null".to_owned()),
        Ok(found) => with(path, found),
        Err(words) if path.is_wrong() => Outcome::Wrong(words),
        Err(_) if path.is_lax && !path.is_definite() => with(path, Found::Many(Vec::new())),
        Err(words) => trouble(words),
    }
}

/// Enough of a text to be found again.
pub(super) fn shortened(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// What becomes of a row without a value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Otherwise {
    Null,
    Error,
    Default,
    EmptyArray,
    EmptyObject,
    True,
    False,
}

impl Otherwise {
    /// By its name, if it is one of these.
    pub(super) fn of(site: &Site, argument: usize, among: &[(&str, Self)]) -> Result<Self, ExprError> {
        let Some(given) = site.literals.get(argument) else { return Ok(among[0].1) };
        let name = given.as_ref().and_then(|_| site.text(argument));
        let found = among.iter().find(|(each, _)| name.is_some_and(|name| name.eq_ignore_ascii_case(each)));
        found.map(|(_, otherwise)| *otherwise).ok_or_else(|| {
            let names = among.iter().map(|(name, _)| format!("'{name}'")).collect::<Vec<_>>().join(", ");
            ExprError::Value(format!(
                "argument {} is one of {names}, and the same for all rows",
                argument + 1
            ))
        })
    }
}

/// Types of a call of so many texts and then so many others, at most; two texts at least.
pub(super) fn texts_and(types: &[DataType], texts: usize, more: usize) -> Option<Vec<DataType>> {
    let fits = (2..=texts + more).contains(&types.len());
    let kinds = types.iter().enumerate().map(|(argument, data_type)| match argument < texts {
        true => Kind::Text.takes(data_type).then_some(DataType::Utf8View),
        false => Some(Kind::Any.data_type(data_type)),
    });
    fits.then(|| kinds.collect::<Option<Vec<_>>>()).flatten()
}
