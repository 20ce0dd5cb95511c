//! What the hash of a key costs.
//!
//! Dimensions: type and number of the key's columns. 8192 rows each. Beside: `foldhash`, a fast hash that is
//! free to change with every version and to differ between `5_i32` and `5_i64`, over the same values.

use std::collections::HashSet;
use std::hash::{BuildHasher, Hash};
use std::hint::black_box;
use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_array::{Array, ArrayRef, DictionaryArray, Int32Array, Int64Array, StringArray, StringViewArray};
use criterion::{Criterion, Throughput};
use foldhash::fast::FixedState;
use memory::hash_key;
use millstream_bench::{Random, run, texts};

const ROWS: usize = 8192;

fn main() {
    run(|criterion| {
        check();
        numbers(criterion);
        strings(criterion);
    });
}

/// Values that fit 32 bits, so that both widths can be compared.
fn integers(seed: u64) -> Vec<i64> {
    let mut random = Random::new(seed);
    (0..ROWS).map(|_| random.bits().cast_signed() >> 32).collect()
}

fn hashes(columns: &[ArrayRef]) -> Vec<u64> {
    let mut hashes = Vec::new();
    hash_key(columns, ROWS, &mut hashes).expect("types of a key");
    assert_eq!(hashes.len(), ROWS);
    hashes
}

/// Equal keys have equal hashes, whatever holds them; others do not, among so few.
fn check() {
    let numbers = integers(1);
    let distinct = |hashes: &[u64]| hashes.iter().collect::<HashSet<_>>().len();
    let wide = hashes(&[Arc::new(Int64Array::from(numbers.clone()))]);
    let narrow =
        Int32Array::from_iter_values(numbers.iter().map(|number| i32::try_from(*number).expect("32 bits")));
    assert_eq!(hashes(&[Arc::new(narrow)]), wide);
    assert_eq!(distinct(&wide), numbers.iter().collect::<HashSet<_>>().len());
    for texts in [texts(ROWS, 1..=12, 1000), texts(ROWS, 55..=71, 1000)] {
        let viewed = hashes(&[view(&texts)]);
        assert_eq!(distinct(&viewed), texts.iter().collect::<HashSet<_>>().len());
        assert_eq!(hashes(&[offsets(&texts)]), viewed);
        assert_eq!(hashes(&[dictionary(&texts)]), viewed);
    }
}

fn view(texts: &[String]) -> ArrayRef {
    Arc::new(StringViewArray::from_iter_values(texts))
}

fn offsets(texts: &[String]) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(texts))
}

fn dictionary(texts: &[String]) -> ArrayRef {
    Arc::new(texts.iter().map(String::as_str).collect::<DictionaryArray<Int32Type>>())
}

/// Measures the key that `columns` make.
fn ours(criterion: &mut Criterion, name: &str, columns: &[ArrayRef]) {
    let mut group = criterion.benchmark_group("key_hash");
    group.throughput(Throughput::Elements(ROWS as u64));
    let mut hashes = Vec::with_capacity(ROWS);
    group.bench_function(name, |bench| {
        bench.iter(|| {
            hash_key(black_box(columns), ROWS, &mut hashes).expect("types of a key");
            black_box(hashes.last());
        });
    });
}

/// Measures `foldhash` over the same values.
fn theirs<T: Hash>(criterion: &mut Criterion, name: &str, values: impl Iterator<Item = T> + Clone) {
    let mut group = criterion.benchmark_group("key_hash");
    group.throughput(Throughput::Elements(ROWS as u64));
    let state = FixedState::default();
    let mut hashes = Vec::with_capacity(ROWS);
    group.bench_function(format!("{name}, foldhash"), |bench| {
        bench.iter(|| {
            hashes.clear();
            hashes.extend(black_box(values.clone()).map(|value| state.hash_one(value)));
            black_box(hashes.last());
        });
    });
}

fn numbers(criterion: &mut Criterion) {
    let (first, second) = (integers(1), integers(2));
    let mut random = Random::new(3);
    let gaps: Vec<Option<i64>> =
        first.iter().map(|number| (random.below(10) != 0).then_some(*number)).collect();
    let one: ArrayRef = Arc::new(Int64Array::from(first.clone()));
    let two: ArrayRef = Arc::new(Int64Array::from(second.clone()));
    ours(criterion, "i64", std::slice::from_ref(&one));
    theirs(criterion, "i64", first.iter());
    ours(criterion, "i64 with nulls", &[Arc::new(Int64Array::from(gaps.clone()))]);
    theirs(criterion, "i64 with nulls", gaps.iter());
    ours(criterion, "i64, i64", &[one.clone(), two]);
    theirs(criterion, "i64, i64", first.iter().zip(&second));
    let narrow =
        Int32Array::from_iter_values(first.iter().map(|number| i32::try_from(*number).expect("32 bits")));
    ours(criterion, "i32", &[Arc::new(narrow)]);
}

fn strings(criterion: &mut Criterion) {
    // Keys repeat, but not so few of them that the branch on their length could be learnt by heart.
    for (name, texts) in [("short", texts(ROWS, 1..=12, 1000)), ("long", texts(ROWS, 55..=71, 1000))] {
        ours(criterion, &format!("Utf8View {name}"), &[view(&texts)]);
        ours(criterion, &format!("Utf8 {name}"), &[offsets(&texts)]);
        ours(criterion, &format!("Dictionary {name}"), &[dictionary(&texts)]);
        let peer = StringArray::from_iter_values(&texts);
        theirs(criterion, &format!("Utf8 {name}"), (0..peer.len()).map(|row| peer.value(row)));
    }
    let mixed = texts(ROWS, 4..=24, 1000);
    ours(criterion, "Utf8View mixed", &[view(&mixed)]);
}
