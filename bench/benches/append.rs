//! What it costs to copy rows into segments, as an exchange does.
//!
//! Dimensions: bids (184 bytes in 7 columns), bids with nulls, as many bytes in 23 columns of numbers · all
//! rows into one target, or each row to one of eight · the source as a builder of Arrow's or as an
//! exchange left it.
//! A segment that is full is viewed and dropped, so it comes back warm. Beside: Arrow's `BatchCoalescer`,
//! `concat_batches` and `take_record_batch`, which make new arrays.

use std::sync::Arc;

use arrow_array::{RecordBatch, UInt32Array};
use arrow_select::coalesce::BatchCoalescer;
use arrow_select::concat::concat_batches;
use arrow_select::take::take_record_batch;
use criterion::{Criterion, Throughput};
use memory::{ColumnBuilder, Envelope, Layout, Pool, Rows, View};
use millstream_bench::{Random, bids, numbers, run};

const SEGMENT: usize = 32 << 10;
const ROWS: usize = 8192;
const TARGETS: usize = 8;

fn main() {
    run(|criterion| {
        for (name, batch) in
            [("bids", bids(ROWS, false)), ("nullable", bids(ROWS, true)), ("numbers", numbers(ROWS))]
        {
            check(&batch);
            ranges(criterion, name, &batch);
            gathers(criterion, name, &batch);
        }
        let exchanged = exchanged(&bids(ROWS, false));
        check(&exchanged);
        ranges(criterion, "bids, exchanged before", &exchanged);
        gathers(criterion, "bids, exchanged before", &exchanged);
    });
}

/// A target of an exchange: always one segment that is being filled.
struct Target<'pool> {
    pool: &'pool Pool,
    builder: ColumnBuilder,
}

impl<'pool> Target<'pool> {
    fn open(pool: &'pool Pool, layout: &Arc<Layout>) -> Self {
        Self { pool, builder: ColumnBuilder::open(layout, pool.take().expect("room for all targets")) }
    }

    /// Hands on what was written and begins the next segment.
    fn flush(&mut self, ship: &mut impl FnMut(View)) {
        ship(self.builder.view().expect("a segment holds at least a row"));
        let layout = self.builder.next_layout();
        self.builder = ColumnBuilder::open(&layout, self.pool.take().expect("room for all targets"));
    }

    fn append(&mut self, rows: &Rows, ship: &mut impl FnMut(View)) {
        let mut done = 0;
        loop {
            done += self.builder.append(rows, done..rows.len());
            if done == rows.len() {
                return;
            }
            self.flush(ship);
        }
    }

    fn gather(&mut self, rows: &Rows, mut chosen: &[u32], ship: &mut impl FnMut(View)) {
        loop {
            chosen = &chosen[self.builder.gather(rows, chosen)..];
            if chosen.is_empty() {
                return;
            }
            self.flush(ship);
        }
    }
}

fn pool() -> Pool {
    let pool = Pool::open(16 << 20, SEGMENT).expect("addresses");
    pool.warm(pool.capacity());
    pool
}

fn layout(batch: &RecordBatch) -> Arc<Layout> {
    let envelope = Arc::new(Envelope::new(batch.schema(), false, false));
    Layout::new(envelope, SEGMENT, 120).expect("room for a row")
}

/// Which rows go to which target: each to a random one, in their order.
fn scatter() -> Vec<Vec<u32>> {
    let mut random = Random::new(8);
    let mut targets = vec![Vec::new(); TARGETS];
    (0..).take(ROWS).for_each(|row| targets[random.below(TARGETS)].push(row));
    targets
}

