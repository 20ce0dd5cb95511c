//! Groups that a join has no use for are not aggregated: the keys that it looks for are few, and looked for before.
//!
//! ```text
//!   Join [part.key = sums.key]              Join [part.key = sums.key]
//!     Join: lines, part             ─►        Join: lines, part
//!     Aggregate [key]: sums                   Aggregate [key]: sums
//!       lines                                   Semi [lines.key = part.key]
//!                                                 lines
//!                                                 part
//! ```
//!
//! What a correlated subquery comes to is such a join. The few keys are read a second time, so they have to cost little.

use std::sync::Arc;

use datafusion_common::tree_node::Transformed;
use datafusion_common::{Column, JoinType, NullEquality, Result};
use datafusion_expr::{Aggregate, Expr, Join, JoinConstraint, LogicalPlan, Projection};

use super::relations::{is_inner, within};
use crate::connector::Connector;
use crate::estimates::Estimates;
use crate::table::Table;

/// There are so many groups for a key that is wanted, or it is not worth the while.
const GROUPS_LEAST: f64 = 4.0;
/// Below the aggregate so many rows are read for one that is read for the keys.
const READ_LEAST: f64 = 2.0;

/// A join of an aggregate and what wants few of its groups, so that only those are aggregated.
pub(super) fn only_wanted(plan: LogicalPlan, estimates: &Estimates) -> Result<Transformed<LogicalPlan>> {
    let LogicalPlan::Join(join) = &plan else { return Ok(Transformed::no(plan)) };
    if join.null_equality != NullEquality::NullEqualsNothing || join.on.is_empty() {
        return Ok(Transformed::no(plan));
    }
    let on = |is_left: bool| -> Vec<(Expr, Expr)> {
        let pair = |(left, right): &(Expr, Expr)| match is_left {
            true => (left.clone(), right.clone()),
            false => (right.clone(), left.clone()),
        };
        join.on.iter().map(pair).collect()
    };
    let new_right = match join.join_type {
        JoinType::Inner | JoinType::Left => reduced(&join.right, &on(false), &join.left, estimates)?,
        _ => None,
    };
    let new_left = match join.join_type {
        JoinType::Inner if new_right.is_none() => reduced(&join.left, &on(true), &join.right, estimates)?,
        _ => None,
    };
    if new_left.is_none() && new_right.is_none() {
        return Ok(Transformed::no(plan));
    }
    let left = new_left.unwrap_or_else(|| join.left.as_ref().clone());
    let right = new_right.unwrap_or_else(|| join.right.as_ref().clone());
    plan.with_new_exprs(plan.expressions(), vec![left, right]).map(Transformed::yes)
}

/// A side that ends in an aggregate, whose groups are those of keys that the other side has. `on` are its keys and the other's.
fn reduced(
    side: &LogicalPlan,
    on: &[(Expr, Expr)],
    other: &LogicalPlan,
    estimates: &Estimates,
) -> Result<Option<LogicalPlan>> {
    match side {
        LogicalPlan::Projection(projection) => {
            let below = |own: &Expr| {
                let Expr::Column(column) = own else { return None };
                let place = side.schema().maybe_index_of_column(column)?;
                Some(projection.expr[place].clone().unalias())
            };
            let on: Vec<_> =
                on.iter().filter_map(|(own, other)| Some((below(own)?, other.clone()))).collect();
            let Some(input) = reduced(&projection.input, &on, other, estimates)? else { return Ok(None) };
            side.with_new_exprs(side.expressions(), vec![input]).map(Some)
        }
        LogicalPlan::Filter(filter) => {
            let Some(input) = reduced(&filter.input, on, other, estimates)? else { return Ok(None) };
            side.with_new_exprs(side.expressions(), vec![input]).map(Some)
        }
        LogicalPlan::Aggregate(aggregate) => {
            let keys: Vec<(Expr, Column)> =
                on.iter().filter_map(|(own, other)| key(aggregate, own, other)).collect();
            let Some(wanted) = wanted(other, &keys) else { return Ok(None) };
            if !is_repeatable(wanted) || !is_worthwhile(side, wanted, estimates) {
                return Ok(None);
            }
            let input = semi(&aggregate.input, wanted, keys)?;
            side.with_new_exprs(side.expressions(), vec![input]).map(Some)
        }
        _ => Ok(None),
    }
}

