//! A subquery that stands for a value has one row at most: where its plan does not say so, that is found out when it runs.
//!
//! ```text
//!   (SELECT x FROM t)  ─►  (SELECT $single_value(x) FROM t)
//! ```

use std::sync::Arc;

use datafusion_common::Result;
use datafusion_common::tree_node::{Transformed, TreeNode};
use datafusion_expr::expr::AggregateFunction;
use datafusion_expr::{Aggregate, Expr, LogicalPlan, Subquery};

use crate::aggregates::{SINGLE_VALUE, aggregate};

/// The plan, whose subqueries fail if they have several rows where one is wanted.
pub(super) fn checked(plan: LogicalPlan) -> Result<LogicalPlan> {
    let checked = plan.transform_up_with_subqueries(|part| {
        part.map_expressions(|expr| {
            expr.transform_up(|inner| match inner {
                Expr::ScalarSubquery(subquery)
                    if subquery.subquery.max_rows().is_none_or(|rows| rows > 1) =>
                {
                    single(subquery).map(Transformed::yes)
                }
                other => Ok(Transformed::no(other)),
            })
        })
    });
    Ok(checked?.data)
}

fn single(subquery: Subquery) -> Result<Expr> {
    let columns = subquery.subquery.schema().columns();
    let [column] = columns.as_slice() else { return Ok(Expr::ScalarSubquery(subquery)) };
    let function = aggregate(SINGLE_VALUE).expect("an aggregate of ours");
    let arguments = vec![Expr::Column(column.clone())];
    let value =
        Expr::AggregateFunction(AggregateFunction::new_udf(function, arguments, false, None, vec![], None));
    let plan = Aggregate::try_new(subquery.subquery.clone(), vec![], vec![value])?;
    Ok(Expr::ScalarSubquery(subquery.with_plan(Arc::new(LogicalPlan::Aggregate(plan)))))
}
