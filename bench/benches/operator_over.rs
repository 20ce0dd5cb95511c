//! What a function over the rows around a row costs, and whether that grows with how many rows it sees.
//!
//! Dimensions: function (one whose rows can be taken away again, two that keep what may be chosen, floats) · frame (all rows
//! until here; the last ten, and the last ten thousand) · way (sorted rows of a batch that go through one by one; whole
//! partitions; a stream in the order of time, with a watermark behind each batch). 64 batches of 8192 rows, 1000 keys.

use std::hint::black_box;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{ArrayRef, Float64Array, Int64Array, RecordBatch, TimestampMillisecondArray};
use arrow_schema::{DataType, Field};
use criterion::{Criterion, Throughput};
use memory::Batch;
use millstream_bench::outside::{Outside, Taker, seat};
use millstream_bench::{Random, run};
use operators::aggregate::{Drive, Function};
use operators::over::{Bound, Frame, Over, OverCall, OverFunction, OverSpec};
use operators::sort::SortColumn;
use operators::{Layout, Mode};
use shuffle::Watermark;

const BATCH_ROWS: usize = 8192;
/// A build without optimisations checks the answers and measures nothing: a few batches are enough for that.
const BATCHES: usize = if cfg!(debug_assertions) { 2 } else { 64 };
const ROWS: usize = BATCHES * BATCH_ROWS;
const KEYS: usize = 1000;

/// The columns of a row: a key, a number, the same as a float, and when.
const KEY: usize = 0;
const NUMBER: usize = 1;
const FLOAT: usize = 2;
const TIME: usize = 3;

fn main() {
    run(|criterion| {
        let last = |rows: i64| Frame::rows(Bound::Preceding(rows - 1), Bound::CurrentRow);
        let around = Frame::rows(Bound::Preceding(4), Bound::Following(5));
        let frames =
            [("until here", Frame::UNTIL_PEERS), ("last 10", last(10)), ("last 10000", last(10_000))];
        for (name, frame) in frames {
            for (function, call) in [
                ("sum", Function::Sum(NUMBER)),
                ("max", Function::Max(NUMBER)),
                ("average of floats", Function::Average(FLOAT)),
            ] {
                measure(criterion, &format!("sorted/{function}/{name}"), (call, frame), Mode::Batch, &[]);
            }
        }
        measure(criterion, "partitions/sum/10 around", (Function::Sum(NUMBER), around), Mode::Batch, &[KEY]);
        measure(criterion, "partitions/max/10 around", (Function::Max(NUMBER), around), Mode::Batch, &[KEY]);
        for (name, frame) in [frames[0], frames[1], ("last 1000", last(1_000))] {
            let name = format!("stream/sum/{name}");
            measure(criterion, &name, (Function::Sum(NUMBER), frame), Mode::Streaming, &[KEY]);
        }
    });
}

/// Rows that were sent, and the sum of what was computed.
#[derive(Default)]
struct Taken {
    rows: usize,
    sum: i64,
}

impl Taker for Taken {
    fn take(&mut self, batch: Batch) {
        self.rows += batch.rows();
        if let Some(results) = batch.columns().column(TIME + 1).as_primitive_opt::<Int64Type>() {
            self.sum += results.values().iter().sum::<i64>();
        }
    }
}

fn layout(key: &[usize]) -> Layout {
    let fields = vec![
        Field::new("user", DataType::Int64, false),
        Field::new("price", DataType::Int64, false),
        Field::new("ratio", DataType::Float64, false),
        Field::new("time", operators::layout::time_type(), false),
    ];
    Layout::of(fields.into()).keyed_by(key.to_vec())
}

/// All rows, by key and time, or by time alone.
fn batches(is_by_key: bool) -> Vec<RecordBatch> {
    let mut random = Random::new(3);
    let mut rows: Vec<(i64, i64, i64)> =
        (0..ROWS as i64).map(|time| (random.below(KEYS) as i64, random.below(1_000) as i64, time)).collect();
    if is_by_key {
        rows.sort_by_key(|row| row.0);
    }
    let batch = |rows: &[(i64, i64, i64)]| {
        let columns: Vec<ArrayRef> = vec![
            Arc::new(Int64Array::from_iter_values(rows.iter().map(|row| row.0))),
            Arc::new(Int64Array::from_iter_values(rows.iter().map(|row| row.1))),
            Arc::new(Float64Array::from_iter_values(rows.iter().map(|row| row.1 as f64 / 4.0))),
            Arc::new(TimestampMillisecondArray::from_iter_values(rows.iter().map(|row| row.2))),
        ];
        RecordBatch::try_new(layout(&[]).schema().clone(), columns).expect("the columns of a row")
    };
    rows.chunks(BATCH_ROWS).map(batch).collect()
}

/// Gives it all rows, and time behind each batch of a stream.
fn run_once(spec: &OverSpec, mode: Mode, batches: &[RecordBatch]) -> Taken {
    let (mut outside, mut now) = (Outside::<Taken>::default(), 0);
    let mut drive = Drive::new(Over::new(spec, &seat("over", mode)).expect("a function of its columns"), 1);
    for batch in batches {
        now += BATCH_ROWS as i64;
        drive.batch(black_box(Batch::new(batch.clone())), &mut outside).expect("rows are taken");
        if mode == Mode::Streaming {
            drive.time(Watermark(now - 1), &mut outside).expect("rows are sent");
        }
    }
    drive.time(Watermark::MAX, &mut outside).expect("the others are sent");
    outside.taken
}

fn measure(
    criterion: &mut Criterion,
    name: &str,
    (function, frame): (Function, Frame),
    mode: Mode,
    key: &[usize],
) {
    let spec = OverSpec {
        input: layout(key),
        order: vec![SortColumn::ascending(TIME)],
        calls: vec![OverCall { function: OverFunction::Aggregate(function), frame, name: "result".into() }],
        time: (mode == Mode::Streaming).then_some(TIME),
    };
    let batches = batches(!key.is_empty() && mode == Mode::Batch);
    let taken = run_once(&spec, mode, &batches);
    assert_eq!(taken.rows, ROWS);
    if let (Function::Sum(_), Bound::UnboundedPreceding, []) = (function, frame.start, key) {
        let numbers = batches
            .iter()
            .flat_map(|batch| batch.column(NUMBER).as_primitive::<Int64Type>().values().to_vec());
        let sums = numbers.scan(0, |sum, number| {
            *sum += number;
            Some(*sum)
        });
        assert_eq!(taken.sum, sums.sum::<i64>());
    }
    let mut group = criterion.benchmark_group("operator_over");
    group.throughput(Throughput::Elements(ROWS as u64));
    group.sample_size(10);
    group.bench_function(name, |bench| bench.iter(|| run_once(&spec, mode, &batches).rows));
}
