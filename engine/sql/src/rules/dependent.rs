//! A plan that looks outside, for all values of the columns that it looks at: they stand beside its own columns.
//!
//! ```text
//!   (SELECT y FROM u WHERE u.y > t.x ORDER BY y LIMIT 2)  ─►  y, x of  u × DISTINCT x of t
//!                                                              WHERE y > x, the first two of each x by ROW_NUMBER
//! ```
//!
//! Goes down the plan until it looks outside no more, and there puts the values beside it; on the way up rows are those of a value:
//! they are grouped, numbered, compared by it. An aggregate without groups has a row for each value, also where it had none to
//! count. Keeps the columns of each part in their order, with the values behind them. What it cannot do it leaves.

use std::cell::Cell;
use std::sync::Arc;

use datafusion_common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion_common::{Column, DFSchema, NullEquality, Result};
use datafusion_expr::expr::{Sort, WindowFunction};
use datafusion_expr::{
    Aggregate, Case, Distinct, Expr, ExprFunctionExt, FetchType, Filter, Join, JoinType, Limit, LogicalPlan,
    LogicalPlanBuilder, Projection, SkipType, Union, Window, WindowFunctionDefinition, lit,
};

use super::multisets::counts_rows;
use crate::window_functions::window_function;

/// Which values.
pub(super) struct Dependent<'a> {
    /// The rows outside.
    pub(super) outside: &'a LogicalPlan,
    /// The columns of them that are looked at.
    pub(super) columns: &'a [Column],
    /// Each time that values stand in the plan they have names of their own.
    pub(super) number: &'a Cell<usize>,
}

/// A plan with the values behind its columns.
pub(super) struct Whole {
    pub(super) plan: LogicalPlan,
    /// The values.
    pub(super) keys: Vec<Column>,
}

