//! JSON_QUERY: the arrays and objects that a path leads to, as text or as an ARRAY.

use std::sync::Arc;

use arrow_array::builder::BooleanBuilder;
use arrow_array::{ArrayRef, ListArray};
use arrow_buffer::{NullBuffer, OffsetBuffer};
use arrow_schema::{DataType, Field};

use super::answer::{Otherwise, Outcome, ask, texts_and};
use super::path::{Found, Path};
use super::scalar::{self, Scalar};
use super::value::Json;
use crate::error::ExprError;
use crate::functions::arguments::{Arguments, Meaning};
use crate::functions::{Answer, Function, Gives, Site, Takes, function, known_text};
use crate::names::type_name;
use crate::types::{item_of, list_of};

/// All of them.
pub(in crate::functions) const ALL: &[Function] = &[
    function!("JSON_QUERY", Takes::By("STRING, STRING [, type [, wrapper [, on empty [, on error]]]]", query_types)
        => Gives::By(|types, literals| match types.len() {
            2 => Some(DataType::Utf8View),
            _ => query_type(&known_text(literals, 2)?),
        }),
        "The JSON that a path leads to, as STRING or an ARRAY; the wrapper is WITHOUT, CONDITIONAL or UNCONDITIONAL, on empty \
         and on error are NULL, EMPTY ARRAY, EMPTY OBJECT or ERROR.",
        "JSON_QUERY('{\"a\": [{\"c\": \"c1\"}, {\"c\": \"c2\"}]}', 'lax $.a[*].c')" = "[\"c1\",\"c2\"]",
        with queries, query),
];

fn query_types(types: &[DataType]) -> Option<Vec<DataType>> {
    texts_and(types, 6, 0)
}

fn query_type(name: &str) -> Option<DataType> {
    let upper = name.trim().to_ascii_uppercase();
    match upper.strip_prefix("ARRAY<").and_then(|rest| rest.strip_suffix('>')) {
        None => (upper == "STRING" || upper == "VARCHAR").then_some(DataType::Utf8View),
        Some(item) => scalar::type_named(item.trim_end_matches("NOT NULL").trim()).map(list_of),
    }
}

/// Whether an array is put around what is found.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wrapper {
    Without,
    Conditional,
    Unconditional,
}

/// A call of JSON_QUERY.
struct Queries {
    path: Meaning<Path>,
    wrapper: Wrapper,
    on_empty: Otherwise,
    on_error: Otherwise,
}

fn queries(site: &Site) -> Result<Queries, ExprError> {
    let among = [
        ("NULL", Otherwise::Null),
        ("EMPTY ARRAY", Otherwise::EmptyArray),
        ("EMPTY OBJECT", Otherwise::EmptyObject),
        ("ERROR", Otherwise::Error),
    ];
    let wrapper = match (site.literals.len() > 3, site.text(3).map(str::to_ascii_uppercase).as_deref()) {
        (false, _) | (true, Some("WITHOUT")) => Wrapper::Without,
        (true, Some("CONDITIONAL")) => Wrapper::Conditional,
        (true, Some("UNCONDITIONAL")) => Wrapper::Unconditional,
        _ => {
            let words =
                "argument 4 is one of 'WITHOUT', 'CONDITIONAL', 'UNCONDITIONAL', and the same for all rows";
            return Err(ExprError::Value(words.to_owned()));
        }
    };
    let (on_empty, on_error) = (Otherwise::of(site, 4, &among)?, Otherwise::of(site, 5, &among)?);
    let is_list = matches!(site.result, DataType::List(_));
    if is_list && (on_empty == Otherwise::EmptyObject || on_error == Otherwise::EmptyObject) {
        return Err(ExprError::Value("JSON_QUERY has no EMPTY OBJECT of an ARRAY".to_owned()));
    }
    Ok(Queries { path: Meaning::of(site, 1, Path::of)?, wrapper, on_empty, on_error })
}

