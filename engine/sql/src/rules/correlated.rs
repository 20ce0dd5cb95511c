//! Subqueries that look outside from where no rule of the planner takes it: behind a `LIMIT`, in a set operation, in `HAVING`, in
//! front of an aggregate by anything but `=`.
//!
//! ```text
//!   t, LATERAL (… of t.x …)  ─►  t, LATERAL (SELECT … FROM s WHERE s.x = t.x)        s: what the subquery says of each x of t
//! ```
//!
//! What is made of it (`dependent.rs`) has the values of all rows outside beside its own columns, so that it looks outside in a
//! `WHERE` alone: that all rules behind this one know what to do with. Null is a value here: it stands as a zero and a truth.
//! Costs the values of the outer rows once more, each of them once; a subquery that the planner can do by itself is left to it.

use std::cell::Cell;
use std::sync::Arc;

use datafusion_common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion_common::{Column, Result, ScalarValue};
use datafusion_expr::expr::{Case, InSubquery, SetComparison};
use datafusion_expr::expr_rewriter::strip_outer_reference;
use datafusion_expr::utils::{conjunction, split_conjunction};
use datafusion_expr::{
    BinaryExpr, Distinct, Expr, Filter, Join, JoinType, LogicalPlan, Operator, Projection, Subquery, lit,
};

use super::dependent::Dependent;

/// Where a subquery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Beside what it looks at.
    Lateral,
    /// For a value.
    Value,
    /// It is asked whether it has a row, or which.
    Asked,
    /// The same, and which columns it has does not matter.
    Exists,
}

/// The plan, whose subqueries look outside from their `WHERE` alone.
pub(super) fn plain(plan: LogicalPlan) -> Result<LogicalPlan> {
    let number = Cell::new(0);
    plan.transform_up_with_subqueries(|part| rewritten(part, &number)).data()
}

fn rewritten(part: LogicalPlan, number: &Cell<usize>) -> Result<Transformed<LogicalPlan>> {
    if let LogicalPlan::Join(join) = part {
        return lateral(join, number);
    }
    let [input] = part.inputs()[..] else { return Ok(Transformed::no(part)) };
    let input = input.clone();
    part.map_expressions(|expr| {
        expr.transform_up(|inner| {
            let new = |subquery: &Subquery, place| of(subquery, place, &input, number);
            Ok(match inner {
                Expr::ScalarSubquery(subquery) => match new(&subquery, Place::Value)? {
                    Some(subquery) => Transformed::yes(Expr::ScalarSubquery(subquery)),
                    None => Transformed::no(Expr::ScalarSubquery(subquery)),
                },
                Expr::Exists(mut exists) => match new(&exists.subquery, Place::Exists)? {
                    Some(subquery) => {
                        exists.subquery = subquery;
                        Transformed::yes(Expr::Exists(exists))
                    }
                    None => Transformed::no(Expr::Exists(exists)),
                },
                Expr::InSubquery(asked) => match new(&asked.subquery, Place::Asked)? {
                    Some(subquery) => Transformed::yes(Expr::InSubquery(InSubquery { subquery, ..asked })),
                    None => Transformed::no(Expr::InSubquery(asked)),
                },
                Expr::SetComparison(asked) => match new(&asked.subquery, Place::Asked)? {
                    Some(subquery) => {
                        Transformed::yes(Expr::SetComparison(SetComparison { subquery, ..asked }))
                    }
                    None => Transformed::no(Expr::SetComparison(asked)),
                },
                other => Transformed::no(other),
            })
        })
    })
}

/// A join whose right side looks at its left one.
fn lateral(mut join: Join, number: &Cell<usize>) -> Result<Transformed<LogicalPlan>> {
    let (subquery, alias) = match join.right.as_ref() {
        LogicalPlan::Subquery(subquery) => (subquery, None),
        LogicalPlan::SubqueryAlias(alias) => match alias.input.as_ref() {
            LogicalPlan::Subquery(subquery) => (subquery, Some(alias)),
            _ => return Ok(Transformed::no(LogicalPlan::Join(join))),
        },
        _ => return Ok(Transformed::no(LogicalPlan::Join(join))),
    };
    let is_taken = matches!(join.join_type, JoinType::Inner | JoinType::Left);
    let new = if is_taken { of(subquery, Place::Lateral, &join.left, number)? } else { None };
    let Some(new) = new.map(LogicalPlan::Subquery) else {
        return Ok(Transformed::no(LogicalPlan::Join(join)));
    };
    let right = match alias {
        Some(alias) => {
            let mut alias = alias.clone();
            alias.input = Arc::new(new);
            LogicalPlan::SubqueryAlias(alias)
        }
        None => new,
    };
    join.right = Arc::new(right);
    Ok(Transformed::yes(LogicalPlan::Join(join)))
}

