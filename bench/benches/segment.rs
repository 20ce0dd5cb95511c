//! What a segment costs: taking it, giving it back at home, giving it back from another core.
//!
//! Dimensions: one segment or a run of eight · dropped at home or elsewhere. Beside: a `Vec` of 32 KiB, which
//! the allocator takes and frees. No byte of a segment is touched, so neither are those of the `Vec`.

use std::hint::black_box;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use criterion::{BenchmarkGroup, Criterion, Throughput, measurement::WallTime};
use memory::{Pool, Segment};
use millstream_bench::{elapsed, run};

const SEGMENT: usize = 32 << 10;

/// Segments handed over at a time, so that the handing over does not weigh.
const HANDED: usize = 256;

fn main() {
    run(|criterion| {
        check_that_all_come_home();
        at_home(criterion);
        elsewhere(criterion);
    });
}

/// A pool with memory behind all of its segments: room for four hand-overs.
fn pool() -> Pool {
    let pool = Pool::open(4 * HANDED * SEGMENT, SEGMENT).expect("addresses");
    pool.warm(pool.capacity());
    pool
}

fn check_that_all_come_home() {
    let pool = pool();
    let all: Vec<Segment> = std::iter::from_fn(|| pool.take()).collect();
    assert_eq!(all.len(), 4 * HANDED);
    assert_eq!(pool.bytes_out(), pool.capacity() as u64);
    thread::scope(|scope| scope.spawn(move || drop(all)).join()).expect("dropping does not panic");
    pool.collect();
    assert_eq!(pool.bytes_out(), 0);
}

fn at_home(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("segment");
    group.throughput(Throughput::Elements(1));
    let pool = pool();
    group.bench_function("home", |bench| bench.iter(|| black_box(pool.take())));
    group.bench_function("home/run of 8", |bench| bench.iter(|| black_box(pool.take_run(8))));
    group.bench_function("home/100 out", |bench| {
        // Beyond what the magazine holds: every second half of it moves through the maps.
        let mut out: Vec<Segment> = Vec::with_capacity(100);
        bench.iter_custom(|iterations| {
            let rounds = iterations.div_ceil(100);
            let time = elapsed(|| {
                for _ in 0..rounds {
                    out.extend(std::iter::from_fn(|| pool.take()).take(100));
                    out.clear();
                }
            });
            time.mul_f64(iterations as f64 / (rounds * 100) as f64)
        });
    });
    group.bench_function("home/malloc", |bench| bench.iter(|| black_box(Vec::<u8>::with_capacity(SEGMENT))));
    assert_eq!(pool.bytes_out(), 0);
}

fn elsewhere(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("segment");
    group.throughput(Throughput::Elements(1));
    let pool = pool();
    let take = || {
        pool.collect();
        pool.take()
    };
    drops(&mut group, "elsewhere/home waits", 0, take);
    drops(&mut group, "elsewhere/home takes and collects", 2, take);
    drops(&mut group, "elsewhere/malloc, home waits", 0, || Some(Vec::<u8>::with_capacity(SEGMENT)));
    drops(&mut group, "elsewhere/malloc, home allocates", 2, || Some(Vec::<u8>::with_capacity(SEGMENT)));
    pool.collect();
    assert_eq!(pool.bytes_out(), 0);
    group.bench_function("collect", |bench| bench.iter_custom(|iterations| collects(&pool, iterations)));
}

/// Measures the dropping, on another core, of what `take` makes on this one. `ahead` hand-overs may wait, so
/// that home works while the other side drops; with none it waits too.
fn drops<T: Send>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    ahead: usize,
    mut take: impl FnMut() -> Option<T>,
) {
    group.bench_function(name, |bench| {
        bench.iter_custom(|iterations| {
            let (to_other, at_other) = mpsc::sync_channel::<Vec<T>>(ahead);
            let (to_home, at_home) = mpsc::channel();
            thread::scope(|scope| {
                let other = scope.spawn(move || {
                    let drop_all = |mut handed: Vec<T>| {
                        let time = elapsed(|| handed.clear());
                        to_home.send(handed).expect("home waits for what it handed over");
                        time
                    };
                    at_other.into_iter().map(drop_all).sum::<Duration>()
                });
                let (mut left, mut under_way) = (usize::try_from(iterations).expect("64 bits"), 0);
                while left > 0 {
                    let handed = HANDED.min(left);
                    to_other
                        .send((0..handed).map(|_| take().expect("room for four")).collect())
                        .expect("the other is there");
                    (left, under_way) = (left - handed, under_way + 1);
                    if under_way > ahead {
                        at_home.recv().expect("the other is there");
                        under_way -= 1;
                    }
                }
                drop(to_other);
                other.join().expect("dropping does not panic")
            })
        });
    });
}

/// Measures, at home, how what was dropped elsewhere is taken back.
fn collects(pool: &Pool, iterations: u64) -> Duration {
    let rounds = iterations.div_ceil(HANDED as u64);
    let (to_other, at_other) = mpsc::sync_channel::<Vec<Segment>>(0);
    let (to_home, at_home) = mpsc::sync_channel(0);
    let time: Duration = thread::scope(|scope| {
        scope.spawn(move || {
            for handed in at_other {
                drop(handed);
                to_home.send(()).expect("home waits");
            }
        });
        let round = |_| {
            to_other
                .send((0..HANDED).map(|_| pool.take().expect("room")).collect())
                .expect("the other is there");
            at_home.recv().expect("the other is there");
            elapsed(|| pool.collect())
        };
        let time = (0..rounds).map(round).sum();
        drop(to_other);
        time
    });
    time.mul_f64(iterations as f64 / (rounds * HANDED as u64) as f64)
}
