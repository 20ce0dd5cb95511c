//! What is aggregated, by chance: changelogs or rows that stay, by any key, of distinct values or not; and what comes of
//! the rows that are there.

use std::collections::BTreeMap;

use memory::RowKind;

use crate::Mode;
use crate::aggregate::tests::drive::{Drive, Random};
use crate::aggregate::tests::row::{self, Row, Value};
use crate::aggregate::{Aggregation, ChangingAggregate, Function};
use crate::layout::Layout;
use crate::stand;

/// An aggregation, and rows in their order.
pub(super) struct Case {
    pub(super) aggregation: Aggregation,
    pub(super) rows: Vec<Row>,
    pub(super) random: Random,
}

/// The rows that are there, by key.
pub(super) type Live = BTreeMap<Vec<Value>, Vec<Row>>;

impl Case {
    /// By one of these keys. Times are drawn by `time`, from the number of the row.
    pub(super) fn new(seed: u64, keys: &[&[usize]], time: impl Fn(&mut Random, usize) -> i64) -> Self {
        let mut random = Random::new(seed);
        let layout = row::layout(keys[random.below(keys.len())]);
        let layout = if random.one_in(2) { layout.changing() } else { layout };
        // What came first or last is not known of rows that may be taken back.
        let aggregates = row::aggregates(&mut random, !layout.has_kinds());
        let distinct = |aggregate: crate::aggregate::Aggregate| match random.one_in(2) {
            true => aggregate.distinct(),
            false => aggregate,
        };
        let aggregates = aggregates.into_iter().map(distinct).collect();
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
            let of_key = live.entry(row.key(self.aggregation.input.key())).or_default();
            if row.kind.adds() {
                of_key.push(row.clone());
            } else {
                let values =
                    |row: &Row| (0..=row::COLUMNS).map(|column| row.value(column)).collect::<Vec<_>>();
                let place = of_key.iter().position(|each| values(each) == values(row)).unwrap();
                of_key.remove(place);
            }
        }
    }

    /// Key and results of these rows.
    pub(super) fn result(&self, key: &[Value], rows: &[Row]) -> Vec<Value> {
        let aggregates = self.aggregation.aggregates.iter();
        let result = aggregates.map(|aggregate| match aggregate.distinct {
            true => evaluate_distinct(aggregate.function, rows),
            false => row::evaluate(aggregate.function, &rows.iter().collect::<Vec<_>>()),
        });
        key.iter().cloned().chain(result).collect()
    }
}

/// What a function makes of rows, of which only the first of each value counts.
fn evaluate_distinct(function: Function, rows: &[Row]) -> Value {
    let Some(column) = function.column() else { return Value::Number(rows.len() as i128) };
    let mut first: Vec<&Row> = Vec::new();
    for row in rows {
        if first.iter().all(|other| other.value(column) != row.value(column)) {
            first.push(row);
        }
    }
    row::evaluate(function, &first)
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
