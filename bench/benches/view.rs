//! What it costs to read rows that were just written: a view, and the columns it becomes.
//!
//! Dimensions: 1, 8, 64, 1024, 8192 rows · what is measured: `columns` of a view that exists; append + view +
//! columns from a batch; one row written value by value + view + columns. Beside: Arrow's builders making the
//! same columns from the same values. Four columns: a number, a time, a string inside its view, a float.

use std::hint::black_box;
use std::sync::Arc;

use arrow_array::builder::{Float64Builder, Int64Builder, StringViewBuilder, TimestampMillisecondBuilder};
use arrow_array::types::{Float64Type, Int64Type, TimestampMillisecondType};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput};
use memory::{ColumnBuilder, Envelope, Layout, Pool, Rows};
use millstream_bench::{Random, milliseconds, run};

/// The rows of each step.
const STEPS: [usize; 5] = [1, 8, 64, 1024, 8192];

/// Values as a source has them before there is a batch.
struct Values {
    numbers: Vec<i64>,
    times: Vec<i64>,
    names: Vec<String>,
    floats: Vec<f64>,
}

fn main() {
    run(|criterion| {
        let pool = Pool::open(16 << 20, 32 << 10).expect("addresses");
        pool.warm(pool.capacity());
        for rows in STEPS {
            let values = Values::of(rows);
            columns(criterion, &pool, &values);
            append(criterion, &pool, &values);
            build(criterion, &values);
        }
        write(criterion, &pool, &Values::of(1));
        assert_eq!(pool.bytes_out(), 0);
    });
}

impl Values {
    fn of(rows: usize) -> Self {
        let mut random = Random::new(1);
        Self {
            numbers: (0..rows).map(|_| random.bits().cast_signed()).collect(),
            times: (0..rows).map(|row| 1_700_000_000_000 + row as i64).collect(),
            names: (0..rows).map(|_| random.text(9)).collect(),
            floats: (0..rows).map(|_| random.bits() as f64).collect(),
        }
    }

    fn rows(&self) -> usize {
        self.numbers.len()
    }

    /// The same values by way of Arrow's builders.
    fn build(&self, schema: &SchemaRef) -> RecordBatch {
        let rows = self.rows();
        let mut numbers = Int64Builder::with_capacity(rows);
        let mut times = TimestampMillisecondBuilder::with_capacity(rows);
        let mut names = StringViewBuilder::with_capacity(rows);
        let mut floats = Float64Builder::with_capacity(rows);
        numbers.append_slice(&self.numbers);
        times.append_slice(&self.times);
        self.names.iter().for_each(|name| names.append_value(name));
        floats.append_slice(&self.floats);
        let columns: Vec<ArrayRef> = vec![
            Arc::new(numbers.finish()),
            Arc::new(times.finish()),
            Arc::new(names.finish()),
            Arc::new(floats.finish()),
        ];
        RecordBatch::try_new(schema.clone(), columns).expect("columns of one length")
    }
}

fn schema() -> SchemaRef {
    let types = [DataType::Int64, milliseconds(), DataType::Utf8View, DataType::Float64];
    let fields = ["number", "time", "name", "float"].into_iter().zip(types);
    Arc::new(Schema::new(
        fields.map(|(name, data_type)| Field::new(name, data_type, false)).collect::<Vec<_>>(),
    ))
}

/// Segments of 32 KiB, or of what holds `rows`.
fn layout(pool: &Pool, rows: usize) -> Arc<Layout> {
    let envelope = Arc::new(Envelope::new(schema(), false, false));
    let bytes = (rows * 40 + 4 * 64).next_power_of_two().max(pool.segment_bytes());
    Layout::new(envelope, bytes, 0).expect("room for a row")
}

fn open(pool: &Pool, layout: &Arc<Layout>) -> ColumnBuilder {
    ColumnBuilder::open(layout, pool.take_bytes(layout.segment_bytes()).expect("one is out at a time"))
}

fn columns(criterion: &mut Criterion, pool: &Pool, values: &Values) {
    let rows = values.rows();
    let (layout, batch) = (layout(pool, rows), values.build(&schema()));
    let mut builder = open(pool, &layout);
    builder.append(&Rows::open(&layout, &batch), 0..rows);
    let view = builder.view().expect("rows were appended");
    assert_eq!(view.columns(), batch);
    let mut group = criterion.benchmark_group("view");
    group.throughput(Throughput::Elements(rows as u64));
    group.bench_function(BenchmarkId::new("columns", rows), |bench| bench.iter(|| view.columns()));
    // What is left when the columns are dropped outside the measured time.
    group.bench_function(BenchmarkId::new("columns, not dropped", rows), |bench| {
        bench.iter_batched(|| (), |()| view.columns(), BatchSize::SmallInput);
    });
}

fn append(criterion: &mut Criterion, pool: &Pool, values: &Values) {
    let rows = values.rows();
    let (layout, batch) = (layout(pool, rows), values.build(&schema()));
    let source = Rows::open(&layout, &batch);
    let mut builder = open(pool, &layout);
    let mut group = criterion.benchmark_group("view");
    group.throughput(Throughput::Elements(rows as u64));
    group.bench_function(BenchmarkId::new("append, view, columns", rows), |bench| {
        bench.iter(|| {
            if builder.append(&source, 0..rows) < rows {
                // Full: what was left of this segment is given up.
                builder = open(pool, &layout);
                assert_eq!(builder.append(&source, 0..rows), rows);
            }
            builder.view().expect("rows were appended").columns()
        });
    });
}

fn build(criterion: &mut Criterion, values: &Values) {
    let mut group = criterion.benchmark_group("view");
    group.throughput(Throughput::Elements(values.rows() as u64));
    let schema = schema();
    group.bench_function(BenchmarkId::new("builders of Arrow", values.rows()), |bench| {
        bench.iter(|| black_box(values).build(&schema));
    });
}

fn write(criterion: &mut Criterion, pool: &Pool, values: &Values) {
    let layout = layout(pool, 1);
    let mut builder = open(pool, &layout);
    let mut write = || {
        if builder.is_full() {
            builder = open(pool, &layout);
        }
        let mut row = builder.row().expect("it is not full");
        row.put::<Int64Type>(values.numbers[0]).put::<TimestampMillisecondType>(values.times[0]);
        row.put_str(&values.names[0]).put::<Float64Type>(values.floats[0]);
        row.commit().expect("room for a row");
        builder.view().expect("a row was written")
    };
    assert_eq!(write().columns(), values.build(&schema()));
    let mut group = criterion.benchmark_group("view");
    group.throughput(Throughput::Elements(1));
    group.bench_function("write, view/1", |bench| bench.iter(&mut write));
    group.bench_function("write, view, columns/1", |bench| bench.iter(|| write().columns()));
}
