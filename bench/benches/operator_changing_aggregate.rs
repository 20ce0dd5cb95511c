//! What a row costs in an aggregate whose results change, and what it costs that rows are taken back.
//!
//! Dimensions: rows that stay, or a changelog of updates · functions · keys · distinct values for two filters, or for two columns
//! that are null where a filter is false. 8192 rows a batch, of a number by a number, no hashes known; what is measured is a table
//! that knows its keys, and all that it tells of each batch. Beside: a map of keys, with a look and a row out for each row, as a
//! changelog is without batches.

use std::collections::{BTreeMap, HashMap};
use std::hint::black_box;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{ArrayRef, BooleanArray, Int64Array, RecordBatch};
use arrow_schema::{DataType, Field};
use criterion::{Criterion, Throughput};
use memory::{Batch, RowKind, RowKinds};
use millstream_bench::outside::{Outside, Taker, seat};
use millstream_bench::{Random, run};
use operators::aggregate::{Aggregate, Aggregation, ChangingAggregate, Drive, Function};
use operators::{Layout, Mode};

const BATCH_ROWS: usize = 8192;
/// A build without optimisations checks the answers and measures nothing: a few batches are enough for that.
const BATCHES: usize = if cfg!(debug_assertions) { 2 } else { 64 };
const VALUES: usize = 10_000;

fn main() {
    run(|criterion| {
        let count_and_sum = || vec![Function::Count.named("count"), Function::Sum(1).named("sum")];
        let most = || vec![Function::Max(1).named("most")];
        let distinct = || vec![Function::CountOf(1).named("different").distinct()];
        let of_all = |column: usize| Function::CountOf(column).named(format!("of {column}")).distinct();
        let by_filters = || vec![of_all(1), of_all(1).filtered_by(2), of_all(1).filtered_by(3)];
        let by_columns = || vec![of_all(1), of_all(4), of_all(5)];
        for keys in [1_000, 100_000] {
            for kinds in [false, true] {
                measure(criterion, "count and sum", &count_and_sum(), (keys, kinds));
            }
        }
        for kinds in [false, true] {
            measure(criterion, "max", &most(), (1_000, kinds));
            measure(criterion, "count distinct", &distinct(), (1_000, kinds));
            for keys in [1, 1_000] {
                measure(criterion, "count distinct with filters", &by_filters(), (keys, kinds));
                measure(criterion, "count distinct of columns", &by_columns(), (keys, kinds));
            }
        }
        peer(criterion, 1_000);
    });
}

/// The table that all changes have come to, or how many there were.
#[derive(Default)]
struct Taken {
    rows: usize,
    table: Option<BTreeMap<i64, i64>>,
}

impl Taker for Taken {
    fn take(&mut self, batch: Batch) {
        self.rows += batch.rows();
        let Some(table) = &mut self.table else { return };
        let [keys, results] = [0, 1].map(|column| batch.columns().column(column).as_primitive::<Int64Type>());
        for row in 0..batch.rows() {
            let kind = batch.kinds().map_or(RowKind::Insert, |kinds| kinds.get(row));
            let (key, result) = (keys.value(row), results.value(row));
            let former = if kind.adds() { table.insert(key, result) } else { table.remove(&key) };
            assert_eq!(former, (!kind.adds()).then_some(result), "a former row is taken back first");
        }
    }
}

fn layout(has_kinds: bool) -> Layout {
    let number = |name: &str, is_nullable| Field::new(name, DataType::Int64, is_nullable);
    let truth = |name: &str| Field::new(name, DataType::Boolean, false);
    let fields = vec![
        number("user", false),
        number("price", false),
        truth("is_low"),
        truth("is_even"),
        number("low_price", true),
        number("even_price", true),
    ];
    let layout = Layout::of(fields.into()).keyed_by(vec![0]);
    if has_kinds { layout.changing() } else { layout }
}

/// Rows by chance. Of a changelog every second one takes back a row that came before, and the next one is in its place; at its
/// end there is what there was at its beginning, so it can begin again.
fn batches(keys: usize, has_kinds: bool) -> Vec<Batch> {
    let mut random = Random::new(7);
    let mut row = || (random.below(keys) as i64, random.below(VALUES) as i64);
    let mut rows: Vec<(RowKind, (i64, i64))> = Vec::new();
    if has_kinds {
        let all: Vec<_> = (0..BATCHES * BATCH_ROWS / 2).map(|_| row()).collect();
        let behind = all.len() / 2;
        for (at, row) in all.iter().enumerate() {
            rows.push((RowKind::UpdateBefore, all[(at + behind) % all.len()]));
            rows.push((RowKind::UpdateAfter, *row));
        }
    } else {
        rows.extend((0..BATCHES * BATCH_ROWS).map(|_| (RowKind::Insert, row())));
    }
    rows.chunks(BATCH_ROWS).map(|rows| batch(rows, has_kinds)).collect()
}

/// What is there before the changelog begins: the second half of its new rows.
fn before(batches: &[Batch]) -> Vec<Batch> {
    let adds = |batch: &Batch| {
        batch.clone().narrow(
            &batch
                .kinds()
                .expect("kinds")
                .numbers()
                .iter()
                .map(|kind| Some(*kind == RowKind::UpdateAfter as u8))
                .collect(),
        )
    };
    batches[BATCHES / 2..].iter().map(adds).collect()
}

