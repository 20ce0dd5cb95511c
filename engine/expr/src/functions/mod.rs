//! Everything that is written as a call, by name: what it takes, what it gives, how it is computed.
//!
//! | topic | file |
//! |---|---|
//! | text | `text.rs`, `places.rs`, `split.rs`, `patterns.rs`, `format.rs` |
//! | how they find things fast | `scan.rs`, `shape.rs` |
//! | bytes and other writings of text | `encodings.rs`, `urls.rs`, `hashes.rs` |
//! | numbers | `numbers.rs`, `rounding.rs`, `floats.rs` |
//! | times | `times/` |
//! | arrays and maps | `lists/` |
//! | JSON | `json/` |
//! | choices and types | `conditions.rs` |
//!
//! A function is an entry of a table. It has an example, which a test runs. Null makes null, unless it
//! says otherwise.

mod arguments;
mod conditions;
mod encodings;
mod floats;
mod format;
mod hashes;
mod json;
mod kinds;
mod lists;
mod numbers;
mod patterns;
mod places;
mod rounding;
mod scan;
mod shape;
mod split;
#[cfg(test)]
mod tests;
mod text;
mod times;
mod urls;

use arrow_array::ArrayRef;
use arrow_array::cast::AsArray;
use arrow_schema::DataType;

use arguments::function;

use crate::cast;
use crate::error::ExprError;
use crate::value::Value;

pub use kinds::Kind;
pub(crate) use times::{offset, shown};

/// A function of values of a row.
#[derive(Debug)]
pub struct Function {
    /// How it is called: `UPPER`.
    pub name: &'static str,
    /// Other names of it.
    pub aliases: &'static [&'static str],
    /// What it takes.
    pub takes: Takes,
    /// What it gives.
    pub gives: Gives,
    /// What it does, in a sentence.
    pub about: &'static str,
    /// A call, and what it comes to as text.
    pub example: (&'static str, &'static str),
    make: Make,
}

