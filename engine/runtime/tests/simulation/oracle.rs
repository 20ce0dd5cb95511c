//! The answer of a dataflow, found by a loop over all rows: no columns, no channels, no parallelism, no time.

use std::collections::BTreeMap;

use shuffle::Route;

use crate::plan::{Plan, Source, Work};
use crate::row::Row;

/// What each vertex has taken in the end, sorted.
pub(crate) fn taken(plan: &Plan) -> Vec<Vec<Row>> {
    let mut given: Vec<Vec<Row>> = Vec::new();
    let mut all_taken = Vec::new();
    for (number, node) in plan.vertices.iter().enumerate() {
        let mut taken = Vec::new();
        for join in plan.joins.iter().filter(|join| join.to == number) {
            let copies = if matches!(join.route, Route::Broadcast) { node.parallelism } else { 1 };
            (0..copies).for_each(|_| taken.extend(&given[join.from]));
        }
        taken.sort_unstable();
        given.push(work(&node.work, number, node.parallelism, &taken));
        all_taken.push(taken);
    }
    all_taken
}

fn work(work: &Work, number: usize, parallelism: u32, taken: &[Row]) -> Vec<Row> {
    match work {
        Work::Source(source) => (0..parallelism).flat_map(|subtask| made(source, number, subtask)).collect(),
        Work::Map => taken.iter().map(|row| map(*row)).collect(),
        Work::Filter => taken.iter().copied().filter(keeps).collect(),
        Work::Explode(copies) => taken.iter().flat_map(|row| explode(*row, *copies)).collect(),
        Work::Delay(_) | Work::Spill => taken.to_vec(),
        Work::Sum => {
            let mut sums = BTreeMap::new();
            for row in taken {
                let sum: &mut i64 = sums.entry(row.key).or_default();
                *sum = sum.wrapping_add(row.value);
            }
            sums.into_iter().map(|(key, sum)| summed(key, sum)).collect()
        }
        Work::Sink => Vec::new(),
    }
}

/// All rows that a subtask of a source makes, in order.
pub(crate) fn made(source: &Source, vertex: usize, subtask: u32) -> impl Iterator<Item = Row> {
    let origin = i64::try_from(vertex).expect("a few") * 1000 + i64::from(subtask);
    let keys = i64::try_from(source.keys).expect("a few");
    (0..i64::try_from(source.rows).expect("some thousands")).map(move |number| Row {
        key: (number * 7 + origin) % keys,
        value: number * 31 + origin,
        origin,
        number,
    })
}

pub(crate) fn map(row: Row) -> Row {
    Row { value: row.value.wrapping_mul(3).wrapping_add(1), ..row }
}

pub(crate) fn keeps(row: &Row) -> bool {
    row.value % 3 != 0
}

pub(crate) fn explode(row: Row, copies: i64) -> impl Iterator<Item = Row> {
    (0..copies).map(move |copy| Row { value: row.value.wrapping_add(copy), ..row })
}

pub(crate) fn summed(key: i64, sum: i64) -> Row {
    Row { key, value: sum, origin: -1, number: 0 }
}

/// The vertices whose rows are in order for each origin and key: those behind channels that keep it, on one way only.
pub(crate) fn in_order(plan: &Plan) -> Vec<bool> {
    let mut ordered = Vec::new();
    for (number, node) in plan.vertices.iter().enumerate() {
        let mut joins = plan.joins.iter().filter(|join| join.to == number);
        let keeps = match (joins.next(), joins.next()) {
            (None, _) => true,
            (Some(join), None) => {
                let kept = matches!(join.route, Route::Forward | Route::Hash { .. } | Route::Global);
                // Where rows of one key came together from several subtasks, each of them kept its order.
                kept && ordered[join.from] && !matches!(node.work, Work::Sum)
            }
            _ => false,
        };
        ordered.push(keeps);
    }
    ordered
}
