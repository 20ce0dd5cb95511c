//! GROUP BY. In a batch in two phases: rows are combined where they are, and what they have become where their key belongs.
//!
//! ```text
//!   rows ─► [keys, what is aggregated] ─► local ─► hash of the keys ─► global ─► [keys, results of their types]
//! ```
//!
//! In a stream a group says behind each batch of rows what has become of it, or once, when the window that it is of is over.
//! There rows are combined first, too, for some milliseconds, unless they may be taken back or none may wait; where an aggregate
//! wants different values only once, those travel that are new. In a batch it is one phase then; and a busy key of a stream may
//! take two steps that are split (`split_distinct.rs`).

use std::sync::Arc;

use arrow_schema::{DataType, Field, Fields};
use datafusion_common::ScalarValue;
use datafusion_expr::{Aggregate, Expr as Planned};
use expr::{Expr, Zone};
use operators::Operator;
use operators::aggregate::{
    AggregateError, Aggregation, ChangingAggregate, GlobalAggregate, LOCAL_KEYS, LocalAggregate,
    LocalDistinct,
};
use plan::{Factory, Make, Partition};

use super::changelog::{Changelog, Kinds, Sends};
use super::computed::Computed;
use super::grouping_sets::Sets;
use super::keys::Keys;
use super::mini_batch::MiniBatch;
use super::reads::{Reads, call_of};
use super::split_distinct::Split;
use super::window_aggregates::WindowGroups;
use super::{Node, Planner, Rows, fields_of};
use crate::error::SqlError;
use crate::lower::lower;

/// What is computed for an aggregate.
pub(super) type Step = Computed;

/// What rows become that are grouped: columns over the keys and the results of functions.
pub(super) struct Grouped<'a> {
    pub(super) keys: usize,
    pub(super) steps: &'a [Step],
    pub(super) results: Vec<Expr>,
    pub(super) fields: &'a Fields,
    /// If it takes two steps.
    pub(super) split: Option<&'a Split>,
}

/// An aggregate whose results may change.
pub(super) struct Changing {
    pub(super) name: &'static str,
    pub(super) aggregation: Aggregation,
    /// Which column says when a window ends whose results are final then.
    pub(super) window_end: Option<usize>,
    /// Whether rows are what others have made of rows.
    pub(super) are_parts: bool,
}

impl Changing {
    /// Of rows, for ever.
    pub(super) fn of(aggregation: Aggregation) -> Self {
        Self { name: "Aggregate", aggregation, window_end: None, are_parts: false }
    }
}

impl Planner {
    pub(super) fn aggregate(&mut self, aggregate: &Aggregate) -> Result<Rows, SqlError> {
        if let Some(groups) = WindowGroups::of(aggregate) {
            return self.window_aggregate(aggregate, &groups);
        }
        let rows = self.rows(&aggregate.input)?;
        let sets = Sets::of(&aggregate.group_expr)?;
        let planned = fields_of(&aggregate.schema);
        let mut all = None;
        if sets.has_keys() {
            let keys = sets.columns();
            let (mut arguments, steps) =
                filtered_steps(&aggregate.aggr_expr, aggregate.input.schema(), keys)?;
            let split = self.split_of(&steps, &rows);
            arguments.extend(split.iter().flat_map(|split| split.by.iter().cloned()));
            let input = aggregate.input.schema();
            let prepared = self.for_each_set(&rows, &sets, input, (arguments, &planned))?;
            let (results, split) = (results(keys, &steps), split.as_ref());
            let grouped = Grouped { keys, steps: &steps, results, fields: &planned, split };
            all = Some(self.grouped(prepared, grouped)?);
        }
        for _ in 0..sets.totals() {
            let total = self.total(&rows, &sets, aggregate, &planned)?;
            match &mut all {
                None => all = Some(total),
                Some(all) => all.append(total),
            }
        }
        all.ok_or_else(|| SqlError::new("GROUPING SETS takes at least one set"))
    }

