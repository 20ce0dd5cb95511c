//! What each operator costs a row: a job of its own, from rows in memory to nowhere, on one core.
//!
//! 1000 keys, a row of two numbers and a time, ten rows a millisecond of event time. The first line, `none`, is the job
//! without an operator: what the others cost is what they take longer. Beside the functions of rows stand those of
//! columns, where there are both. Every job has to come to as many rows as a plain loop says.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{BooleanArray, RecordBatch, UInt32Array};
use arrow_select::take::take_record_batch;
use criterion::{Criterion, Throughput};
use millstream::connect::{Blackhole, Collection};
use millstream::operators::join::Interval;
use millstream::operators::rows::Expanded;
use millstream::operators::window::pane::Windows;
use millstream::prelude::*;
use millstream::record::batch_of;
use millstream_bench::{Random, run};

/// A key, a number, and when.
type Row = (i64, i64, Timestamp);

/// A build without optimisations checks the answers and measures nothing: a few rows are enough for that.
const ROWS: usize = if cfg!(debug_assertions) { 1 << 13 } else { 1 << 19 };
const KEYS: usize = 1000;
const SECOND: Duration = Duration::from_secs(1);

fn main() {
    run(|criterion| {
        let mut trial = Trial::new(criterion);
        functions(&mut trial);
        columns(&mut trial);
        by_key(&mut trial);
        in_windows(&mut trial);
        of_two_inputs(&mut trial);
        in_order(&mut trial);
        trial.rows(ROWS / 16);
        waiting(&mut trial);
    });
}

struct Trial<'a> {
    criterion: &'a mut Criterion,
    rows: Vec<Row>,
}

impl<'a> Trial<'a> {
    fn new(criterion: &'a mut Criterion) -> Self {
        let mut random = Random::new(11);
        let row = |number: usize| {
            let (key, value) = (random.below(KEYS) as i64, random.below(1000) as i64);
            (key, value, Timestamp(number as i64 / 10))
        };
        Self { criterion, rows: (0..ROWS).map(row).collect() }
    }

    /// From now on with fewer rows.
    fn rows(&mut self, count: usize) {
        self.rows.truncate(count);
    }

    /// How many rows a plain loop makes.
    fn count(&self, of_row: impl Fn(&Row) -> usize) -> usize {
        self.rows.iter().map(of_row).sum()
    }

    fn measure<O: Record>(
        &mut self,
        name: &str,
        expected: usize,
        program: impl Fn(&Environment, &DataStream<Row>) -> DataStream<O>,
    ) {
        let batches: Arc<[RecordBatch]> =
            self.rows.chunks(8192).map(|rows| batch_of(rows.iter().copied())).collect();
        let run_once = || {
            let env = Environment::new();
            for definition in ["taskmanager.memory.process.size=1gb", "runtime.cores=1"] {
                env.set(definition).expect("an option");
            }
            let source = Collection::of(millstream::record::schema_of::<Row>(), batches.to_vec());
            let rows: DataStream<Row> =
                env.from_source("Rows", true, move |seat| source.make(&seat.subtask()));
            let rows = rows.assign_timestamps_and_watermarks(
                WatermarkStrategy::monotonous().timestamps(|row: &Row| row.2),
            );
            let (counted, made) = (Blackhole::default(), program(&env, &rows));
            let sink = counted.clone();
            let _ = made.sink_to("Count", move |seat| sink.make(&seat.subtask()));
            let elapsed = env.execute(name).expect("a job that finishes").elapsed;
            assert_eq!(counted.rows(), expected as u64, "{name}");
            elapsed
        };
        let mut group = self.criterion.benchmark_group("operators");
        group.sample_size(10).throughput(Throughput::Elements(self.rows.len() as u64));
        group.bench_function(name, |bench| bench.iter_custom(|times| (0..times).map(|_| run_once()).sum()));
        group.finish();
    }
}

fn functions(trial: &mut Trial<'_>) {
    let all = trial.rows.len();
    trial.measure("none", all, |_, rows| rows.clone());
    trial.measure("map", all, |_, rows| rows.map(|row: Row| (row.0, row.1 * 2)));
    let even = trial.count(|row| usize::from(row.1 % 2 == 0));
    trial.measure("filter", even, |_, rows| rows.filter(|row| row.1 % 2 == 0));
    let copies = trial.count(|row| (row.1 % 3) as usize);
    trial.measure("flat map", copies, |_, rows| {
        rows.flat_map(|row: Row, out: &mut Collector<Row>| (0..row.1 % 3).for_each(|_| out.emit(row)))
    });
    trial.measure("split by a side output", all - even, |_, rows| {
        const ODD: OutputTag<Row> = OutputTag::new("odd");
        let even = rows.process(|row: Row, out: &mut Collector<Row>| match row.1 % 2 {
            0 => out.emit(row),
            _ => out.emit_side(&ODD, row),
        });
        even.side_output(&ODD)
    });
}

