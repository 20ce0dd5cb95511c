//! Joins whose right side looks at their left one, without such a look.
//!
//! ```text
//!   Join(t, Subquery(Filter(UnnestOf(outer t.tags))))     ─►  Filter(Unnest(t, t.tags))
//!   Join(t, Subquery(Projection(outer t.x + u.y, …)))     ─►  Projection(t.x + u.y, Join(t, Subquery(…)))
//! ```
//!
//! What is left are conditions that look outside: a rule of the planner makes conditions of the join of them.

use std::sync::Arc;

use datafusion_common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion_common::{Result, Spans, TableReference, not_impl_err, plan_err};
use datafusion_expr::expr_rewriter::strip_outer_reference;
use datafusion_expr::logical_plan::UserDefinedLogicalNodeCore;
use datafusion_expr::{Expr, Filter, Join, JoinType, LogicalPlan, LogicalPlanBuilder, Projection, Subquery};

use crate::error::SqlError;
use crate::unnest::Unnest;

/// Makes of joins with what looks at their left side nodes over that side, and computes behind others what is computed of both.
pub(crate) fn without_laterals(plan: LogicalPlan) -> Result<LogicalPlan, SqlError> {
    let correlated = |part: LogicalPlan| match part {
        LogicalPlan::Join(join) if is_unnest(&join.right) => correlate(join).map(Transformed::yes),
        LogicalPlan::Join(join) => Ok(match lateral(&join) {
            Some((projection, alias)) => Transformed::yes(computed_behind(&join, projection, alias)?),
            None => Transformed::no(LogicalPlan::Join(join)),
        }),
        part => Ok(Transformed::no(part)),
    };
    Ok(plan.transform_up_with_subqueries(correlated).data()?)
}

/// Whether a plan is `UNNEST` of what is outside, and what is done with its rows one by one.
fn is_unnest(plan: &LogicalPlan) -> bool {
    match plan {
        LogicalPlan::Subquery(subquery) => is_unnest(&subquery.subquery),
        LogicalPlan::SubqueryAlias(alias) => is_unnest(&alias.input),
        LogicalPlan::Projection(projection) => is_unnest(&projection.input),
        LogicalPlan::Filter(filter) => is_unnest(&filter.input),
        LogicalPlan::Extension(extension) => {
            Unnest::of(extension).is_some_and(|unnest| unnest.of.contains_outer())
        }
        _ => false,
    }
}

fn correlate(join: Join) -> Result<LogicalPlan> {
    let keeps_all = match join.join_type {
        JoinType::Inner => false,
        JoinType::Left => true,
        other => return not_impl_err!("{other} JOIN UNNEST"),
    };
    let columns = join.left.schema().columns();
    let applied = apply(&join.right, &join.left, keeps_all)?;
    let exprs = columns.into_iter().map(Expr::Column).chain(
        applied.columns.into_iter().map(|(expr, qualifier, name)| expr.alias_qualified(qualifier, name)),
    );
    let exprs: Vec<Expr> = exprs.collect();
    let plan = LogicalPlanBuilder::from(applied.plan).project(exprs)?.build()?;
    let on = join.on.into_iter().map(|(left, right)| left.eq(right)).chain(join.filter);
    let on = on.reduce(Expr::and).filter(|on| *on != datafusion_expr::lit(true));
    match on {
        None => Ok(plan),
        Some(on) if !keeps_all => Ok(LogicalPlan::Filter(Filter::try_new(on, Arc::new(plan))?)),
        Some(on) => not_impl_err!("LEFT JOIN UNNEST ON {on}; ON TRUE"),
    }
}

/// What an inner join computes of both sides in a subquery on its right, which is called something or not.
fn lateral(join: &Join) -> Option<(&Projection, Option<&TableReference>)> {
    let (subquery, alias) = match join.right.as_ref() {
        LogicalPlan::SubqueryAlias(alias) => (alias.input.as_ref(), Some(&alias.alias)),
        other => (other, None),
    };
    let LogicalPlan::Subquery(subquery) = subquery else { return None };
    let LogicalPlan::Projection(projection) = subquery.subquery.as_ref() else { return None };
    let is_of_both = projection.expr.iter().any(Expr::contains_outer);
    let is_plain = join.join_type == JoinType::Inner && join.on.is_empty() && join.filter.is_none();
    (is_of_both && is_plain).then_some((projection, alias))
}

