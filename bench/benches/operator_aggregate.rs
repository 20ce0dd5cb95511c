//! What it costs to count words: before the exchange, behind it, and row by row.
//!
//! Dimensions: number of words · phase. 8192 rows a batch, words of up to twelve bytes, no hashes known before the
//! first phase. Beside: a map of strings with a fast hash, a lookup for each row.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, RecordBatch, StringViewArray};
use arrow_schema::{DataType, Field};
use criterion::{Criterion, Throughput};
use memory::Batch;
use millstream_bench::outside::{Outside, Taker};
use millstream_bench::{run, texts};
use operators::aggregate::{
    Aggregation, Drive, Function, GlobalAggregate, LOCAL_KEYS, LocalAggregate, Results, RollingAggregate,
};
use operators::{Layout, Operator};
use shuffle::Watermark;

const BATCH_ROWS: usize = 8192;

/// So many batches, again and again: with a hundred thousand words, each comes some times.
const BATCHES: usize = 64;

fn main() {
    run(|criterion| {
        for words in [100, 10_000, 100_000] {
            measure(criterion, words);
        }
        passing(criterion);
    });
}

/// Keeps what was sent, or counts it.
#[derive(Default)]
struct Taken {
    rows: usize,
    kept: Option<Vec<Batch>>,
}

impl Taker for Taken {
    fn take(&mut self, batch: Batch) {
        self.rows += batch.rows();
        if let Some(kept) = &mut self.kept {
            kept.push(batch);
        }
    }
}

fn aggregation() -> Aggregation {
    let layout = Layout::of(vec![Field::new("word", DataType::Utf8View, false)].into()).keyed_by(vec![0]);
    Aggregation::new(layout, vec![Function::Count.named("count")])
}

fn batches(words: &[String]) -> Vec<Batch> {
    let schema = aggregation().input.schema().clone();
    let batch = |words: &[String]| {
        let column = StringViewArray::from_iter_values(words);
        Batch::new(RecordBatch::try_new(schema.clone(), vec![Arc::new(column)]).expect("one column"))
    };
    words.chunks(BATCH_ROWS).map(batch).collect()
}

/// All that an operator sends of these batches.
fn all(operator: impl Operator + 'static, batches: &[Batch]) -> Vec<Batch> {
    let (mut drive, mut outside) =
        (Drive::new(operator, 1), Outside { taken: Taken { rows: 0, kept: Some(Vec::new()) } });
    for batch in batches {
        drive.batch(batch.clone(), &mut outside).expect("words can be counted");
    }
    drive.time(Watermark::MAX, &mut outside).expect("words can be counted");
    outside.taken.kept.expect("it was asked to keep them")
}

fn counts(batches: &[Batch]) -> BTreeMap<String, i64> {
    let mut counts = BTreeMap::new();
    for batch in batches {
        let (words, numbers) = (batch.columns().column(0).as_string_view(), batch.columns().column(1));
        let numbers = numbers.as_primitive::<Int64Type>();
        counts.extend((0..words.len()).map(|row| (words.value(row).to_owned(), numbers.value(row))));
    }
    counts
}

fn naive(batches: &[Batch]) -> BTreeMap<String, i64> {
    let mut counts = BTreeMap::new();
    for word in batches.iter().flat_map(|batch| batch.columns().column(0).as_string_view().iter().flatten()) {
        *counts.entry(word.to_owned()).or_default() += 1;
    }
    counts
}

fn local() -> LocalAggregate {
    LocalAggregate::new(&aggregation(), LOCAL_KEYS).expect("words can be counted")
}

fn global() -> GlobalAggregate {
    GlobalAggregate::new(&aggregation()).expect("words can be counted")
}

fn rolling(results: Results) -> RollingAggregate {
    RollingAggregate::new(&aggregation(), results).expect("words can be counted")
}

