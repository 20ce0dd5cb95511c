//! `GROUP BY` of rows in windows, without the rows: windows share what is known of their panes, and sessions what is known of
//! theirs.
//!
//! ```text
//!   Aggregate [k, window_start, window_end] of WindowTable of x
//!     ─► x ─► [k, what is aggregated, time] ─► local panes ─► hash of k ─► panes ─► [k, window_start, window_end, results]
//! ```
//!
//! Where more is asked of the windows than to be grouped by, their rows are made, and grouped as others are.

use std::sync::Arc;

use arrow_schema::{DataType, Field, Fields};
use datafusion_common::Column;
use datafusion_expr::logical_plan::UserDefinedLogicalNodeCore;
use datafusion_expr::{Aggregate, Expr as Planned, LogicalPlan};
use expr::Expr;
use operators::aggregate::{Aggregation, LOCAL_KEYS};
use operators::window::pane::{LocalPanes, PaneAggregate, WindowedAggregation};
use operators::window::session::{SessionAggregate, SessionAggregation};
use operators::{Layout, Operator};
use plan::{Factory, Make, Partition};

use super::aggregates::{aggregates_of, results_of, steps};
use super::mini_batch::MiniBatch;
use super::windows::{cast, last_time, windows_of};
use super::{Node, Planner, Rows, Window, fields_of};
use crate::error::SqlError;
use crate::lower::lower;
use crate::windows::{ADDED, Shape, WindowTable};
use crate::zones::instant;

/// What a column of the result is.
enum Grouped {
    Key(usize),
    Start,
    End,
    Time(DataType),
}

/// A grouping that needs no rows of windows.
pub(super) struct WindowGroups<'a> {
    table: &'a WindowTable,
    /// The columns of the result that are grouped by.
    groups: Vec<Grouped>,
    keys: Vec<&'a Planned>,
}

impl<'a> WindowGroups<'a> {
    /// If an aggregate is one.
    pub(super) fn of(aggregate: &'a Aggregate) -> Option<Self> {
        let table = table_below(&aggregate.input)?;
        let (mut groups, mut keys) = (Vec::new(), Vec::new());
        for group in &aggregate.group_expr {
            groups.push(match window_column(group) {
                Some(0) => Grouped::Start,
                Some(1) => Grouped::End,
                Some(_) => {
                    let time = UserDefinedLogicalNodeCore::schema(table).fields().last()?;
                    Grouped::Time(time.data_type().clone())
                }
                None if looks_at_windows(group) || matches!(group, Planned::GroupingSet(_)) => return None,
                None => {
                    keys.push(group);
                    Grouped::Key(keys.len() - 1)
                }
            });
        }
        let has = |wanted: fn(&Grouped) -> bool| groups.iter().any(wanted);
        let has_window =
            has(|group| matches!(group, Grouped::Start)) && has(|group| matches!(group, Grouped::End));
        let is_simple = |planned: &Planned| match planned {
            Planned::AggregateFunction(call) => !call.params.distinct && !looks_at_windows(planned),
            Planned::Alias(alias) => match alias.expr.as_ref() {
                Planned::AggregateFunction(call) => !call.params.distinct && !looks_at_windows(planned),
                _ => false,
            },
            _ => false,
        };
        // Rows of other keys do not make a session longer.
        let of_sessions = match table.shape {
            Shape::Session { .. } => {
                table.keys.len() == keys.len() && table.keys.iter().all(|key| keys.contains(&key))
            }
            _ => true,
        };
        let is_one = has_window && of_sessions && aggregate.aggr_expr.iter().all(is_simple);
        is_one.then_some(Self { table, groups, keys })
    }
}

/// The windows whose rows are grouped, with all of their columns or some.
fn table_below(plan: &LogicalPlan) -> Option<&WindowTable> {
    match plan {
        LogicalPlan::Extension(extension) => WindowTable::of(extension),
        LogicalPlan::Projection(projection) => {
            let are_columns = projection.expr.iter().all(|expr| matches!(expr, Planned::Column(_)));
            table_below(&projection.input).filter(|_| are_columns)
        }
        _ => None,
    }
}

/// Which column of a window it is.
fn window_column(planned: &Planned) -> Option<usize> {
    match planned {
        Planned::Column(Column { relation: None, name, .. }) => ADDED.iter().position(|added| added == name),
        _ => None,
    }
}

fn looks_at_windows(planned: &Planned) -> bool {
    planned
        .column_refs()
        .iter()
        .any(|column| column.relation.is_none() && ADDED.contains(&column.name.as_str()))
}