/// What takes the place of a subquery over these rows; nothing, if it may stay, or has to.
fn of(
    subquery: &Subquery,
    place: Place,
    outside: &LogicalPlan,
    number: &Cell<usize>,
) -> Result<Option<Subquery>> {
    let plan = subquery.subquery.as_ref();
    let columns: Vec<Column> = plan.all_out_ref_exprs().into_iter().filter_map(outer_column).collect();
    let is_found = |column: &Column| outside.schema().has_column(column);
    if columns.is_empty()
        || !columns.iter().all(is_found)
        || is_plain(plan, place, false)
        || looks_deeper(plan, &columns)
    {
        return Ok(None);
    }
    let outside = least(outside, &columns);
    if !free(outside).is_empty() {
        return Ok(None);
    }
    let dependent = Dependent { outside, columns: &columns, number };
    let Some(whole) = dependent.of(plan)? else { return Ok(None) };
    let mut own: Vec<Expr> = whole.plan.schema().columns().into_iter().map(Expr::Column).collect();
    own.truncate(plan.schema().fields().len());
    let mut exprs = own.clone();
    let mut conditions = Vec::with_capacity(columns.len());
    for (key, column) in whole.keys.iter().zip(&columns) {
        let field = outside.schema().qualified_field_from_column(column)?.1.clone();
        let outer = Expr::OuterReferenceColumn(field.clone(), column.clone());
        if !field.is_nullable() {
            exprs.push(Expr::Column(key.clone()));
            conditions.push(Expr::Column(key.clone()).eq(outer));
            continue;
        }
        let zero = ScalarValue::new_default(field.data_type())?;
        for (what, suffix) in [(is_null as fn(Expr, &ScalarValue) -> Expr, "$null"), (filled, "$value")] {
            let name = format!("{}{suffix}", key.name);
            exprs.push(what(Expr::Column(key.clone()), &zero).alias(&name));
            conditions.push(Expr::Column(Column::new_unqualified(name)).eq(what(outer.clone(), &zero)));
        }
    }
    let whole = LogicalPlan::Projection(Projection::try_new(exprs, Arc::new(whole.plan))?);
    let condition = conjunction(conditions).expect("it looks outside");
    let filtered = LogicalPlan::Filter(Filter::try_new(condition, Arc::new(whole))?);
    let plan = LogicalPlan::Projection(Projection::try_new(own, Arc::new(filtered))?);
    let outer_ref_columns = plan.all_out_ref_exprs();
    Ok(Some(Subquery { subquery: Arc::new(plan), outer_ref_columns, spans: subquery.spans.clone() }))
}

/// The columns that a plan looks at outside of itself: what the right side of a join finds on its left side is within.
fn free(plan: &LogicalPlan) -> Vec<Column> {
    let mut columns = Vec::new();
    for expr in plan.expressions() {
        // What is called never fails.
        let _ = expr.apply(|part| {
            if let Expr::OuterReferenceColumn(_, column) = part {
                columns.push(column.clone());
            }
            Ok(TreeNodeRecursion::Continue)
        });
    }
    match plan {
        LogicalPlan::Join(join) => {
            columns.extend(free(&join.left));
            columns.extend(
                free(&join.right).into_iter().filter(|column| !join.left.schema().has_column(column)),
            );
        }
        _ => columns.extend(plan.inputs().into_iter().flat_map(free)),
    }
    columns
}

fn outer_column(expr: Expr) -> Option<Column> {
    match strip_outer_reference(expr) {
        Expr::Column(column) => Some(column),
        _ => None,
    }
}

fn is_null(expr: Expr, _: &ScalarValue) -> Expr {
    expr.is_null()
}

/// A value, or something in place of null.
fn filled(expr: Expr, zero: &ScalarValue) -> Expr {
    let when = (Box::new(expr.clone().is_null()), Box::new(lit(zero.clone())));
    Expr::Case(Case { expr: None, when_then_expr: vec![when], else_expr: Some(Box::new(expr)) })
}

