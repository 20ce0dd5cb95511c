//! Which functions of operators an aggregate of SQL is, and how its result follows from theirs.
//!
//! ```text
//!   AVG(x) of INT                ─►  sum, count             the sum by the count
//!   MAX(b) of BOOLEAN            ─►  max of TINYINT         as BOOLEAN
//!   JSON_OBJECTAGG(KEY k VALUE v)─►  "k":v joined by ','    in brackets
//! ```

use std::sync::Arc;

use arrow_array::{ArrayRef, StringViewArray};
use arrow_schema::DataType;
use datafusion_common::{DFSchema, ScalarValue};
use datafusion_expr::{AggregateUDF, Expr as Planned, ExprSchemable};
use expr::{BinaryOp, Expr};
use operators::aggregate::Function;

use crate::aggregates::SINGLE_VALUE;
use crate::error::SqlError;
use crate::lower::{lower, own_type};
use crate::type_syntax::written_type;

/// A call of an aggregate, over the columns of a schema.
pub(super) struct AggregateCall<'a> {
    pub(super) function: &'a AggregateUDF,
    pub(super) arguments: &'a [Planned],
    /// Only rows for which this is true count.
    pub(super) filter: Option<&'a Planned>,
    /// Whether equal values count once.
    pub(super) is_distinct: bool,
    pub(super) ignores_nulls: bool,
}

/// What is computed for it.
pub(super) struct Computed {
    pub(super) functions: Vec<Function>,
    pub(super) outcome: Outcome,
    /// Whether equal values count once.
    pub(super) is_distinct: bool,
    /// The values, whatever the filter.
    pub(super) told_apart: Option<Expr>,
    /// What stands between texts that are joined.
    pub(super) separator: Option<Arc<str>>,
    /// Where it is read which rows count, if they do not all. Otherwise what is read is null in those that do not.
    pub(super) filter: Option<usize>,
}

/// How a result follows from those of functions.
#[derive(Clone)]
pub(super) enum Outcome {
    /// It is that of the only one.
    Same,
    /// The sum by the count; null of nothing.
    Quotient,
    /// As another type.
    Cast(DataType),
    /// A value of this type, and how many rows there are: an error, if more than one.
    Single(DataType),
    /// The elements of a JSON array, joined.
    JsonArray,
    /// The entries of a JSON object, joined; of those of one key the last one counts.
    JsonObject,
    /// The texts of an array with this between them.
    Joined(Arc<str>),
    /// The values of rows that have nothing else.
    Unwrapped,
}

impl Outcome {
    /// Over the columns of these numbers.
    pub(super) fn of(&self, results: &[usize]) -> Expr {
        let first = Expr::Column(results[0]);
        match self {
            Self::Same => first,
            Self::Quotient => quotient(first, Expr::Column(results[1])),
            Self::Cast(to) => cast(first, to),
            Self::Single(to) => call("ONLY_VALUE", vec![cast(first, to), Expr::Column(results[1])]),
            Self::JsonArray => call("CONCAT", vec![text("["), or_else(first, ""), text("]")]),
            Self::Joined(separator) => call("ARRAY_JOIN", vec![first, text(separator)]),
            Self::Unwrapped => call("FIRST_FIELDS", vec![first]),
            Self::JsonObject => {
                let object = call("CONCAT", vec![text("{"), or_else(first, ""), text("}")]);
                call("JSON_QUERY", vec![object, text("$")])
            }
        }
    }
}

