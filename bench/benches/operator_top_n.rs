//! What a row costs in a Top-N of a stream, whose state is larger than a cache and whose rows are wide.
//!
//! Dimensions: rows (the last one of a key of two numbers; the first ten of a key, with ranks) · batch (8192 rows, or as few as
//! come over an edge in which little flows). A third of the rows has one of a few keys at a time, as bids have; the others have
//! keys that come a few times. What was told has to come to as many rows as a plain loop counts.

use std::collections::HashMap;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringViewArray};
use arrow_schema::{DataType, Field, Fields};
use criterion::{Criterion, Throughput};
use memory::Batch;
use millstream_bench::outside::{Outside, Taker, seat};
use millstream_bench::{Random, elapsed, run};
use operators::aggregate::Drive;
use operators::sort::SortColumn;
use operators::top_n::{KeyedTopN, TopNSpec};
use operators::{Layout, Mode};

/// A build without optimisations checks the answers and measures nothing: a few rows are enough for that.
const ROWS: usize = if cfg!(debug_assertions) { 1 << 13 } else { 1 << 19 };

/// A row: two numbers of its key, by what it is sorted, and something else.
type Row = (i64, i64, i64);

fn main() {
    run(|criterion| {
        let rows = rows();
        for batch_rows in [8192, 256] {
            let last = TopNSpec::new(layout(&[0, 1]), vec![SortColumn::descending(2)], 1).later_wins();
            measure(criterion, "last", last, &rows, batch_rows);
            let first = TopNSpec::new(layout(&[0]), vec![SortColumn::descending(2)], 10).ranked("rank");
            measure(criterion, "first ten", first, &rows, batch_rows);
        }
    });
}

fn layout(key: &[usize]) -> Layout {
    let numbers = ["item", "person", "price"].map(|name| Field::new(name, DataType::Int64, true));
    let texts = ["url", "extra"].map(|name| Field::new(name, DataType::Utf8View, true));
    let fields: Fields = numbers.into_iter().chain(texts).collect();
    Layout::of(fields).keyed_by(key.to_vec())
}

fn rows() -> Vec<Row> {
    let mut random = Random::new(7);
    let row = |at: usize| {
        let (hot, near) = ((at / 1000) as i64 * 50, (at / 20) as i64);
        let item = if random.below(2) > 0 { hot } else { near + random.below(50) as i64 };
        let person = if random.below(4) > 0 { hot } else { near + random.below(1000) as i64 };
        (item, person, random.below(1 << 30) as i64)
    };
    (0..ROWS).map(row).collect()
}

fn batches(rows: &[Row], batch_rows: usize) -> Vec<Batch> {
    let batch = |rows: &[Row]| {
        let numbers = [|row: &Row| row.0, |row: &Row| row.1, |row: &Row| row.2];
        let mut columns = numbers
            .map(|number| Arc::new(Int64Array::from_iter_values(rows.iter().map(number))) as ArrayRef)
            .to_vec();
        for length in [60, 70] {
            let texts = rows.iter().map(|row| format!("{:0length$}", row.2));
            columns.push(Arc::new(StringViewArray::from_iter_values(texts)));
        }
        let rows = RecordBatch::try_new(layout(&[0]).schema().clone(), columns);
        Batch::new(rows.expect("columns of the layout"))
    };
    rows.chunks(batch_rows).map(batch).collect()
}

/// Counts how many more rows came than went.
#[derive(Default)]
struct Taken(usize);

impl Taker for Taken {
    fn take(&mut self, batch: Batch) {
        let batch = black_box(batch);
        let gone =
            batch.kinds().map_or(0, |kinds| (0..kinds.len()).filter(|row| !kinds.get(*row).adds()).count());
        self.0 += batch.rows() - gone;
        self.0 -= gone;
    }
}

fn measure(criterion: &mut Criterion, name: &str, spec: TopNSpec, rows: &[Row], batch_rows: usize) {
    let batches = batches(rows, batch_rows);
    let mut counts = HashMap::<(i64, i64), usize>::new();
    let of_two = spec.input.key().len() == 2;
    rows.iter().for_each(|row| *counts.entry((row.0, if of_two { row.1 } else { 0 })).or_default() += 1);
    let expected: usize = counts.values().map(|count| count.min(&spec.rows)).sum();
    let run_once = || -> Duration {
        let top = KeyedTopN::new(spec.clone(), &seat("top", Mode::Streaming)).expect("a key and an order");
        let (mut outside, mut drive) = (Outside::<Taken>::default(), Drive::new(top, 1));
        let time = elapsed(|| {
            for batch in &batches {
                drive.batch(batch.clone(), &mut outside).expect("rows are taken");
            }
        });
        assert_eq!(outside.taken.0, expected);
        time
    };
    let mut group = criterion.benchmark_group(format!("operator_top_n/{name}"));
    group.sample_size(10).throughput(Throughput::Elements(rows.len() as u64));
    group.bench_function(format!("{batch_rows}"), |bench| {
        bench.iter_custom(|times| (0..times).map(|_| run_once()).sum())
    });
    group.finish();
}