fn numbers(rows: &RecordBatch) -> &arrow_array::Int64Array {
    rows.column(1).as_primitive::<Int64Type>()
}

fn columns(trial: &mut Trial<'_>) {
    let all = trial.rows.len();
    trial.measure("map, columns", all, |_, rows| {
        rows.map_columns::<Row>(|rows| {
            let mut columns = rows.columns().to_vec();
            columns[1] = Arc::new(numbers(rows).unary::<_, Int64Type>(|number| number * 2));
            RecordBatch::try_new(rows.schema(), columns).map_err(Failure::lasting)
        })
    });
    let even = trial.count(|row| usize::from(row.1 % 2 == 0));
    trial.measure("filter, columns", even, |_, rows| {
        rows.filter_columns(|rows| Ok(BooleanArray::from_unary(numbers(rows), |number| number % 2 == 0)))
    });
    let copies = trial.count(|row| (row.1 % 3) as usize);
    trial.measure("flat map, columns", copies, |_, rows| {
        rows.flat_map_columns::<Row>(|rows| {
            let copies = (0..).zip(numbers(rows).values());
            let origins: Vec<u32> =
                copies.flat_map(|(row, copies)| (0..copies % 3).map(move |_| row)).collect();
            let origins = UInt32Array::from(origins);
            Ok(Expanded { rows: take_record_batch(rows, &origins).map_err(Failure::lasting)?, origins })
        })
    });
}

/// How many rows of its key there were.
#[derive(Clone)]
struct Counting {
    count: ValueState<i64>,
}

impl KeyedProcess<Row, (i64, i64)> for Counting {
    fn process(&mut self, row: Row, cx: &mut KeyedCx<'_, (i64, i64)>) -> Result<(), Failure> {
        let count = self.count.update(
            cx,
            || 0,
            |count| {
                *count += 1;
                *count
            },
        );
        cx.emit((row.0, count));
        Ok(())
    }
}

fn by_key(trial: &mut Trial<'_>) {
    let all = trial.rows.len();
    trial.measure("key by, reduce", all, |_, rows| {
        rows.key_by(|row| row.0).reduce(|one, other| (one.0, one.1 + other.1, other.2))
    });
    trial.measure("key by, aggregate of columns", all, |_, rows| {
        rows.key_by_columns::<i64>(&["f0"]).aggregate_columns::<(i64, i64)>([Function::Sum(1).named("sum")])
    });
    trial.measure("key by, process with a state", all, |_, rows| {
        rows.key_by(|row| row.0).process(Counting { count: ValueState::new("count") })
    });
    let keys: HashSet<i64> = trial.rows.iter().map(|row| row.0).collect();
    trial.measure("distinct", keys.len(), |_, rows| rows.map(|row: Row| row.0).distinct());
}

fn in_windows(trial: &mut Trial<'_>) {
    let windows: HashSet<(i64, i64)> = trial.rows.iter().map(|row| (row.0, row.2.0 / 1000)).collect();
    trial.measure("tumbling windows, reduce", windows.len(), |_, rows| {
        let windowed = rows.key_by(|row| row.0).window(tumbling(SECOND));
        windowed.reduce(|one, other| (one.0, one.1 + other.1, other.2))
    });
    trial.measure("tumbling windows, columns", windows.len(), |_, rows| {
        rows.key_by_columns::<i64>(&["f0"]).window_columns::<(i64, i64, Timestamp, Timestamp)>(
            Windows::Tumbling { size: 1000, offset: 0 },
            [Function::Sum(1).named("sum")],
        )
    });
    let every = |row: &Row| (0..10).map(|back| (row.0, row.2.0.div_euclid(100) - back)).collect::<Vec<_>>();
    let sliding_windows: HashSet<(i64, i64)> = trial.rows.iter().flat_map(every).collect();
    trial.measure("sliding windows, ten a row, columns", sliding_windows.len(), |_, rows| {
        rows.key_by_columns::<i64>(&["f0"]).window_columns::<(i64, i64, Timestamp, Timestamp)>(
            Windows::Sliding { size: 1000, slide: 100, offset: 0 },
            [Function::Sum(1).named("sum")],
        )
    });
}