/// The part of the rows outside that has all of these columns, and perhaps more of their values.
fn least<'a>(outside: &'a LogicalPlan, columns: &[Column]) -> &'a LogicalPlan {
    let has = |plan: &LogicalPlan| columns.iter().all(|column| plan.schema().has_column(column));
    match outside {
        LogicalPlan::Join(join) => match join.join_type {
            JoinType::Inner | JoinType::Left if has(&join.left) => least(&join.left, columns),
            JoinType::Inner | JoinType::Right if has(&join.right) && !has_lateral(&join.right) => {
                least(&join.right, columns)
            }
            _ => outside,
        },
        _ => outside,
    }
}

fn has_lateral(plan: &LogicalPlan) -> bool {
    plan.exists(|part| Ok(matches!(part, LogicalPlan::Subquery(_)))).unwrap_or(true)
}

/// Whether a subquery within looks that far.
fn looks_deeper(plan: &LogicalPlan, columns: &[Column]) -> bool {
    let is_one = |expr: &Expr| outer_column(expr.clone()).is_some_and(|column| columns.contains(&column));
    let deeper = |subquery: &Subquery| subquery.outer_ref_columns.iter().any(is_one);
    let mut found = false;
    // What is called never fails.
    let _ = plan.apply(|part| {
        found |= matches!(part, LogicalPlan::Subquery(subquery) if deeper(subquery));
        for expr in part.expressions() {
            found |= expr
                .exists(|expr| {
                    Ok(match expr {
                        Expr::ScalarSubquery(subquery) => deeper(subquery),
                        Expr::Exists(exists) => deeper(&exists.subquery),
                        Expr::InSubquery(asked) => deeper(&asked.subquery),
                        Expr::SetComparison(asked) => deeper(&asked.subquery),
                        _ => false,
                    })
                })
                .unwrap_or(true);
        }
        Ok(if found { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    });
    found
}

/// Whether the planner can do it by itself. Above an aggregate, or what counts rows, it takes `=` alone.
fn is_plain(plan: &LogicalPlan, place: Place, counts: bool) -> bool {
    if plan.all_out_ref_exprs().is_empty() {
        return true;
    }
    let looks_out = || plan.contains_outer_reference();
    match plan {
        LogicalPlan::Filter(filter) => {
            let mut parts = split_conjunction(&filter.predicate).into_iter();
            let is_having = is_grouped(&filter.input);
            !is_having
                && (!counts || parts.all(|part| !part.contains_outer() || is_equality(part)))
                && is_plain(&filter.input, place, counts)
        }
        LogicalPlan::Projection(projection) => !looks_out() && is_plain(&projection.input, place, counts),
        LogicalPlan::SubqueryAlias(alias) => is_plain(&alias.input, place, counts),
        LogicalPlan::Distinct(Distinct::All(input)) => {
            is_plain(input, place, counts || matches!(place, Place::Lateral | Place::Value))
        }
        LogicalPlan::Aggregate(aggregate) => {
            // It has a row always, and one for each value only where there is one.
            let loses_a_row =
                aggregate.group_expr.is_empty() && matches!(place, Place::Asked | Place::Exists);
            let is_refused = looks_out() || counts || loses_a_row;
            !is_refused && is_plain(&aggregate.input, place, true)
        }
        LogicalPlan::Limit(limit) => place == Place::Exists && is_plain(&limit.input, place, counts),
        LogicalPlan::Join(join) => {
            let is_right_free = join.right.all_out_ref_exprs().is_empty();
            let is_taken =
                join.join_type == JoinType::Inner || (join.join_type == JoinType::Left && is_right_free);
            !looks_out()
                && is_taken
                && [&join.left, &join.right].iter().all(|side| is_plain(side, place, counts))
        }
        LogicalPlan::Union(_) | LogicalPlan::Sort(_) | LogicalPlan::Window(_) | LogicalPlan::Distinct(_) => {
            false
        }
        _ => true,
    }
}

/// Whether rows are those of an aggregate.
fn is_grouped(plan: &LogicalPlan) -> bool {
    match plan {
        LogicalPlan::Aggregate(_) => true,
        LogicalPlan::Projection(projection) => is_grouped(&projection.input),
        LogicalPlan::SubqueryAlias(alias) => is_grouped(&alias.input),
        _ => false,
    }
}

/// `column = outside`: what the planner takes from below an aggregate.
fn is_equality(expr: &Expr) -> bool {
    let Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq, right }) = expr else { return false };
    let is_column = |expr: &Expr| matches!(expr, Expr::Column(_));
    is_column(left) && !right.any_column_refs() || is_column(right) && !left.any_column_refs()
}