/// The arguments of a function.
#[derive(Debug)]
pub enum Takes {
    /// These, of which the last so many may be left out.
    These(&'static [Kind], usize),
    /// As many as one likes, and at least so many.
    Many(Kind, usize),
    /// What is said in words; the function says which types those of a call are cast to, if it takes them.
    By(&'static str, fn(&[DataType]) -> Option<Vec<DataType>>),
}

/// The type of a result.
#[derive(Debug)]
pub enum Gives {
    /// Always the same.
    Always(Kind),
    /// That of the first argument.
    First,
    /// What follows from the types of the arguments, and from those that are the same for all rows.
    By(fn(&[DataType], &[Option<ArrayRef>]) -> Option<DataType>),
}

type Evaluate = dyn Fn(&[Value], usize) -> Result<Value, ExprError> + Send + Sync;
type Make = fn(&Site) -> Result<Box<Evaluate>, ExprError>;

/// A place where a function is called: what is known there before the first row.
pub(crate) struct Site {
    /// The arguments that are the same for all rows, as the function takes them.
    pub(crate) literals: Vec<Option<Value>>,
    /// The type of what it gives.
    pub(crate) result: DataType,
}

/// A function that knows where it is called.
pub(crate) struct Ready(Box<Evaluate>);

const TEXT: Gives = Gives::Always(Kind::Text);
const BYTES: Gives = Gives::Always(Kind::Bytes);
const WHOLE: Gives = Gives::Always(Kind::Whole);
const LONG: Gives = Gives::Always(Kind::Long);
const DOUBLE: Gives = Gives::Always(Kind::Double);
const TRUTH: Gives = Gives::Always(Kind::Truth);

/// What a function comes to.
type Answer = Result<Value, ExprError>;

impl Ready {
    pub(crate) fn call(&self, arguments: &[Value], rows: usize) -> Result<Value, ExprError> {
        (self.0)(arguments, rows)
    }
}

impl Site {
    /// A text argument that is the same for all rows, and not null.
    fn text(&self, argument: usize) -> Option<&str> {
        let array = self.literals.get(argument)?.as_ref()?.array();
        let texts = array.as_string_view_opt()?;
        texts.iter().next().flatten()
    }
}

impl Function {
    /// The types that arguments of these types are cast to.
    ///
    /// # Errors
    ///
    /// If it does not take them.
    pub fn coerce(&self, types: &[DataType]) -> Result<Vec<DataType>, ExprError> {
        let refused = || ExprError::types(self.name, types);
        let kinds: Vec<Kind> = match &self.takes {
            Takes::These(kinds, optional) => {
                if types.len() > kinds.len() || types.len() + optional < kinds.len() {
                    return Err(refused());
                }
                kinds[..types.len()].to_vec()
            }
            Takes::Many(_, least) if types.len() < *least => return Err(refused()),
            Takes::Many(kind, _) => vec![*kind; types.len()],
            Takes::By(_, coerce) => return coerce(types).ok_or_else(refused),
        };
        if !kinds.iter().zip(types).all(|(kind, data_type)| kind.takes(data_type)) {
            return Err(refused());
        }
        Ok(kinds.iter().zip(types).map(|(kind, data_type)| kind.data_type(data_type)).collect())
    }

    /// The type of what it gives for arguments of these types, of which nothing is known before there is a row.
    ///
    /// # Errors
    ///
    /// As [`Function::coerce`].
    pub fn returns(&self, types: &[DataType]) -> Result<DataType, ExprError> {
        self.returns_for(types, &[])
    }

    /// The type of what it gives for arguments of these types, some of which are the same for all rows: `ROUND(x, 2)` has two
    /// digits. Those are arrays of one value.
    ///
    /// # Errors
    ///
    /// As [`Function::coerce`].
    pub fn returns_for(
        &self,
        types: &[DataType],
        literals: &[Option<ArrayRef>],
    ) -> Result<DataType, ExprError> {
        let coerced = self.coerce(types)?;
        match &self.gives {
            Gives::Always(kind) => Ok(kind.data_type(&DataType::Null)),
            Gives::First => Ok(coerced.first().cloned().unwrap_or(DataType::Null)),
            Gives::By(of) => of(&coerced, literals).ok_or_else(|| ExprError::types(self.name, types)),
        }
    }

    /// Whether the type of what it gives depends on what is the same for all rows.
    pub(crate) fn asks_for_literals(&self) -> bool {
        matches!(self.gives, Gives::By(_))
    }

    /// Its arguments in words: `STRING, INT [, INT]`.
    pub fn arguments(&self) -> String {
        match &self.takes {
            Takes::These(kinds, optional) => {
                let needed = kinds.len() - optional;
                let mut words = kinds[..needed].iter().map(|kind| kind.name()).collect::<Vec<_>>().join(", ");
                for kind in &kinds[needed..] {
                    words.push_str(&format!(" [, {}]", kind.name()));
                }
                words
            }
            Takes::Many(kind, _) => format!("{} …", kind.name()),
            Takes::By(words, _) => (*words).to_owned(),
        }
    }

    /// Its type in words: `STRING`, or what that follows from.
    pub fn result(&self) -> &'static str {
        match &self.gives {
            Gives::Always(kind) => kind.name(),
            Gives::First => "type of the first",
            Gives::By(_) => "by the arguments",
        }
    }

    /// Ready to be called at a site.
    pub(crate) fn ready(&self, site: &Site) -> Result<Ready, ExprError> {
        (self.make)(site).map(Ready)
    }
}

/// A whole number that is the same for all rows, if it is one.
fn known_whole(literals: &[Option<ArrayRef>], argument: usize) -> Option<i64> {
    let value = Value::one(literals.get(argument)?.clone()?);
    let value = cast::to_type(&value, &DataType::Int64).ok()?;
    value.array().as_primitive::<arrow_array::types::Int64Type>().iter().next().flatten()
}

/// A text that is the same for all rows, if it is one.
fn known_text(literals: &[Option<ArrayRef>], argument: usize) -> Option<String> {
    let value = Value::one(literals.get(argument)?.clone()?);
    let value = cast::to_type(&value, &DataType::Utf8View).ok()?;
    value.array().as_string_view().iter().next().flatten().map(str::to_owned)
}

/// All functions, by topic.
pub fn functions() -> impl Iterator<Item = (&'static str, &'static Function)> {
    let topics: [(&str, &[&[Function]]); 7] = [
        ("Text", &[text::ALL, places::ALL, split::ALL, format::ALL]),
        ("Patterns", &[patterns::ALL]),
        ("Encodings", &[encodings::ALL, urls::ALL, hashes::ALL]),
        ("Numbers", &[numbers::ALL, rounding::ALL, floats::ALL]),
        ("Times", &[times::PARTS, times::STEPS, times::TEXTS, times::LOCAL]),
        ("Collections", &[lists::ITEMS, lists::SETS, lists::MAPS]),
        ("JSON", &[json::FIND, json::QUERY, json::LOOK, json::MAKE]),
    ];
    let conditions = ("Conditions", &[conditions::ALL] as &[&[Function]]);
    topics.into_iter().chain([conditions]).flat_map(|(topic, tables)| {
        tables.iter().flat_map(move |table| table.iter().map(move |each| (topic, each)))
    })
}

/// The function of this name, in whichever case.
pub fn function(name: &str) -> Option<&'static Function> {
    let is_called = |each: &str| each.eq_ignore_ascii_case(name);
    functions()
        .map(|(_, function)| function)
        .find(|function| is_called(function.name) || function.aliases.iter().any(|alias| is_called(alias)))
}