/// Calls `with` with the value that is asked for.
fn wrapped<T>(
    path: &Path,
    found: Found<'_, '_>,
    wrapper: Wrapper,
    with: impl FnOnce(&Json<'_>) -> Outcome<T>,
) -> Outcome<T> {
    let whole;
    let json = match found {
        Found::One(json) => json,
        Found::Many(many) => {
            whole = Json::Array(many.into_iter().cloned().collect());
            &whole
        }
    };
    let is_array = matches!(json, Json::Array(_));
    if wrapper == Wrapper::Unconditional || wrapper == Wrapper::Conditional && !is_array {
        return with(&Json::Array(vec![json.clone()]));
    }
    match (json.is_scalar(), path.is_lax) {
        (false, _) => with(json),
        (true, true) => Outcome::Empty,
        (true, false) => Outcome::Wrong("the path does not lead to an array or object".to_owned()),
    }
}

impl Queries {
    /// What becomes of a row without a value.
    fn otherwise(&self, wrong: Option<String>) -> Result<Otherwise, ExprError> {
        let (otherwise, words) = match wrong {
            None => (self.on_empty, "it has found nothing".to_owned()),
            Some(words) => (self.on_error, words),
        };
        match otherwise {
            Otherwise::Error => Err(ExprError::Value(format!("JSON_QUERY: {words}"))),
            other => Ok(other),
        }
    }
}

fn query(known: &Queries, a: &Arguments) -> Answer {
    if let Some(item) = item_of(a.result()) {
        return Ok(a.finish(query_lists(known, a, item)?));
    }
    let text = a.text(0);
    a.texts(|row, out| {
        let Some(text) = text.at(row) else { return Ok(None) };
        let outcome = known.path.at(a, row, |path| {
            Ok(Some(ask(text, path, |path, found| {
                wrapped(path, found, known.wrapper, |json| {
                    json.write(out);
                    Outcome::Value(())
                })
            })))
        })?;
        let otherwise = match outcome {
            None => return Ok(None),
            Some(Outcome::Value(())) => return Ok(Some(())),
            Some(Outcome::Empty) => known.otherwise(None)?,
            Some(Outcome::Wrong(words)) => known.otherwise(Some(words))?,
        };
        let written = match otherwise {
            Otherwise::EmptyArray => "[]",
            Otherwise::EmptyObject => "{}",
            _ => return Ok(None),
        };
        out.push_str(written);
        Ok(Some(()))
    })
}

fn query_lists(known: &Queries, a: &Arguments, item: &DataType) -> Result<ArrayRef, ExprError> {
    let text = a.text(0);
    let (mut elements, mut ends, mut valid) = (Vec::new(), vec![0_i32], BooleanBuilder::new());
    for row in 0..a.rows() {
        let outcome = match text.at(row) {
            None => None,
            Some(text) => known.path.at(a, row, |path| {
                Ok(Some(ask(text, path, |path, found| {
                    wrapped(path, found, known.wrapper, |json| listed(json, item, &mut elements))
                })))
            })?,
        };
        let is_valid = match outcome {
            None => false,
            Some(Outcome::Value(())) => true,
            Some(Outcome::Empty) => known.otherwise(None)? == Otherwise::EmptyArray,
            Some(Outcome::Wrong(words)) => known.otherwise(Some(words))? == Otherwise::EmptyArray,
        };
        let too_many =
            |_| ExprError::Value("the arrays of a batch have more than two billion elements".to_owned());
        ends.push(i32::try_from(elements.len()).map_err(too_many)?);
        valid.append_value(is_valid);
    }
    let field = Arc::new(Field::new_list_field(item.clone(), true));
    let nulls = NullBuffer::new(valid.finish().values().clone());
    let elements = scalar::column(elements, item)?;
    Ok(Arc::new(ListArray::try_new(field, OffsetBuffer::new(ends.into()), elements, Some(nulls))?))
}

/// Adds the elements of an array, or none of them.
fn listed(json: &Json<'_>, item: &DataType, elements: &mut Vec<Option<Scalar>>) -> Outcome<()> {
    let Json::Array(all) = json else {
        return Outcome::Wrong("the path does not lead to an array".to_owned());
    };
    let before = elements.len();
    for element in all {
        let value = match element {
            Json::Null => None,
            element if !element.is_scalar() && *item == DataType::Utf8View => {
                let mut text = String::new();
                element.write(&mut text);
                Some(Scalar::Text(text))
            }
            element => match scalar::of(element, item) {
                Some(value) => Some(value),
                None => {
                    elements.truncate(before);
                    return Outcome::Wrong(format!("an element is no {}", type_name(item)));
                }
            },
        };
        elements.push(value);
    }
    Outcome::Value(())
}
