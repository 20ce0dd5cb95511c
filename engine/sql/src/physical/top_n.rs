//! `ROW_NUMBER() OVER (PARTITION BY … ORDER BY …) <= n`: the first rows of each key, without the numbers of all others.
//!
//! In a stream it is the form in which row numbers are had; of one row ordered by time it is how duplicates go.

use arrow_array::Int64Array;
use datafusion_common::{Column, ExprSchema};
use datafusion_expr::expr::WindowFunction;
use datafusion_expr::{Expr as Planned, Filter, LogicalPlan, Operator as Comparison, Window};
use expr::{Expr, Zone};
use operators::Operator;
use operators::sort::SortColumn;
use operators::top_n::{KeyedTopN, TopNSpec};
use plan::{Factory, Make, Partition};
use std::collections::BTreeSet;
use std::sync::Arc;

use super::changelog::{Changelog, Kinds, Sends};
use super::keys::Keys;
use super::{Node, Planner, Rows, fields_of, lowered};
use crate::error::SqlError;
use crate::lower::lower;
use crate::time::TimeKind;

/// A filter over row numbers that only wants the first ones.
pub(super) struct FirstRows<'a> {
    window: &'a Window,
    /// Which columns are left of the window's before the filter.
    picked: Option<&'a [Planned]>,
    call: &'a WindowFunction,
    /// How many of each key.
    rows: usize,
    /// What else has to hold.
    others: Vec<&'a Planned>,
}

/// The last row of each key by event time.
pub(super) struct LastByTime<'a> {
    pub(super) window: &'a Window,
    /// Which columns are left of the window's.
    pub(super) picked: Option<&'a [Planned]>,
    pub(super) keys: &'a [Planned],
    pub(super) time: &'a Planned,
    /// What else has to hold.
    pub(super) others: Vec<&'a Planned>,
}

impl<'a> FirstRows<'a> {
    /// If the filter is one.
    pub(super) fn of(filter: &'a Filter) -> Option<Self> {
        let (window, picked) = match filter.input.as_ref() {
            LogicalPlan::Window(window) => (window, None),
            LogicalPlan::Projection(projection) => match projection.input.as_ref() {
                LogicalPlan::Window(window) if projection.expr.iter().all(is_column) => {
                    (window, Some(projection.expr.as_slice()))
                }
                _ => return None,
            },
            _ => return None,
        };
        let [planned] = window.window_expr.as_slice() else { return None };
        let call = match planned {
            Planned::WindowFunction(call) => call,
            Planned::Alias(alias) => match alias.expr.as_ref() {
                Planned::WindowFunction(call) => call,
                _ => return None,
            },
            _ => return None,
        };
        if call.fun.name() != "row_number" || call.params.order_by.is_empty() {
            return None;
        }
        let number = Column::from(window.schema.qualified_field(window.schema.fields().len() - 1));
        let (mut rows, mut others) = (None, Vec::new());
        for part in datafusion_expr::utils::split_conjunction(&filter.predicate) {
            match at_most(part, &number) {
                Some(most) => rows = Some(rows.map_or(most, |rows: usize| rows.min(most))),
                None => others.push(part),
            }
        }
        Some(Self { window, picked, call, rows: rows?, others })
    }

    /// What the last row of each key is of, if it is that by event time: the input, its key and its time. What is left of the
    /// columns, and what else has to hold, is over the window's.
    pub(super) fn last_by_time(&self) -> Option<LastByTime<'a>> {
        let params = &self.call.params;
        let [by] = params.order_by.as_slice() else { return None };
        let is_last = self.rows == 1 && !by.asc && is_time(&by.expr, &self.window.input);
        is_last.then_some(LastByTime {
            window: self.window,
            picked: self.picked,
            keys: &params.partition_by,
            time: &by.expr,
            others: self.others.clone(),
        })
    }

    /// Whether something above needs the numbers.
    pub(super) fn numbers_are_in(&self, exprs: &[Planned]) -> bool {
        let number = Column::from(self.window.schema.qualified_field(self.window.schema.fields().len() - 1));
        exprs.iter().any(|expr| expr.column_refs().contains(&number))
            || self.others.iter().any(|expr| expr.column_refs().contains(&number))
    }
}

fn is_column(planned: &Planned) -> bool {
    matches!(planned, Planned::Column(_))
}

/// What a condition says of how great the number may be.
fn at_most(condition: &Planned, number: &Column) -> Option<usize> {
    let Planned::BinaryExpr(binary) = condition else { return None };
    let is_number = |expr: &Planned| match expr {
        Planned::Column(column) => column == number,
        Planned::Cast(cast) => matches!(cast.expr.as_ref(), Planned::Column(column) if column == number),
        _ => false,
    };
    let (op, value) = if is_number(&binary.left) {
        (binary.op, &binary.right)
    } else if is_number(&binary.right) {
        (binary.op.swap()?, &binary.left)
    } else {
        return None;
    };
    let Planned::Literal(value, _) = value.as_ref() else { return None };
    let value = value.cast_to(&arrow_schema::DataType::Int64).ok()?;
    let datafusion_common::ScalarValue::Int64(Some(value)) = value else { return None };
    let most = match op {
        Comparison::LtEq => value,
        Comparison::Lt => value.checked_sub(1)?,
        Comparison::Eq if value == 1 => 1,
        _ => return None,
    };
    usize::try_from(most).ok().filter(|most| *most > 0)
}

