//! Semi joins that are made before others: of a tree of joins they look at one table, and leave fewer of its rows.
//!
//! ```text
//!   Semi [orders.key = big.key]             Join [lines.order = orders.key]
//!     Join [lines.order = orders.key]   ─►    lines
//!       lines, orders                         Semi [orders.key = big.key]
//!     big                                       orders, big
//! ```

use std::sync::Arc;

use datafusion_common::tree_node::Transformed;
use datafusion_common::{Column, JoinType, Result};
use datafusion_expr::{Join, LogicalPlan};

use super::relations::{is_inner, within};
use crate::estimates::Estimates;

/// A semi join, further down where that is cheaper.
pub(super) fn sunk(plan: LogicalPlan, estimates: &Estimates) -> Result<Transformed<LogicalPlan>> {
    let LogicalPlan::Join(join) = &plan else { return Ok(Transformed::no(plan)) };
    let looks_left = matches!(join.join_type, JoinType::LeftSemi | JoinType::LeftAnti) && !join.null_aware;
    if !looks_left || !(is_inner(&join.left) || within(&join.left).is_some()) {
        return Ok(Transformed::no(plan));
    }
    let right = join.right.schema();
    let of_keys = join.on.iter().flat_map(|(left, _)| left.column_refs());
    let of_filter = join.filter.iter().flat_map(|filter| filter.column_refs());
    let looked_at: Vec<Column> =
        of_keys.chain(of_filter.filter(|column| !right.has_column(column))).cloned().collect();
    if looked_at.is_empty() {
        return Ok(Transformed::no(plan));
    }
    let Some(rows) = estimates.rows(&join.left) else { return Ok(Transformed::no(plan)) };
    match placed(&join.left, join, &looked_at, (rows, estimates))? {
        Some(sunk) => Ok(Transformed::yes(sunk)),
        None => Ok(Transformed::no(plan)),
    }
}

/// The tree with the semi join in it, if it is cheaper further down: there are no more rows than the whole tree makes.
fn placed(
    tree: &LogicalPlan,
    join: &Join,
    looked_at: &[Column],
    (rows, estimates): (f64, &Estimates),
) -> Result<Option<LogicalPlan>> {
    let mut inputs: Vec<LogicalPlan> = tree.inputs().into_iter().cloned().collect();
    let has_all = |input: &LogicalPlan| looked_at.iter().all(|column| input.schema().has_column(column));
    let Some(place) = inputs.iter().position(has_all) else { return Ok(None) };
    let below = &inputs[place];
    let further = match is_inner(below) || within(below).is_some() {
        true => placed(below, join, looked_at, (rows, estimates))?,
        false => None,
    };
    // Where a filter or fewer columns come next, it makes no difference.
    let has_fewer = || is_inner(tree) && estimates.rows(below).is_some_and(|below| below <= rows);
    inputs[place] = match further {
        Some(further) => further,
        None if has_fewer() => of_left(below.clone(), join)?,
        None => return Ok(None),
    };
    tree.with_new_exprs(tree.expressions(), inputs).map(Some)
}

/// The semi join of another left side.
fn of_left(left: LogicalPlan, join: &Join) -> Result<LogicalPlan> {
    let join = Join::try_new(
        Arc::new(left),
        Arc::clone(&join.right),
        join.on.clone(),
        join.filter.clone(),
        join.join_type,
        join.join_constraint,
        join.null_equality,
        false,
    )?;
    Ok(LogicalPlan::Join(join))
}
