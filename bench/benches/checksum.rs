//! What it costs to read all of every row: the sum of a sink that keeps nothing else.
//!
//! Dimensions: what the columns are; a batch of 8192 rows. Bytes are those of the values: 8 for a number, 16 for a decimal, the
//! letters of a text. Beside: a plain sum over the same bytes, eight at a time, which tells no value from another and where it
//! stands: what reading them costs.

use std::hint::black_box;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Decimal128Type, Int64Type, TimestampMillisecondType};
use arrow_array::{Array, ArrayRef, Decimal128Array, Int64Array, RecordBatch, StringViewArray};
use arrow_schema::DataType;
use criterion::{Criterion, Throughput};
use memory::{Batch, RowKind, RowKinds, Selection, hash_key};
use millstream::connect::Consumed;
use millstream_bench::{Random, bids, run, texts};

const ROWS: usize = 8192;

fn main() {
    run(|criterion| {
        let mut random = Random::new(5);
        let mut numbers = || -> ArrayRef {
            Arc::new(Int64Array::from_iter_values((0..ROWS).map(|_| random.bits().cast_signed())))
        };
        let four = of([numbers(), numbers(), numbers(), numbers()]);
        let wide = Decimal128Array::from_iter_values((0..ROWS).map(|row| (row as i128) << 62));
        let text = |from: usize, to: usize| of([Arc::new(view(&texts(ROWS, from..=to, 1000))) as ArrayRef]);
        let cases = [
            ("four numbers", Batch::new(four.clone())),
            ("decimals", Batch::new(of([Arc::new(wide) as ArrayRef]))),
            ("short texts", Batch::new(text(1, 12))),
            ("texts of 50", Batch::new(text(40, 60))),
            ("texts of 500", Batch::new(text(400, 600))),
            ("bids", Batch::new(bids(ROWS, false))),
            ("bids with nulls", Batch::new(bids(ROWS, true))),
            ("four numbers of all kinds", of_all_kinds(four.clone())),
            ("every other of four numbers", every_other(four)),
        ];
        for (name, batch) in cases {
            check(&batch);
            measure(criterion, name, &batch);
        }
    });
}

fn of<const N: usize>(columns: [ArrayRef; N]) -> RecordBatch {
    let named = columns.into_iter().enumerate().map(|(place, column)| (format!("c{place}"), column));
    RecordBatch::try_from_iter(named).expect("columns of one length")
}

fn view(texts: &[String]) -> StringViewArray {
    StringViewArray::from_iter_values(texts)
}

fn of_all_kinds(columns: RecordBatch) -> Batch {
    let kinds = [RowKind::Insert, RowKind::UpdateBefore, RowKind::UpdateAfter, RowKind::Delete];
    Batch::new(columns).with_kinds(Some(RowKinds::new(kinds.into_iter().cycle().take(ROWS))))
}

fn every_other(columns: RecordBatch) -> Batch {
    let rows = u32::try_from(ROWS).expect("rows of a batch");
    Batch::new(columns).with_selection(Selection::new((0..rows).step_by(2).collect()))
}

/// The sum is that of a loop over the rows that count.
fn check(batch: &Batch) {
    let (mut sum, mut hash) = (0_u64, Vec::new());
    let compact = batch.clone().compact();
    for row in 0..compact.rows() {
        hash_key(compact.columns().slice(row, 1).columns(), 1, &mut hash).expect("columns of a key");
        let adds = compact.kinds().is_none_or(|kinds| kinds.get(row).adds());
        sum = if adds { sum.wrapping_add(hash[0]) } else { sum.wrapping_sub(hash[0]) };
    }
    let found = Consumed::in_batch(batch.clone(), &mut hash).expect("columns of a key");
    assert_eq!(found.checksum, sum);
}

/// The bytes of the values that count.
fn bytes(batch: &Batch) -> u64 {
    let of_column = |column: &ArrayRef| match column.data_type() {
        DataType::Utf8View => column.as_string_view().iter().flatten().map(str::len).sum(),
        DataType::Decimal128(_, _) => 16 * column.len(),
        _ => 8 * column.len(),
    };
    batch.clone().compact().columns().columns().iter().map(of_column).sum::<usize>() as u64
}

fn measure(criterion: &mut Criterion, name: &str, batch: &Batch) {
    let mut group = criterion.benchmark_group("checksum");
    let mut hashes = Vec::with_capacity(ROWS);
    group.throughput(Throughput::Bytes(bytes(batch)));
    group.bench_function(name, |bench| {
        bench.iter(|| Consumed::in_batch(black_box(batch).clone(), &mut hashes).expect("columns of a key"));
    });
    group.throughput(Throughput::Elements(batch.rows() as u64));
    group.bench_function(format!("{name}, rows"), |bench| {
        bench.iter(|| Consumed::in_batch(black_box(batch).clone(), &mut hashes).expect("columns of a key"));
    });
    if batch.selection().is_none() {
        group.throughput(Throughput::Bytes(bytes(batch)));
        group.bench_function(format!("{name}, only read"), |bench| {
            bench.iter(|| plain(black_box(batch.columns())))
        });
    }
}

/// The sum of all bytes, eight at a time.
fn plain(columns: &RecordBatch) -> u64 {
    let of_column = |column: &ArrayRef| match column.data_type() {
        DataType::Utf8View => column
            .as_string_view()
            .iter()
            .flatten()
            .fold(0, |sum: u64, text| sum.wrapping_add(words(text.as_bytes()))),
        DataType::Decimal128(_, _) => {
            let values = column.as_primitive::<Decimal128Type>().values();
            values.iter().fold(0, |sum: u64, value| sum.wrapping_add(words(&value.to_le_bytes())))
        }
        DataType::Timestamp(_, _) => numbers(column.as_primitive::<TimestampMillisecondType>().values()),
        _ => numbers(column.as_primitive::<Int64Type>().values()),
    };
    columns.columns().iter().fold(0, |sum: u64, column| sum.wrapping_add(of_column(column)))
}

fn numbers(values: &[i64]) -> u64 {
    values.iter().fold(0, |sum: u64, value| sum.wrapping_add(value.cast_unsigned()))
}

fn words(text: &[u8]) -> u64 {
    let (words, rest) = text.as_chunks::<8>();
    let all = words.iter().fold(0, |sum: u64, word| sum.wrapping_add(u64::from_le_bytes(*word)));
    rest.iter().fold(all, |sum, letter| sum.wrapping_add(u64::from(*letter)))
}
