//! The side of a join that has the best values of windows: what it has them of, and what the join asks of those rows.

use std::collections::BTreeSet;

use datafusion_common::{Column, DFSchemaRef};
use datafusion_expr::{Expr as Planned, LogicalPlan, Operator as Op};
use operators::layout::time_type;
use operators::window::pane::{Best, ContendersSpec, Windows};

use super::super::intervals::shifted;
use super::Of;
use crate::covers::behind_columns;
use crate::time::TimeKind;
use crate::windows::{Shape, WindowTable};

/// A comparison of an expression of the rows with one of the best values.
pub(super) type Condition = (Planned, Op, Planned);

/// The greatest, or the least, values of windows.
pub(super) struct BestValues<'a> {
    pub(super) best: Best,
    /// The rows of which they are the best.
    pub(super) input: &'a LogicalPlan,
    /// Of which column of theirs.
    pub(super) value: usize,
    /// The windows of times, if the rows have none yet.
    table: Option<&'a WindowTable>,
    /// What each column of the plan is.
    columns: Vec<Option<Found>>,
    schema: &'a DFSchemaRef,
}

/// A column of the best values.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Found {
    Best,
    /// What is grouped by: a column of the rows.
    Of(usize),
    /// When the window begins, of which rows have no column.
    Start,
    /// When it ends.
    End,
}

impl<'a> BestValues<'a> {
    pub(super) fn of(plan: &'a LogicalPlan) -> Option<Self> {
        let (places, below) = behind_columns(plan);
        let LogicalPlan::Aggregate(aggregate) = below else { return None };
        let [Planned::AggregateFunction(call)] = aggregate.aggr_expr.as_slice() else { return None };
        let best = match call.func.name() {
            "max" => Best::Greatest,
            "min" => Best::Least,
            _ => return None,
        };
        let params = &call.params;
        let is_plain = !params.distinct && params.filter.is_none() && params.order_by.is_empty();
        let ([Planned::Column(value)], true) = (params.args.as_slice(), is_plain) else { return None };
        let (in_table, deepest) = behind_columns(&aggregate.input);
        let table = match deepest {
            LogicalPlan::Extension(extension) => WindowTable::of(extension),
            _ => None,
        };
        let input = table.map_or(&*aggregate.input, |table| &table.input);
        let own = input.schema().fields().len();
        let place = |column: &Column| {
            let place = aggregate.input.schema().maybe_index_of_column(column)?;
            if table.is_some() { in_table[place] } else { Some(place) }
        };
        let group = |group: &Planned| match group {
            Planned::Column(column) => Some(match (table, place(column)?) {
                (Some(_), place) if place == own => Found::Start,
                (Some(_), place) if place == own + 1 => Found::End,
                (Some(_), _) => return None,
                (None, place) => Found::Of(place),
            }),
            _ => None,
        };
        let mut found = aggregate.group_expr.iter().map(group).collect::<Option<Vec<_>>>()?;
        if found.is_empty() {
            return None;
        }
        found.push(Found::Best);
        let value = place(value).filter(|place| *place < own)?;
        let columns = places.into_iter().map(|place| Some(found[place?])).collect();
        let is_compared = ContendersSpec::compares(input.schema().field(value).data_type());
        is_compared.then_some(Self { best, input, value, table, columns, schema: plan.schema() })
    }

    /// How rows lie in windows, if these conditions say that they are wanted where they are the best of theirs.
    pub(super) fn windows_of(
        &self,
        conditions: &[Condition],
        rows: &LogicalPlan,
        places: &[usize],
    ) -> Option<Of> {
        let best = |expr: &Planned| match expr {
            Planned::Column(column) => self.columns[self.schema.maybe_index_of_column(column)?],
            _ => None,
        };
        let own = |expr: &Planned| match expr {
            Planned::Column(column) => rows.schema().maybe_index_of_column(column),
            _ => None,
        };
        let are_equal = |place: usize, found: Found| {
            conditions.iter().any(|(one, op, other)| {
                *op == Op::Eq && own(one) == Some(place) && best(other) == Some(found)
            })
        };
        let is_best = |(one, op, other): &Condition| {
            let is_wanted = match self.best {
                Best::Greatest => matches!(op, Op::Eq | Op::GtEq),
                Best::Least => matches!(op, Op::Eq | Op::LtEq),
            };
            is_wanted && own(one) == Some(places[self.value]) && best(other) == Some(Found::Best)
        };
        if !conditions.iter().any(is_best) {
            return None;
        }
        match self.table {
            Some(table) => self.of_times(table, conditions, rows, places),
            None => {
                let groups = self.columns.iter().flatten().filter_map(|found| match found {
                    Found::Of(place) => Some(*place),
                    _ => None,
                });
                let groups: BTreeSet<usize> = groups.collect();
                let are_same = groups.iter().all(|place| are_equal(places[*place], Found::Of(*place)));
                let [one, other] = <[usize; 2]>::try_from(groups.into_iter().collect::<Vec<_>>()).ok()?;
                are_same.then_some(Of::Columns([places[one], places[other]]))
            }
        }
    }

    /// The same where a condition says how far times may be from the windows of the best values.
    fn of_times(
        &self,
        table: &WindowTable,
        conditions: &[Condition],
        rows: &LogicalPlan,
        places: &[usize],
    ) -> Option<Of> {
        let Shape::Tumble { size, offset } = table.shape else { return None };
        let time = places[table.input.schema().maybe_index_of_column(&table.time)?];
        let field = rows.schema().field(time);
        if *field.data_type() != time_type() || TimeKind::of(field) != Some(TimeKind::Event) {
            return None;
        }
        let is_bound = |place: usize| matches!(self.columns[place], Some(Found::Start | Found::End));
        // How far a time may be from the end of a window.
        let (mut least, mut most) = (None, None);
        for (one, op, other) in conditions {
            let Some((_, by)) = shifted(one, rows.schema(), &|place| place == time) else { continue };
            let Some((place, shift)) = shifted(other, self.schema, &is_bound) else { continue };
            let behind_start = if self.columns[place] == Some(Found::Start) { size } else { 0 };
            let apart = shift.checked_sub(by)?.checked_sub(behind_start)?;
            if matches!(op, Op::Eq | Op::Gt | Op::GtEq) {
                least = least.max(Some(apart));
            }
            if matches!(op, Op::Eq | Op::Lt | Op::LtEq) {
                most = Some(most.map_or(apart, |most: i64| most.min(apart)));
            }
        }
        // Whoever is not that far behind its start is wanted in the window before, and who is farther in the next one.
        let (from, to) = (most?.checked_add(1)?, least?.checked_add(size.checked_mul(2)?)?);
        let windows = Windows::Tumbling { size, offset };
        (from < to && from < size).then_some(Of::Time { time, windows, within: from..to })
    }
}
