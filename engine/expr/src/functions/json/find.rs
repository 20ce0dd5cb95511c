//! JSON_VALUE and JSON_EXISTS: the scalar that a path leads to, and whether it leads anywhere.

use arrow_schema::DataType;

use super::answer::{Otherwise, Outcome, ask, shortened, texts_and};
use super::path::{Found, Path};
use super::scalar::{self, Scalar};
use crate::cast;
use crate::error::ExprError;
use crate::functions::arguments::{Arguments, Meaning};
use crate::functions::{Answer, Function, Gives, Kind, Site, TRUTH, Takes, function, known_text};
use crate::names::type_name;
use crate::value::Value;

/// All of them.
pub(in crate::functions) const ALL: &[Function] = &[
    function!("JSON_VALUE", Takes::By("STRING, STRING [, type [, on empty [, on error [, default on empty [, default on error]]]]]", value_types)
        => Gives::By(|types, literals| match types.len() {
            2 => Some(DataType::Utf8View),
            _ => scalar::type_named(&known_text(literals, 2)?),
        }),
        "The scalar that a path leads to, as STRING or the type that is named; on empty and on error are NULL, ERROR or DEFAULT.",
        "JSON_VALUE('{\"a\": {\"b\": 0.10}}', 'lax $.a.b')" = "0.10", with values, value),
    function!("JSON_EXISTS", Takes::These(&[Kind::Text, Kind::Text, Kind::Text], 1) => TRUTH,
        "Whether a path leads somewhere; on error is FALSE, TRUE, UNKNOWN or ERROR.",
        "JSON_EXISTS('{\"a\": [{\"b\": 1}]}', '$.a[0].b')" = "true", with existences, exists),
];

fn value_types(types: &[DataType]) -> Option<Vec<DataType>> {
    texts_and(types, 5, 2)
}

/// A call of JSON_VALUE.
struct Values {
    path: Meaning<Path>,
    on_empty: Otherwise,
    on_error: Otherwise,
}

fn values(site: &Site) -> Result<Values, ExprError> {
    let among = [("NULL", Otherwise::Null), ("ERROR", Otherwise::Error), ("DEFAULT", Otherwise::Default)];
    Ok(Values {
        path: Meaning::of(site, 1, Path::of)?,
        on_empty: Otherwise::of(site, 3, &among)?,
        on_error: Otherwise::of(site, 4, &among)?,
    })
}

/// Defaults of one argument, or none if it was left out.
fn defaults(a: &Arguments, argument: usize) -> Result<Vec<Option<Scalar>>, ExprError> {
    if argument >= a.len() {
        return Ok(Vec::new());
    }
    let (array, _) = a.array(argument);
    let cast = cast::to_type(&Value::Rows(array.slice(0, array.len())), a.result())?;
    scalar::values(&*cast.into_rows(0)?)
}

fn value(known: &Values, a: &Arguments) -> Answer {
    let (text, to) = (a.text(0), a.result());
    let (on_empty, on_error) = (defaults(a, 5)?, defaults(a, 6)?);
    let default = |among: &[Option<Scalar>], row: usize| {
        if among.len() == 1 { among[0].clone() } else { among.get(row).cloned().flatten() }
    };
    let mut made = Vec::with_capacity(a.rows());
    for row in 0..a.rows() {
        let Some(text) = text.at(row) else {
            made.push(None);
            continue;
        };
        let outcome = known
            .path
            .at(a, row, |path| Ok(Some(ask(text, path, |path, found| one_scalar(path, found, to)))))?;
        made.push(match outcome {
            None => None,
            Some(Outcome::Value(value)) => Some(value),
            Some(Outcome::Empty) => match known.on_empty {
                Otherwise::Error => return Err(ExprError::Value("JSON_VALUE has found nothing".to_owned())),
                Otherwise::Default => default(&on_empty, row),
                _ => None,
            },
            Some(Outcome::Wrong(words)) => match known.on_error {
                Otherwise::Error => return Err(ExprError::Value(format!("JSON_VALUE: {words}"))),
                Otherwise::Default => default(&on_error, row),
                _ => None,
            },
        });
    }
    Ok(a.finish(scalar::column(made, to)?))
}

fn one_scalar(path: &Path, found: Found<'_, '_>, to: &DataType) -> Outcome<Scalar> {
    match found {
        Found::One(json) if json.is_scalar() => match scalar::of(json, to) {
            Some(value) => Outcome::Value(value),
            None => {
                let mut written = String::new();
                json.write(&mut written);
                Outcome::Wrong(format!("{} is no {}", shortened(&written), type_name(to)))
            }
        },
        _ if path.is_lax => Outcome::Empty,
        _ => Outcome::Wrong("the path does not lead to a scalar".to_owned()),
    }
}

/// A call of JSON_EXISTS.
struct Existences {
    path: Meaning<Path>,
    on_error: Otherwise,
}

fn existences(site: &Site) -> Result<Existences, ExprError> {
    let among = [
        ("FALSE", Otherwise::False),
        ("TRUE", Otherwise::True),
        ("UNKNOWN", Otherwise::Null),
        ("ERROR", Otherwise::Error),
    ];
    Ok(Existences { path: Meaning::of(site, 1, Path::of)?, on_error: Otherwise::of(site, 2, &among)? })
}

fn exists(known: &Existences, a: &Arguments) -> Answer {
    let text = a.text(0);
    a.truths(|row| {
        let Some(text) = text.at(row) else { return Ok(None) };
        known.path.at(a, row, |path| {
            Ok(match ask(text, path, |_, _| Outcome::Value(())) {
                Outcome::Value(()) => Some(true),
                Outcome::Empty => Some(false),
                Outcome::Wrong(words) => match known.on_error {
                    Otherwise::True => Some(true),
                    Otherwise::False => Some(false),
                    Otherwise::Error => return Err(ExprError::Value(format!("JSON_EXISTS: {words}"))),
                    _ => None,
                },
            })
        })
    })
}
