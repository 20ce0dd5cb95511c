//! What is aggregated, by chance: changelogs or rows that stay, by any key, of distinct values or not; and what comes of
//! the rows that are there.

use std::collections::BTreeMap;

use memory::RowKind;

use crate::Mode;
use crate::aggregate::tests::drive::{Drive, Random};
use crate::aggregate::tests::row::{self, Row, Value};
use crate::aggregate::{Aggregate, Aggregation, ChangingAggregate, Function};
use crate::layout::Layout;
use crate::stand;

/// An aggregation, and rows in their order.
pub(super) struct Case {
    pub(super) aggregation: Aggregation,
    pub(super) rows: Vec<Row>,
    pub(super) random: Random,
}

/// The rows that have come and gone, by key.
pub(super) type Live = BTreeMap<Vec<Value>, Vec<Row>>;

impl Case {
    /// By one of these keys. Times are drawn by `time`, from the number of the row.
    pub(super) fn new(seed: u64, keys: &[&[usize]], time: impl Fn(&mut Random, usize) -> i64) -> Self {
        let mut random = Random::new(seed);
        let layout = row::with_filters(&row::layout(keys[random.below(keys.len())]));
        let layout = if random.one_in(2) { layout.changing() } else { layout };
        let aggregates = row::aggregates_with_filters(&mut random, true);
        let rows = rows(&layout, &mut random, time);
        Self { aggregation: Aggregation::new(layout, aggregates), rows, random }
    }

    pub(super) fn keys(&self) -> usize {
        self.aggregation.input.key().len()
    }

    pub(super) fn drive(
        &mut self,
        mode: Mode,
        with: impl Fn(ChangingAggregate) -> ChangingAggregate,
    ) -> Drive {
        let lease = memory::Lease::root("trial", u64::MAX);
        let seat = stand::seat(mode, &lease, None);
        let operator = ChangingAggregate::new(&self.aggregation, &seat).unwrap();
        Drive::new(with(operator), self.random.bits())
    }

    /// These rows come, one after the other.
    pub(super) fn apply(&self, rows: &[Row], live: &mut Live) {
        for row in rows {
            live.entry(row.key(self.aggregation.input.key())).or_default().push(row.clone());
        }
    }

    /// Key and results of rows that have come and gone.
    pub(super) fn result(&self, key: &[Value], rows: &[Row]) -> Vec<Value> {
        let result = self.aggregation.aggregates.iter().map(|aggregate| result(aggregate, rows));
        key.iter().cloned().chain(result).collect()
    }
}

/// The result of rows that have come and gone.
pub(super) fn result(aggregate: &Aggregate, rows: &[Row]) -> Value {
    let function = match aggregate.function {
        // Null is no distinct value.
        Function::ArrayAgg(column) if aggregate.distinct => Function::Collect(column),
        function => function,
    };
    row::evaluate(function, &left(aggregate, rows))
}

/// How many rows are there.
pub(super) fn count(rows: &[Row]) -> usize {
    let come = rows.iter().filter(|row| row.kind.adds()).count();
    come - (rows.len() - come)
}

/// Rows that have the values which an aggregate sees, in their order: of equal ones the first goes first, and of distinct ones
/// there is one.
fn left<'a>(aggregate: &Aggregate, rows: &'a [Row]) -> Vec<&'a Row> {
    let value = |row: &Row| aggregate.function.column().map(|column| row.value(column));
    let (mut left, mut counts): (Vec<&Row>, BTreeMap<_, usize>) = Default::default();
    for row in rows.iter().filter(|row| row.counts_for(aggregate)) {
        let count = counts.entry(value(row)).or_default();
        let is_there = left.iter().position(|each| value(each) == value(row));
        let is_distinct = aggregate.is_of_distinct_values();
        *count = if row.kind.adds() { *count + 1 } else { *count - 1 };
        match (row.kind.adds(), is_there) {
            (true, Some(_)) if is_distinct => {}
            (true, _) => left.push(row),
            (false, Some(_)) if is_distinct && *count > 0 => {}
            (false, place) => drop(left.remove(place.unwrap())),
        }
    }
    left
}

/// Rows that come; of a changelog some of them go again, or change.
fn rows(layout: &Layout, random: &mut Random, time: impl Fn(&mut Random, usize) -> i64) -> Vec<Row> {
    let (mut rows, mut live): (Vec<Row>, Vec<Row>) = (Vec::new(), Vec::new());
    let takes_back = 2 + random.below(3);
    for number in 0..random.below(60) {
        if layout.has_kinds() && !live.is_empty() && random.one_in(takes_back) {
            let gone = live.swap_remove(random.below(live.len()));
            let changes = random.one_in(2);
            let kind = if changes { RowKind::UpdateBefore } else { RowKind::Delete };
            rows.push(Row { kind, ..gone });
            if !changes {
                continue;
            }
        }
        let time = time(random, number);
        let is_update = rows.last().is_some_and(|row| row.kind == RowKind::UpdateBefore);
        let kind = if is_update { RowKind::UpdateAfter } else { RowKind::Insert };
        rows.push(Row { kind, ..Row::random(random, time) });
        live.extend(rows.last().cloned());
    }
    rows
}
