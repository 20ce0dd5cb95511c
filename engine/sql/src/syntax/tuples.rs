//! `(a, b)` beside `(c, d)`: equal if all of their values are, and spans of time that overlap.

use datafusion_sql::sqlparser::ast::{BinaryOperator, Expr, FunctionArg, FunctionArgExpr, FunctionArguments};

use super::{call, joined, unless};
use crate::error::SqlError;

/// `(a, b) = (c, d)`, `(a, b) <> (c, d)`, `(a, b) OVERLAPS (c, d)`; anything else stays what it is.
pub(super) fn compared(left: Box<Expr>, op: BinaryOperator, right: Box<Expr>) -> Result<Expr, SqlError> {
    let same = |left, op, right| Expr::BinaryOp { left, op, right };
    let (Some(values), Some(others)) = (values_of(&left), values_of(&right)) else {
        return match op {
            BinaryOperator::Overlaps => {
                Err(SqlError::new("OVERLAPS takes two spans: (start, end) OVERLAPS (start, end)"))
            }
            op => Ok(same(left, op, right)),
        };
    };
    match op {
        BinaryOperator::Overlaps => Ok(call("OVERLAPS", values.into_iter().chain(others).collect())),
        BinaryOperator::Eq | BinaryOperator::NotEq if values.len() == others.len() => {
            Ok(pairs(values, others, &op).unwrap_or_else(|| same(left, op, right)))
        }
        BinaryOperator::Eq | BinaryOperator::NotEq => Err(SqlError::new(format!(
            "a row of {} values is compared with one of {}",
            values.len(),
            others.len()
        ))),
        op => Ok(same(left, op, right)),
    }
}

/// `(a, b) IN ((1, 2), (3, 4))` as what it means.
pub(super) fn among(expr: Box<Expr>, list: Vec<Expr>, negated: bool) -> Expr {
    let same = |expr, list| Expr::InList { expr, list, negated };
    let Some(values) = values_of(&expr) else { return same(expr, list) };
    let equal = |other: &Expr| {
        let others = values_of(other).filter(|others| others.len() == values.len())?;
        pairs(values.clone(), others, &BinaryOperator::Eq)
    };
    match list.iter().map(equal).collect::<Option<Vec<_>>>().and_then(|all| joined(all, &BinaryOperator::Or))
    {
        Some(any) => unless(negated, any),
        None => same(expr, list),
    }
}

/// Rows are equal if all of their values are, and different if one of them is.
fn pairs(values: Vec<Expr>, others: Vec<Expr>, op: &BinaryOperator) -> Option<Expr> {
    let pair =
        |(left, right)| Expr::BinaryOp { left: Box::new(left), op: op.clone(), right: Box::new(right) };
    let join = if *op == BinaryOperator::Eq { BinaryOperator::And } else { BinaryOperator::Or };
    joined(values.into_iter().zip(others).map(pair), &join)
}

/// The values of `(a, b)` or `ROW(a, b)`.
fn values_of(expr: &Expr) -> Option<Vec<Expr>> {
    match expr {
        Expr::Tuple(values) => Some(values.clone()),
        Expr::Function(function)
            if function.name.to_string().trim_matches('`').eq_ignore_ascii_case("ROW") =>
        {
            let FunctionArguments::List(list) = &function.args else { return None };
            let value = |argument: &FunctionArg| match argument {
                FunctionArg::Unnamed(FunctionArgExpr::Expr(value)) => Some(value.clone()),
                _ => None,
            };
            list.args.iter().map(value).collect()
        }
        _ => None,
    }
}
