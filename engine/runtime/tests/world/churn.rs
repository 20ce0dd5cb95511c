//! Jobs come and go as they like, and in the end nothing is left of any.

use std::time::Duration;

use runtime::job::{ExecutionGraph, JobState};
use runtime::random::Random;
use runtime::subtask::{Failure, Progress};
use runtime::{JobHandle, Worker};
use shuffle::{BufferTimeout, Route};

use crate::hosts::{Footprint, alone_on_each_host};
use crate::parts::{
    Count, Gathered, Pass, Quiet, Stuck, act, by_number, chain, counted, finishes, join, outcome, until,
    vertex,
};

/// Jobs of a test run; a soak calls [`churn`] with more.
const JOBS: u64 = 150;
/// Jobs that are there at the same time.
const AT_ONCE: usize = 6;

/// How a job of the churn goes, if nobody cancels it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Ends,
    Flows,
    Waits,
    Fails,
    Panics,
}

struct Running {
    job: JobHandle,
    fate: Fate,
    gathered: Gathered,
    expected: Vec<i64>,
    cancelled: bool,
}

fn number(random: &mut Random, most: u64) -> u32 {
    u32::try_from(random.within(1, most)).unwrap()
}

fn begin(worker: &Worker, random: &mut Random) -> Running {
    let fate = *random.pick(&[Fate::Ends, Fate::Ends, Fate::Flows, Fate::Waits, Fate::Fails, Fate::Panics]);
    let (gathered, mut graph) = (Gathered::default(), ExecutionGraph::new("churn"));
    let (sources, rows) = (number(random, 3), random.below(2_000));
    let source = match fate {
        Fate::Ends => vertex("source", move |seat| Count::of(seat, rows, 50)),
        Fate::Waits if random.chance(500) => vertex("source", |_| Quiet),
        _ => vertex("source", |_| Count::endless()),
    };
    let mut before = graph.vertex(source.parallel(sources).managed(random.below(1 << 20)));
    let mut connect = |graph: &mut ExecutionGraph, before, next| {
        let route = random.pick(&[by_number(), Route::Rebalance, Route::Rescale, Route::Global]).clone();
        let tick = BufferTimeout::Every(Duration::from_millis(1));
        let timeout = [BufferTimeout::Full, BufferTimeout::Input, BufferTimeout::Auto, tick];
        join(graph, before, next, route, *random.pick(&timeout));
        number(random, 3)
    };
    let mut width = sources;
    for _ in 0..width % 3 {
        let map = graph.vertex(vertex("map", |_| Pass).parallel(width));
        width = connect(&mut graph, before, map);
        before = map;
    }
    let sink = match fate {
        Fate::Ends | Fate::Flows => gathered.sink(),
        Fate::Waits => vertex("sink", |_| Stuck),
        Fate::Fails => vertex("sink", |_| {
            act(|cx| match cx.next() {
                Some(_) => Err(Failure::passing("the disk is full")),
                None => Ok(Progress::IDLE),
            })
        }),
        Fate::Panics => vertex("sink", |_| {
            act(|cx| {
                assert!(cx.next().is_none(), "stone broke");
                Ok(Progress::IDLE)
            })
        }),
    };
    let sink = graph.vertex(sink.parallel(width));
    connect(&mut graph, before, sink);
    let job = worker.run(graph).unwrap();
    Running { job, fate, gathered, expected: counted(sources.into(), rows), cancelled: false }
}

/// Waits for the end of a job, whatever it is, and checks that it is one that the job may have.
fn end(running: Running, random: &mut Random) {
    let Running { job, fate, gathered, expected, mut cancelled } = running;
    if matches!(fate, Fate::Flows | Fate::Waits) || random.chance(200) {
        (0..random.below(30)).for_each(|_| std::thread::yield_now());
        cancelled = true;
        job.cancel();
    }
    let ended = outcome(&job);
    let words = ended.failure.as_ref().map(ToString::to_string).unwrap_or_default();
    match (ended.state, fate) {
        (JobState::Canceled, _) => assert!(cancelled),
        (JobState::Finished, Fate::Ends) => gathered.is(&expected),
        (JobState::Failed, Fate::Fails) => assert!(words.ends_with(": the disk is full"), "{words}"),
        (JobState::Failed, Fate::Panics) => assert!(words.ends_with(": panicked: stone broke"), "{words}"),
        (state, _) => panic!("a job that {fate:?} is {state}: {words}"),
    }
}

/// Starts so many jobs, a few at a time, and ends them in any order.
pub(crate) fn churn(worker: &Worker, seed: u64, jobs: u64) {
    let (mut random, mut all) = (Random::new(seed), Vec::new());
    for _ in 0..jobs {
        all.push(begin(worker, &mut random));
        while all.len() > AT_ONCE || (!all.is_empty() && random.chance(300)) {
            let place = usize::try_from(random.below(all.len() as u64)).unwrap();
            end(all.swap_remove(place), &mut random);
        }
    }
    all.into_iter().for_each(|running| end(running, &mut random));
    until("all segments are home", || {
        worker.figures();
        worker.core_gauges().all(|gauges| gauges.segment_bytes.get() == 0 && gauges.subtasks.get() == 0)
    });
}

#[test]
fn jobs_come_and_go_and_nothing_is_left_of_any() {
    alone_on_each_host(|worker| {
        finishes(&worker.run(chain("first", [vertex("source", |_| Count::new(0, 0, 1))])).unwrap());
        let before = Footprint::now();
        for seed in 0..2 {
            churn(worker, seed, JOBS / 2);
            assert_eq!(Footprint::now(), before);
        }
    });
}
