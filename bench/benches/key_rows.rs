//! What it costs to turn keys into comparable bytes and back.
//!
//! Dimensions: types of the key's columns · encode, decode. 8192 rows each. Beside: a plain encoding of
//! numbers (a byte for null, then big-endian with the sign bit flipped), to learn what a path of our own for
//! keys of fixed width would gain; for one column, and for two in one pass each.

use std::hint::black_box;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, ArrayRef, Int64Array, StringViewArray};
use arrow_schema::SortOptions;
use criterion::{Criterion, Throughput};
use memory::KeyCodec;
use millstream_bench::{Random, run, texts};

const ROWS: usize = 8192;

/// A byte that says whether there is a value, then the value.
const CELL: usize = 9;

fn main() {
    run(|criterion| {
        let (first, second) = (integers(1), integers(2));
        let text = |lengths, distinct| -> ArrayRef {
            Arc::new(StringViewArray::from_iter_values(texts(ROWS, lengths, distinct)))
        };
        let gaps: ArrayRef = Arc::new(with_nulls(&first));
        measure(criterion, "i64", std::slice::from_ref(&first));
        plain(criterion, "i64", std::slice::from_ref(&first));
        measure(criterion, "i64 with nulls", std::slice::from_ref(&gaps));
        plain(criterion, "i64 with nulls", &[gaps]);
        measure(criterion, "i64, i64", &[first.clone(), second.clone()]);
        plain(criterion, "i64, i64", &[first.clone(), second]);
        measure(criterion, "i64, Utf8View short", &[first, text(1..=12, 1000)]);
        measure(criterion, "Utf8View short", &[text(1..=12, 1000)]);
        measure(criterion, "Utf8View long", &[text(55..=71, 1000)]);
    });
}

fn integers(seed: u64) -> ArrayRef {
    let mut random = Random::new(seed);
    Arc::new((0..ROWS).map(|_| random.bits().cast_signed()).collect::<Int64Array>())
}

fn with_nulls(column: &ArrayRef) -> Int64Array {
    let mut random = Random::new(3);
    column.as_primitive::<Int64Type>().iter().map(|value| value.filter(|_| random.below(10) != 0)).collect()
}

fn codec(columns: &[ArrayRef]) -> KeyCodec {
    let ascending = SortOptions { descending: false, nulls_first: true };
    let columns: Vec<_> = columns.iter().map(|column| (column.data_type().clone(), ascending)).collect();
    KeyCodec::new(&columns).expect("types of a key")
}

fn measure(criterion: &mut Criterion, name: &str, columns: &[ArrayRef]) {
    let codec = codec(columns);
    let mut keys = codec.encode(columns);
    assert_eq!(codec.decode(&keys, 0..ROWS), columns);
    let mut group = criterion.benchmark_group("key_rows");
    group.throughput(Throughput::Elements(ROWS as u64));
    group.bench_function(format!("decode/{name}"), |bench| bench.iter(|| codec.decode(&keys, 0..ROWS)));
    group.bench_function(format!("encode/{name}"), |bench| {
        bench.iter(|| {
            keys.clear();
            codec.append(&mut keys, black_box(columns));
        });
    });
    group.bench_function(format!("encode one batch/{name}"), |bench| {
        bench.iter(|| codec.encode(black_box(columns)));
    });
}

fn plain(criterion: &mut Criterion, name: &str, columns: &[ArrayRef]) {
    let numbers: Vec<&Int64Array> = columns.iter().map(|column| column.as_primitive()).collect();
    let width = CELL * columns.len();
    let mut keys = vec![0; width * ROWS];
    encode(&numbers, &mut keys);
    // The same bytes as the codec's, so that the two are the same work.
    let expected = codec(columns).encode(columns);
    assert!(keys.chunks_exact(width).enumerate().all(|(row, key)| key == expected.get(row)));
    let decoded: Vec<ArrayRef> = (0..columns.len()).map(|column| decode(&keys, width, column)).collect();
    assert_eq!(decoded, columns);
    let mut group = criterion.benchmark_group("key_rows");
    group.throughput(Throughput::Elements(ROWS as u64));
    group.bench_function(format!("decode/{name}, plain"), |bench| {
        bench.iter(|| (0..numbers.len()).map(|column| decode(&keys, width, column)).collect::<Vec<_>>());
    });
    group.bench_function(format!("encode/{name}, plain"), |bench| {
        bench.iter(|| {
            encode(black_box(&numbers), &mut keys);
            black_box(keys.last());
        });
    });
}

/// The plain encoding, column by column. (One pass over the rows would need a loop for each number of
/// columns.)
fn encode(columns: &[&Int64Array], keys: &mut [u8]) {
    match columns {
        [only] => encode_column::<CELL>(only, 0, keys),
        [first, second] => {
            encode_column::<{ 2 * CELL }>(first, 0, keys);
            encode_column::<{ 2 * CELL }>(second, CELL, keys);
        }
        _ => unreachable!("one column or two"),
    }
}

fn encode_column<const WIDTH: usize>(column: &Int64Array, offset: usize, keys: &mut [u8]) {
    let (keys, _) = keys.as_chunks_mut::<WIDTH>();
    let nulls = column.nulls().filter(|nulls| nulls.null_count() > 0);
    for (key, value) in keys.iter_mut().zip(column.values()) {
        let flipped = value ^ i64::MIN;
        key[offset] = 1;
        key[offset + 1..offset + CELL].copy_from_slice(&flipped.to_be_bytes());
    }
    for row in nulls.into_iter().flat_map(|nulls| (0..ROWS).filter(|row| nulls.is_null(*row))) {
        keys[row][offset..offset + CELL].fill(0);
    }
}

fn decode(keys: &[u8], width: usize, column: usize) -> ArrayRef {
    let cells = keys.chunks_exact(width).map(|key| &key[column * CELL..][..CELL]);
    let value = |cell: &[u8]| i64::from_be_bytes(cell[1..].try_into().expect("eight bytes")) ^ i64::MIN;
    if cells.clone().fold(1, |all, cell| all & cell[0]) == 1 {
        return Arc::new(Int64Array::from_iter_values(cells.map(value)));
    }
    Arc::new(cells.map(|cell| (cell[0] == 1).then(|| value(cell))).collect::<Int64Array>())
}