fn computed_behind(
    join: &Join,
    projection: &Projection,
    alias: Option<&TableReference>,
) -> Result<LogicalPlan> {
    let outer_ref_columns = projection.input.all_out_ref_exprs();
    let right = match outer_ref_columns.is_empty() {
        true => projection.input.as_ref().clone(),
        false => LogicalPlan::Subquery(Subquery {
            subquery: projection.input.clone(),
            outer_ref_columns,
            spans: Spans::new(),
        }),
    };
    let left = join.left.schema().columns().into_iter().map(Expr::Column);
    let computed = projection.expr.iter().zip(projection.schema.iter()).map(|(expr, (qualifier, field))| {
        let qualifier = alias.or(qualifier).cloned();
        strip_outer_reference(expr.clone()).alias_qualified(qualifier, field.name())
    });
    let exprs: Vec<Expr> = left.chain(computed).collect();
    LogicalPlanBuilder::from(join.left.as_ref().clone()).cross_join(right)?.project(exprs)?.build()
}

/// What stands on the right of a join, over its left side.
struct Applied {
    plan: LogicalPlan,
    /// The columns of the right side.
    columns: Vec<(Expr, Option<TableReference>, String)>,
}

fn apply(right: &LogicalPlan, left: &LogicalPlan, keeps_all: bool) -> Result<Applied> {
    match right {
        LogicalPlan::Subquery(subquery) => apply(&subquery.subquery, left, keeps_all),
        LogicalPlan::SubqueryAlias(alias) => {
            let inner = apply(&alias.input, left, keeps_all)?;
            let named = inner.columns.into_iter().zip(alias.schema.iter());
            let columns = named
                .map(|((expr, ..), (qualifier, field))| (expr, qualifier.cloned(), field.name().clone()));
            Ok(Applied { plan: inner.plan, columns: columns.collect() })
        }
        LogicalPlan::Projection(projection) => {
            let inner = apply(&projection.input, left, keeps_all)?;
            let exprs = projection.expr.iter().cloned().zip(projection.schema.iter());
            let columns = exprs.map(|(expr, (qualifier, field))| {
                Ok((inner.over(expr, &projection.input)?, qualifier.cloned(), field.name().clone()))
            });
            let columns = columns.collect::<Result<Vec<_>>>()?;
            Ok(Applied { plan: inner.plan, columns })
        }
        LogicalPlan::Filter(_) if keeps_all => not_impl_err!("LEFT JOIN LATERAL of an UNNEST with WHERE"),
        LogicalPlan::Filter(filter) => {
            let inner = apply(&filter.input, left, keeps_all)?;
            let condition = inner.over(filter.predicate.clone(), &filter.input)?;
            let plan = LogicalPlan::Filter(Filter::try_new(condition, Arc::new(inner.plan))?);
            Ok(Applied { plan, columns: inner.columns })
        }
        LogicalPlan::Extension(extension) => {
            let Some(unnest) = Unnest::of(extension) else {
                return plan_err!("{} is no UNNEST", extension.node.name());
            };
            let of = strip_outer_reference(unnest.of.clone());
            let plan = Unnest::new(left.clone(), of, unnest.is_numbered, keeps_all)?;
            let added = UserDefinedLogicalNodeCore::schema(&plan)
                .columns()
                .into_iter()
                .skip(left.schema().fields().len());
            let columns = added.map(|column| {
                let (qualifier, name) = (column.relation.clone(), column.name.clone());
                (Expr::Column(column), qualifier, name)
            });
            let columns = columns.collect();
            Ok(Applied { plan: plan.node(), columns })
        }
        other => plan_err!("{} is no UNNEST", other.display()),
    }
}

impl Applied {
    /// An expression over what was on the right, over the plan.
    fn over(&self, expr: Expr, input: &LogicalPlan) -> Result<Expr> {
        let known = |expr: Expr| match &expr {
            Expr::Column(column) => {
                let place = input.schema().index_of_column(column)?;
                Ok(Transformed::yes(self.columns[place].0.clone()))
            }
            _ => Ok(Transformed::no(expr)),
        };
        let expr = expr.transform_up(known).data()?;
        Ok(strip_outer_reference(expr))
    }
}