fn batch(rows: &[(RowKind, (i64, i64))], has_kinds: bool) -> Batch {
    let users = Int64Array::from_iter_values(rows.iter().map(|(_, row)| row.0));
    let prices = Int64Array::from_iter_values(rows.iter().map(|(_, row)| row.1));
    let filters: [fn(i64) -> bool; 2] = [|price| price < 3_000, |price| price % 2 == 0];
    let mut columns: Vec<ArrayRef> = vec![Arc::new(users), Arc::new(prices.clone())];
    for passes in filters {
        columns.push(Arc::new(
            prices.values().iter().map(|price| Some(passes(*price))).collect::<BooleanArray>(),
        ));
    }
    for passes in filters {
        let some = prices.values().iter().map(|price| passes(*price).then_some(*price));
        columns.push(Arc::new(some.collect::<Int64Array>()));
    }
    let columns = RecordBatch::try_new(layout(has_kinds).schema().clone(), columns);
    let kinds = has_kinds.then(|| RowKinds::new(rows.iter().map(|(kind, _)| *kind)));
    Batch::new(columns.expect("six columns")).with_kinds(kinds)
}

/// The first result of each key, of all rows that are there.
fn naive(batches: &[Batch], function: Function) -> BTreeMap<i64, i64> {
    let mut groups: BTreeMap<i64, BTreeMap<i64, i64>> = BTreeMap::new();
    for batch in batches {
        let batch = batch.clone().compact();
        let [users, prices] = [0, 1].map(|column| batch.columns().column(column).as_primitive::<Int64Type>());
        for row in 0..batch.rows() {
            let adds = batch.kinds().is_none_or(|kinds| kinds.get(row).adds());
            let count = groups.entry(users.value(row)).or_default().entry(prices.value(row)).or_default();
            *count += if adds { 1 } else { -1 };
        }
    }
    let results = groups.into_iter().filter_map(|(user, prices)| {
        let there: Vec<_> = prices.iter().filter(|(_, count)| **count > 0).collect();
        let most = there.last()?;
        let result = match function {
            Function::Count => there.iter().map(|(_, count)| **count).sum(),
            Function::Max(_) => *most.0,
            _ => there.len() as i64,
        };
        Some((user, result))
    });
    results.collect()
}

fn measure(
    criterion: &mut Criterion,
    name: &str,
    aggregates: &[Aggregate],
    (keys, has_kinds): (usize, bool),
) {
    let batches = batches(keys, has_kinds);
    let aggregation = Aggregation::new(layout(has_kinds), aggregates.to_vec());
    let operator = ChangingAggregate::new(&aggregation, &seat("aggregate", Mode::Streaming))
        .expect("numbers can be aggregated");
    let (mut drive, mut outside) =
        (Drive::new(operator, 1), Outside { taken: Taken { rows: 0, table: Some(BTreeMap::new()) } });
    let mut all = if has_kinds { before(&batches) } else { Vec::new() };
    all.extend(batches.iter().cloned());
    for batch in &all {
        drive.batch(batch.clone(), &mut outside).expect("numbers can be aggregated");
    }
    assert_eq!(outside.taken.table.take().expect("it was kept"), naive(&all, aggregates[0].function));

    let rows = if has_kinds { "a changelog" } else { "rows that stay" };
    let mut group = criterion.benchmark_group("operator_changing_aggregate");
    group.throughput(Throughput::Elements(BATCH_ROWS as u64));
    let mut next = 0;
    group.bench_function(format!("{name}/{rows}/{keys} keys"), |bench| {
        bench.iter(|| {
            next = (next + 1) % BATCHES;
            drive.batch(black_box(batches[next].clone()), &mut outside).expect("numbers can be aggregated");
        });
    });
}

/// Count and sum in a map, and for each row the former result and the new one.
fn peer(criterion: &mut Criterion, keys: usize) {
    let batches = batches(keys, false);
    let mut groups: HashMap<i64, (i64, i128), foldhash::fast::FixedState> = HashMap::default();
    let mut group = criterion.benchmark_group("operator_changing_aggregate");
    group.throughput(Throughput::Elements(BATCH_ROWS as u64));
    let mut next = 0;
    group.bench_function(format!("peer, a map and two rows out for each/{keys} keys"), |bench| {
        bench.iter(|| {
            next = (next + 1) % BATCHES;
            let columns = black_box(&batches[next]).columns();
            let [users, prices] = [0, 1].map(|column| columns.column(column).as_primitive::<Int64Type>());
            let mut out: [Vec<i64>; 3] = Default::default();
            for (user, price) in users.values().iter().zip(prices.values()) {
                let (count, sum) = groups.entry(*user).or_default();
                for change in 0..2 {
                    out[0].push(*user);
                    out[1].push(*count);
                    out[2].push(i64::try_from(*sum).expect("a small sum"));
                    if change == 0 {
                        *count += 1;
                        *sum += i128::from(*price);
                    }
                }
            }
            out.map(Int64Array::from)
        });
    });
}
