//! What the benchmarks share: rows like those of an auction, a clock, and how long to measure.
//!
//! Everything here is deterministic: two runs measure the same bytes.

pub mod hop;
pub mod outside;

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow_array::builder::StringViewBuilder;
use arrow_array::{
    ArrayRef, Int32Array, Int64Array, RecordBatch, StringViewArray, TimestampMillisecondArray,
};
use arrow_schema::{DataType, Field, Schema, TimeUnit};
use criterion::Criterion;

/// That of the command: with another one it would be another engine that is measured.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Runs the benchmarks of one file: `cargo bench` measures them, `cargo test` runs each of them once.
pub fn run(measure: fn(&mut Criterion)) {
    // Short, so that a file takes less than a minute. The machine is shared: what disturbs it lasts longer
    // than any window we could afford, and shows as a run that does not repeat.
    let timing = Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_millis(1200))
        .sample_size(40)
        .without_plots();
    let mut criterion = timing.configure_from_args();
    measure(&mut criterion);
    criterion.final_summary();
}

/// How long `work` takes.
#[expect(clippy::disallowed_methods, reason = "a benchmark is about time, not about what a job sees of it")]
pub fn elapsed<T>(work: impl FnOnce() -> T) -> Duration {
    let start = Instant::now();
    black_box(work());
    start.elapsed()
}

/// Numbers that look random and are always the same (SplitMix64).
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// Another seed, other numbers.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from((u128::from(self.bits()) * end as u128) >> 64).expect("below a usize")
    }

    /// `length` small letters.
    pub fn text(&mut self, length: usize) -> String {
        (0..length).map(|_| char::from(b"abcdefghijklmnopqrstuvwxyz"[self.below(26)])).collect()
    }
}

/// `rows` texts of `lengths`, drawn from `distinct` different ones.
pub fn texts(rows: usize, lengths: std::ops::RangeInclusive<usize>, distinct: usize) -> Vec<String> {
    let mut random = Random::new(7);
    let spread = lengths.end() - lengths.start() + 1;
    let pool: Vec<String> = (0..distinct)
        .map(|_| {
            let length = lengths.start() + random.below(spread);
            random.text(length)
        })
        .collect();
    (0..rows).map(|_| pool[random.below(distinct)].clone()).collect()
}

/// Bids of an auction: 184 bytes a row as Arrow counts strings with offsets, 211 as views.
///
/// Half of the bids go to one auction, and a quarter come from one bidder: keys are never spread evenly.
pub fn bids(rows: usize, nullable: bool) -> RecordBatch {
    let mut random = Random::new(42);
    let hot = |random: &mut Random, one_in: usize, others: usize| {
        if random.below(one_in) == 0 { 1000 } else { 1001 + random.below(others) as i64 }
    };
    let auctions = (0..rows).map(|_| hot(&mut random, 2, 110)).collect();
    let bidders = (0..rows).map(|_| hot(&mut random, 4, 1010)).collect();
    let prices = (0..rows).map(|_| random.below(100_000_000) as i64).collect();
    let times = (0..rows).map(|row| 1_700_000_000_000 + row as i64 / 10).collect();
    let nulls = |seed: u64| {
        let mut random = Random::new(seed);
        nullable.then(|| (0..rows).map(|_| random.below(10) != 0).collect::<Vec<bool>>().into())
    };
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("auction", Arc::new(Int64Array::new(Vec::into(auctions), nulls(1)))),
        ("bidder", Arc::new(Int64Array::new(Vec::into(bidders), nulls(2)))),
        ("price", Arc::new(Int64Array::new(Vec::into(prices), nulls(3)))),
        ("dateTime", Arc::new(TimestampMillisecondArray::new(Vec::into(times), nulls(4)))),
        ("channel", Arc::new(strings(rows, 6, 7, nullable))),
        ("url", Arc::new(strings(rows, 55, 17, nullable))),
        ("extra", Arc::new(strings(rows, 50, 36, nullable))),
    ];
    let field = |(name, column): &(&str, ArrayRef)| Field::new(*name, column.data_type().clone(), nullable);
    let schema = Schema::new(columns.iter().map(field).collect::<Vec<_>>());
    let columns = columns.into_iter().map(|(_, column)| column).collect();
    RecordBatch::try_new(Arc::new(schema), columns).expect("columns of one length")
}

/// Strings of `least` to `least + spread - 1` bytes, as a builder of Arrow's lays them out: one behind the
/// other, in blocks that double in size.
fn strings(rows: usize, least: usize, spread: usize, nullable: bool) -> StringViewArray {
    let mut random = Random::new(least as u64);
    let mut builder = StringViewBuilder::new();
    for _ in 0..rows {
        if nullable && random.below(10) == 0 {
            builder.append_null();
        } else {
            let length = least + random.below(spread);
            builder.append_value(random.text(length));
        }
    }
    builder.finish()
}

/// As many bytes as a bid, all of them in 23 columns of numbers.
pub fn numbers(rows: usize) -> RecordBatch {
    let mut random = Random::new(23);
    let mut column =
        |_| -> ArrayRef { Arc::new((0..rows).map(|_| random.bits().cast_signed()).collect::<Int64Array>()) };
    let columns: Vec<ArrayRef> = (0..23).map(&mut column).collect();
    let fields: Vec<Field> = (0..23).map(|n| Field::new(format!("n{n}"), DataType::Int64, false)).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).expect("columns of one length")
}

/// Rows of 100 bytes: a key, eleven numbers, and one of half the width.
pub fn hundred_bytes(rows: usize) -> RecordBatch {
    let mut random = Random::new(100);
    let mut column =
        |_| -> ArrayRef { Arc::new((0..rows).map(|_| random.bits().cast_signed()).collect::<Int64Array>()) };
    let mut columns: Vec<ArrayRef> = (0..12).map(&mut column).collect();
    columns.push(Arc::new((0..).take(rows).collect::<Int32Array>()));
    let field =
        |(n, column): (usize, &ArrayRef)| Field::new(format!("n{n}"), column.data_type().clone(), false);
    let fields: Vec<Field> = columns.iter().enumerate().map(field).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).expect("columns of one length")
}

/// Four columns of numbers: the row of a measurement, say.
pub fn four_columns(rows: usize) -> RecordBatch {
    let columns = hundred_bytes(rows);
    columns.project(&[0, 1, 2, 12]).expect("it has them")
}

/// The type of event times.
pub fn milliseconds() -> DataType {
    DataType::Timestamp(TimeUnit::Millisecond, None)
}
