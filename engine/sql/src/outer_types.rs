//! The types of columns that a subquery finds outside, as they are there.
//!
//! The planner notes them where it meets such a column; what is known of whole numbers later may narrow them. Before types are
//! compared they have to be right.

use std::sync::Arc;

use datafusion_common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion_common::{DFSchema, ExprSchema, Result};
use datafusion_expr::utils::merge_schema;
use datafusion_expr::{Expr, LogicalPlan};

/// The plan with all of them right.
pub(crate) fn with_outer_types(plan: LogicalPlan) -> Result<LogicalPlan> {
    let with_types = |part: LogicalPlan| match part {
        // Its right side may look at its left one.
        LogicalPlan::Join(mut join) => {
            let left = join.left.schema().clone();
            join.right = Arc::new(refreshed(Arc::unwrap_or_clone(join.right), &left)?);
            Ok(Transformed::yes(LogicalPlan::Join(join).recompute_schema()?))
        }
        part => {
            let outside = merge_schema(&part.inputs());
            let part = part.map_subqueries(|subquery| refreshed(subquery, &outside).map(Transformed::yes))?;
            part.map_data(LogicalPlan::recompute_schema)
        }
    };
    plan.transform_up_with_subqueries(with_types).data()
}

/// A plan in which the columns of what is outside have the types that they have there.
fn refreshed(plan: LogicalPlan, outside: &DFSchema) -> Result<LogicalPlan> {
    let known = |expr: Expr| match expr {
        Expr::OuterReferenceColumn(field, column) => Ok(match outside.field_from_column(&column) {
            Ok(known) if known.data_type() != field.data_type() => {
                Transformed::yes(Expr::OuterReferenceColumn(known.clone(), column))
            }
            _ => Transformed::no(Expr::OuterReferenceColumn(field, column)),
        }),
        other => Ok(Transformed::no(other)),
    };
    let part = |part: LogicalPlan| {
        let part = part.map_expressions(|expr| expr.transform_up(known))?;
        if part.transformed { part.map_data(LogicalPlan::recompute_schema) } else { Ok(part) }
    };
    plan.transform_up_with_subqueries(part).data()
}