impl Planner {
    /// The first rows, with their numbers or without.
    pub(super) fn first_rows(&mut self, first: &FirstRows<'_>, is_ranked: bool) -> Result<Rows, SqlError> {
        let input = &first.window.input;
        let rows = self.rows(input)?;
        let own = rows.layout.record();
        let kept = rows.layout.schema().fields().clone();
        let params = &first.call.params;
        let mut others = Vec::new();
        let mut column = |name: &str, expr: Expr| match expr {
            Expr::Column(column) => column,
            expr => {
                others.push((format!("${name}{}", others.len()), expr));
                own + others.len() - 1
            }
        };
        let mut key = Vec::new();
        for planned in lowered(&params.partition_by, input.schema())? {
            key.push(column("key", planned));
        }
        let mut order = Vec::new();
        for by in &params.order_by {
            let place = column("order", lower(&by.expr, input.schema())?);
            order.push(SortColumn { column: place, is_descending: !by.asc, nulls_first: by.nulls_first });
        }
        // Of one row by time that is the last one, and of equal times the one that came last.
        let is_last = first.rows == 1
            && matches!(params.order_by.as_slice(), [by] if !by.asc && is_time(&by.expr, input));
        let rows = self.extended(&rows, others)?;
        let window = rows.window.filter(|window| key.contains(&window.end));
        let (window_end, zone) =
            (window.map(|window| window.end), window.map_or(Zone::UTC, |window| window.zone));
        let rows = self.by_clocks(&rows, zone);
        let spec = TopNSpec::new(rows.layout.clone().keyed_by(key.clone()), order, first.rows);
        let spec = if is_last { spec.later_wins() } else { spec };
        let spec = if is_ranked { spec.ranked("$rank") } else { spec };
        let spec = match window_end {
            Some(end) => spec.windowed(end),
            None => spec,
        };
        let name = name_of(&spec);
        let top = self.top_n(Rows { layout: spec.input.clone(), ..rows }, spec, name);
        let top = self.by_utc(&top, zone);
        // The rank stands behind what was added to sort by. Where nobody looks at it there is nothing in its place.
        let mut columns: Vec<Expr> = (0..own).map(Expr::Column).collect();
        columns.push(match is_ranked {
            true => Expr::Column(top.layout.record() - 1),
            false => Expr::Literal(Arc::new(Int64Array::from(vec![None]))),
        });
        let mut fields = kept.to_vec();
        fields.push(fields_of(&first.window.schema)[own].clone());
        let rows = self.projection(&top, columns, &fields.into())?;
        let rows = match first.others.iter().copied().cloned().reduce(Planned::and) {
            Some(condition) => self.filter(&rows, lower(&condition, &first.window.schema)?)?,
            None => rows,
        };
        let Some(picked) = first.picked else { return Ok(rows) };
        let columns = lowered(picked, &first.window.schema)?;
        let own = rows.layout.schema().fields();
        let field = |column: &Expr| match column {
            Expr::Column(column) => own[*column].clone(),
            other => unreachable!("{other} is no column"),
        };
        let fields = columns.iter().map(field).collect();
        self.projection(&rows, columns, &fields)
    }

    /// The first rows of each key, where the key belongs.
    pub(super) fn top_n(&mut self, rows: Rows, spec: TopNSpec, name: String) -> Rows {
        let output = spec.output();
        let output = if self.is_batch() { output.unchanging() } else { output };
        let has_key = !spec.input.key().is_empty();
        let (keys, kinds) = told_apart(&rows.keys, &spec);
        let make = |spec: TopNSpec| {
            let make: Make<dyn Operator> =
                Arc::new(move |seat| Ok(Box::new(KeyedTopN::new(spec.clone(), seat)?) as Box<dyn Operator>));
            Factory::Operator(make)
        };
        let by_key = Sends::ByKey(kinds, make(spec.clone().without_former()));
        let node = Node::new(name, make(spec)).stateful().with(Changelog::sending(by_key));
        let (node, route) =
            if has_key { (node, Partition::Hash) } else { (node.single(), Partition::Global) };
        let window = rows.window;
        let top = self.add(node, &[&rows.routed(&route)], output.unkeyed());
        Rows { window, keys, ..top }
    }
}

/// What a Top-N is called.
pub(super) fn name_of(spec: &TopNSpec) -> String {
    format!("Top-N [{} of each key]", spec.rows)
}

/// By what the rows of a Top-N are told apart, of rows with these keys, and of which kinds they are.
fn told_apart(of_input: &Keys, spec: &TopNSpec) -> (Keys, Kinds) {
    let by: BTreeSet<usize> = spec.input.key().iter().copied().collect();
    let kept = of_input.with_all(&by);
    let updates = Kinds::updates(spec.input.has_kinds());
    match (&spec.rank, spec.rows) {
        // The rank stands behind the record.
        (Some(_), 1) => (Keys::of(by), updates),
        (Some(_), _) => (Keys::of(by.into_iter().chain([spec.input.record()])), updates),
        (None, 1) => (Keys::of(by), updates),
        (None, _) => (kept, Kinds::DELETES),
    }
}

fn is_time(planned: &Planned, input: &LogicalPlan) -> bool {
    let Planned::Column(column) = planned else { return false };
    input.schema().field_from_column(column).is_ok_and(|field| TimeKind::of(field).is_some())
}
