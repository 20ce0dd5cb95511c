//! Syntax that stands for calls: `ARRAY[1, 2]`, `FLOOR(t TO DAY)`, `x IS JSON`. `expr` knows what is called; here is how it is written.
//!
//! ```text
//!   text ─► dialect: what sqlparser does not know ─► tree ─► here: a call in place of each ─► planner
//! ```
//!
//! | syntax | file |
//! |---|---|
//! | which syntax is which call | here |
//! | `JSON_VALUE(x, '$.a' RETURNING INT NULL ON EMPTY)` and its like, while it is parsed | `json.rs` |
//! | `TRIM(LEADING FROM x)`, `CASE x WHEN a, b`, `BETWEEN SYMMETRIC`, `MAP[…]`, the same | `parsed.rs` |
//! | `VALUES 1, 2`, before it is parsed | `brackets.rs` |
//! | intervals of several fields, times with their digits | `intervals.rs` |
//! | `(t - u) DAY`, before it is parsed | `differences.rs` |
//! | `(a, b) = (c, d)`, `(a, b) IN (…)`, `(a, b) OVERLAPS (c, d)` | `tuples.rs` |
//!
//! A call's name is quoted, so that the planner takes it for nothing of its own. No text is replaced: trees are.

mod brackets;
mod differences;
mod intervals;
mod json;
mod parsed;
mod tuples;

use std::ops::ControlFlow;

use datafusion_sql::sqlparser::ast::{
    self, AccessExpr, BinaryLength, BinaryOperator, CastKind, CeilFloorKind, CharacterLength, DataType,
    DateTimeField, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentList, FunctionArguments,
    Ident, ObjectName, Spanned, TrimWhereField, UnaryOperator, Value, ValueWithSpan, VisitMut, VisitorMut,
};

use crate::error::{Place, SqlError};

pub(crate) use brackets::with_brackets;
pub(crate) use differences::with_differences;
pub(crate) use parsed::{infix, prefix};

/// A query or an expression with calls in place of the syntax that stands for them.
///
/// # Errors
///
/// What is wrong with it, where that is known before types are.
pub(crate) fn with_calls(part: &mut impl VisitMut) -> Result<(), SqlError> {
    match part.visit(&mut Syntax) {
        ControlFlow::Break(error) => Err(error),
        ControlFlow::Continue(()) => Ok(()),
    }
}

/// Goes from the outside in: what is compared with `(a, b)` says what that means.
struct Syntax;

impl VisitorMut for Syntax {
    type Break = SqlError;

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<SqlError> {
        // To find a place takes a look at all that is below.
        let may_be_wrong = matches!(expr, Expr::Interval(_) | Expr::Function(Function { over: Some(_), .. }));
        let place = if may_be_wrong { Place::of(expr.span()) } else { None };
        let taken = std::mem::replace(expr, Expr::value(Value::Null));
        match rewritten(taken) {
            Ok(rewritten) => {
                *expr = rewritten;
                ControlFlow::Continue(())
            }
            Err(error) => ControlFlow::Break(match place {
                Some(place) => error.at(place),
                None => error,
            }),
        }
    }

    fn pre_visit_select(&mut self, select: &mut ast::Select) -> ControlFlow<SqlError> {
        // `GROUP BY (a, b)` groups by both.
        if let ast::GroupByExpr::Expressions(keys, _) = &mut select.group_by {
            let flat = |key: Expr| match key {
                Expr::Tuple(keys) => keys,
                key => vec![key],
            };
            *keys = std::mem::take(keys).into_iter().flat_map(flat).collect();
        }
        ControlFlow::Continue(())
    }
}

fn rewritten(expr: Expr) -> Result<Expr, SqlError> {
    Ok(match expr {
        Expr::Array(array) => call("ARRAY", array.elem),
        Expr::Tuple(values) => call("ROW", values),
        Expr::CompoundFieldAccess { root, access_chain } => accessed(root, access_chain),
        Expr::Floor { expr, field: CeilFloorKind::DateTimeField(unit) } if is_unit(&unit) => {
            call("FLOOR_TIME", vec![*expr, text(unit)])
        }
        Expr::Ceil { expr, field: CeilFloorKind::DateTimeField(unit) } if is_unit(&unit) => {
            call("CEIL_TIME", vec![*expr, text(unit)])
        }
        Expr::Overlay { expr, overlay_what, overlay_from, overlay_for } => {
            let arguments = [Some(expr), Some(overlay_what), Some(overlay_from), overlay_for];
            call("OVERLAY", arguments.into_iter().flatten().map(|argument| *argument).collect())
        }
        Expr::Trim { expr, trim_where, trim_what, trim_characters: None } => {
            let name = match trim_where {
                None | Some(TrimWhereField::Both) => "TRIM",
                Some(TrimWhereField::Leading) => "LTRIM",
                Some(TrimWhereField::Trailing) => "RTRIM",
            };
            call(name, [Some(expr), trim_what].into_iter().flatten().map(|argument| *argument).collect())
        }
        Expr::SimilarTo { negated, expr, pattern, escape_char } => {
            let mut arguments = vec![*expr, *pattern];
            arguments.extend(escape_char.map(Expr::Value));
            unless(negated, call("SIMILAR", arguments))
        }
        Expr::Function(function) if differences::is_one(&function) => differences::of(function)?,
        Expr::Function(function) => with_unit(called(function)?),
        Expr::Interval(interval) => intervals::plain(interval)?,
        Expr::TypedString(literal) => Expr::TypedString(intervals::with_digits(literal)),
        Expr::Cast { kind, expr, data_type, array: false, format: None } => cast(kind, expr, data_type),
        Expr::BinaryOp { left, op, right } => tuples::compared(left, op, right)?,
        Expr::InList { expr, list, negated } => tuples::among(expr, list, negated),
        // Its letters are known by now.
        Expr::Value(ValueWithSpan { value: Value::UnicodeStringLiteral(letters), .. }) => text(letters),
        other => other,
    })
}