/// Passes rows on, with what the second input says of their key.
#[derive(Clone)]
struct Naming {
    name: ValueState<i64>,
}

impl KeyedCoProcess<Row, Row, (i64, i64)> for Naming {
    fn first(&mut self, row: Row, cx: &mut KeyedCx<'_, (i64, i64)>) -> Result<(), Failure> {
        let name = self.name.get(cx).unwrap_or(-1);
        cx.emit((row.1, name));
        Ok(())
    }

    fn second(&mut self, row: Row, cx: &mut KeyedCx<'_, (i64, i64)>) -> Result<(), Failure> {
        self.name.set(cx, row.1);
        Ok(())
    }
}

/// Passes rows on, with what all subtasks were told.
#[derive(Clone)]
struct Rules {
    rules: BroadcastState<i64, i64>,
}

impl BroadcastProcess<Row, i64, (i64, i64)> for Rules {
    fn process(&mut self, row: Row, cx: &mut ReadCx<'_, (i64, i64)>) -> Result<(), Failure> {
        let rule = self.rules.get(cx, &(row.1 % 10)).unwrap_or(-1);
        cx.emit((row.1, rule));
        Ok(())
    }

    fn broadcast(&mut self, rule: i64, cx: &mut BroadcastCx<'_, (i64, i64)>) -> Result<(), Failure> {
        self.rules.put(cx, rule, rule);
        Ok(())
    }
}

fn of_two_inputs(trial: &mut Trial<'_>) {
    let all = trial.rows.len();
    let seconds = all as i64 / 10_000 + 1;
    // For each key and second a row.
    let others = move |env: &Environment| {
        let rows = (0..seconds).flat_map(|second| (0..KEYS as i64).map(move |key| (key, key, second)));
        let rows = env.collection(rows.map(|(key, value, second)| (key, value, Timestamp(second * 1000))));
        let strategy = WatermarkStrategy::monotonous().timestamps(|row: &Row| row.2);
        rows.assign_timestamps_and_watermarks(strategy).key_by(|row| row.0)
    };
    trial.measure("connected, process with a state", all, |env, rows| {
        rows.key_by(|row| row.0).connect(&others(env)).process(Naming { name: ValueState::new("name") })
    });
    trial.measure("broadcast state", all, |env, rows| {
        let rules = env.collection(0..10_i64);
        rows.connect_broadcast(&rules).process(Rules { rules: BroadcastState::new("rules") })
    });
    let pair = |row: Row, other: Row, out: &mut Collector<(i64, i64)>| out.emit((row.1, other.1));
    trial.measure("window join", all, |env, rows| {
        rows.key_by(|row| row.0).connect(&others(env)).window(tumbling(SECOND)).join(pair)
    });
    let second_before = trial.count(|row| usize::from(row.2.0 / 1000 < seconds));
    trial.measure("interval join", second_before, |env, rows| {
        let joined = rows.key_by(|row| row.0).connect(&others(env)).interval(Interval::between(-999, 0));
        joined.process(pair)
    });
}

fn in_order(trial: &mut Trial<'_>) {
    let all = trial.rows.len();
    let keys: HashSet<i64> = trial.rows.iter().map(|row| row.0).collect();
    trial.measure("sort", all, |_, rows| rows.sort(&[ascending("f1"), descending("f2")]));
    trial.measure("first hundred of an order", 100, |_, rows| rows.top_n(&[descending("f1")], 100));
    trial.measure("first of each key, at the end", keys.len(), |env, rows| {
        env.mode(RuntimeMode::Batch);
        let by = [descending("f1"), descending("f2")];
        rows.key_by(|row| row.0).top_n_changes::<(i64, i64, Timestamp, String)>(&by, 1)
    });
    trial.measure("limit", 1000, |_, rows| rows.limit(1000));
}

fn waiting(trial: &mut Trial<'_>) {
    let all = trial.rows.len();
    for (name, order) in [("in order", AsyncOrder::Ordered), ("as they come", AsyncOrder::Unordered)] {
        trial.measure(&format!("functions that could wait, {name}"), all, |_, rows| {
            let spec = AsyncSpec::new(order).capacity(1000);
            rows.async_wait(spec, |row: Row| async move { Ok::<_, String>(vec![row]) })
        });
    }
}