/// What an aggregate groups by in a column of its, and the column of the other side that it is joined with.
fn key(aggregate: &Aggregate, own: &Expr, other: &Expr) -> Option<(Expr, Column)> {
    let (Expr::Column(own), Expr::Column(other)) = (own, other) else { return None };
    let place = aggregate.schema.maybe_index_of_column(own)?;
    let grouped = aggregate.group_expr.get(place)?;
    matches!(grouped, Expr::Column(_)).then(|| (grouped.clone(), other.clone()))
}

/// The relation of the other side that has all of these columns.
fn wanted<'a>(other: &'a LogicalPlan, keys: &[(Expr, Column)]) -> Option<&'a LogicalPlan> {
    let has_all = |plan: &&LogicalPlan| keys.iter().all(|(_, column)| plan.schema().has_column(column));
    if keys.is_empty() || !has_all(&other) {
        return None;
    }
    match other {
        LogicalPlan::Join(_) if is_inner(other) => {
            other.inputs().into_iter().find(has_all).and_then(|input| wanted(input, keys))
        }
        _ => match within(other) {
            Some(input) => wanted(input, keys),
            None => Some(other),
        },
    }
}

/// Whether a plan has the same rows when it is read a second time.
fn is_repeatable(plan: &LogicalPlan) -> bool {
    let is_same = match plan {
        LogicalPlan::TableScan(scan) => {
            let table = scan.source.downcast_ref::<Table>();
            scan.fetch.is_none() && table.is_some_and(|table| matches!(table.connector, Connector::Files(_)))
        }
        LogicalPlan::Projection(_)
        | LogicalPlan::Filter(_)
        | LogicalPlan::Join(_)
        | LogicalPlan::SubqueryAlias(_) => true,
        _ => false,
    };
    let is_volatile = plan.expressions().iter().any(Expr::is_volatile);
    is_same && !is_volatile && plan.inputs().into_iter().all(is_repeatable)
}

fn is_worthwhile(aggregate: &LogicalPlan, wanted: &LogicalPlan, estimates: &Estimates) -> bool {
    let guessed = || {
        let is_few = estimates.rows(wanted)? * GROUPS_LEAST <= estimates.rows(aggregate)?;
        let is_cheap = read(wanted, estimates)? * READ_LEAST <= read(aggregate, estimates)?;
        Some(is_few && is_cheap)
    };
    guessed().unwrap_or(false)
}

/// About how many rows of tables a plan reads.
fn read(plan: &LogicalPlan, estimates: &Estimates) -> Option<f64> {
    match plan.inputs().as_slice() {
        [] => estimates.rows(plan),
        inputs => inputs.iter().map(|input| read(input, estimates)).sum(),
    }
}

fn semi(input: &Arc<LogicalPlan>, wanted: &LogicalPlan, keys: Vec<(Expr, Column)>) -> Result<LogicalPlan> {
    let name = |number: usize| format!("$wanted{number}");
    let columns =
        keys.iter().enumerate().map(|(number, (_, column))| Expr::Column(column.clone()).alias(name(number)));
    let wanted = Projection::try_new(columns.collect(), Arc::new(wanted.clone()))?;
    let own = keys.into_iter().enumerate();
    let on = own.map(|(number, (own, _))| (own, Expr::Column(Column::new_unqualified(name(number)))));
    let join = Join::try_new(
        Arc::clone(input),
        Arc::new(LogicalPlan::Projection(wanted)),
        on.collect(),
        None,
        JoinType::LeftSemi,
        JoinConstraint::On,
        NullEquality::NullEqualsNothing,
        false,
    )?;
    Ok(LogicalPlan::Join(join))
}