impl Planner {
    pub(super) fn window_aggregate(
        &mut self,
        aggregate: &Aggregate,
        groups: &WindowGroups<'_>,
    ) -> Result<Rows, SqlError> {
        let table = groups.table;
        let input = table.input.schema();
        let (rows, time, zone) = self.timed_rows(table)?;
        let keys = groups.keys.len();
        let mut exprs = groups.keys.iter().map(|key| lower(key, input)).collect::<Result<Vec<_>, _>>()?;
        let (arguments, steps) = steps(&aggregate.aggr_expr, input, keys)?;
        exprs.extend(arguments);
        let rows = self.filter(&rows, Expr::Not(Box::new(Expr::IsNull(Box::new(time.clone())))))?;
        exprs.push(time);
        let last = exprs.len() - 1;
        let field = |expr: &Expr| {
            let data_type = expr.data_type(rows.layout.schema()).map_err(SqlError::new)?;
            Ok(Field::new("", data_type, true))
        };
        let fields = exprs.iter().map(field).collect::<Result<Fields, SqlError>>()?;
        let prepared = self.projection(&rows, exprs, &fields)?;
        let layout = prepared.layout.clone().keyed_by((0..keys).collect()).timed_by(last);
        let prepared = Rows { layout: layout.clone(), ..prepared };
        let aggregation = Aggregation::new(layout, aggregates_of(&steps));
        let prepared = self.by_clocks(&prepared, zone);
        let gathered = self.gathered(prepared, table.shape, aggregation)?;
        let gathered = self.by_utc(&gathered, zone);
        let functions: usize = steps.iter().map(|step| step.functions.len()).sum();
        let (start, end) = (keys + functions, keys + functions + 1);
        let gathered = Rows { window: Some(Window { start, end, zone }), ..gathered };
        let group = |group: &Grouped| match group {
            Grouped::Key(key) => Expr::Column(*key),
            Grouped::Start => Expr::Column(start),
            Grouped::End => Expr::Column(end),
            Grouped::Time(data_type) => cast(instant(last_time(end), zone), data_type.clone()),
        };
        let results = groups.groups.iter().map(group).chain(results_of(keys, &steps)).collect();
        self.projection(&gathered, results, &fields_of(&aggregate.schema))
    }

    /// What is known of the rows of each key in each window.
    fn gathered(&mut self, rows: Rows, shape: Shape, aggregation: Aggregation) -> Result<Rows, SqlError> {
        let keys = aggregation.input.key().len();
        let (make, output, rows) = match windows_of(shape) {
            Some(windows) => {
                let spec = WindowedAggregation { aggregation, windows, allowed_lateness: 0 };
                let combined = self.combined_panes(&rows, &spec, shape)?;
                let (are_parts, rows) = (combined.is_some(), combined.unwrap_or(rows));
                let output = spec.output().map_err(SqlError::new)?;
                let make: Make<dyn Operator> = Arc::new(move |seat| {
                    let panes = match are_parts {
                        true => PaneAggregate::merging(&spec)?,
                        false => PaneAggregate::new(&spec)?,
                    };
                    Ok(Box::new(panes.seated(seat)) as Box<dyn Operator>)
                });
                (make, output, rows)
            }
            None => {
                let Shape::Session { gap } = shape else { unreachable!("others are cut by time alone") };
                let spec = SessionAggregation { aggregation, gap };
                let output = spec.output().map_err(SqlError::new)?;
                let make: Make<dyn Operator> = Arc::new(move |seat| {
                    Ok(Box::new(SessionAggregate::new(&spec, seat)?) as Box<dyn Operator>)
                });
                (make, output, rows)
            }
        };
        let node = Node::new(format!("Window Aggregate [{shape}]"), Factory::Operator(make)).stateful();
        let (node, route) = match keys {
            0 => (node.single(), Partition::Global),
            _ => (node, Partition::Hash),
        };
        // The time of a row has done its work: its column means nothing any more.
        let output = Layout::of(output.schema().fields().clone());
        Ok(self.add(node, &[&rows.routed(&route)], output))
    }

    /// The rows of a key in a pane as one, where they are, before they travel. `None` where [`Planner::round`] says so, or where
    /// their order counts.
    fn combined_panes(
        &mut self,
        rows: &Rows,
        spec: &WindowedAggregation,
        shape: Shape,
    ) -> Result<Option<Rows>, SqlError> {
        if !spec.is_combinable() {
            return Ok(None);
        }
        let Some(MiniBatch { rows: round, wait_ns }) = self.round(rows) else { return Ok(None) };
        let partial = spec.partial().map_err(SqlError::new)?;
        // Nobody waits for a window of a batch.
        let (spec, has_rounds) = (spec.clone(), !self.is_batch());
        let make: Make<dyn Operator> = Arc::new(move |seat| {
            let local = LocalPanes::new(&spec, LOCAL_KEYS)?;
            let local = if has_rounds { local.in_rounds(round, wait_ns) } else { local };
            Ok(Box::new(local.seated(seat)) as Box<dyn Operator>)
        });
        let node = Node::new(format!("Local Window Aggregate [{shape}]"), Factory::Operator(make)).stateful();
        Ok(Some(self.add(node, &[rows], partial)))
    }
}