fn measure(criterion: &mut Criterion, distinct: usize) {
    let batches = batches(&texts(BATCHES * BATCH_ROWS, 1..=12, distinct));
    let expected = naive(&batches);
    let partial = all(local(), &batches);
    assert_eq!(counts(&all(global(), &partial)), expected);
    assert_eq!(counts(&all(rolling(Results::Last), &batches)), expected);
    assert_eq!(counts(&all(rolling(Results::EachRow), &batches)), expected);

    let name = |phase: &str| format!("{phase}/{distinct} words");
    let mut group = criterion.benchmark_group("operator_aggregate");
    group.throughput(Throughput::Elements(BATCH_ROWS as u64));
    let mut batch_after_batch = |name: String, operator: Box<dyn Fn() -> Drive>| {
        let (mut drive, mut outside) = (operator(), Outside::<Taken>::default());
        // What is measured is a table that knows its keys.
        for batch in &batches {
            drive.batch(batch.clone(), &mut outside).expect("words can be counted");
        }
        let mut next = 0;
        group.bench_function(name, |bench| {
            bench.iter(|| {
                next = (next + 1) % BATCHES;
                drive.batch(black_box(batches[next].clone()), &mut outside).expect("words can be counted");
            });
        });
    };
    batch_after_batch(name("local"), Box::new(|| Drive::new(local(), 1)));
    batch_after_batch(name("each row"), Box::new(|| Drive::new(rolling(Results::EachRow), 1)));

    let mut peer: std::collections::HashMap<String, i64, foldhash::fast::FixedState> =
        std::collections::HashMap::default();
    let mut next = 0;
    group.bench_function(name("peer, a map of strings"), |bench| {
        bench.iter(|| {
            next = (next + 1) % BATCHES;
            for word in black_box(&batches[next]).columns().column(0).as_string_view().iter().flatten() {
                match peer.get_mut(word) {
                    Some(count) => *count += 1,
                    None => drop(peer.insert(word.to_owned(), 1)),
                }
            }
        });
    });
    let rows: usize = partial.iter().map(Batch::rows).sum();
    group.throughput(Throughput::Elements(rows as u64));
    group.bench_function(name("global"), |bench| {
        let (mut drive, mut outside) = (Drive::new(global(), 1), Outside::<Taken>::default());
        bench.iter(|| {
            for batch in &partial {
                drive.batch(batch.clone(), &mut outside).expect("words can be counted");
            }
        });
    });
    group.bench_function(name("the end"), |bench| {
        bench.iter_batched(
            || {
                let (mut drive, mut outside) = (Drive::new(global(), 1), Outside::<Taken>::default());
                for batch in &partial {
                    drive.batch(batch.clone(), &mut outside).expect("words can be counted");
                }
                drive
            },
            |mut drive| {
                let mut outside = Outside::<Taken>::default();
                drive.time(Watermark::MAX, &mut outside).expect("words can be counted");
                assert_eq!(outside.taken.rows, rows);
            },
            criterion::BatchSize::PerIteration,
        );
    });
}

/// Words that never repeat: the table gives up, and rows are passed on.
fn passing(criterion: &mut Criterion) {
    let words: Vec<String> = (0..BATCHES * BATCH_ROWS).map(|row| format!("word {row}")).collect();
    let batches = batches(&words);
    assert_eq!(counts(&all(global(), &all(local(), &batches))), naive(&batches));
    let (mut drive, mut outside) = (Drive::new(local(), 1), Outside::<Taken>::default());
    for batch in &batches {
        drive.batch(batch.clone(), &mut outside).expect("words can be counted");
    }
    assert_eq!(outside.taken.rows, words.len(), "it has given up");
    let mut group = criterion.benchmark_group("operator_aggregate");
    group.throughput(Throughput::Elements(BATCH_ROWS as u64));
    let mut next = 0;
    group.bench_function("local/words that never repeat", |bench| {
        bench.iter(|| {
            next = (next + 1) % BATCHES;
            drive.batch(black_box(batches[next].clone()), &mut outside).expect("words can be counted");
        });
    });
}
