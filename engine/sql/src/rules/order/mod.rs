//! The order in which joins of a batch are made: the one that is guessed to be the cheapest, whatever was written.
//!
//! ```text
//!   semi joins go down to the table that they are about ─► aggregates of what is wanted ─► for each tree of inner joins:
//!       relations, conditions ─► a graph of numbers ─► search ─► joins, and a projection for the order of columns
//! ```
//!
//! | step | file |
//! |---|---|
//! | semi joins that are made before others | `semi.rs` |
//! | groups that no join wants are not aggregated | `wanted.rs` |
//! | from a tree of joins to relations and conditions, and back | `relations.rs` |
//! | the cheapest tree of a graph | `search.rs` |
//!
//! A tree of which nobody knows how large a part is stays as it was written.

mod relations;
mod search;
mod semi;
#[cfg(test)]
mod tests;
mod wanted;

use datafusion_common::Result;
use datafusion_common::tree_node::{Transformed, TreeNode};
use datafusion_expr::LogicalPlan;

use crate::estimates::Estimates;
use relations::{Relations, is_inner};
use semi::sunk;
use wanted::only_wanted;

/// Whether a plan joins anything.
pub(super) fn has_joins(plan: &LogicalPlan) -> bool {
    plan.exists(|part| Ok(matches!(part, LogicalPlan::Join(_)))).unwrap_or(false)
}

/// A plan with its joins in another order.
pub(super) fn joins_in_order(plan: LogicalPlan, estimates: &Estimates) -> Result<LogicalPlan> {
    let plan = plan.transform_up(|part| sunk(part, estimates))?.data;
    let plan = plan.transform_up(|part| only_wanted(part, estimates))?.data;
    // Those that have come with the groups that are wanted.
    let plan = plan.transform_up(|part| sunk(part, estimates))?.data;
    ordered(plan, estimates)
}

/// A plan whose trees of inner joins are in order: a tree is put in order as a whole, then what lies below it.
fn ordered(plan: LogicalPlan, estimates: &Estimates) -> Result<LogicalPlan> {
    if is_inner(&plan) {
        let relations = Relations::of(&plan);
        let columns = plan.schema().columns();
        if let Some(tree) = relations.in_order(columns, estimates)? {
            return below(tree, estimates);
        }
    }
    Ok(plan.map_children(|child| ordered(child, estimates).map(Transformed::yes))?.data)
}

/// A tree that is in order, with what lies below it in order too.
fn below(tree: LogicalPlan, estimates: &Estimates) -> Result<LogicalPlan> {
    let is_of_tree = is_inner(&tree) || relations::within(&tree).is_some();
    let go_on = if is_of_tree { below } else { ordered };
    Ok(tree.map_children(|child| go_on(child, estimates).map(Transformed::yes))?.data)
}
