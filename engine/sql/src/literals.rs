//! Whole numbers that a query says: an `INT`, as in Flink, if it fits one. To the planner they are `BIGINT`s.

use std::ops::ControlFlow;

use datafusion_common::ScalarValue;
use datafusion_common::tree_node::{Transformed, TreeNode};
use datafusion_expr::expr_rewriter::NamePreserver;
use datafusion_expr::{Expr, LogicalPlan, LogicalPlanBuilder, Values};
use datafusion_sql::sqlparser::ast;

use crate::error::SqlError;
use crate::functions::span;
use crate::outer_types::with_outer_types;

/// The number as an `INT`, if it is a number and fits one.
pub(crate) fn narrow(expr: Expr) -> Expr {
    match expr {
        Expr::Literal(ScalarValue::Int64(Some(value)), metadata) => match i32::try_from(value) {
            Ok(value) => Expr::Literal(ScalarValue::Int32(Some(value)), metadata),
            Err(_) => Expr::Literal(ScalarValue::Int64(Some(value)), metadata),
        },
        Expr::Literal(ScalarValue::Int64(None), metadata) => {
            Expr::Literal(ScalarValue::Int32(None), metadata)
        }
        other => other,
    }
}

/// `1e3` as the `DOUBLE` that it is: to the planner it is a `DECIMAL`.
pub(crate) fn with_doubles(query: &mut ast::Query) {
    let _ = ast::visit_expressions_mut(query, |expr: &mut ast::Expr| {
        if let ast::Expr::Value(ast::ValueWithSpan { value: ast::Value::Number(text, _), .. }) = expr
            && text.contains(['e', 'E'])
        {
            let value = ast::Expr::value(ast::Value::SingleQuotedString(text.clone()));
            *expr = ast::Expr::Cast {
                kind: ast::CastKind::Cast,
                expr: Box::new(value),
                data_type: ast::DataType::Double(ast::ExactNumberInfo::None),
                array: false,
                format: None,
            };
        }
        ControlFlow::<()>::Continue(())
    });
}

/// The plan with all numbers and intervals as what they are. Names stay what they were.
pub(crate) fn with_ints(plan: LogicalPlan) -> Result<LogicalPlan, SqlError> {
    let narrowed = plan.transform_up_with_subqueries(|part| match part {
        // How many rows there are is no value.
        LogicalPlan::Limit(_) | LogicalPlan::Extension(_) => Ok(Transformed::no(part)),
        LogicalPlan::Values(values) if has_numbers(&values) => {
            let columns = values.values.first().map_or(0, Vec::len);
            let fits = |column: usize| values.values.iter().all(|row| may_be_int(&row[column]));
            let fits: Vec<bool> = (0..columns).map(fits).collect();
            let value = |(value, fits): (Expr, &bool)| if *fits { narrow(value) } else { value };
            let rows = values.values.into_iter();
            let rows = rows.map(|row| row.into_iter().zip(&fits).map(value).collect()).collect();
            LogicalPlanBuilder::values(rows)?.build().map(Transformed::yes)
        }
        part => {
            let names = NamePreserver::new(&part);
            let narrowed = part.map_expressions(|expr| {
                let name = names.save(&expr);
                let narrowed = expr.transform_up(|inner| {
                    Ok(match inner {
                        Expr::Literal(ScalarValue::Int64(Some(_)), _) => Transformed::yes(narrow(inner)),
                        Expr::Literal(ScalarValue::IntervalMonthDayNano(Some(_)), _) => {
                            Transformed::yes(span(inner))
                        }
                        other => Transformed::no(other),
                    })
                })?;
                Ok(narrowed.update_data(|expr| name.restore(expr)))
            })?;
            // The types of what is below may be others.
            narrowed.map_data(LogicalPlan::recompute_schema)
        }
    });
    Ok(with_outer_types(narrowed?.data)?)
}

/// Whether a value of `VALUES` is a number that fits an `INT`, or nothing.
fn may_be_int(expr: &Expr) -> bool {
    match expr {
        Expr::Literal(ScalarValue::Int64(Some(value)), _) => i32::try_from(*value).is_ok(),
        Expr::Literal(value, _) => value.is_null(),
        _ => false,
    }
}

fn has_numbers(values: &Values) -> bool {
    let is_number = |expr: &Expr| matches!(expr, Expr::Literal(ScalarValue::Int64(Some(_)), _));
    values.values.iter().flatten().any(is_number)
}