impl Dependent<'_> {
    /// The plan for all values; nothing, if that cannot be said.
    pub(super) fn of(&self, plan: &LogicalPlan) -> Result<Option<Whole>> {
        if plan.all_out_ref_exprs().is_empty() {
            let (values, keys) = self.values()?;
            let plan = LogicalPlanBuilder::from(plan.clone()).cross_join(values)?.build()?;
            return Ok(Some(Whole { plan, keys }));
        }
        match plan {
            LogicalPlan::Filter(filter) => {
                let Some(Whole { plan, keys }) = self.of(&filter.input)? else { return Ok(None) };
                let condition = self.bound(filter.predicate.clone(), &keys)?;
                let plan = LogicalPlan::Filter(Filter::try_new(condition, Arc::new(plan))?);
                Ok(Some(Whole { plan, keys }))
            }
            LogicalPlan::Projection(projection) => {
                let Some(Whole { plan, keys }) = self.of(&projection.input)? else { return Ok(None) };
                let exprs = projection.expr.iter().map(|expr| self.bound(expr.clone(), &keys));
                let exprs = exprs.collect::<Result<Vec<_>>>()?;
                named(plan, exprs, keys, &projection.schema).map(Some)
            }
            LogicalPlan::SubqueryAlias(alias) => {
                let Some(Whole { plan, keys }) = self.of(&alias.input)? else { return Ok(None) };
                let columns = first_columns(&plan, alias.schema.fields().len());
                named(plan, columns, keys, &alias.schema).map(Some)
            }
            LogicalPlan::Distinct(Distinct::All(input)) => {
                let Some(Whole { plan, keys }) = self.of(input)? else { return Ok(None) };
                Ok(Some(Whole { plan: LogicalPlan::Distinct(Distinct::All(Arc::new(plan))), keys }))
            }
            LogicalPlan::Sort(sort) => match sort.fetch {
                None => self.of(&sort.input),
                Some(rows) => self.first(&sort.input, &sort.expr, 0, Some(rows)),
            },
            LogicalPlan::Limit(limit) => self.limited(limit),
            LogicalPlan::Window(window) => self.window(window),
            LogicalPlan::Union(union) => self.union(union),
            LogicalPlan::Aggregate(aggregate) => self.aggregate(aggregate),
            LogicalPlan::Join(join) => self.join(join),
            _ => Ok(None),
        }
    }

    /// The values, each of them once.
    fn values(&self) -> Result<(LogicalPlan, Vec<Column>)> {
        let number = self.number.get();
        self.number.set(number + 1);
        let name = |place: usize| format!("$outer_{place}");
        let columns = self.columns.iter().enumerate();
        let exprs = columns.map(|(place, column)| Expr::Column(column.clone()).alias(name(place)));
        let all = Projection::try_new(exprs.collect(), Arc::new(self.outside.clone()))?;
        // Up to here it is the same each time, and so computed once.
        let values = LogicalPlan::Distinct(Distinct::All(Arc::new(LogicalPlan::Projection(all))));
        let keys =
            (0..self.columns.len()).map(|place| Column::new_unqualified(format!("$outer{number}_{place}")));
        let keys: Vec<Column> = keys.collect();
        let exprs = keys
            .iter()
            .enumerate()
            .map(|(place, key)| Expr::Column(Column::new_unqualified(name(place))).alias(&key.name));
        let values = Projection::try_new(exprs.collect(), Arc::new(values))?;
        Ok((LogicalPlan::Projection(values), keys))
    }

    /// An expression over these values in place of what is outside.
    fn bound(&self, expr: Expr, keys: &[Column]) -> Result<Expr> {
        let bound = |expr: Expr| match &expr {
            Expr::OuterReferenceColumn(_, outer) => {
                let key = self.columns.iter().zip(keys).find(|(column, _)| *column == outer);
                Ok(key.map_or_else(
                    || Transformed::no(expr.clone()),
                    |(_, key)| Transformed::yes(Expr::Column(key.clone())),
                ))
            }
            _ => Ok(Transformed::no(expr)),
        };
        expr.transform_up(bound).data()
    }

    /// `LIMIT`, and the order in which rows are, if there is one. What is computed of single rows may be computed before or after.
    fn limited(&self, limit: &Limit) -> Result<Option<Whole>> {
        let (SkipType::Literal(skip), FetchType::Literal(fetch)) =
            (limit.get_skip_type()?, limit.get_fetch_type()?)
        else {
            return Ok(None);
        };
        match limit.input.as_ref() {
            LogicalPlan::Sort(sort) if sort.fetch.is_none() => {
                self.first(&sort.input, &sort.expr, skip, fetch)
            }
            LogicalPlan::Projection(projection) if matches!(projection.input.as_ref(), LogicalPlan::Sort(sort) if sort.fetch.is_none()) =>
            {
                let inner = Limit { input: projection.input.clone(), ..limit.clone() };
                let mut outer = projection.clone();
                outer.input = Arc::new(LogicalPlan::Limit(inner));
                self.of(&LogicalPlan::Projection(outer))
            }
            other => self.first(other, &[], skip, fetch),
        }
    }

    /// So many rows of each value.
    fn first(
        &self,
        input: &LogicalPlan,
        order: &[Sort],
        skip: usize,
        fetch: Option<usize>,
    ) -> Result<Option<Whole>> {
        let Some(Whole { plan, keys }) = self.of(input)? else { return Ok(None) };
        let schema = input.schema();
        if fetch == Some(0) {
            let plan = LogicalPlan::Filter(Filter::try_new(lit(false), Arc::new(plan))?);
            return Ok(Some(Whole { plan, keys }));
        }
        let key = |column: &Column| Expr::Column(column.clone());
        let mut order: Vec<Sort> = order
            .iter()
            .map(|by| Ok(Sort { expr: self.bound(by.expr.clone(), &keys)?, ..by.clone() }))
            .collect::<Result<_>>()?;
        if order.is_empty() {
            // In any order.
            order.extend(keys.first().map(|column| key(column).sort(true, false)));
        }
        let row_number = window_function("row_number").expect("a function of ours");
        let call = WindowFunction::new(WindowFunctionDefinition::WindowUDF(row_number), Vec::new());
        let call = Expr::from(call).partition_by(keys.iter().map(key).collect()).order_by(order).build()?;
        let name = Column::new_unqualified(format!("$row{}", self.number.get()));
        let plan = LogicalPlanBuilder::from(plan).window([call.alias(&name.name)])?.build()?;
        let number = || Expr::Column(name.clone());
        let whole = |rows: usize| lit(i64::try_from(rows).unwrap_or(i64::MAX));
        let mut plan = LogicalPlanBuilder::from(plan);
        if let Some(rows) = fetch {
            plan = plan.filter(number().lt_eq(whole(rows.saturating_add(skip))))?;
        }
        if skip > 0 {
            plan = plan.filter(number().gt(whole(skip)))?;
        }
        let plan = plan.build()?;
        let columns = first_columns(&plan, schema.fields().len());
        named(plan, columns, keys, schema).map(Some)
    }

    fn window(&self, window: &Window) -> Result<Option<Whole>> {
        let Some(Whole { plan, keys }) = self.of(&window.input)? else { return Ok(None) };
        let of_value = |expr: Expr| match expr {
            Expr::WindowFunction(mut call) => {
                call.params.partition_by.extend(keys.iter().cloned().map(Expr::Column));
                Ok(Transformed::yes(Expr::WindowFunction(call)))
            }
            other => Ok(Transformed::no(other)),
        };
        let exprs = window.window_expr.iter().map(|expr| {
            let expr = self.bound(expr.clone(), &keys)?;
            expr.transform_up(of_value).data()
        });
        let exprs = exprs.collect::<Result<Vec<_>>>()?;
        let (width, computed) = (window.input.schema().fields().len(), exprs.len());
        let plan = LogicalPlan::Window(Window::try_new(exprs, Arc::new(plan))?);
        let all = plan.schema().columns();
        let own =
            all[..width].iter().chain(&all[all.len() - computed..]).cloned().map(Expr::Column).collect();
        named(plan, own, keys, &window.schema).map(Some)
    }

    fn union(&self, union: &Union) -> Result<Option<Whole>> {
        let (mut inputs, mut keys) = (Vec::with_capacity(union.inputs.len()), Vec::new());
        for input in &union.inputs {
            let Some(whole) = self.of(input)? else { return Ok(None) };
            if inputs.is_empty() {
                keys = whole.keys.iter().map(|key| key.name.clone()).collect();
            }
            let names = union.schema.iter().map(|(_, field)| field.name()).chain(&keys);
            let columns = whole.plan.schema().columns().into_iter().zip(names);
            let columns = columns.map(|(column, name)| Expr::Column(column).alias(name)).collect();
            inputs
                .push(Arc::new(LogicalPlan::Projection(Projection::try_new(columns, Arc::new(whole.plan))?)));
        }
        let plan = LogicalPlan::Union(Union::try_new_with_loose_types(inputs)?);
        let columns = first_columns(&plan, union.schema.fields().len());
        let keys = plan.schema().columns().split_off(columns.len());
        named(plan, columns, keys, &union.schema).map(Some)
    }

    fn aggregate(&self, aggregate: &Aggregate) -> Result<Option<Whole>> {
        let is_of_sets = aggregate.group_expr.iter().any(|expr| matches!(expr, Expr::GroupingSet(_)));
        let Some(Whole { plan, keys }) = self.of(&aggregate.input)? else { return Ok(None) };
        let is_alone = aggregate.group_expr.is_empty();
        if is_of_sets || is_alone && !aggregate.aggr_expr.iter().all(is_known_of_nothing) {
            return Ok(None);
        }
        let bound = |exprs: &[Expr]| {
            exprs.iter().map(|expr| self.bound(expr.clone(), &keys)).collect::<Result<Vec<_>>>()
        };
        let (groups, calls) = (bound(&aggregate.group_expr)?, bound(&aggregate.aggr_expr)?);
        let width = groups.len();
        let groups = groups.into_iter().chain(keys.iter().cloned().map(Expr::Column)).collect();
        let grouped = LogicalPlan::Aggregate(Aggregate::try_new(Arc::new(plan), groups, calls)?);
        let all = grouped.schema().columns();
        let (own, computed) = all.split_at(width + keys.len());
        if !is_alone {
            let columns = own[..width].iter().chain(computed).cloned().map(Expr::Column).collect();
            return named(grouped, columns, own[width..].to_vec(), &aggregate.schema).map(Some);
        }
        // A value without rows has a row of nothing.
        let (values, keys) = self.values()?;
        let pairs = (keys.clone(), own.to_vec());
        let joined = LogicalPlanBuilder::from(values);
        let joined =
            joined.join_detailed(grouped, JoinType::Left, pairs, None, NullEquality::NullEqualsNull)?;
        let columns =
            computed.iter().zip(&aggregate.aggr_expr).map(|(column, call)| of_nothing(column, call));
        named(joined.build()?, columns.collect(), keys, &aggregate.schema).map(Some)
    }

    fn join(&self, join: &Join) -> Result<Option<Whole>> {
        let is_one_sided = matches!(join.join_type, JoinType::LeftSemi | JoinType::LeftAnti);
        let keeps_left = is_one_sided || join.join_type == JoinType::Left;
        if !keeps_left && join.join_type != JoinType::Inner || join.null_aware {
            return Ok(None);
        }
        let [left_looks, right_looks] =
            [&join.left, &join.right].map(|side| !side.all_out_ref_exprs().is_empty());
        let left = match left_looks || keeps_left || !right_looks {
            true => self.of(&join.left)?,
            false => Some(Whole { plan: join.left.as_ref().clone(), keys: Vec::new() }),
        };
        // What is counted is counted by value, on both sides.
        let right = match right_looks || counts_rows(join) {
            true => self.of(&join.right)?,
            false => Some(Whole { plan: join.right.as_ref().clone(), keys: Vec::new() }),
        };
        let (Some(left), Some(right)) = (left, right) else { return Ok(None) };
        let keys = if left.keys.is_empty() { right.keys.clone() } else { left.keys.clone() };
        let mut on = Vec::with_capacity(join.on.len() + keys.len());
        for (one, other) in &join.on {
            on.push((self.bound(one.clone(), &keys)?, self.bound(other.clone(), &keys)?));
        }
        let filter = join.filter.clone().map(|filter| self.bound(filter, &keys)).transpose()?;
        let mut filters = Vec::from_iter(filter);
        let pairs = left.keys.iter().zip(&right.keys).map(|(one, other)| (one.clone(), other.clone()));
        for (one, other) in pairs {
            let (one, other) = (Expr::Column(one), Expr::Column(other));
            match join.null_equality {
                NullEquality::NullEqualsNull => on.push((one, other)),
                NullEquality::NullEqualsNothing => filters.push(is_same(one, other)),
            }
        }
        let widths = [&join.left, &join.right].map(|side| side.schema().fields().len());
        let (left_columns, right_columns) =
            (first_columns(&left.plan, widths[0]), first_columns(&right.plan, widths[1]));
        let plan = LogicalPlan::Join(Join::try_new(
            Arc::new(left.plan),
            Arc::new(right.plan),
            on,
            filters.into_iter().reduce(Expr::and),
            join.join_type,
            join.join_constraint,
            join.null_equality,
            false,
        )?);
        let mut columns = left_columns;
        if !is_one_sided {
            columns.extend(right_columns);
        }
        named(plan, columns, keys, &join.schema).map(Some)
    }
}