    /// All rows as one group, which is there of no rows too: the set `()`.
    fn total(
        &mut self,
        rows: &Rows,
        sets: &Sets<'_>,
        aggregate: &Aggregate,
        planned: &Fields,
    ) -> Result<Rows, SqlError> {
        let (mut arguments, steps) = filtered_steps(&aggregate.aggr_expr, aggregate.input.schema(), 0)?;
        let split = self.split_of(&steps, rows);
        arguments.extend(split.iter().flat_map(|split| split.by.iter().cloned()));
        if arguments.is_empty() {
            // Rows that are only counted have a column too.
            arguments
                .push(lower(&Planned::Literal(ScalarValue::Int32(Some(1)), None), aggregate.input.schema())?);
        }
        let field = |(number, expr): (usize, &Expr)| {
            let data_type = expr.data_type(rows.layout.schema()).map_err(SqlError::new)?;
            Ok(Field::new(format!("$argument{number}"), data_type, true))
        };
        let fields = arguments.iter().enumerate().map(field).collect::<Result<Fields, SqlError>>()?;
        let prepared = self.projection(rows, arguments, &fields)?;
        let of_keys = sets.total(planned);
        let results = of_keys.into_iter().chain(results_of(0, &steps)).collect();
        let split = split.as_ref();
        self.grouped(prepared, Grouped { keys: 0, steps: &steps, results, fields: planned, split })
    }