impl AggregateCall<'_> {
    /// What is computed for it. `place` answers in which column an expression is read.
    pub(super) fn computed(
        &self,
        schema: &DFSchema,
        place: &mut impl FnMut(Expr) -> usize,
    ) -> Result<Computed, SqlError> {
        let types = self.arguments.iter().map(|argument| argument.get_type(schema));
        let types = types.collect::<Result<Vec<DataType>, _>>()?;
        let given = types.iter().map(own_type).collect::<Vec<_>>();
        let mut values = Vec::with_capacity(given.len());
        for (argument, data_type) in self.arguments.iter().zip(&given) {
            values.push(typed(lower(argument, schema)?, data_type));
        }
        let filter = self.filter.map(|filter| lower(filter, schema)).transpose()?;
        let returned = match self.function.name() {
            "count" => DataType::Int64,
            _ => own_type(&self.function.return_type(&types)?),
        };
        let mut told_apart = None;
        let mut read = |value: Expr| {
            told_apart.get_or_insert_with(|| value.clone());
            match &filter {
                Some(filter) => place(when(filter.clone(), value)),
                None => place(value),
            }
        };
        let (functions, outcome) = match self.function.name() {
            "count" => (vec![self.count(values, &mut read)], Outcome::Same),
            name if name.starts_with("json_") => {
                let (value, outcome) = self.json(values)?;
                (vec![Function::ListAgg(read(value))], outcome)
            }
            _ => self.of_one(values, (&given, returned), &mut read)?,
        };
        Ok(Computed {
            functions,
            outcome,
            // The least of different values is the least of all.
            is_distinct: self.is_distinct
                && !matches!(self.function.name(), "min" | "max" | "first_value" | "last_value"),
            told_apart,
            separator: self.separator()?,
            filter: None,
        })
    }

    /// Whether it is of the distinct values of a column, as it comes.
    pub(super) fn is_of_distinct_column(&self) -> bool {
        let is_one_of_many = matches!(self.function.name(), "count" | "sum" | "avg");
        self.is_distinct && is_one_of_many && matches!(self.arguments, [Planned::Column(_)])
    }

    /// Whether its rows may be chosen by a column beside its values, which are computed for the others, too: so they are
    /// rows, or those of a column.
    pub(super) fn is_filtered_beside(&self, schema: &DFSchema) -> bool {
        let is_truth = |filter: &Planned| filter.get_type(schema).is_ok_and(|of| of == DataType::Boolean);
        let counts_rows = !self.is_distinct && self.function.name() == "count";
        let is_plain = self.is_of_distinct_column() || counts_rows && self.arguments.iter().all(is_there);
        is_plain && self.filter.is_some_and(is_truth)
    }

    /// Rows, or those of them in which no value is null.
    fn count(&self, mut values: Vec<Expr>, read: &mut impl FnMut(Expr) -> usize) -> Function {
        if self.arguments.iter().all(is_there) && self.filter.is_none() && !self.is_distinct {
            return Function::Count;
        }
        let value = match values.len() {
            1 => values.remove(0),
            _ => {
                let there =
                    values.iter().map(|value| Expr::Not(Box::new(Expr::IsNull(Box::new(value.clone())))));
                let all = there.reduce(|one, other| Expr::binary(BinaryOp::And, one, other));
                let names = (0..values.len()).map(|number| number.to_string());
                // Rows are told apart by their text: it is another one for other values.
                let row = call("JSON_STRING", vec![Expr::Row(names.zip(values).collect())]);
                all.map_or(text(""), |all| when(all, row))
            }
        };
        Function::CountOf(read(value))
    }

    /// The text of an element or an entry, and what is made of all of them.
    fn json(&self, mut values: Vec<Expr>) -> Result<(Expr, Outcome), SqlError> {
        let name = self.function.name();
        if self.is_distinct {
            return Err(SqlError::not_yet(format!("{}(DISTINCT …)", name.to_uppercase())));
        }
        let value =
            values.pop().ok_or_else(|| SqlError::new(format!("{} takes a value", name.to_uppercase())))?;
        let json = call("JSON_STRING", vec![value]);
        let shown = match name {
            "json_objectagg" | "json_arrayagg_null_on_null" => or_else(json, "null"),
            _ => json,
        };
        Ok(match values.pop() {
            Some(key) => {
                let entry = vec![call("JSON_STRING", vec![key]), text(":"), shown];
                (call("CONCAT", entry), Outcome::JsonObject)
            }
            None => (shown, Outcome::JsonArray),
        })
    }

    /// Aggregates of the values of one column.
    fn of_one(
        &self,
        values: Vec<Expr>,
        (given, returned): (&[DataType], DataType),
        read: &mut impl FnMut(Expr) -> usize,
    ) -> Result<(Vec<Function>, Outcome), SqlError> {
        let name = self.function.name();
        let value = values.into_iter().next().expect("the planner has asked for its type");
        let of = &given[0];
        let is_truth = *of == DataType::Boolean;
        // Truths are chosen and kept as numbers.
        let kept = |value: Expr| if is_truth { cast(value, &DataType::Int8) } else { value };
        let kept_as = |data_type: DataType| if is_truth { Outcome::Cast(data_type) } else { Outcome::Same };
        if of.is_nested() && !matches!(name, "sum" | "avg" | "collect" | "array_agg") {
            let written = written_type(of);
            return Err(match name {
                SINGLE_VALUE => SqlError::not_yet(format!("a subquery that stands for a value of {written}")),
                _ => SqlError::new(format!("{} does not take {written}, as in Flink", name.to_uppercase())),
            });
        }
        let spread = |function: fn(usize) -> Function, read: &mut dyn FnMut(Expr) -> usize| {
            let value = match of {
                DataType::Decimal128(..) => cast(value.clone(), &DataType::Float64),
                _ => value.clone(),
            };
            (vec![function(read(value))], Outcome::Cast(returned.clone()))
        };
        Ok(match name {
            "min" => (vec![Function::Min(read(kept(value)))], kept_as(returned)),
            "max" => (vec![Function::Max(read(kept(value)))], kept_as(returned)),
            "first_value" => (vec![Function::First(read(kept(value)))], kept_as(returned)),
            "last_value" => (vec![Function::Last(read(kept(value)))], kept_as(returned)),
            SINGLE_VALUE => {
                (vec![Function::First(read(kept(value))), Function::Count], Outcome::Single(returned))
            }
            "sum" => (vec![Function::Sum(read(value))], Outcome::Same),
            "avg" if returned.is_floating() => (vec![Function::Average(read(value))], Outcome::Same),
            "avg" => {
                // Of whole numbers it is one, cut off; of decimals one.
                let column = read(value);
                (vec![Function::Sum(column), Function::CountOf(column)], Outcome::Quotient)
            }
            "stddev_pop" => spread(Function::StddevPop, read),
            "stddev_samp" | "stddev" => spread(Function::StddevSamp, read),
            "var_pop" => spread(Function::VarPop, read),
            "var_samp" | "variance" => spread(Function::VarSamp, read),
            "collect" => (vec![Function::Collect(read(kept(value)))], kept_as(returned)),
            "array_agg" if self.ignores_nulls => {
                (vec![Function::Collect(read(kept(value)))], kept_as(returned))
            }
            // Where a row is left out there is no row; where its value is null there is one with a null in it.
            "array_agg" if self.filter.is_some() => {
                let row = Expr::Row(vec![("value".to_owned(), value)]);
                (vec![Function::Collect(read(row))], Outcome::Unwrapped)
            }
            "array_agg" => (vec![Function::ArrayAgg(read(kept(value)))], kept_as(returned)),
            "listagg" => (vec![Function::ListAgg(read(cast(value, &DataType::Utf8View)))], Outcome::Same),
            other => return Err(SqlError::not_yet(other.to_uppercase())),
        })
    }

    /// What `LISTAGG` is told to write between two texts.
    fn separator(&self) -> Result<Option<Arc<str>>, SqlError> {
        let Some(separator) = self.arguments.get(1).filter(|_| self.function.name() == "listagg") else {
            return Ok(None);
        };
        match separator {
            Planned::Literal(ScalarValue::Utf8(Some(text)) | ScalarValue::Utf8View(Some(text)), _) => {
                Ok(Some(text.as_str().into()))
            }
            other => {
                let words = format!(
                    "LISTAGG takes a text between the others that is the same for all rows, not {other}"
                );
                Err(SqlError::new(words))
            }
        }
    }
}

