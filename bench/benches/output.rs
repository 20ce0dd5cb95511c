//! What the sending side of an edge costs: routing, scattering, flushing.
//!
//! The receiver is as near as it can be: messages are read or dropped on the same core. What crossing costs is
//! measured in `ring` and `repartition`.

use std::sync::Arc;

use criterion::{BenchmarkId, Criterion, Throughput};
use memory::{Batch, Envelope, KeyGroups, Pool};
use millstream_bench::{bids, four_columns, hundred_bytes, run};
use shuffle::{
    Appetite, BufferTimeout, Carrier, ChannelId, Control, Edge, HashKey, Item, Message, Output, Partitioner,
    Route,
};

const SEGMENT: usize = 32 << 10;

/// Holds what is sent until it is looked at.
struct Bag {
    pool: Pool,
    messages: Vec<Message>,
}

impl Bag {
    fn new() -> Self {
        let pool = Pool::open(256 << 20, SEGMENT).expect("memory for a benchmark");
        Self { pool, messages: Vec::new() }
    }
}

impl Carrier for Bag {
    fn send(&mut self, message: Message) -> bool {
        self.messages.push(message);
        true
    }

    fn control(&mut self, _: Control) {}

    fn appetite(&self, _: ChannelId) -> Appetite {
        Appetite::Hungry
    }

    fn pool(&self) -> &Pool {
        &self.pool
    }
}

fn edge(batch: &Batch, route: Route, timeout: BufferTimeout, channels: u32) -> Edge {
    Edge {
        envelope: Arc::new(Envelope::new(batch.schema(), false, route.sends_hashes())),
        route,
        timeout,
        channels: (0..channels).map(ChannelId).collect(),
        segment_bytes: SEGMENT,
        credit_bytes: u64::MAX >> 1,
    }
}

fn by_hash() -> Route {
    Route::Hash { key: HashKey::Columns(vec![0]), groups: KeyGroups::new(1024) }
}

/// A batch of 8192 rows by the hash of its key, to so many channels.
fn scatter(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("output/scatter");
    for (name, columns) in [("100 bytes", hundred_bytes(8192)), ("bids", bids(8192, false))] {
        let batch = Batch::new(columns);
        group.throughput(Throughput::Elements(batch.rows() as u64));
        for channels in [2, 16, 256] {
            let edge = edge(&batch, by_hash(), BufferTimeout::Full, channels);
            let (mut output, mut bag) = (Output::open(&edge), Bag::new());
            group.bench_function(BenchmarkId::new(name, channels), |bencher| {
                bencher.iter(|| {
                    let _ = output.send(batch.clone(), &mut bag).expect("a key of integers");
                    bag.messages.clear();
                });
            });
            assert_eq!(output.sent().rows % 8192, 0);
        }
    }
    group.finish();
}

/// One row at timeout 0, from the output to the receiver's columns.
fn one_row(criterion: &mut Criterion) {
    let batch = Batch::new(four_columns(1));
    let edge = edge(&batch, by_hash(), BufferTimeout::Input, 2);
    let (mut output, mut bag) = (Output::open(&edge), Bag::new());
    criterion.bench_function("output/one row", |bencher| {
        bencher.iter(|| {
            let _ = output.send(batch.clone(), &mut bag).expect("a key of integers");
            let _ = output.input_done(0, &mut bag);
            let Some(Message { item: Item::View(view), .. }) = bag.messages.pop() else {
                panic!("a row at timeout 0 leaves at once")
            };
            view.batch()
        });
    });
}

/// One row to one channel and a flush, among so many.
fn flush(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("output/flush one of");
    let batch = Batch::new(four_columns(1));
    for channels in [10, 1000] {
        let seventh = Partitioner::new("seventh", |_: &Batch, _, into: &mut Vec<u32>| into.push(7));
        let edge = edge(&batch, Route::Custom(seventh), BufferTimeout::Full, channels);
        let (mut output, mut bag) = (Output::open(&edge), Bag::new());
        group.bench_function(BenchmarkId::from_parameter(channels), |bencher| {
            bencher.iter(|| {
                let _ = output.send(batch.clone(), &mut bag).expect("it always answers");
                let _ = output.flush(&mut bag);
                assert_eq!(bag.messages.len(), 1);
                bag.messages.clear();
            });
        });
    }
    group.finish();
}

fn main() {
    run(|criterion| {
        scatter(criterion);
        one_row(criterion);
        flush(criterion);
    });
}
