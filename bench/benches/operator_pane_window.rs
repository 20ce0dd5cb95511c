//! What a row costs in a window, and whether that grows with the number of windows it is in.
//!
//! Dimensions: function (one that can be taken back, one that cannot) · windows a row is in. 1000 keys of a number, 64
//! batches of 8192 rows in a slide, a watermark behind each slide: a slide of rows and the window that ends with it is
//! measured. Beside: a count in every window, for each row, as Flink's DataStream keeps it.

use std::collections::HashMap;
use std::hint::black_box;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Int64Array, RecordBatch, TimestampMillisecondArray};
use arrow_schema::{DataType, Field};
use criterion::{Criterion, Throughput};
use memory::Batch;
use millstream_bench::outside::{Outside, Taker};
use millstream_bench::{Random, run};
use operators::Layout;
use operators::aggregate::{Aggregation, Drive, Function};
use operators::window::pane::{PaneAggregate, WindowedAggregation, Windows};
use shuffle::Watermark;

const BATCH_ROWS: usize = 8192;
/// A build without optimisations checks the answers and measures nothing: a few batches are enough for that.
const BATCHES: usize = if cfg!(debug_assertions) { 2 } else { 64 };
const KEYS: usize = 1000;
const SLIDE_MS: i64 = 1000;

fn main() {
    run(|criterion| {
        for (name, function) in [("count", Function::Count), ("max", Function::Max(1))] {
            for windows in [1, 10, 500] {
                measure(criterion, name, function, windows);
            }
        }
        for windows in [1, 10] {
            peer(criterion, windows);
        }
    });
}

/// Rows that were sent, and the sum of their first aggregate.
#[derive(Default)]
struct Taken {
    rows: usize,
    sum: i64,
}

impl Taker for Taken {
    fn take(&mut self, batch: Batch) {
        self.rows += batch.rows();
        self.sum += batch.columns().column(1).as_primitive::<Int64Type>().values().iter().sum::<i64>();
    }
}

fn layout() -> Layout {
    let fields = ["user", "price"].map(|name| Field::new(name, DataType::Int64, false));
    Layout::of(fields.to_vec().into()).timed().keyed_by(vec![0])
}

/// Keys and values of a slide.
fn columns() -> Vec<(Int64Array, Int64Array)> {
    let mut random = Random::new(3);
    let mut numbers = |end: usize| (0..BATCH_ROWS).map(|_| random.below(end) as i64).collect::<Int64Array>();
    (0..BATCHES).map(|_| (numbers(KEYS), numbers(1_000_000))).collect()
}

/// An operator, and how many slides it has seen.
struct Stream {
    drive: Drive,
    outside: Outside<Taken>,
    columns: Vec<(Int64Array, Int64Array)>,
    slides: i64,
}

impl Stream {
    fn new(function: Function, windows: i64) -> Self {
        let aggregation = Aggregation::new(layout(), vec![function.named("result")]);
        let windows = Windows::Sliding { size: windows * SLIDE_MS, slide: SLIDE_MS, offset: 0 };
        let spec = WindowedAggregation { aggregation, windows, allowed_lateness: 0 };
        let drive = Drive::new(PaneAggregate::new(&spec).expect("windows"), 1);
        Self { drive, outside: Outside::default(), columns: columns(), slides: 0 }
    }

    /// The rows of a slide, and the watermark behind it.
    fn slide(&mut self) {
        let start = self.slides * SLIDE_MS;
        for (number, (keys, values)) in self.columns.iter().enumerate() {
            let time = start + number as i64 * SLIDE_MS / BATCHES as i64;
            let times = TimestampMillisecondArray::from_value(time, BATCH_ROWS);
            let columns =
                vec![Arc::new(keys.clone()) as _, Arc::new(values.clone()) as _, Arc::new(times) as _];
            let columns = RecordBatch::try_new(layout().schema().clone(), columns).expect("three columns");
            self.drive.batch(black_box(Batch::new(columns)), &mut self.outside).expect("rows are taken");
        }
        self.slides += 1;
        self.drive.time(Watermark(self.slides * SLIDE_MS - 1), &mut self.outside).expect("windows are sent");
    }
}

fn measure(criterion: &mut Criterion, name: &str, function: Function, windows: i64) {
    let mut stream = Stream::new(function, windows);
    let rows = (BATCHES * BATCH_ROWS) as i64;
    for _ in 0..windows + 2 {
        stream.outside = Outside::default();
        stream.slide();
    }
    // Behind the first windows, each has all keys and all rows that there are.
    assert_eq!(stream.outside.taken.rows, KEYS);
    assert!(function != Function::Count || stream.outside.taken.sum == rows * windows);
    let mut group = criterion.benchmark_group("operator_pane_window");
    group.throughput(Throughput::Elements(rows.unsigned_abs()));
    group.bench_function(format!("{name}/in {windows} windows"), |bench| bench.iter(|| stream.slide()));
}

/// Each row is counted in each of its windows.
fn peer(criterion: &mut Criterion, windows: i64) {
    let columns = columns();
    let mut counts: HashMap<(i64, i64), i64, foldhash::fast::FixedState> = HashMap::default();
    let mut slides = 0;
    let mut slide = || {
        for (keys, _) in &columns {
            for key in black_box(keys).values() {
                for window in slides..slides + windows {
                    *counts.entry((window, *key)).or_default() += 1;
                }
            }
        }
        let sent: i64 = (0..KEYS as i64).filter_map(|key| counts.remove(&(slides, key))).sum();
        slides += 1;
        sent
    };
    let rows = (BATCHES * BATCH_ROWS) as i64;
    let sent = (0..windows + 2).map(|_| slide()).last();
    assert_eq!(sent, Some(rows * windows));
    let mut group = criterion.benchmark_group("operator_pane_window");
    group.throughput(Throughput::Elements(rows.unsigned_abs()));
    group.bench_function(format!("peer, a count in each window/in {windows} windows"), |bench| {
        bench.iter(&mut slide)
    });
}
