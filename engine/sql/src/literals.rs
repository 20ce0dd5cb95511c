//! Whole numbers that a query says: an `INT`, as in Flink, if it fits one. To the planner they are `BIGINT`s.

use datafusion_common::ScalarValue;
use datafusion_common::tree_node::{Transformed, TreeNode};
use datafusion_expr::expr_rewriter::NamePreserver;
use datafusion_expr::{Expr, LogicalPlan, LogicalPlanBuilder, Values};

use crate::error::SqlError;

/// The number as an `INT`, if it is a number and fits one.
pub(crate) fn narrow(expr: Expr) -> Expr {
    match expr {
        Expr::Literal(ScalarValue::Int64(Some(value)), metadata) => match i32::try_from(value) {
            Ok(value) => Expr::Literal(ScalarValue::Int32(Some(value)), metadata),
            Err(_) => Expr::Literal(ScalarValue::Int64(Some(value)), metadata),
        },
        other => other,
    }
}

/// The plan with all numbers as what they are. Names stay what they were.
pub(crate) fn with_ints(plan: LogicalPlan) -> Result<LogicalPlan, SqlError> {
    let narrowed = plan.transform_up_with_subqueries(|part| match part {
        // How many rows there are is no value.
        LogicalPlan::Limit(_) | LogicalPlan::Extension(_) => Ok(Transformed::no(part)),
        LogicalPlan::Values(values) if has_numbers(&values) => {
            let rows = values.values.into_iter();
            let rows = rows.map(|row| row.into_iter().map(narrow).collect()).collect();
            LogicalPlanBuilder::values(rows)?.build().map(Transformed::yes)
        }
        part => {
            let names = NamePreserver::new(&part);
            let narrowed = part.map_expressions(|expr| {
                let name = names.save(&expr);
                let narrowed = expr.transform_up(|inner| {
                    let is_number = matches!(inner, Expr::Literal(ScalarValue::Int64(Some(_)), _));
                    Ok(if is_number { Transformed::yes(narrow(inner)) } else { Transformed::no(inner) })
                })?;
                Ok(narrowed.update_data(|expr| name.restore(expr)))
            })?;
            // The types of what is below may be others.
            narrowed.map_data(LogicalPlan::recompute_schema)
        }
    });
    Ok(narrowed?.data)
}

fn has_numbers(values: &Values) -> bool {
    let is_number = |expr: &Expr| matches!(expr, Expr::Literal(ScalarValue::Int64(Some(_)), _));
    values.values.iter().flatten().any(is_number)
}
