//! What a row costs in a join: of a batch that waits for one side, and of a stream in which both come and go.
//!
//! 64 batches of 8192 rows on each side, of a key, a number and a text of twelve bytes. `one`: each row has one partner, and
//! half a million keys do not fit in a cache. `many`: a small right side, of which each row has a thousand partners.
//! `taken back`: the stream may take its rows back, but does not. Each run makes as many pairs as a plain loop counts.

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
use operators::join::{ChangingJoin, HashJoin, JoinKind, Nulls, PairFilter};
use operators::{Layout, Mode};
use shuffle::Watermark;

const BATCH_ROWS: usize = 8192;
/// A build without optimisations checks the answers and measures nothing: a few batches are enough for that.
const BATCHES: usize = if cfg!(debug_assertions) { 2 } else { 64 };
const ROWS: usize = BATCHES * BATCH_ROWS;

fn main() {
    run(|criterion| {
        let all = shuffled(ROWS);
        measure(criterion, "one", [&all, &shuffled(ROWS)]);
        let few: Vec<i64> = (0..ROWS as i64 / 1000).collect();
        let many: Vec<i64> = shuffled(ROWS).into_iter().map(|key| key % few.len() as i64).collect();
        measure(criterion, "many", [&many, &few]);
    });
}

/// All keys below `count`, in no order.
fn shuffled(count: usize) -> Vec<i64> {
    let mut random = Random::new(count as u64);
    let mut keys: Vec<i64> = (0..count as i64).collect();
    (1..count).for_each(|place| keys.swap(place, random.below(place + 1)));
    keys
}

/// Counts what is sent.
#[derive(Default)]
struct Taken(usize);

impl Taker for Taken {
    fn take(&mut self, batch: Batch) {
        self.0 += black_box(batch).rows();
    }
}

fn layout() -> Layout {
    let fields = [("key", DataType::Int64), ("number", DataType::Int64), ("text", DataType::Utf8View)];
    let fields: Fields =
        fields.map(|(name, data_type)| Field::new(name, data_type, false)).into_iter().collect();
    Layout::of(fields).keyed_by(vec![0])
}

fn batches(keys: &[i64]) -> Vec<Batch> {
    let batch = |keys: &[i64]| {
        let numbers = Int64Array::from_iter_values(keys.iter().map(|key| key % 1000));
        let texts = StringViewArray::from_iter_values(keys.iter().map(|key| format!("{key:012}")));
        let columns =
            [Arc::new(Int64Array::from(keys.to_vec())) as ArrayRef, Arc::new(numbers), Arc::new(texts)];
        let rows = RecordBatch::try_new(layout().schema().clone(), columns.to_vec());
        Batch::new(rows.expect("columns of the layout"))
    };
    keys.chunks(BATCH_ROWS).map(batch).collect()
}

fn hash_join(kind: JoinKind) -> Drive {
    let nulls = (kind, Nulls::Differ);
    Drive::of_ports(
        2,
        HashJoin::new([layout(), layout()], nulls, None, &seat("join", Mode::Streaming)).expect("a join"),
        1,
    )
}

fn changing_join(kind: JoinKind, filter: Option<PairFilter>, is_changing: bool) -> Drive {
    let layout = if is_changing { layout().changing() } else { layout() };
    let inputs = [layout.clone(), layout];
    let join = ChangingJoin::new(
        inputs,
        (kind, Nulls::Differ),
        filter,
        [None, None],
        &seat("join", Mode::Streaming),
    );
    Drive::of_ports(2, join.expect("a join"), 1)
}

/// All rows of both sides, the right ones first or both in turn. How many came out, and how long it took.
fn joined(mut join: Drive, sides: &[Vec<Batch>; 2], in_turn: bool) -> (usize, Duration) {
    let mut outside = Outside::<Taken>::default();
    let time = elapsed(|| {
        let [left, right] = [&sides[0], &sides[1]].map(|side| side.iter());
        let mut order: Vec<(usize, &Batch)> = Vec::new();
        match in_turn {
            true => {
                let (mut left, mut right) = (left.fuse(), right.fuse());
                while order.len() < sides[0].len() + sides[1].len() {
                    order.extend(right.next().map(|batch| (1, batch)));
                    order.extend(left.next().map(|batch| (0, batch)));
                }
            }
            false => order.extend(right.map(|batch| (1, batch)).chain(left.map(|batch| (0, batch)))),
        }
        let mut ended = in_turn;
        for (port, batch) in order {
            if port == 0 && !ended {
                join.end_of(1, &mut outside).expect("a port ends");
                ended = true;
            }
            join.batch_by(port, batch.clone(), &mut outside).expect("rows can be joined");
        }
        join.time(Watermark::MAX, &mut outside).expect("rows can be joined");
    });
    (outside.taken.0, time)
}

fn measure(criterion: &mut Criterion, name: &str, keys: [&[i64]; 2]) {
    let sides = keys.map(batches);
    let mut counts = HashMap::<i64, usize>::new();
    keys[1].iter().for_each(|key| *counts.entry(*key).or_default() += 1);
    let expected: usize = keys[0].iter().map(|key| counts.get(key).copied().unwrap_or_default()).sum();
    let mut group = criterion.benchmark_group(format!("operator_join/{name}"));
    group.sample_size(10).throughput(Throughput::Elements((keys[0].len() + keys[1].len()) as u64));
    let mut of = |name: &str, in_turn: bool, expected: Option<usize>, make: &dyn Fn() -> Drive| {
        group.bench_function(name, |bench| {
            bench.iter_custom(|times| {
                let run = || {
                    let (rows, time) = joined(make(), &sides, in_turn);
                    assert!(expected.is_none_or(|expected| rows == expected), "{rows}");
                    time
                };
                (0..times).map(|_| run()).sum()
            })
        });
    };
    let all = || -> Option<PairFilter> {
        Some(Box::new(|pairs| Ok(arrow_array::BooleanArray::from(vec![true; pairs.num_rows()]))))
    };
    of("batch, inner", false, Some(expected), &|| hash_join(JoinKind::Inner));
    of("stream, inner, right first", false, Some(expected), &|| changing_join(JoinKind::Inner, None, false));
    of("stream, inner", true, Some(expected), &|| changing_join(JoinKind::Inner, None, false));
    of("stream, inner, filtered", true, Some(expected), &|| changing_join(JoinKind::Inner, all(), false));
    of("stream, inner, taken back", true, Some(expected), &|| changing_join(JoinKind::Inner, None, true));
    of("batch, left", false, Some(expected), &|| hash_join(JoinKind::Left));
    of("stream, left", true, None, &|| changing_join(JoinKind::Left, None, false));
    of("stream, left, filtered", true, None, &|| changing_join(JoinKind::Left, all(), false));
    of("batch, semi", false, Some(keys[0].len()), &|| hash_join(JoinKind::LeftSemi));
    of("stream, semi", true, Some(keys[0].len()), &|| changing_join(JoinKind::LeftSemi, None, false));
    group.finish();
}
