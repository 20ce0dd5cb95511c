//! A `DECIMAL` beside a float is a `DOUBLE`, as in Flink: where both are compared, and where both are values of one column or `CASE`.
//!
//! The planner would make decimals of both, with 15 digits behind the point: what is larger than those take would be null.

use std::sync::Arc;

use arrow_schema::DataType;
use datafusion_common::tree_node::{Transformed, TreeNode};
use datafusion_common::{DFSchema, Result};
use datafusion_expr::expr_rewriter::NamePreserver;
use datafusion_expr::utils::merge_schema;
use datafusion_expr::{Expr, ExprSchemable, LogicalPlan, LogicalPlanBuilder, Union, cast};

use crate::error::SqlError;
use crate::outer_types::with_outer_types;

/// The plan with doubles in place of decimals that stand beside floats. Names stay what they were.
pub(crate) fn with_floats(plan: LogicalPlan) -> Result<LogicalPlan, SqlError> {
    let cast = plan.transform_up_with_subqueries(|part| {
        let part = match part {
            LogicalPlan::Union(union) => union_of_floats(union)?,
            part => Transformed::no(part),
        };
        let schema = merge_schema(&part.data.inputs());
        let names = NamePreserver::new(&part.data);
        let cast = part.data.map_expressions(|expr| {
            let name = names.save(&expr);
            let cast = expr.transform_up(|inner| beside_floats(inner, &schema))?;
            Ok(cast.update_data(|expr| name.restore(expr)))
        })?;
        let cast = match cast.data {
            LogicalPlan::Join(mut join) => {
                let pairs = join.on.iter_mut().map(|(left, right)| unify(vec![left, right], &schema));
                let is_cast = pairs.fold(cast.transformed, |any, one| any | one);
                Transformed::new_transformed(LogicalPlan::Join(join), is_cast)
            }
            data => Transformed { data, ..cast },
        };
        // The types of what is below may be others.
        let is_cast = cast.transformed | part.transformed;
        Ok(Transformed::new_transformed(cast.data.recompute_schema()?, is_cast))
    })?;
    Ok(if cast.transformed { with_outer_types(cast.data)? } else { cast.data })
}

fn beside_floats(expr: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    Ok(match expr {
        Expr::BinaryExpr(mut binary) => {
            let is_cast = unify(vec![&mut binary.left, &mut binary.right], schema);
            Transformed::new_transformed(Expr::BinaryExpr(binary), is_cast)
        }
        Expr::Between(mut between) => {
            let all = vec![between.expr.as_mut(), &mut between.low, &mut between.high];
            let is_cast = unify(all, schema);
            Transformed::new_transformed(Expr::Between(between), is_cast)
        }
        Expr::InList(mut list) => {
            let is_cast = unify(list.list.iter_mut().chain([list.expr.as_mut()]).collect(), schema);
            Transformed::new_transformed(Expr::InList(list), is_cast)
        }
        Expr::Case(mut case) => {
            let results = case.when_then_expr.iter_mut().map(|(_, then)| then.as_mut());
            let are_cast = unify(results.chain(case.else_expr.as_deref_mut()).collect(), schema);
            let is_cast = match &mut case.expr {
                Some(of) => {
                    let whens = case.when_then_expr.iter_mut().map(|(when, _)| when.as_mut());
                    unify(whens.chain([of.as_mut()]).collect(), schema)
                }
                None => false,
            };
            Transformed::new_transformed(Expr::Case(case), is_cast | are_cast)
        }
        Expr::InSubquery(mut of) => {
            let is_cast = with_subquery(&mut of.expr, &mut of.subquery.subquery, schema)?;
            Transformed::new_transformed(Expr::InSubquery(of), is_cast)
        }
        Expr::SetComparison(mut of) => {
            let is_cast = with_subquery(&mut of.expr, &mut of.subquery.subquery, schema)?;
            Transformed::new_transformed(Expr::SetComparison(of), is_cast)
        }
        other => Transformed::no(other),
    })
}

/// Casts the decimals among values, if there is a float among them too. Whether it has.
fn unify(values: Vec<&mut Expr>, schema: &DFSchema) -> bool {
    // What has no type is refused elsewhere.
    let types: Vec<Option<DataType>> = values.iter().map(|value| value.get_type(schema).ok()).collect();
    let mixed = is_mixed(types.iter().flatten());
    if mixed {
        let decimals = values.into_iter().zip(&types).filter(|(_, of)| of.as_ref().is_some_and(is_decimal));
        decimals.for_each(|(value, _)| *value = cast(std::mem::take(value), DataType::Float64));
    }
    mixed
}

/// The same of a value and those of a subquery.
fn with_subquery(value: &mut Expr, subquery: &mut Arc<LogicalPlan>, schema: &DFSchema) -> Result<bool> {
    let (Ok(own), [field]) = (value.get_type(schema), &subquery.schema().fields()[..]) else {
        return Ok(false);
    };
    let mixed = is_mixed([&own, field.data_type()]);
    if mixed && is_decimal(&own) {
        *value = cast(std::mem::take(value), DataType::Float64);
    } else if mixed {
        *subquery = Arc::new(in_doubles(subquery.as_ref().clone(), |_| true)?);
    }
    Ok(mixed)
}

/// A union whose columns are of floats, or of decimals, but not of both.
fn union_of_floats(union: Union) -> Result<Transformed<LogicalPlan>> {
    let type_of = |input: &Arc<LogicalPlan>, column: usize| {
        input.schema().fields().get(column).map(|field| field.data_type().clone())
    };
    let columns = 0..union.schema.fields().len();
    let mixed = columns.map(|column| {
        is_mixed(&union.inputs.iter().filter_map(|input| type_of(input, column)).collect::<Vec<_>>())
    });
    let mixed: Vec<bool> = mixed.collect();
    if !mixed.contains(&true) {
        return Ok(Transformed::no(LogicalPlan::Union(union)));
    }
    let inputs = union.inputs.into_iter().map(|input| {
        in_doubles(Arc::unwrap_or_clone(input), |column| mixed.get(column).is_some_and(|is| *is))
            .map(Arc::new)
    });
    let union = Union::try_new_with_loose_types(inputs.collect::<Result<_>>()?)?;
    Ok(Transformed::yes(LogicalPlan::Union(union)))
}

/// The plan whose decimals in some columns are doubles.
fn in_doubles(plan: LogicalPlan, is_meant: impl Fn(usize) -> bool) -> Result<LogicalPlan> {
    let columns = plan.schema().iter().enumerate().map(|(number, (qualifier, field))| {
        let column = Expr::from((qualifier, field));
        match is_meant(number) && is_decimal(field.data_type()) {
            true => cast(column, DataType::Float64).alias_qualified(qualifier.cloned(), field.name()),
            false => column,
        }
    });
    let columns: Vec<Expr> = columns.collect();
    LogicalPlanBuilder::from(plan).project(columns)?.build()
}

fn is_decimal(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Decimal128(..) | DataType::Decimal256(..))
}

/// Whether there are floats and decimals among types.
fn is_mixed<'a>(types: impl IntoIterator<Item = &'a DataType>) -> bool {
    let (mut has_float, mut has_decimal) = (false, false);
    for data_type in types {
        has_float |= data_type.is_floating();
        has_decimal |= is_decimal(data_type);
    }
    has_float && has_decimal
}
