//! GROUP BY. In a batch in two phases: rows are combined where they are, and what they have become where their key belongs.
//!
//! ```text
//!   rows ─► [keys, what is aggregated] ─► local ─► hash of the keys ─► global ─► [keys, results of their types]
//! ```
//!
//! In a stream, and where several aggregates want different values only once, in one phase: behind each batch of rows a group
//! says what has become of it, or once, when the window that it is of is over.

use std::sync::Arc;

use arrow_schema::{DataType, Field, Fields};
use datafusion_common::ScalarValue;
use datafusion_expr::expr::AggregateFunction;
use datafusion_expr::{Aggregate, Expr as Planned};
use expr::{BinaryOp, Expr};
use operators::Operator;
use operators::aggregate::{
    AggregateError, Aggregation, ChangingAggregate, Function, GlobalAggregate, LOCAL_KEYS, LocalAggregate,
};
use plan::{Factory, Make, Partition};

use super::grouping_sets::Sets;
use super::window_aggregates::WindowGroups;
use super::{Node, Planner, Rows, fields_of};
use crate::error::SqlError;
use crate::lower::lower;

/// What is computed, and how a result is made of it.
pub(super) struct Step {
    functions: Vec<Function>,
    /// Whether equal values count once.
    is_distinct: bool,
    /// Over the results of the functions, by their numbers.
    result: fn(&[usize]) -> Expr,
}

impl Planner {
    pub(super) fn aggregate(&mut self, aggregate: &Aggregate) -> Result<Rows, SqlError> {
        if let Some(groups) = WindowGroups::of(aggregate) {
            return self.window_aggregate(aggregate, &groups);
        }
        let input = aggregate.input.schema();
        let rows = self.rows(&aggregate.input)?;
        let sets = Sets::of(&aggregate.group_expr)?;
        let keys = sets.columns();
        let (mut arguments, mut steps) = (Vec::new(), Vec::with_capacity(aggregate.aggr_expr.len()));
        for planned in &aggregate.aggr_expr {
            let (argument, step) = self::step(planned, input, keys + steps.len())?;
            arguments.push(argument);
            steps.push(step);
        }
        let planned = fields_of(&aggregate.schema);
        let prepared = self.for_each_set(&rows, &sets, input, (arguments, &planned))?;
        let has_distinct = steps.iter().any(|step| step.is_distinct);
        match self.is_batch() && !has_distinct {
            true => self.two_phases(prepared, keys, &steps, &planned),
            false => self.changing(prepared, keys, &steps, &planned),
        }
    }

    /// The keys and what is aggregated, once for each set of keys.
    fn for_each_set(
        &mut self,
        rows: &Rows,
        sets: &Sets<'_>,
        input: &datafusion_common::DFSchema,
        (arguments, planned): (Vec<Expr>, &Fields),
    ) -> Result<Rows, SqlError> {
        let schema = rows.layout.schema().clone();
        let data_type = |expr: &Expr| expr.data_type(&schema).map_err(SqlError::new);
        let keys = sets.keys.iter().map(|key| lower(key, input)).collect::<Result<Vec<_>, _>>()?;
        let types = keys.iter().map(data_type).collect::<Result<Vec<_>, _>>()?;
        let number_type = planned.get(keys.len()).map_or(DataType::Int64, |field| field.data_type().clone());
        let mut all: Option<Rows> = None;
        for grouped in sets.of_each(&keys, &types, &number_type)? {
            let exprs: Vec<Expr> = grouped.into_iter().chain(arguments.iter().cloned()).collect();
            let field = |(number, expr): (usize, &Expr)| {
                let name = planned.get(number).map_or("", |field| field.name());
                Ok(Field::new(name, data_type(expr)?, true))
            };
            let fields = exprs.iter().enumerate().map(field).collect::<Result<Fields, SqlError>>()?;
            let of_set = self.projection(rows, exprs, &fields)?;
            match &mut all {
                None => all = Some(of_set),
                Some(all) => all.append(of_set),
            }
        }
        all.ok_or_else(|| SqlError::new("GROUPING SETS takes at least one set"))
    }

