//! `OVER`: what is computed of a row and those around it.
//!
//! Of a batch, rows are sorted by partition and order first. Of a stream that is in order by time, rows leave when time has
//! passed them; in any other order a row that comes may change those behind it, and they are taken back.

use std::sync::Arc;

use arrow_schema::DataType;
use datafusion_common::{ExprSchema, ScalarValue};
use datafusion_expr::expr::{NullTreatment, WindowFunction};
use datafusion_expr::{
    Expr as Planned, ExprSchemable, LogicalPlan, Window, WindowFrame, WindowFrameBound, WindowFrameUnits,
    WindowFunctionDefinition,
};
use expr::Expr;
use operators::Operator;
use operators::aggregate::Function;
use operators::layout::is_time_type;
use operators::limit::Fetch;
use operators::over::{Bound, Frame, Over, OverCall, OverFunction, OverSpec, Shift, Unit};
use operators::sort::{Sort as SortRows, SortColumn};
use plan::{Factory, Make, Partition};

use super::computed::{AggregateCall, Outcome};
use super::{Node, Planner, Rows, fields_of};
use crate::error::SqlError;
use crate::lower::{lower, own_type};
use crate::mixing::Kind;
use crate::time::TimeKind;
use crate::type_syntax::written_type;

/// The columns that there are, and others that are computed of them for a while.
struct Columns<'a> {
    schema: &'a datafusion_common::DFSchema,
    own: usize,
    others: Vec<(String, Expr)>,
}

impl Columns<'_> {
    fn place(&mut self, planned: &Planned) -> Result<usize, SqlError> {
        let expr = lower(planned, self.schema)?;
        Ok(self.place_of(expr))
    }

    fn place_of(&mut self, expr: Expr) -> usize {
        if let Expr::Column(column) = expr {
            return column;
        }
        self.others.push((format!("$over{}", self.others.len()), expr));
        self.own + self.others.len() - 1
    }
}

/// A call, and how its column follows from those that are computed for it.
struct OverColumn {
    calls: Vec<(OverFunction, Frame)>,
    outcome: Outcome,
}

impl Planner {
    pub(super) fn over(&mut self, window: &Window) -> Result<Rows, SqlError> {
        let mut rows = self.rows(&window.input)?;
        let planned = fields_of(&window.schema);
        let inputs = window.input.schema().fields().len();
        let exprs = &window.window_expr;
        for (number, expr) in exprs.iter().enumerate() {
            let call = match expr {
                Planned::WindowFunction(call) => call,
                Planned::Alias(alias) => match alias.expr.as_ref() {
                    Planned::WindowFunction(call) => call,
                    other => return Err(SqlError::not_yet(other)),
                },
                other => return Err(SqlError::not_yet(other)),
            };
            let fields = planned.iter().take(inputs + number + 1).cloned().collect();
            rows = self.over_call(&rows, &window.input, call, &fields)?;
        }
        Ok(rows)
    }

    fn over_call(
        &mut self,
        rows: &Rows,
        input: &LogicalPlan,
        call: &WindowFunction,
        fields: &arrow_schema::Fields,
    ) -> Result<Rows, SqlError> {
        let own = rows.layout.record();
        let mut columns = Columns { schema: input.schema(), own, others: Vec::new() };
        let params = &call.params;
        let mut key = Vec::new();
        for by in &params.partition_by {
            key.push(columns.place(by)?);
        }
        let mut order = Vec::new();
        for by in &params.order_by {
            let column = columns.place(&by.expr)?;
            order.push(SortColumn { column, is_descending: !by.asc, nulls_first: by.nulls_first });
        }
        let planned = planned_call(call, &mut columns)?;
        let time = match params.order_by.as_slice() {
            [by, ..] if by.asc && is_event_time(&by.expr, input) => order.first().map(|by| by.column),
            _ => None,
        };
        let others = std::mem::take(&mut columns.others);
        let rows = self.extended(rows, others)?;
        let width = rows.layout.record();
        let names = (0..planned.calls.len()).map(|number| format!("$result{number}"));
        let calls = planned.calls.iter().copied().zip(names);
        let calls = calls.map(|((function, frame), name)| OverCall { function, frame, name }).collect();
        let input = rows.layout.clone().keyed_by(key);
        let is_exact = |column: &usize| is_time_type(input.schema().field(*column).data_type());
        let time = time.filter(|column| !rows.changes() && is_exact(column) && order.len() == 1);
        let order = time.map_or(order, |time| vec![SortColumn::ascending(time)]);
        let spec = OverSpec { input, order, calls, time };
        // What looks ahead changes as rows come.
        let spec = OverSpec { time: spec.time.filter(|_| spec.looks_back()), ..spec };
        let computed = self.over_rows("Over", rows, spec)?;
        let mut exprs: Vec<Expr> = (0..own).map(Expr::Column).collect();
        exprs.push(planned.outcome.of(&(width..width + planned.calls.len()).collect::<Vec<_>>()));
        self.projection(&computed, exprs, fields)
    }