/// Whether it is a value that is written down, and not null.
fn is_there(argument: &Planned) -> bool {
    matches!(argument, Planned::Literal(value, _) if !value.is_null())
}

/// Of nothing there is at least a type, by which it is seen that it is null.
fn typed(expr: Expr, data_type: &DataType) -> Expr {
    match data_type {
        DataType::Null => Expr::Literal(arrow_array::new_null_array(&DataType::Int32, 1)),
        _ => expr,
    }
}

fn cast(expr: Expr, to: &DataType) -> Expr {
    Expr::Cast { expr: Box::new(expr), to: to.clone(), is_lenient: false }
}

fn call(name: &str, arguments: Vec<Expr>) -> Expr {
    Expr::Call { function: expr::function(name).expect("a function of ours"), arguments }
}

fn text(words: &str) -> Expr {
    let text: ArrayRef = Arc::new(StringViewArray::from(vec![words]));
    Expr::Literal(text)
}

/// The value where this is true, and null elsewhere.
fn when(condition: Expr, value: Expr) -> Expr {
    Expr::Case { branches: vec![(condition, value)], otherwise: None }
}

/// A text, or these words where there is none.
fn or_else(value: Expr, words: &str) -> Expr {
    let is_null = Expr::IsNull(Box::new(value.clone()));
    Expr::Case { branches: vec![(is_null, text(words))], otherwise: Some(Box::new(value)) }
}

/// The sum by the count; null of nothing.
fn quotient(sum: Expr, count: Expr) -> Expr {
    let zero = ScalarValue::Int64(Some(0)).to_array().expect("a number");
    let some = Expr::binary(BinaryOp::NotEqual, count.clone(), Expr::Literal(zero));
    when(some, Expr::binary(BinaryOp::Divide, sum, count))
}
