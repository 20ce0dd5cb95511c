//! Everything that is written as a call, by name: what it takes, what it gives, how it is computed.
//!
//! | topic | file |
//! |---|---|
//! | text | `text.rs`, `patterns.rs` |
//! | numbers | `numbers.rs` |
//! | times | `times.rs` |
//!
//! A function is a line of a table. It has an example, which a test runs. Null makes null, unless it
//! says otherwise.

mod numbers;
mod patterns;
mod rows;
mod text;
mod times;

use arrow_schema::{DataType, TimeUnit};

use crate::error::ExprError;
use crate::value::Value;

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
}

/// What an argument is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `STRING`
    Text,
    /// `INT`
    Whole,
    /// `BIGINT`
    Long,
    /// Any number, as it is.
    Number,
    /// `DOUBLE`
    Double,
    /// `TIMESTAMP(3)`
    Time,
}

/// The type of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gives {
    /// Always the same.
    Always(Kind),
    /// `BOOLEAN`.
    Truth,
    /// That of the first argument.
    First,
}

type Evaluate = dyn Fn(&[Value], usize) -> Result<Value, ExprError> + Send + Sync;
type Make = fn(&[Option<Value>]) -> Result<Box<Evaluate>, ExprError>;

/// A function that knows which of its arguments are the same for all rows.
pub(crate) struct Ready(Box<Evaluate>);

impl Ready {
    pub(crate) fn call(&self, arguments: &[Value], rows: usize) -> Result<Value, ExprError> {
        (self.0)(arguments, rows)
    }
}

impl Kind {
    /// The type that an argument of this kind is cast to; numbers stay what they are.
    pub fn data_type(self) -> Option<DataType> {
        Some(match self {
            Self::Text => DataType::Utf8View,
            Self::Whole => DataType::Int32,
            Self::Long => DataType::Int64,
            Self::Double => DataType::Float64,
            Self::Time => DataType::Timestamp(TimeUnit::Millisecond, None),
            Self::Number => return None,
        })
    }

    /// Whether a value of this type can be one of this kind without a CAST.
    fn takes(self, data_type: &DataType) -> bool {
        use DataType::{
            Date32, Decimal128, Float32, Float64, Int8, Int16, Int32, Int64, Null, Timestamp, Utf8, Utf8View,
        };
        match (self, data_type) {
            (_, Null) => true,
            (Self::Text, other) => matches!(other, Utf8View | Utf8),
            (Self::Whole, other) => matches!(other, Int8 | Int16 | Int32),
            (Self::Long, other) => matches!(other, Int8 | Int16 | Int32 | Int64),
            (Self::Number | Self::Double, other) => {
                matches!(other, Int8 | Int16 | Int32 | Int64 | Float32 | Float64 | Decimal128(..))
            }
            (Self::Time, other) => matches!(other, Timestamp(..) | Date32),
        }
    }

    /// As SQL writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "STRING",
            Self::Whole => "INT",
            Self::Long => "BIGINT",
            Self::Number => "number",
            Self::Double => "DOUBLE",
            Self::Time => "TIMESTAMP(3)",
        }
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
        };
        if !kinds.iter().zip(types).all(|(kind, data_type)| kind.takes(data_type)) {
            return Err(refused());
        }
        Ok(kinds
            .iter()
            .zip(types)
            .map(|(kind, data_type)| kind.data_type().unwrap_or_else(|| data_type.clone()))
            .collect())
    }

    /// The type of what it gives for arguments of these types.
    ///
    /// # Errors
    ///
    /// As [`Function::coerce`].
    pub fn returns(&self, types: &[DataType]) -> Result<DataType, ExprError> {
        let types = self.coerce(types)?;
        Ok(match self.gives {
            Gives::Always(kind) => kind.data_type().unwrap_or(DataType::Float64),
            Gives::Truth => DataType::Boolean,
            Gives::First => types.first().cloned().unwrap_or(DataType::Null),
        })
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
        }
    }

    /// Ready to be called: arguments that are the same for all rows are given.
    pub(crate) fn ready(&self, literals: &[Option<Value>]) -> Result<Ready, ExprError> {
        (self.make)(literals).map(Ready)
    }
}

/// All functions, by topic.
pub fn functions() -> impl Iterator<Item = (&'static str, &'static Function)> {
    let topics =
        [("Text", text::ALL), ("Patterns", patterns::ALL), ("Numbers", numbers::ALL), ("Times", times::ALL)];
    topics.into_iter().flat_map(|(topic, functions)| functions.iter().map(move |function| (topic, function)))
}

/// The function of this name, in whichever case.
pub fn function(name: &str) -> Option<&'static Function> {
    let is_called = |each: &str| each.eq_ignore_ascii_case(name);
    functions()
        .map(|(_, function)| function)
        .find(|function| is_called(function.name) || function.aliases.iter().any(|alias| is_called(alias)))
}