/// A call of one of our functions.
pub(crate) fn call(name: &str, arguments: Vec<Expr>) -> Expr {
    let unnamed = |argument| FunctionArg::Unnamed(FunctionArgExpr::Expr(argument));
    let list = FunctionArgumentList {
        duplicate_treatment: None,
        args: arguments.into_iter().map(unnamed).collect(),
        clauses: Vec::new(),
    };
    Expr::Function(Function {
        name: ObjectName::from(vec![Ident::with_quote('`', name)]),
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: FunctionArguments::List(list),
        filter: None,
        null_treatment: None,
        over: None,
        within_group: Vec::new(),
    })
}

/// A text as a value.
pub(crate) fn text(words: impl ToString) -> Expr {
    Expr::value(Value::SingleQuotedString(words.to_string()))
}

/// `NOT x`, or `x`.
fn unless(negated: bool, expr: Expr) -> Expr {
    match negated {
        true => Expr::UnaryOp { op: UnaryOperator::Not, expr: Box::new(expr) },
        false => expr,
    }
}

/// Several conditions as one.
fn joined(conditions: impl IntoIterator<Item = Expr>, op: &BinaryOperator) -> Option<Expr> {
    let pair = |left, right| Expr::BinaryOp { left: Box::new(left), op: op.clone(), right: Box::new(right) };
    let whole = conditions.into_iter().reduce(pair)?;
    Some(Expr::Nested(Box::new(whole)))
}

fn is_unit(unit: &DateTimeField) -> bool {
    *unit != DateTimeField::NoDateTime
}

/// `x[1].name`: the planner takes the names of fields behind what is no name as texts.
fn accessed(root: Box<Expr>, mut chain: Vec<AccessExpr>) -> Expr {
    let mut is_name = matches!(*root, Expr::Identifier(_));
    for access in &mut chain {
        match access {
            AccessExpr::Dot(Expr::Identifier(name)) if !is_name => {
                *access = AccessExpr::Dot(text(&name.value));
            }
            AccessExpr::Dot(Expr::Identifier(_)) => {}
            _ => is_name = false,
        }
    }
    Expr::CompoundFieldAccess { root, access_chain: chain }
}

/// A call of a function of one row has no rows around it, of which the planner says nothing.
fn called(function: Function) -> Result<Function, SqlError> {
    let name = function.name.to_string();
    if function.over.is_some() && expr::function(name.trim_matches('`')).is_some() {
        let words = format!("{} is a function of one row: OVER does not go with it", name.to_uppercase());
        return Err(SqlError::new(words));
    }
    Ok(function)
}

/// `TIMESTAMPADD(DAY, 1, t)`: its unit is a word.
fn with_unit(mut function: Function) -> Expr {
    let name = function.name.to_string().to_uppercase();
    let takes_unit = matches!(name.as_str(), "TIMESTAMPADD" | "TIMESTAMPDIFF");
    if let FunctionArguments::List(list) = &mut function.args
        && let Some(FunctionArg::Unnamed(FunctionArgExpr::Expr(unit))) = list.args.first_mut()
        && let Expr::Identifier(Ident { value, quote_style: None, .. }) = unit
        && takes_unit
    {
        *unit = text(value);
    }
    Expr::Function(function)
}

/// `CAST(x AS CHAR(3))`: three letters, filled up with blanks; of a `VARCHAR(3)` they are at most three. The same of bytes, which
/// are filled up with zeros.
fn cast(kind: CastKind, expr: Box<Expr>, data_type: DataType) -> Expr {
    let count = |length: u64| match i32::try_from(length) {
        Ok(most) if most < i32::MAX => Some(Expr::value(Value::Number(length.to_string(), false))),
        _ => None,
    };
    let letters = |length: &Option<CharacterLength>| match length {
        Some(CharacterLength::IntegerLength { length, .. }) => count(*length),
        _ => None,
    };
    let (is_filled, letters, bytes) = match &data_type {
        DataType::Char(length) | DataType::Character(length) => (true, letters(length), None),
        DataType::Varchar(length) => (false, letters(length), None),
        DataType::Binary(length) => (true, None, Some(length.unwrap_or(1))),
        DataType::Varbinary(Some(BinaryLength::IntegerLength { length })) => (false, None, Some(*length)),
        DataType::Varbinary(None) => (false, None, Some(1)),
        _ => (false, None, None),
    };
    let bytes = bytes.and_then(count);
    // Without a length, by which it would be cast once more.
    let plain = match (&letters, &bytes) {
        (Some(_), _) => DataType::String(None),
        (None, Some(_)) => DataType::Bytes(None),
        (None, None) => data_type,
    };
    let whole = Expr::Cast { kind, expr, data_type: plain, array: false, format: None };
    match (letters, bytes) {
        (Some(letters), _) if is_filled => call("RPAD", vec![whole, letters, text(" ")]),
        (Some(letters), _) => call("LEFT", vec![whole, letters]),
        (None, Some(bytes)) => call("FIT_BYTES", vec![whole, bytes, Expr::value(Value::Boolean(is_filled))]),
        (None, None) => whole,
    }
}

/// What a text literal says.
fn literal_text(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Value(ValueWithSpan { value: Value::SingleQuotedString(text), .. }) => Some(text),
        _ => None,
    }
}