/// The first columns of a plan.
fn first_columns(plan: &LogicalPlan, width: usize) -> Vec<Expr> {
    plan.schema().columns().into_iter().take(width).map(Expr::Column).collect()
}

/// Columns under the names that they have in a schema, and values behind them.
fn named(plan: LogicalPlan, columns: Vec<Expr>, keys: Vec<Column>, schema: &DFSchema) -> Result<Whole> {
    let columns = columns.into_iter().zip(schema.iter()).map(|(expr, (qualifier, field))| match &expr {
        Expr::Column(column) if column.relation.as_ref() == qualifier && column.name == *field.name() => expr,
        _ => expr.alias_qualified(qualifier.cloned(), field.name()),
    });
    let exprs = columns.chain(keys.iter().cloned().map(Expr::Column)).collect();
    Ok(Whole { plan: LogicalPlan::Projection(Projection::try_new(exprs, Arc::new(plan))?), keys })
}

/// Whether both are the same value, or null.
fn is_same(one: Expr, other: Expr) -> Expr {
    let is_null = one.clone().is_null().and(other.clone().is_null());
    one.eq(other).or(is_null)
}

/// The aggregates of which it is known what they are of no rows.
const NULL_OF_NOTHING: [&str; 14] = [
    "sum",
    "min",
    "max",
    "avg",
    "stddev_pop",
    "stddev_samp",
    "stddev",
    "var_pop",
    "var_samp",
    "variance",
    "listagg",
    "first_value",
    "last_value",
    "$single_value",
];

fn name_of(call: &Expr) -> Option<&str> {
    match call {
        Expr::AggregateFunction(call) => Some(call.func.name()),
        Expr::Alias(alias) => name_of(&alias.expr),
        _ => None,
    }
}

fn is_known_of_nothing(call: &Expr) -> bool {
    name_of(call).is_some_and(|name| name == "count" || NULL_OF_NOTHING.contains(&name))
}

/// What an aggregate is where it has had no row, and its column is null for that.
fn of_nothing(column: &Column, call: &Expr) -> Expr {
    let value = Expr::Column(column.clone());
    if name_of(call) != Some("count") {
        return value;
    }
    let when = (Box::new(value.clone().is_null()), Box::new(lit(0_i64)));
    Expr::Case(Case { expr: None, when_then_expr: vec![when], else_expr: Some(Box::new(value)) })
}