    fn grouped(&mut self, rows: Rows, grouped: Grouped<'_>) -> Result<Rows, SqlError> {
        let has_distinct = grouped.steps.iter().any(|step| step.is_distinct);
        match grouped.split {
            Some(split) => self.split_distinct(&rows, grouped, split),
            None if self.is_batch() && !has_distinct && self.has_two_phases => self.two_phases(rows, grouped),
            None => self.changing(rows, grouped),
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
                let name = match planned.get(number).filter(|_| number < keys.len()) {
                    Some(field) => field.name().clone(),
                    None => format!("$argument{number}"),
                };
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
    fn changing(&mut self, rows: Rows, grouped: Grouped<'_>) -> Result<Rows, SqlError> {
        let Grouped { keys, steps, results, fields, .. } = grouped;
        let aggregation = aggregation(&rows, keys, steps);
        let window = rows.window.filter(|window| window.start < keys && window.end < keys);
        let window_end = window.map(|window| window.end).filter(|_| !self.is_batch());
        let zone = window.filter(|_| window_end.is_some()).map_or(Zone::UTC, |window| window.zone);
        let rows = self.by_clocks(&rows, zone);
        let rows = Rows { layout: aggregation.input.clone(), ..rows };
        let is_plain = window_end.is_none() && (self.state_ttl.is_none() || keys == 0);
        let combined = if is_plain { self.combined(&rows, &aggregation) } else { None };
        let (are_parts, rows) = (combined.is_some(), combined.unwrap_or(rows));
        let name = if window_end.is_some() { "Window Aggregate" } else { "Aggregate" };
        let grouped = self.changed(&rows, Changing { name, aggregation, window_end, are_parts })?;
        let grouped = self.by_utc(&grouped, zone);
        self.projection(&Rows { window, ..grouped }, results, fields)
    }

    /// The key and the results of functions, which may change.
    pub(super) fn changed(&mut self, rows: &Rows, changing: Changing) -> Result<Rows, SqlError> {
        let Changing { name, aggregation, window_end, are_parts } = changing;
        let keys = aggregation.input.key().len();
        let output = ChangingAggregate::output(&aggregation, self.graph.mode.into()).map_err(wrong)?;
        let output = if window_end.is_some() { output.unchanging() } else { output };
        let state_ttl = self.state_ttl.filter(|_| keys > 0);
        let kinds = Kinds::updates(keys > 0 && aggregation.input.has_kinds());
        let layout = if are_parts { rows.layout.clone() } else { aggregation.input.clone() };
        let make = |tells_former: bool| {
            let aggregation = aggregation.clone();
            let make: Make<dyn Operator> = Arc::new(move |seat| {
                let changing = match are_parts {
                    true => ChangingAggregate::merging(&aggregation, seat)?,
                    false => ChangingAggregate::new(&aggregation, seat)?,
                };
                let changing = match (window_end, state_ttl) {
                    (Some(end), _) => changing.windowed(end),
                    (None, Some(after_ms)) => changing.idle_after(after_ms),
                    (None, None) => changing,
                };
                // Without a key there is a result of no rows too.
                let changing = if keys == 0 { changing.of_nothing_too() } else { changing };
                let changing = if tells_former { changing } else { changing.without_former() };
                Ok(Box::new(changing) as Box<dyn Operator>)
            });
            Factory::Operator(make)
        };
        let by_key = Changelog::sending(Sends::ByKey(kinds, make(false)));
        let node = Node::new(name, make(true)).stateful().with(by_key);
        let (node, route) =
            if keys == 0 { (node.single(), Partition::Global) } else { (node, Partition::Hash) };
        let rows = Rows { layout, ..rows.clone() }.routed(&route);
        let grouped = self.add(node, &[&rows], output.unkeyed());
        Ok(Rows { keys: Keys::of(0..keys), ..grouped })
    }

    /// Rows of a stream, those of a key as one where they are, before they travel; of values that are told apart, those that are
    /// new. `None` where that cannot be, or where [`Planner::round`] says so.
    fn combined(&mut self, rows: &Rows, aggregation: &Aggregation) -> Option<Rows> {
        let tells_apart = aggregation.aggregates.iter().any(|aggregate| aggregate.distinct);
        if self.is_batch() || rows.changes() {
            return None;
        }
        let MiniBatch { rows: round, wait_ns } = self.round(rows)?;
        let partial = aggregation.partial().ok()?;
        let aggregation = aggregation.clone();
        let make: Make<dyn Operator> = Arc::new(move |seat| {
            Ok(if tells_apart {
                let local = LocalDistinct::new(&aggregation, LOCAL_KEYS, (round, wait_ns))?;
                Box::new(local.seated(seat)) as Box<dyn Operator>
            } else {
                let local = LocalAggregate::new(&aggregation, LOCAL_KEYS)?.in_rounds(round, wait_ns);
                Box::new(local.seated(seat))
            })
        });
        let node = Node::new("Local Aggregate", Factory::Operator(make)).stateful();
        Some(self.add(node, &[rows], partial))
    }

    fn two_phases(&mut self, rows: Rows, grouped: Grouped<'_>) -> Result<Rows, SqlError> {
        let Grouped { keys, steps, results, fields, .. } = grouped;
        let aggregation = aggregation(&rows, keys, steps);
        let window = rows.window.filter(|window| window.start < keys && window.end < keys);
        let (partial, output) = (aggregation.partial().map_err(wrong)?, aggregation.output().map_err(wrong)?);
        let rows = Rows { layout: aggregation.input.clone(), ..rows };
        // A group whose key nobody wants may be left out row by row.
        let scanned = rows.scanned.first(keys);
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
        let global = Rows { layout: global.layout.unkeyed(), window, scanned, ..global };
        self.projection(&global, results, fields)
    }
}

fn wrong(error: AggregateError) -> SqlError {
    SqlError::new(error)
}

/// Of rows whose first columns are the keys.
fn aggregation(rows: &Rows, keys: usize, steps: &[Step]) -> Aggregation {
    Aggregation::new(rows.layout.clone().keyed_by((0..keys).collect()), aggregates_of(steps))
}

/// All functions of these steps.
pub(super) fn aggregates_of(steps: &[Step]) -> Vec<operators::aggregate::Aggregate> {
    let functions =
        steps.iter().flat_map(|step| step.functions.iter().map(move |function| (*function, step)));
    let named = functions.enumerate().map(|(number, (function, step))| {
        let aggregate = function.named(format!("$aggregate{number}"));
        let aggregate = match &step.separator {
            Some(separator) => aggregate.separated_by(separator.clone()),
            None => aggregate,
        };
        let aggregate = operators::aggregate::Aggregate { filter: step.filter, ..aggregate };
        if step.is_distinct { aggregate.distinct() } else { aggregate }
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
        step.outcome.of(&own)
    };
    steps.iter().map(result).collect()
}

/// What aggregates read, as columns behind so many keys, and what is computed of it. Filters are in what is read.
pub(super) fn steps(
    planned: &[Planned],
    input: &datafusion_common::DFSchema,
    keys: usize,
) -> Result<(Vec<Expr>, Vec<Step>), SqlError> {
    let mut reads = Reads::behind(keys);
    let steps = planned.iter().map(|planned| reads.step(call_of(planned)?, input));
    let steps = steps.collect::<Result<_, _>>()?;
    Ok((reads.arguments, steps))
}

/// The same where an aggregate may have a filter beside what it reads.
fn filtered_steps(
    planned: &[Planned],
    input: &datafusion_common::DFSchema,
    keys: usize,
) -> Result<(Vec<Expr>, Vec<Step>), SqlError> {
    let mut reads = Reads::behind(keys);
    let steps = planned.iter().map(|planned| reads.filtered_step(call_of(planned)?, input));
    let steps = steps.collect::<Result<_, _>>()?;
    Ok((reads.arguments, steps))
}
