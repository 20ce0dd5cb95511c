//! `GROUPING(a, b)`: which of these keys are nulls for their set's sake, as a number in binary; read off the number of the set.
//!
//! ```text
//!   Aggregate [CUBE (a, b)], [GROUPING(b), SUM(x)]  ─►  Project [a, b, id / 1 % 2, SUM(x)]
//!                                                         Aggregate [CUBE (a, b)], [SUM(x)]
//! ```

use std::sync::Arc;

use arrow_schema::DataType;
use datafusion_common::tree_node::Transformed;
use datafusion_common::{Column, Result, ScalarValue, plan_err};
use datafusion_expr::expr::ScalarFunction;
use datafusion_expr::utils::grouping_set_to_exprlist;
use datafusion_expr::{Aggregate, Expr, LogicalPlan, Projection, cast};
use expr::BinaryOp;

use crate::functions::Arithmetic;

/// The plan without calls of `GROUPING`.
pub(super) fn resolved(plan: LogicalPlan) -> Result<LogicalPlan> {
    let resolved = plan.transform_up_with_subqueries(|part| match part {
        LogicalPlan::Aggregate(aggregate)
            if aggregate.aggr_expr.iter().any(|expr| arguments(expr).is_some()) =>
        {
            without(aggregate).map(Transformed::yes)
        }
        other => Ok(Transformed::no(other)),
    });
    Ok(resolved?.data)
}

/// What `GROUPING` is asked of, if it is one.
fn arguments(expr: &Expr) -> Option<&[Expr]> {
    match expr {
        Expr::AggregateFunction(call) if call.func.name() == "grouping" => Some(&call.params.args),
        Expr::Alias(alias) => arguments(&alias.expr),
        _ => None,
    }
}

fn without(aggregate: Aggregate) -> Result<LogicalPlan> {
    let Aggregate { input, group_expr, aggr_expr, schema, .. } = aggregate;
    let has_sets = matches!(group_expr.as_slice(), [Expr::GroupingSet(_)]);
    let keys: Vec<Expr> = grouping_set_to_exprlist(&group_expr)?.into_iter().cloned().collect();
    let columns = schema.columns();
    let mut projected: Vec<Expr> = columns.iter().take(keys.len()).cloned().map(Expr::Column).collect();
    let mut computed = Vec::new();
    if keys.is_empty() && !has_sets {
        return plan_err!("GROUPING takes keys of GROUP BY, and there is none");
    }
    for (expr, column) in aggr_expr.into_iter().zip(&columns[keys.len() + usize::from(has_sets)..]) {
        projected.push(match arguments(&expr) {
            None => {
                computed.push(expr);
                Expr::Column(column.clone())
            }
            Some(asked) => {
                let number = if has_sets { number(asked, &keys)? } else { long(0) };
                number.alias_qualified(column.relation.clone(), &column.name)
            }
        });
    }
    let aggregate = LogicalPlan::Aggregate(Aggregate::try_new(input, group_expr, computed)?);
    Ok(LogicalPlan::Projection(Projection::try_new(projected, Arc::new(aggregate))?))
}

/// A bit for each key that is asked of, the last one lowest.
fn number(asked: &[Expr], keys: &[Expr]) -> Result<Expr> {
    let id = || cast(Expr::Column(Column::from(Aggregate::INTERNAL_GROUPING_ID)), DataType::Int64);
    let mut number: Option<Expr> = None;
    for key in asked {
        let Some(place) = keys.iter().position(|each| each == key) else {
            return plan_err!("GROUPING takes keys of GROUP BY, and {key} is none");
        };
        let bit =
            of(BinaryOp::Modulo, of(BinaryOp::Divide, id(), long(1 << (keys.len() - 1 - place))), long(2));
        number = Some(match number {
            None => bit,
            Some(higher) => of(BinaryOp::Plus, of(BinaryOp::Multiply, higher, long(2)), bit),
        });
    }
    match number {
        Some(number) => Ok(number),
        None => plan_err!("GROUPING takes at least one key of GROUP BY"),
    }
}

fn long(value: i64) -> Expr {
    Expr::Literal(ScalarValue::Int64(Some(value)), None)
}

fn of(op: BinaryOp, left: Expr, right: Expr) -> Expr {
    Expr::ScalarFunction(ScalarFunction::new_udf(Arc::new(Arithmetic::of(op)), vec![left, right]))
}