    pub(super) fn over_rows(&mut self, name: &str, rows: Rows, spec: OverSpec) -> Result<Rows, SqlError> {
        let mode = self.graph.mode;
        let output = spec.output(mode).map_err(SqlError::new)?.unkeyed();
        let has_key = !spec.input.key().is_empty();
        let window = rows.window;
        let by = spec.input.key().iter().copied().collect();
        let keys = rows.keys.with_all(&by);
        let route = if has_key { Partition::Hash } else { Partition::Global };
        let rows = Rows { layout: spec.input.clone(), ..rows }.routed(&route);
        let rows = if self.is_batch() { self.sorted_by_partition(&rows, &spec) } else { rows };
        let make: Make<dyn Operator> =
            Arc::new(move |seat| Ok(Box::new(Over::new(&spec, seat)?) as Box<dyn Operator>));
        let node = Node::new(name, Factory::Operator(make)).stateful();
        let node = if has_key { node } else { node.single() };
        let over = self.add(node, &[&rows], output);
        Ok(Rows { window, keys, ..over })
    }

    /// Rows partition by partition, each in its order.
    fn sorted_by_partition(&mut self, rows: &Rows, spec: &OverSpec) -> Rows {
        let (layout, order) = (spec.input.clone(), spec.sorted_by());
        if order.is_empty() {
            return rows.clone();
        }
        let make: Make<dyn Operator> = {
            let layout = layout.clone();
            Arc::new(move |seat| {
                Ok(Box::new(SortRows::new(&layout, &order, Fetch::ALL, seat)?) as Box<dyn Operator>)
            })
        };
        let node = Node::new("Sort", Factory::Operator(make)).stateful();
        let node = if spec.input.key().is_empty() { node.single() } else { node };
        self.add(node, &[rows], layout)
    }
}

/// Whether a column is the time of its stream.
pub(super) fn is_event_time(planned: &Planned, input: &LogicalPlan) -> bool {
    let Planned::Column(column) = planned else { return false };
    input.schema().field_from_column(column).is_ok_and(|field| TimeKind::of(field) == Some(TimeKind::Event))
}

fn planned_call(call: &WindowFunction, columns: &mut Columns<'_>) -> Result<OverColumn, SqlError> {
    let params = &call.params;
    let name = call.fun.name().to_uppercase();
    if params.distinct {
        return Err(SqlError::not_yet(format!("{name}(DISTINCT …) OVER")));
    }
    if params.null_treatment == Some(NullTreatment::IgnoreNulls) {
        return Err(SqlError::not_yet(format!("{name}(…) IGNORE NULLS")));
    }
    let frame = frame(&params.window_frame, &params.order_by)?;
    if frame.unit == Unit::Range && [frame.start, frame.end].iter().any(|bound| !is_open(bound)) {
        let measured = params.order_by.first().map(|by| by.expr.get_type(columns.schema)).transpose()?;
        if let Some(text) =
            measured.filter(|data_type| matches!(Kind::of(data_type), Kind::Text | Kind::Bytes))
        {
            let written = written_type(&text);
            return Err(SqlError::new(format!(
                "RANGE BETWEEN n PRECEDING takes an order by numbers or times, not {written}"
            )));
        }
    }
    let whole = |function| Ok(OverColumn { calls: vec![(function, frame)], outcome: Outcome::Same });
    let arguments = params.args.as_slice();
    let number = |place: usize| match arguments.get(place) {
        Some(Planned::Literal(value, _)) => match value.cast_to(&DataType::Int64) {
            Ok(ScalarValue::Int64(Some(number))) => Ok(Some(number)),
            _ => Err(SqlError::new(format!("{name} takes a number of rows, not {value}"))),
        },
        Some(other) => Err(SqlError::new(format!("{name} takes a number of rows, not {other}"))),
        None => Ok(None),
    };
    let at_least = |least: i64, number: i64| match number >= least {
        true => Ok(number),
        false => Err(SqlError::new(format!("{name} takes a number from {least} on, not {number}"))),
    };
    match call.fun.name() {
        "row_number" => whole(OverFunction::RowNumber),
        "rank" => whole(OverFunction::Rank),
        "dense_rank" => whole(OverFunction::DenseRank),
        "percent_rank" => whole(OverFunction::PercentRank),
        "cume_dist" => whole(OverFunction::CumeDist),
        "ntile" => whole(OverFunction::Ntile(at_least(1, number(0)?.unwrap_or(1))?)),
        shift @ ("lag" | "lead") => {
            let column = columns.place(&arguments[0])?;
            let offset = at_least(0, number(1)?.unwrap_or(1))?;
            let data_type = own_type(&arguments[0].get_type(columns.schema)?);
            let default = arguments.get(2).map(|default| {
                let expr = Box::new(lower(default, columns.schema)?);
                Ok::<_, SqlError>(columns.place_of(Expr::Cast { expr, to: data_type, is_lenient: false }))
            });
            let default = default.transpose()?;
            let away = Shift { column, offset, default };
            whole(if shift == "lag" { OverFunction::Lag(away) } else { OverFunction::Lead(away) })
        }
        // As Flink's they pass over nulls.
        "first_value" => whole(OverFunction::Aggregate(Function::First(columns.place(&arguments[0])?))),
        "last_value" => whole(OverFunction::Aggregate(Function::Last(columns.place(&arguments[0])?))),
        "nth_value" => {
            let column = columns.place(&arguments[0])?;
            whole(OverFunction::NthValue { column, row: at_least(1, number(1)?.unwrap_or(1))? })
        }
        _ => aggregate(call, frame, columns),
    }
}