/// The same rows as they look after an exchange that got few of them at a time: pieces of one column's texts
/// alternate with those of the next.
fn exchanged(batch: &RecordBatch) -> RecordBatch {
    let pool = Pool::open(2 << 20, SEGMENT).expect("addresses");
    let envelope = Arc::new(Envelope::new(batch.schema(), false, false));
    let layout = Layout::new(envelope, 2 << 20, 135).expect("room for a row");
    let mut builder = ColumnBuilder::open(&layout, pool.take_run(64).expect("a whole slab"));
    let rows = Rows::open(&layout, batch);
    for first in (0..ROWS).step_by(16) {
        assert_eq!(builder.append(&rows, first..first + 16), 16);
    }
    let columns = builder.view().expect("rows were appended").columns();
    assert_eq!(&columns, batch);
    columns
}

fn check(batch: &RecordBatch) {
    let (pool, layout) = (pool(), layout(batch));
    let rows = Rows::open(&layout, batch);
    let all: Vec<u32> = (0..).take(ROWS).collect();
    for chosen in [None].into_iter().chain([Some(all)]).chain(scatter().into_iter().map(Some)) {
        let mut views = Vec::new();
        let mut target = Target::open(&pool, &layout);
        match &chosen {
            None => target.append(&rows, &mut |view| views.push(view)),
            Some(chosen) => target.gather(&rows, chosen, &mut |view| views.push(view)),
        }
        target.flush(&mut |view| views.push(view));
        let columns: Vec<RecordBatch> = views.iter().map(View::columns).collect();
        let arrived = concat_batches(&batch.schema(), &columns).expect("one schema");
        let expected =
            chosen.map(|rows| take_record_batch(batch, &UInt32Array::from(rows)).expect("rows that exist"));
        assert_eq!(&arrived, expected.as_ref().unwrap_or(batch));
    }
    assert_eq!(pool.bytes_out(), 0);
}

fn ranges(criterion: &mut Criterion, name: &str, batch: &RecordBatch) {
    let mut group = criterion.benchmark_group("append");
    group.throughput(Throughput::Elements(ROWS as u64));
    let (pool, layout) = (pool(), layout(batch));
    let rows = Rows::open(&layout, batch);
    let mut target = Target::open(&pool, &layout);
    group.bench_function(format!("range/{name}"), |bench| bench.iter(|| target.append(&rows, &mut drop)));
    group.bench_function(format!("range/{name}, coalescer of Arrow"), |bench| {
        let mut coalescer = BatchCoalescer::new(batch.schema(), 1000);
        bench.iter(|| {
            coalescer.push_batch(batch.clone()).expect("one schema");
            while let Some(full) = coalescer.next_completed_batch() {
                drop(full);
            }
        });
    });
    // Shares long texts with the source instead of copying them.
    group.bench_function(format!("range/{name}, concat of Arrow"), |bench| {
        let halves = [batch.slice(0, ROWS / 2), batch.slice(ROWS / 2, ROWS / 2)];
        bench.iter(|| concat_batches(&batch.schema(), &halves).expect("one schema"));
    });
}

fn gathers(criterion: &mut Criterion, name: &str, batch: &RecordBatch) {
    let mut group = criterion.benchmark_group("append");
    group.throughput(Throughput::Elements(ROWS as u64));
    let (pool, layout) = (pool(), layout(batch));
    let rows = Rows::open(&layout, batch);
    let mut targets: Vec<Target> = (0..TARGETS).map(|_| Target::open(&pool, &layout)).collect();
    let chosen = scatter();
    group.bench_function(format!("gather/{name}"), |bench| {
        bench.iter(|| {
            for (target, chosen) in targets.iter_mut().zip(&chosen) {
                target.gather(&rows, chosen, &mut drop);
            }
        });
    });
    // Shares long texts with the source instead of copying them.
    let chosen: Vec<UInt32Array> = chosen.into_iter().map(UInt32Array::from).collect();
    group.bench_function(format!("gather/{name}, take of Arrow"), |bench| {
        bench.iter(|| {
            chosen
                .iter()
                .map(|rows| take_record_batch(batch, rows).expect("rows exist").num_rows())
                .sum::<usize>()
        });
    });
}
