//! A job can be cancelled at any point, and then nothing of it is left.

use std::sync::mpsc::channel;
use std::time::Duration;

use runtime::job::{ExecutionGraph, JobState};
use runtime::{JobHandle, Worker};

use crate::hosts::{Footprint, alone_on_each_host, alone_with_each_spec, on_each_host, start};
use crate::parts::{
    Count, Gathered, Pass, Quiet, Stuck, act, chain, counted, finishes, is_cancelled, outcome, until, vertex,
};

/// How long a cancel may take before a test calls it a hang. What it should take is a matter of benchmarks.
const CANCEL_MAX: Duration = Duration::from_secs(5);

/// Cancels, and prints how long it took.
#[track_caller]
fn cancel(worker: &Worker, job: &JobHandle, when: &str) {
    let began_ns = worker.clock().now_ns();
    job.cancel();
    let ended = job.wait_for(CANCEL_MAX).unwrap_or_else(|| panic!("{when}: it is {} still", job.state()));
    println!("cancelled {when} in {} us", (worker.clock().now_ns() - began_ns) / 1_000);
    assert_eq!(ended.state, JobState::Canceled, "{when}");
    let subtasks: Vec<_> = job.board().subtasks().collect();
    assert!(subtasks.iter().all(|(_, state)| state.is_terminal()), "{when}: {subtasks:?}");
}

/// Sources that are held up by a sink that takes nothing.
fn stuck() -> ExecutionGraph {
    let source = vertex("source", |_| Count::endless()).parallel(2).managed(8 << 20);
    chain("stuck", [source, vertex("map", |_| Pass).parallel(2), vertex("sink", |_| Stuck).parallel(2)])
}

fn quiet() -> ExecutionGraph {
    let source = vertex("source", |_| Quiet).parallel(2).managed(32 << 20);
    chain("quiet", [source, vertex("map", |_| Pass).parallel(3)])
}

/// Waits until the job's sources send no more.
fn is_held_up(worker: &Worker, job: &JobHandle) {
    let sent = || job.board().gauges().take(2).map(|(_, _, gauges)| gauges.rows_out.get()).sum::<u64>();
    let mut before = 0;
    until("the sources are held up", || {
        worker.figures(); // Each core has made a turn.
        let now = sent();
        std::mem::replace(&mut before, now) == now && now > 0
    });
}

fn steps(job: &JobHandle) -> u64 {
    job.board().gauges().map(|(_, _, gauges)| gauges.steps.get()).sum()
}

/// Everything of a cancelled job is home, though the worker goes on.
#[track_caller]
fn all_is_home(worker: &Worker, before: &Footprint) {
    until("all segments are home", || {
        worker.figures();
        worker.core_gauges().all(|gauges| gauges.segment_bytes.get() == 0 && gauges.subtasks.get() == 0)
    });
    assert_eq!(Footprint::now(), *before);
    // All of the managed memory is there for the next one.
    let whole = chain("whole", [vertex("source", |_| Count::new(0, 0, 1)).managed(64 << 20)]);
    finishes(&worker.run(whole).unwrap());
}

#[test]
fn a_job_is_cancelled_at_any_point_and_nothing_of_it_stays() {
    alone_on_each_host(|worker| {
        finishes(&worker.run(chain("first", [vertex("source", |_| Count::new(0, 0, 1))])).unwrap());
        let before = Footprint::now(); // By now all threads have their names.
        for round in 0..3 {
            cancel(worker, &worker.run(stuck()).unwrap(), "before it has begun");

            let held = worker.run(stuck()).unwrap();
            is_held_up(worker, &held);
            cancel(worker, &held, "while it is held up");

            let running = worker.run(chain(
                "running",
                [
                    vertex("source", |_| Count::endless()).parallel(2),
                    vertex("map", |_| Pass).parallel(2),
                    Gathered::default().sink(),
                ],
            ));
            let running = running.unwrap();
            until("rows flow", || steps(&running) > 100);
            cancel(worker, &running, "while it runs");

            let idle = worker.run(quiet()).unwrap();
            until("all have looked", || idle.state() == JobState::Running && steps(&idle) >= 2);
            cancel(worker, &idle, "while it is idle");
            all_is_home(worker, &before);
            println!("round {round}");
        }
    });
}

#[test]
fn a_second_cancel_and_one_after_the_end_change_nothing() {
    on_each_host(|worker| {
        let twice = worker.run(stuck()).unwrap();
        twice.cancel();
        is_cancelled(&twice);
        is_cancelled(&twice);
        let gathered = Gathered::default();
        let ended = worker
            .run(chain("ended", [vertex("source", |seat| Count::of(seat, 1_000, 100)), gathered.sink()]))
            .unwrap();
        finishes(&ended);
        ended.cancel();
        finishes(&ended);
        gathered.is(&counted(1, 1_000));
    });
}

#[test]
fn a_job_is_cancelled_while_it_waits_for_its_next_attempt() {
    on_each_host(|worker| {
        let source = vertex("source", |_| act(|_| Err(runtime::subtask::Failure::passing("a peer is gone"))));
        let mut graph = chain("restarting", [source]);
        let delay = Duration::from_secs(3600);
        graph.restart = runtime::job::Restart::Fixed { attempts: 3, delay };
        let job = worker.run(graph).unwrap();
        until("it has failed", || job.state() == JobState::Restarting);
        cancel(worker, &job, "while it waits");
        assert!(outcome(&job).failure.is_none());
    });
}

#[test]
fn a_job_of_the_same_worker_may_follow_at_once() {
    on_each_host(|worker| {
        // Busy subtasks stand in line when they are dropped; those that come next take their places.
        for _ in 0..50 {
            let busy = || vertex("busy", |_| act(|cx| Ok(worked(cx)))).parallel(4);
            let job = worker.run(chain("busy", [busy()])).unwrap();
            until("it is busy", || steps(&job) > 4);
            job.cancel();
            let gathered = Gathered::default();
            let source = vertex("source", |seat| Count::of(seat, 100, 10)).parallel(4);
            let next = worker.run(chain("next", [source, gathered.sink()])).unwrap();
            is_cancelled(&job);
            finishes(&next);
            gathered.is(&counted(4, 100));
        }
    });
}

fn worked(cx: &mut runtime::subtask::StepCx<'_>) -> runtime::subtask::Progress {
    while cx.may_go_on() {}
    runtime::subtask::Progress::Worked
}

#[test]
fn a_worker_that_stops_suspends_its_jobs_and_all_comes_home() {
    alone_with_each_spec(|spec| {
        let managed = spec.managed.clone();
        for _ in 0..5 {
            let worker = start(spec.clone());
            let (say, began) = channel();
            let gathered = Gathered::default();
            let source = vertex("source", move |_| {
                say.send(()).unwrap();
                Count::endless()
            });
            let flowing = worker
                .run(chain(
                    "flowing",
                    [source.parallel(2), vertex("map", |_| Pass).parallel(2), gathered.sink()],
                ))
                .unwrap();
            let held = worker.run(stuck()).unwrap();
            began.recv().unwrap();
            until("both run", || steps(&held) > 10 && steps(&flowing) > 10);
            assert_eq!(worker.stop().unwrap().segment_bytes_out, 0);
            for job in [held, flowing] {
                assert_eq!(outcome(&job).state, JobState::Suspended);
                job.cancel();
                assert_eq!(outcome(&job).state, JobState::Suspended);
            }
            assert_eq!(managed.figures().used, 0);
        }
    });
}