fn aggregate(call: &WindowFunction, frame: Frame, columns: &mut Columns<'_>) -> Result<OverColumn, SqlError> {
    let WindowFunctionDefinition::AggregateUDF(function) = &call.fun else {
        return Err(SqlError::not_yet(format!("{} OVER", call.fun.name().to_uppercase())));
    };
    // COUNT(*) comes as a count of all columns.
    #[expect(deprecated, reason = "it is how the planner still says COUNT(*)")]
    let arguments = match call.params.args.as_slice() {
        [Planned::Wildcard { .. }] => &[],
        arguments => arguments,
    };
    let aggregate = AggregateCall {
        function,
        arguments,
        filter: call.params.filter.as_deref(),
        is_distinct: false,
        ignores_nulls: false,
    };
    let schema = columns.schema;
    let computed = aggregate.computed(schema, &mut |read| columns.place_of(read))?;
    let (mut functions, mut outcome) = (computed.functions, computed.outcome);
    if let (Some(separator), [Function::ListAgg(column)]) = (computed.separator, functions.as_slice()) {
        functions = vec![Function::Collect(*column)];
        outcome = Outcome::Joined(separator);
    }
    let calls = functions.into_iter().map(|function| (OverFunction::Aggregate(function), frame));
    Ok(OverColumn { calls: calls.collect(), outcome })
}

/// Whether it is where rows end, or this one is.
fn is_open(bound: &Bound) -> bool {
    matches!(bound, Bound::UnboundedPreceding | Bound::CurrentRow | Bound::UnboundedFollowing)
}

fn frame(planned: &WindowFrame, order: &[datafusion_expr::expr::Sort]) -> Result<Frame, SqlError> {
    let unit = match planned.units {
        WindowFrameUnits::Rows => Unit::Rows,
        WindowFrameUnits::Range => Unit::Range,
        WindowFrameUnits::Groups => Unit::Groups,
    };
    // Without an order all rows are peers.
    if order.is_empty() && unit == Unit::Range {
        return Ok(Frame { unit, start: Bound::UnboundedPreceding, end: Bound::UnboundedFollowing });
    }
    let distance = |value: &ScalarValue| match value {
        ScalarValue::IntervalMonthDayNano(Some(interval)) if interval.months == 0 => {
            Ok(i64::from(interval.days) * 86_400_000 + interval.nanoseconds / 1_000_000)
        }
        other => match other.cast_to(&DataType::Int64) {
            Ok(ScalarValue::Int64(Some(number))) => Ok(number),
            _ => Err(SqlError::new(format!("a frame of OVER has bounds like 3 PRECEDING, not {other}"))),
        },
    };
    let bound = |planned: &WindowFrameBound| {
        Ok::<_, SqlError>(match planned {
            WindowFrameBound::Preceding(value) if value.is_null() => Bound::UnboundedPreceding,
            WindowFrameBound::Preceding(value) => Bound::Preceding(distance(value)?),
            WindowFrameBound::CurrentRow => Bound::CurrentRow,
            WindowFrameBound::Following(value) if value.is_null() => Bound::UnboundedFollowing,
            WindowFrameBound::Following(value) => Bound::Following(distance(value)?),
        })
    };
    Ok(Frame { unit, start: bound(&planned.start_bound)?, end: bound(&planned.end_bound)? })
}