    /// In one phase, whose results may change until all rows of a group have come.
    fn changing(
        &mut self,
        rows: Rows,
        keys: usize,
        steps: &[Step],
        planned: &Fields,
    ) -> Result<Rows, SqlError> {
        let aggregation = aggregation(&rows, keys, steps);
        let window = rows.window.filter(|window| window.start < keys && window.end < keys);
        let window_end = window.map(|window| window.end).filter(|_| !self.is_batch());
        let output = ChangingAggregate::output(&aggregation, self.graph.mode.into()).map_err(wrong)?;
        let output = if window_end.is_some() { output.unchanging() } else { output };
        let rows = Rows { layout: aggregation.input.clone(), ..rows };
        let make: Make<dyn Operator> = Arc::new(move |seat| {
            let changing = ChangingAggregate::new(&aggregation, seat)?;
            let changing = match window_end {
                Some(end) => changing.windowed(end),
                None => changing,
            };
            // Without a key there is a result of no rows too.
            let changing = if keys == 0 { changing.of_nothing_too() } else { changing };
            Ok(Box::new(changing) as Box<dyn Operator>)
        });
        let name = if window_end.is_some() { "Window Aggregate" } else { "Aggregate" };
        let node = Node::new(name, Factory::Operator(make)).stateful();
        let (node, route) =
            if keys == 0 { (node.single(), Partition::Global) } else { (node, Partition::Hash) };
        let grouped = self.add(node, &[&rows.routed(&route)], output.unkeyed());
        self.projection(&Rows { window, ..grouped }, results(keys, steps), planned)
    }

    fn two_phases(
        &mut self,
        rows: Rows,
        keys: usize,
        steps: &[Step],
        planned: &Fields,
    ) -> Result<Rows, SqlError> {
        let aggregation = aggregation(&rows, keys, steps);
        let window = rows.window.filter(|window| window.start < keys && window.end < keys);
        let (partial, output) = (aggregation.partial().map_err(wrong)?, aggregation.output().map_err(wrong)?);
        let rows = Rows { layout: aggregation.input.clone(), ..rows };
        let make: Make<dyn Operator> = {
            let aggregation = aggregation.clone();
            Arc::new(move |seat| {
                Ok(Box::new(LocalAggregate::new(&aggregation, LOCAL_KEYS)?.seated(seat)) as Box<dyn Operator>)
            })
        };
        let is_single = self.is_single(&rows);
        let node = Node { is_single, ..Node::new("Local Aggregate", Factory::Operator(make)).stateful() };
        let local = self.add(node, &[&rows], partial);
        let make: Make<dyn Operator> = Arc::new(move |seat| {
            let global = GlobalAggregate::new(&aggregation)?.seated(seat);
            // Without a key there is a result of no rows too.
            let global = if keys == 0 { global.of_nothing_too() } else { global };
            Ok(Box::new(global) as Box<dyn Operator>)
        });
        let node = Node::new("Aggregate", Factory::Operator(make)).stateful();
        let (node, route) =
            if keys == 0 { (node.single(), Partition::Global) } else { (node, Partition::Hash) };
        let global = self.add(node, &[&local.routed(&route)], output);
        // The key is in the first columns, and means nothing any more.
        let global = Rows { layout: global.layout.unkeyed(), window, ..global };
        self.projection(&global, results(keys, steps), planned)
    }
}

fn wrong(error: AggregateError) -> SqlError {
    SqlError::new(error)
}

impl Step {
    /// How many functions are computed for it.
    pub(super) fn functions(&self) -> usize {
        self.functions.len()
    }
}

/// Of rows whose first columns are the keys.
fn aggregation(rows: &Rows, keys: usize, steps: &[Step]) -> Aggregation {
    Aggregation::new(rows.layout.clone().keyed_by((0..keys).collect()), aggregates_of(steps))
}

