//! What the receiving side of an edge costs for each message, and that it does not depend on how many channels
//! there are.
//!
//! Every channel has its turn, so each message finds its channel cold in the cache when there are many. The peers do
//! the least that one could do: a queue for each channel, and a look at all watermarks.

use std::collections::VecDeque;
use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput};
use memory::Batch;
use millstream_bench::{four_columns, run};
use shuffle::{
    Alignment, Allowance, Arrival, Barrier, ChannelId, Gate, GateSpec, Item, Message, Purpose, Watermark,
};

const CHANNELS: [u32; 3] = [1, 100, 10_000];

fn gate(channels: u32) -> Gate {
    let ids = (0..channels).map(ChannelId).collect();
    Gate::open(GateSpec::new(vec![ids], Allowance::of_segments(32 << 10)))
}

fn message(channel: u32, charge: u32, item: Item) -> Message {
    Message { channel: ChannelId(channel), charge, item }
}

/// Which channel is next.
fn turn(channel: &mut u32, channels: u32) -> u32 {
    *channel = (*channel + 1) % channels;
    *channel
}

/// A batch comes, is handed out, and its credit goes back.
fn rows(criterion: &mut Criterion) {
    let batch = Batch::new(four_columns(1));
    let rows = |channel| message(channel, 64, Item::Batch(Box::new(batch.clone())));
    let mut group = criterion.benchmark_group("gate/rows");
    for channels in CHANNELS {
        let (mut gate, mut channel) = (gate(channels), 0);
        group.bench_function(BenchmarkId::new("gate", channels), |bencher| {
            bencher.iter(|| {
                let channel = turn(&mut channel, channels);
                gate.receive(channel as usize, rows(channel));
                let arrival = gate.next();
                assert!(matches!(arrival, Some(Arrival::Batch { .. })));
                gate.drain_credit(|control| _ = black_box(control));
                arrival
            });
        });
        let (mut queues, mut channel) = (vec![VecDeque::new(); channels as usize], 0);
        group.bench_function(BenchmarkId::new("queues alone", channels), |bencher| {
            bencher.iter(|| {
                let channel = turn(&mut channel, channels);
                queues[channel as usize].push_back(rows(channel));
                queues[channel as usize].pop_front()
            });
        });
    }
    group.finish();
}

/// The channels advance one after the other, as senders do that read the same time.
fn watermarks(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("gate/watermarks");
    for channels in CHANNELS {
        let (mut gate, mut channel, mut time) = (gate(channels), 0, 0_i64);
        for channel in 0..channels {
            assert_eq!(gate.watermark(), Watermark::MIN);
            gate.receive(channel as usize, message(channel, 0, Item::Watermark(Watermark(0))));
            while gate.next().is_some() {}
        }
        assert_eq!(gate.watermark(), Watermark(0));
        group.bench_function(BenchmarkId::new("gate", channels), |bencher| {
            bencher.iter(|| {
                let channel = turn(&mut channel, channels);
                time += i64::from(channel == 0);
                gate.receive(channel as usize, message(channel, 0, Item::Watermark(Watermark(time))));
                gate.next().is_some()
            });
        });
        let (mut times, mut channel, mut time) = (vec![0_i64; channels as usize], 0, 0_i64);
        group.bench_function(BenchmarkId::new("scan", channels), |bencher| {
            bencher.iter(|| {
                let channel = turn(&mut channel, channels);
                time += i64::from(channel == 0);
                times[channel as usize] = time;
                times.iter().copied().min()
            });
        });
    }
    group.finish();
}

/// A checkpoint: each channel brings its barrier, and the last one frees them all. The time is that of one channel.
fn barriers(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("gate/barriers");
    for channels in CHANNELS {
        let (mut gate, mut checkpoint) = (gate(channels), 0);
        group.throughput(Throughput::Elements(u64::from(channels)));
        group.bench_function(BenchmarkId::from_parameter(channels), |bencher| {
            bencher.iter(|| {
                checkpoint += 1;
                let purpose = Purpose::Checkpoint;
                let barrier =
                    Barrier { checkpoint, started_at_ms: 0, purpose, alignment: Alignment::Aligned };
                for channel in 0..channels {
                    gate.receive(channel as usize, message(channel, 0, Item::Barrier(barrier)));
                }
                assert!(matches!(gate.next(), Some(Arrival::Barrier(_))));
            });
        });
    }
    group.finish();
}

fn main() {
    run(|criterion| {
        rows(criterion);
        watermarks(criterion);
        barriers(criterion);
    });
}
