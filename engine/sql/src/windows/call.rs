//! `TABLE(TUMBLE(TABLE t, DESCRIPTOR(c), …))`: a table function as the node that it means.
//!
//! `TABLE t PARTITION BY k` comes as `(SELECT * FROM t DISTRIBUTE BY k)`, which the dialect makes of it: so it cannot be
//! mistaken for anything that a user may write.

use datafusion_common::{DFSchema, Result, plan_err};
use datafusion_expr::planner::{PlannedRelation, RelationPlanner, RelationPlannerContext, RelationPlanning};
use datafusion_expr::{Expr, LogicalPlan};
use datafusion_sql::sqlparser::ast::{
    self, FunctionArg, FunctionArgExpr, FunctionArgOperator, FunctionArgumentList, FunctionArguments,
    SelectItem, SetExpr, TableFactor,
};

use super::{Shape, WindowTable, milliseconds};

/// Window functions in FROM.
#[derive(Debug)]
pub(crate) struct Windows;

/// The names of what a function takes, in their order.
fn parameters(name: &str) -> Option<&'static [&'static str]> {
    Some(match name.to_uppercase().as_str() {
        "TUMBLE" => &["DATA", "TIMECOL", "SIZE", "OFFSET"],
        "HOP" => &["DATA", "TIMECOL", "SLIDE", "SIZE", "OFFSET"],
        "CUMULATE" => &["DATA", "TIMECOL", "STEP", "SIZE", "OFFSET"],
        "SESSION" => &["DATA", "TIMECOL", "GAP"],
        _ => return None,
    })
}

impl RelationPlanner for Windows {
    fn plan_relation(
        &self,
        relation: TableFactor,
        context: &mut dyn RelationPlannerContext,
    ) -> Result<RelationPlanning> {
        let (name, arguments, alias) = match relation {
            TableFactor::TableFunction { expr: ast::Expr::Function(function), alias } => {
                let FunctionArguments::List(FunctionArgumentList { args, .. }) = function.args else {
                    return plan_err!("TABLE(…) takes a function of a table");
                };
                (function.name, args, alias)
            }
            TableFactor::Table { name, args: Some(arguments), alias, .. }
                if parameters(&name.to_string()).is_some() =>
            {
                (name, arguments.args, alias)
            }
            other => return Ok(RelationPlanning::Original(Box::new(other))),
        };
        let plan = window_table(&name.to_string(), arguments, context)?;
        Ok(RelationPlanning::Planned(Box::new(PlannedRelation::new(plan, alias))))
    }
}

fn window_table(
    name: &str,
    arguments: Vec<FunctionArg>,
    context: &mut dyn RelationPlannerContext,
) -> Result<LogicalPlan> {
    let Some(parameters) = parameters(name) else {
        Shape::of(name, &[])?;
        return plan_err!("there is no table function {name}");
    };
    let mut given = in_order(name, parameters, arguments)?.into_iter();
    let (Some(Some(ast::Expr::Subquery(query))), Some(Some(descriptor))) = (given.next(), given.next())
    else {
        return plan_err!("{name} takes a table and a time: {name}(TABLE t, DESCRIPTOR(c), …)");
    };
    let (input, keys) = input(*query, context)?;
    let schema = input.schema().clone();
    let time = match context.sql_to_expr(described(name, descriptor)?, &schema)? {
        Expr::Column(column) => column,
        other => return plan_err!("DESCRIPTOR takes a column, not {other}"),
    };
    let mut lengths = Vec::new();
    for length in given {
        let length = length.map(|expr| context.sql_to_expr(expr, &DFSchema::empty())).transpose()?;
        lengths.push(length.as_ref().map(milliseconds).transpose()?);
    }
    let keys = keys.into_iter().map(|key| context.sql_to_expr(key, &schema)).collect::<Result<Vec<_>>>()?;
    Ok(WindowTable::new(input, Shape::of(name, &lengths)?, time, keys)?.node())
}

/// What was given for each parameter, by its place or its name.
fn in_order(
    function: &str,
    parameters: &[&str],
    arguments: Vec<FunctionArg>,
) -> Result<Vec<Option<ast::Expr>>> {
    let mut given = vec![None; parameters.len()];
    for (place, argument) in arguments.into_iter().enumerate() {
        let (place, expr) = match argument {
            FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => (Some(place), expr),
            FunctionArg::Named {
                name,
                arg: FunctionArgExpr::Expr(expr),
                operator: FunctionArgOperator::RightArrow,
            } => {
                let wanted = name.value.to_uppercase();
                let place = parameters.iter().position(|parameter| *parameter == wanted);
                if place.is_none() {
                    return plan_err!("{function} takes {}, and no {name}", parameters.join(", "));
                }
                (place, expr)
            }
            other => return plan_err!("{function} does not take {other}"),
        };
        match place.and_then(|place| given.get_mut(place)) {
            Some(slot) => *slot = Some(expr),
            None => return plan_err!("{function} takes {} and nothing more", parameters.join(", ")),
        }
    }
    Ok(given)
}

/// The column of `DESCRIPTOR(c)`.
fn described(function: &str, descriptor: ast::Expr) -> Result<ast::Expr> {
    if let ast::Expr::Function(descriptor) = &descriptor
        && descriptor.name.to_string().eq_ignore_ascii_case("DESCRIPTOR")
        && let FunctionArguments::List(list) = &descriptor.args
        && let [FunctionArg::Unnamed(FunctionArgExpr::Expr(column))] = list.args.as_slice()
    {
        return Ok(column.clone());
    }
    plan_err!("{function} takes a time as DESCRIPTOR(c), not {descriptor}")
}

/// The table, and what it is partitioned by.
fn input(
    mut query: ast::Query,
    context: &mut dyn RelationPlannerContext,
) -> Result<(LogicalPlan, Vec<ast::Expr>)> {
    let mut keys = Vec::new();
    if let SetExpr::Select(select) = query.body.as_mut() {
        keys = std::mem::take(&mut select.distribute_by);
        // `TABLE t` is the table itself, under its name.
        if let ([table], [SelectItem::Wildcard(_)]) = (select.from.as_slice(), select.projection.as_slice())
            && table.joins.is_empty()
            && select.selection.is_none()
        {
            return Ok((context.plan(table.relation.clone())?, keys));
        }
    }
    let subquery = Box::new(query);
    let derived = TableFactor::Derived { lateral: false, subquery, alias: None, sample: None };
    Ok((context.plan(derived)?, keys))
}