/// All functions of these steps.
pub(super) fn aggregates_of(steps: &[Step]) -> Vec<operators::aggregate::Aggregate> {
    let of_step = |step: &Step| {
        let is_distinct = step.is_distinct;
        step.functions.iter().map(move |function| (*function, is_distinct)).collect::<Vec<_>>()
    };
    let functions = steps.iter().flat_map(of_step).enumerate();
    let named = functions.map(|(number, (function, is_distinct))| {
        let aggregate = function.named(format!("$aggregate{number}"));
        if is_distinct { aggregate.distinct() } else { aggregate }
    });
    named.collect()
}

/// The keys, and the result of each step over those of its functions.
fn results(keys: usize, steps: &[Step]) -> Vec<Expr> {
    (0..keys).map(Expr::Column).chain(results_of(keys, steps)).collect()
}

/// The result of each step over those of its functions, which stand behind the keys.
pub(super) fn results_of(keys: usize, steps: &[Step]) -> Vec<Expr> {
    let mut next = keys;
    let result = |step: &Step| {
        let own: Vec<usize> = (next..next + step.functions.len()).collect();
        next += own.len();
        (step.result)(&own)
    };
    steps.iter().map(result).collect()
}

/// What an aggregate reads, as a column of this number, and what is computed of it.
pub(super) fn step(
    planned: &Planned,
    input: &datafusion_common::DFSchema,
    column: usize,
) -> Result<(Expr, Step), SqlError> {
    let planned = match planned {
        Planned::Alias(alias) => &alias.expr,
        other => other,
    };
    let Planned::AggregateFunction(AggregateFunction { func, params }) = planned else {
        return Err(SqlError::not_yet(planned));
    };
    let name = func.name().to_uppercase();
    if !params.order_by.is_empty() {
        return Err(SqlError::not_yet(format!("{name}(… ORDER BY …)")));
    }
    let [argument] = params.args.as_slice() else {
        return Err(SqlError::new(format!("{name} takes one value")));
    };
    let counts_rows = matches!(argument, Planned::Literal(value, _) if !value.is_null())
        && params.filter.is_none()
        && !params.distinct;
    let mut read = typed(lower(argument, input)?, &argument_type(argument, input)?);
    if let Some(filter) = &params.filter {
        read = Expr::Case { branches: vec![(lower(filter, input)?, read)], otherwise: None };
    }
    let first: fn(&[usize]) -> Expr = |results| Expr::Column(results[0]);
    let data_type = func.return_type(&[argument_type(argument, input)?])?;
    let (functions, result) = match func.name() {
        "count" if counts_rows => (vec![Function::Count], first),
        "count" => (vec![Function::CountOf(column)], first),
        "min" => (vec![Function::Min(column)], first),
        "max" => (vec![Function::Max(column)], first),
        "sum" => (vec![Function::Sum(column)], first),
        "avg" if data_type.is_floating() => (vec![Function::Average(column)], first),
        // Of whole numbers it is one, cut off; of decimals one.
        "avg" => (vec![Function::Sum(column), Function::CountOf(column)], quotient as fn(&[usize]) -> Expr),
        _ => return Err(SqlError::not_yet(name)),
    };
    // The least of different values is the least of all.
    let is_distinct = params.distinct && !matches!(func.name(), "min" | "max");
    let step = Step { functions, is_distinct, result };
    Ok((read, step))
}

/// Of nothing there is at least a type, by which it is seen that it is null.
pub(super) fn typed(expr: Expr, data_type: &DataType) -> Expr {
    match data_type {
        DataType::Null => Expr::Literal(arrow_array::new_null_array(&DataType::Int32, 1)),
        _ => expr,
    }
}

fn argument_type(argument: &Planned, input: &datafusion_common::DFSchema) -> Result<DataType, SqlError> {
    use datafusion_expr::ExprSchemable;
    Ok(argument.get_type(input)?)
}

/// The sum by the count; null of nothing.
pub(super) fn quotient(results: &[usize]) -> Expr {
    let (sum, count) = (Expr::Column(results[0]), Expr::Column(results[1]));
    let zero = ScalarValue::Int64(Some(0)).to_array().expect("a number");
    let some = Expr::binary(BinaryOp::NotEqual, count.clone(), Expr::Literal(zero));
    Expr::Case { branches: vec![(some, Expr::binary(BinaryOp::Divide, sum, count))], otherwise: None }
}
