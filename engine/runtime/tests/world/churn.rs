//! Jobs come and go as they like, and in the end nothing is left of any.
//!
//! A test runs a few of them, `scripts/churn` as many as there is time for.

use std::ops::AddAssign;
use std::time::Duration;

use runtime::job::{ExecutionGraph, JobState};
use runtime::random::Random;
use runtime::subtask::{Failure, Progress};
use runtime::{JobHandle, Worker};
use shuffle::{BufferTimeout, Route};

use crate::parts::{
    Count, Gathered, Pass, Quiet, Stuck, act, by_number, counted, join, outcome, until, vertex,
};

/// Jobs that are there at the same time.
const AT_ONCE: usize = 6;
/// What a subtask says that panics on purpose.
pub(crate) const PANIC: &str = "stone broke";

/// How a job of the churn goes, if nobody cancels it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Ends,
    Flows,
    Waits,
    Fails,
    Panics,
}

/// What became of jobs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) finished: u64,
    pub(crate) cancelled: u64,
    pub(crate) failed: u64,
}

impl Tally {
    pub(crate) fn jobs(&self) -> u64 {
        self.finished + self.cancelled + self.failed
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.finished += other.finished;
        self.cancelled += other.cancelled;
        self.failed += other.failed;
    }
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
                assert!(cx.next().is_none(), "{PANIC}");
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
fn end(running: Running, random: &mut Random, tally: &mut Tally) {
    let Running { job, fate, gathered, expected, mut cancelled } = running;
    if matches!(fate, Fate::Flows | Fate::Waits) || random.chance(200) {
        (0..random.below(30)).for_each(|_| std::thread::yield_now());
        cancelled = true;
        job.cancel();
    }
    let ended = outcome(&job);
    let words = ended.failure.as_ref().map(ToString::to_string).unwrap_or_default();
    match (ended.state, fate) {
        (JobState::Canceled, _) => {
            assert!(cancelled);
            tally.cancelled += 1;
        }
        (JobState::Finished, Fate::Ends) => {
            gathered.is(&expected);
            tally.finished += 1;
        }
        (JobState::Failed, Fate::Fails) => {
            assert!(words.ends_with(": the disk is full"), "{words}");
            tally.failed += 1;
        }
        (JobState::Failed, Fate::Panics) => {
            assert!(words.ends_with(&format!(": panicked: {PANIC}")), "{words}");
            tally.failed += 1;
        }
        (state, _) => panic!("a job that {fate:?} is {state}: {words}"),
    }
}

/// Starts so many jobs, a few at a time, and ends them in any order.
pub(crate) fn churn(worker: &Worker, seed: u64, jobs: u64) -> Tally {
    let (mut random, mut all, mut tally) = (Random::new(seed), Vec::new(), Tally::default());
    for _ in 0..jobs {
        all.push(begin(worker, &mut random));
        while all.len() > AT_ONCE || (!all.is_empty() && random.chance(300)) {
            let place = usize::try_from(random.below(all.len() as u64)).unwrap();
            end(all.swap_remove(place), &mut random, &mut tally);
        }
    }
    all.into_iter().for_each(|running| end(running, &mut random, &mut tally));
    until("all segments are home", || {
        worker.figures();
        worker.core_gauges().all(|gauges| gauges.segment_bytes.get() == 0 && gauges.subtasks.get() == 0)
    });
    tally
}

#[cfg(test)]
mod tests {
    use super::churn;
    use crate::hosts::{Footprint, alone_on_each_host};
    use crate::parts::{Count, chain, finishes, vertex};

    const JOBS: u64 = 75;

    #[test]
    fn jobs_come_and_go_and_nothing_is_left_of_any() {
        alone_on_each_host(|worker| {
            finishes(&worker.run(chain("first", [vertex("source", |_| Count::new(0, 0, 1))])).unwrap());
            let before = Footprint::now();
            for seed in 0..2 {
                assert_eq!(churn(worker, seed, JOBS).jobs(), JOBS);
                assert_eq!(Footprint::now(), before);
            }
        });
    }
}
